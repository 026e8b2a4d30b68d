"""The builders: what they fix, what they refuse, what they leave out."""

from __future__ import annotations

import inspect
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from tests.xapi.samples import AT, LEARNER, MODULE, as_json, every_statement
from xapi import statements, vocabulary
from xapi.errors import InvalidStatement
from xapi.statements import ActivityRef, Actor, Help, helped, need_asked, opened

NEED = uuid.uuid4()


def test_a_statement_gets_an_id_and_its_time_in_utc_when_it_is_built() -> None:
    at = AT.astimezone(timezone(timedelta(hours=5)))
    built = as_json(need_asked(actor=LEARNER, need_id=NEED, at=at, language="en"))
    assert uuid.UUID(built["id"]).version == 4
    assert built["timestamp"] == "2026-03-01T09:30:15.123000+00:00"


def test_a_given_id_is_kept_whatever_its_version() -> None:
    seven = uuid.UUID("0190163d-8694-739b-aea5-966c26f8ad91")
    built = need_asked(actor=LEARNER, need_id=NEED, at=AT, language="en", statement_id=seven)
    assert as_json(built)["id"] == str(seven)


def test_the_need_is_the_registration_of_every_statement_that_follows_from_it() -> None:
    built = {kind: as_json(one) for kind, one in every_statement(full=True).items()}
    del built["voided"]
    (registration,) = {one["context"]["registration"] for one in built.values()}
    assert built["need asked"]["object"]["id"] == f"urn:uuid:{registration}"


def test_the_words_of_a_need_are_the_only_text_of_a_persons_own_that_a_builder_takes() -> None:
    texts = {
        (name, parameter)
        for name, builder in vars(statements).items() if inspect.isfunction(builder)
        for parameter, kind in inspect.signature(builder).parameters.items()
        if kind.annotation in ("str", "str | None", "Sequence[str]")
    }
    everywhere = {"language", "course", "platform"}
    assert {one for one in texts if one[1] not in everywhere and one[1] != "text"} == {
        ("need_asked", "purpose"), ("need_asked", "words"), ("applied", "evidence")}


def test_who_asked_is_not_in_what_the_tool_recommends() -> None:
    built = as_json(every_statement(full=True)["recommended"])
    assert built["actor"]["account"]["name"] == "needle"
    assert LEARNER.name not in str(built)


@pytest.mark.parametrize(("answer", "score"), [("yes", 1.0), (Help.PARTLY, 0.5), ("no", 0.0)])
def test_whether_it_helped_is_a_scaled_score(answer: str, score: float) -> None:
    built = as_json(helped(actor=LEARNER, module=MODULE, answer=answer, need_id=NEED, at=AT,
                           language="en"))
    assert built["result"] == {"score": {"scaled": score}}
    assert built["verb"]["id"] == vocabulary.RATED


def test_no_statement_says_a_version() -> None:
    assert all("version" not in as_json(one) for one in every_statement(full=True).values())


@pytest.mark.parametrize("kind", sorted(set(every_statement(full=False)) - {"voided"}))
def test_every_builder_leaves_out_what_it_was_not_given(kind: str) -> None:
    built = as_json(every_statement(full=False)[kind])
    needed = {"time planned": {"extensions"}, "shared": {"extensions"},
              "person asked": {"extensions"}}.get(kind, set())
    assert set(built["context"]) == {"registration", "language", "contextActivities"} | needed
    assert set(built["context"]["contextActivities"]) == {"category"} | (
        {"parent"} if kind == "chosen" else set())
    result = {"completed": {"completion"}, "helped": {"score"}}.get(kind, set())
    assert set(built.get("result", {})) == result


@pytest.mark.parametrize(("raw", "tag"), [
    ("en_us", "en-us"), ("nl", "nl"), ("zh-Hant-TW", "zh-Hant-TW"), (None, "und"),
    ("", "und"), ("Dutch (NL)", "und"),
])  # fmt: skip
def test_an_odd_language_of_a_module_becomes_undetermined(raw: str | None, tag: str) -> None:
    module = ActivityRef(id="https://lms.example.org/mod/5", name="The wording", language=raw)
    built = as_json(opened(actor=LEARNER, module=module, need_id=NEED, at=AT, language="en"))
    assert built["object"]["definition"]["name"] == {tag: "The wording"}


def test_a_name_with_characters_that_lrss_cannot_store_is_cleaned() -> None:
    module = ActivityRef(id="https://x.org/5", name="a\x00b\ud800c\n " + "x" * 900)
    built = as_json(opened(actor=LEARNER, module=module, need_id=NEED, at=AT, language="en"))
    name = built["object"]["definition"]["name"]["und"]
    assert name.startswith("a b c x")
    assert len(name) == statements.LONGEST_NAME


@pytest.mark.parametrize("wrong", [
    {"at": datetime(2026, 3, 1)},  # noqa: DTZ001
    {"minutes": 0},
    {"minutes": 601},
    {"purpose": "I must tell Ann that"},
    {"course": "course 2"},
])  # fmt: skip
def test_a_value_that_cannot_be_right_is_refused(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"actor": LEARNER, "need_id": NEED, "at": AT, "language": "en"}
    with pytest.raises(InvalidStatement):
        need_asked(**(right | wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize(("home_page", "name"), [
    ("mailto:ann@example.org", "x"), ("https://x.org", " "), ("x.org", "x"),
    ("https://x.org/a b", "x"),
])  # fmt: skip
def test_an_actor_that_is_no_account_is_refused(home_page: str, name: str) -> None:
    with pytest.raises(InvalidStatement):
        Actor(home_page, name)


def test_an_activity_needs_an_iri() -> None:
    with pytest.raises(InvalidStatement):
        ActivityRef(id="mod/5")
