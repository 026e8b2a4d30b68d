"""What is recorded of what people do, under each setting of what may leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lti_tool.actions.asking import Told, answer_question, ask
from lti_tool.actions.helping import tell_helped
from lti_tool.actions.opening import open_module
from lti_tool.actions.recording import Records, records_of
from lti_tool.config import CARRIES
from lti_tool.domain.history import Asked, Helped
from lti_tool.domain.launch import Session
from lti_tool.domain.need import Need
from tests.actions.conftest import World
from xapi import vocabulary

MakeWorld = Callable[..., World]
WORDS = "feedback to my boss"
CRISIS = "I want to kill myself"


def trip(world: World, session: Session, text: str = WORDS) -> Asked:
    """They ask, open what was found, and say that it helped; a guest only asks."""
    asked = ask(world.runtime, session, Need(text=text), "f")
    if asked.items and asked.kept:
        open_module(world.runtime, asked.items[0].id)
        tell_helped(world.runtime, session, asked.items[0].id, Helped.YES, "asked her first")
    return asked


def described(world: World) -> list[dict[str, str]]:
    """The descriptions of what was asked, as recorded."""
    return [
        statement["object"]["definition"].get("description", {})
        for statement in recorded(world)
        if statement["verb"]["id"] == vocabulary.ASKED_NEED
    ]


def recorded(world: World) -> list[dict[str, Any]]:
    return world.statements()  # type: ignore[return-value]


def test_by_default_no_word_of_a_need_is_recorded(world: World) -> None:
    trip(world, world.session())
    assert len(recorded(world)) == 4
    assert WORDS not in json.dumps(recorded(world))


def test_the_words_of_a_need_are_recorded_where_the_organisation_lets_them_out(
    make_world: MakeWorld,
) -> None:
    world = make_world(lrs_carries="need-words")
    trip(world, world.session())
    assert described(world) == [{"en": WORDS}]
    told = json.dumps([one for one in recorded(world) if "description" not in str(one)])
    assert WORDS not in told
    assert "asked her first" not in json.dumps(recorded(world))


@pytest.mark.parametrize("other", sorted(set(CARRIES) - {"need-words"}))
def test_no_other_setting_lets_the_words_out(make_world: MakeWorld, other: str) -> None:
    world = make_world(lrs_carries=other)
    trip(world, world.session())
    assert described(world) == [{}]


@pytest.mark.parametrize("identity", ["pseudonym", "account"])
def test_with_every_setting_on_everything_a_person_does_is_still_recorded(
    make_world: MakeWorld, identity: str
) -> None:
    world = make_world(lrs_carries=" ".join(CARRIES), lrs_identity=identity)
    trip(world, world.session())
    assert [one["verb"]["display"]["en"] for one in recorded(world)] == [
        "asked a need", "recommended", "opened", "rated"
    ]  # fmt: skip


def test_words_with_an_e_mail_address_stay_here_and_the_need_is_answered_all_the_same(
    make_world: MakeWorld,
) -> None:
    world = make_world(lrs_carries="need-words")
    asked = trip(world, world.session(), "feedback to ann@example.org")
    assert asked.kept
    assert described(world) == [{}]
    assert "ann@" not in json.dumps(recorded(world))


@pytest.mark.parametrize("text", [CRISIS, "my sister wants to kill herself"])
def test_a_need_that_tells_of_a_crisis_is_never_recorded(make_world: MakeWorld, text: str) -> None:
    world = make_world(lrs_carries=" ".join(CARRIES), lrs_identity="account")
    asked = ask(world.runtime, world.session(), Need(text=text), "f")
    assert asked.answer == "support"
    assert recorded(world) == []


def test_an_overlong_text_that_tells_of_a_crisis_is_never_recorded(make_world: MakeWorld) -> None:
    world = make_world(lrs_carries="need-words")
    told = Told(overlong=f"{WORDS} " * 200 + CRISIS)
    asked = ask(world.runtime, world.session(), Need(text=WORDS), "f", told)
    assert asked.answer == "support"
    assert recorded(world) == []


def test_a_guests_words_are_never_recorded(make_world: MakeWorld) -> None:
    world = make_world(lrs_carries="need-words", allow_guests=True)
    trip(world, world.session(None))
    assert recorded(world) == []


def test_what_was_typed_is_recorded_and_not_what_was_looked_for_after_a_question(
    make_world: MakeWorld,
) -> None:
    world = make_world(lrs_carries="need-words")
    session = world.session()
    asked = ask(world.runtime, session, Need(text="xylophone"), "f")
    assert asked.question is not None
    answer_question(world.runtime, session, asked.id, 0)
    assert described(world) == [{"en": "xylophone"}]


def test_one_registration_ties_what_belongs_to_a_need_and_is_not_its_id_here(
    world: World,
) -> None:
    session = world.session()
    asked = trip(world, session)
    other = ask(world.runtime, session, Need(text="pivot tables"), "g")
    threads = [one["context"]["registration"] for one in recorded(world)]
    assert len(set(threads[:4])) == 1
    assert set(threads[4:]).isdisjoint(threads[:4])
    assert recorded(world)[0]["object"]["id"] == f"urn:uuid:{threads[0]}"
    assert not {str(asked.id), str(other.id)} & set(threads)


@pytest.mark.parametrize(
    ("settings", "subject", "told"),
    [
        ({}, "13", Records(by_number=False, with_words=False)),
        ({"lrs_identity": "account"}, "13", Records(by_number=True, with_words=False)),
        ({"lrs_identity": "account"}, "ana@example.org", Records(False, False)),
        ({"lrs_carries": "need-words"}, "13", Records(by_number=False, with_words=True)),
        ({"lrs_carries": "practice evidence planned-time"}, "13", Records(False, False)),
        (
            {"lrs_carries": "need-words", "lrs_identity": "account"},
            "13",
            Records(by_number=True, with_words=True),
        ),
        ({"lrs_carries": "need-words", "allow_guests": True}, None, None),
    ],
)
def test_what_a_page_tells_of_the_records_is_what_is_recorded(
    make_world: MakeWorld,
    settings: dict[str, Any],
    subject: str | None,
    told: Records | None,
) -> None:
    world = make_world(**settings)
    session = world.session(subject)
    assert records_of(world.runtime, session) == told
    trip(world, session)
    if told is None:
        assert recorded(world) == []
    else:
        names = {one["actor"]["account"]["name"] for one in recorded(world)}
        assert (subject in names) is told.by_number
        assert (WORDS in json.dumps(recorded(world))) is told.with_words
