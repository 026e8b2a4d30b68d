"""Each kind of statement: what it says, and which values it refuses."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import tincan

from tests.xapi.samples import (
    AT,
    LEARNER,
    MODULE,
    NEEDLE,
    WORDS,
    as_json,
    every_statement,
)
from xapi import statements, vocabulary
from xapi.errors import InvalidStatement
from xapi.statements import (
    LONGEST_WORDS,
    ActivityRef,
    Audience,
    Whom,
    applied,
    completed,
    goal_set,
    need_asked,
    opened,
    person_asked,
    practised,
    shared,
    time_planned,
    voided,
)

NEED, GOAL, THING = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
MINE: dict[str, Any] = {"actor": LEARNER, "at": AT, "language": "nl"}
Built = Callable[..., tincan.Statement]


def extensions(statement: tincan.Statement) -> dict[str, Any]:
    found: dict[str, Any] = as_json(statement)["context"]["extensions"]
    return found


@pytest.mark.parametrize("kind", sorted(every_statement(full=True)))
def test_every_statement_says_its_verb_in_words_and_names_the_profiles_version(kind: str) -> None:
    built = as_json(every_statement(full=True)[kind])
    assert built["verb"]["display"] == {"en": vocabulary.DISPLAYS[built["verb"]["id"]]}
    (category,) = built["context"]["contextActivities"]["category"]
    assert category["id"] == vocabulary.PROFILE_VERSION


def test_the_words_of_a_need_are_its_description_in_the_language_it_was_asked_in() -> None:
    built = as_json(need_asked(**MINE, need_id=NEED, words=f"\x00 {WORDS}\n\ud800"))
    assert built["object"]["definition"]["description"] == {"nl": WORDS}


@pytest.mark.parametrize("words", [None, "", " \n\x00"])
def test_a_need_without_words_has_no_description(words: str | None) -> None:
    built = as_json(need_asked(**MINE, need_id=NEED, words=words))
    assert set(built["object"]["definition"]) == {"type"}


def test_very_many_words_are_cut() -> None:
    built = as_json(need_asked(**MINE, need_id=NEED, words="how " * 5_000))
    assert len(built["object"]["definition"]["description"]["nl"]) in (
        LONGEST_WORDS, LONGEST_WORDS - 1)


def test_what_was_chosen_names_the_answer_that_it_was_chosen_from() -> None:
    made = every_statement(full=True)
    chosen, recommended = as_json(made["chosen"]), as_json(made["recommended"])
    (parent,) = chosen["context"]["contextActivities"]["parent"]
    assert parent["id"] == recommended["object"]["id"]
    assert parent["definition"] == {"type": vocabulary.CONTENT_SET}


def test_what_was_completed_says_how_it_went_where_that_is_known() -> None:
    done = completed(**MINE, module=MODULE, placed_id=THING, success=False, score=-0.25,
                     duration=timedelta(hours=25, seconds=1.234))
    assert as_json(done)["result"] == {"completion": True, "success": False,
                                       "score": {"scaled": -0.25}, "duration": "PT25H1.23S"}
    assert as_json(done)["context"]["registration"] == str(THING)


@pytest.mark.parametrize("score", [1.01, -1.01, float("nan"), float("inf")])
def test_a_score_that_is_not_scaled_is_refused(score: float) -> None:
    with pytest.raises(InvalidStatement, match="scaled"):
        completed(**MINE, module=MODULE, need_id=NEED, score=score)


@pytest.mark.parametrize("build", [completed, practised])
def test_a_negative_duration_is_refused(build: Built) -> None:
    with pytest.raises(InvalidStatement, match="negative"):
        build(**MINE, module=MODULE, need_id=NEED, duration=timedelta(seconds=-1))


@pytest.mark.parametrize(("duration", "written"), [
    (timedelta(0), "PT0S"), (timedelta(seconds=0.004), "PT0S"), (timedelta(seconds=0.5), "PT0.5S"),
    (timedelta(seconds=61.05), "PT1M1.05S"), (timedelta(minutes=60), "PT1H"),
    (timedelta(days=2, minutes=3), "PT48H3M"),
])  # fmt: skip
def test_a_duration_is_written_as_iso_8601_has_it(duration: timedelta, written: str) -> None:
    built = as_json(practised(**MINE, module=MODULE, need_id=NEED, duration=duration))
    assert built["result"] == {"duration": written}


def test_a_goal_is_registered_under_the_need_it_comes_from_or_else_under_itself() -> None:
    of_need = as_json(goal_set(**MINE, goal_id=GOAL, need_id=NEED))
    alone = as_json(goal_set(**MINE, goal_id=GOAL))
    assert of_need["object"] == alone["object"]
    assert alone["object"]["id"] == GOAL.urn
    assert set(alone["object"]["definition"]) == {"type"}
    assert of_need["context"]["registration"] == str(NEED)
    assert alone["context"]["registration"] == str(GOAL)


def test_planned_time_is_in_utc_and_its_length_in_iso_8601() -> None:
    start = datetime(2026, 3, 2, 10, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    planned = time_planned(**MINE, module=MODULE, start=start, minutes=90, goal_id=GOAL)
    assert extensions(planned) == {
        vocabulary.PLANNED_START: "2026-03-02T08:00:30+00:00",
        vocabulary.PLANNED_DURATION: "PT1H30M",
    }


@pytest.mark.parametrize("wrong", [
    {"start": datetime(2026, 3, 2)},  # noqa: DTZ001
    {"minutes": 0},
    {"minutes": 601},
])  # fmt: skip
def test_planned_time_that_cannot_be_right_is_refused(wrong: dict[str, Any]) -> None:
    right = {"module": MODULE, "start": AT, "minutes": 10, "need_id": NEED}
    with pytest.raises(InvalidStatement):
        time_planned(**MINE, **(right | wrong))


def test_what_is_practised_is_a_simulation_unless_it_says_otherwise() -> None:
    meeting = ActivityRef(id=MODULE.id, type=vocabulary.MEETING)
    types = [
        as_json(practised(**MINE, module=module, need_id=NEED))["object"]["definition"]["type"]
        for module in (MODULE, meeting)
    ]
    assert types == [vocabulary.SIMULATION, vocabulary.MEETING]


def test_what_was_applied_names_its_module_and_its_evidence() -> None:
    links = ["https://files.example.org/plan", "http://wiki.example.org/a#b"]
    built = as_json(applied(**MINE, performance_id=THING, module=MODULE, evidence=links,
                            need_id=NEED))
    assert built["object"]["id"] == THING.urn
    assert set(built["object"]["definition"]) == {"type"}
    (module,) = built["context"]["contextActivities"]["other"]
    assert module["id"] == MODULE.id
    assert built["context"]["extensions"] == {vocabulary.EVIDENCE: links}


@pytest.mark.parametrize("link", ["", "plan.docx", "file:///home/ann/plan", "https://x.org/a b",
                                  "mailto:ann@example.org"])
def test_evidence_that_is_no_web_address_is_refused(link: str) -> None:
    with pytest.raises(InvalidStatement, match="evidence"):
        applied(**MINE, performance_id=THING, evidence=[link], need_id=NEED)


def test_what_is_shared_says_with_what_kind_of_people() -> None:
    for audience in (Audience.MANAGER, "manager"):
        made = shared(**MINE, performance_id=THING, audience=audience, need_id=NEED)
        assert extensions(made) == {vocabulary.SHARED_WITH: "manager"}
        assert as_json(made)["object"]["id"] == THING.urn


def test_who_was_asked_is_told_as_a_kind_of_person() -> None:
    for whom in (Whom.LEARNING_TEAM, "learning_team"):
        made = person_asked(**MINE, request_id=THING, whom=whom, need_id=NEED)
        assert extensions(made) == {vocabulary.ASKED_WHOM: "learning_team"}


def test_a_name_is_no_audience_and_no_kind_of_person() -> None:
    with pytest.raises(InvalidStatement, match="manager, team, organisation") as told:
        shared(**MINE, performance_id=THING, audience="Ann Smith", need_id=NEED)
    assert "Ann" not in str(told.value)
    with pytest.raises(InvalidStatement, match="colleague") as told:
        person_asked(**MINE, request_id=THING, whom="Ann Smith", need_id=NEED)
    assert "Ann" not in str(told.value)


def test_a_voiding_statement_says_which_statement_and_nothing_more() -> None:
    built = as_json(voided(tool=NEEDLE, target=THING, at=AT, statement_id=NEED))
    assert built["id"] == str(NEED)
    assert built["object"] == {"objectType": "StatementRef", "id": str(THING)}
    assert set(built) == {"id", "actor", "verb", "object", "timestamp", "context"}
    assert set(built["context"]) == {"contextActivities"}
    assert set(built["context"]["contextActivities"]) == {"category"}


def test_a_voiding_statement_needs_a_time_with_its_zone() -> None:
    with pytest.raises(InvalidStatement, match="time zone"):
        voided(tool=NEEDLE, target=THING, at=datetime(2026, 3, 1))  # noqa: DTZ001


WAYS: list[tuple[Built, dict[str, Any], str]] = [
    (opened, {"module": MODULE}, "placed_id"),
    (completed, {"module": MODULE}, "placed_id"),
    (time_planned, {"module": MODULE, "start": datetime(2026, 3, 2, tzinfo=UTC), "minutes": 5},
     "goal_id"),
    (practised, {"module": MODULE}, "goal_id"),
    (applied, {"performance_id": THING}, "goal_id"),
    (shared, {"performance_id": THING, "audience": "team"}, "goal_id"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "given", "other"), WAYS, ids=[way[0].__name__ for way in WAYS])
def test_a_statement_follows_from_one_thing_and_is_registered_under_it(
    build: Built, given: dict[str, Any], other: str
) -> None:
    for name in ("need_id", other):
        built = as_json(build(**MINE, **given, **{name: NEED}))
        assert built["context"]["registration"] == str(NEED)
    for wrong in ({}, {"need_id": NEED, other: GOAL}):
        with pytest.raises(InvalidStatement, match=f"need_id and {other}"):
            build(**MINE, **given, **wrong)


def test_every_builder_is_shown_in_the_samples() -> None:
    builders = {
        name for name in statements.__all__
        if name.islower() and name not in ("freeze", "is_iri", "is_language_tag")
    }
    assert len(builders) == len(every_statement(full=True))
