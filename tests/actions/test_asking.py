"""Asking: answered, kept and recorded in one transaction, and harmless to repeat."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest

from lti_tool.actions.asking import answer_question, ask, is_catalogue_empty, last_asked, none_fit
from lti_tool.actions.own_data import forget
from lti_tool.domain.history import Asked
from lti_tool.domain.need import Need
from lti_tool.errors import NotFound, SessionExpired
from tests.actions.conftest import World, module

VERBS = {"asked": "asked", "recommended": "recommended"}


def verbs(world: World) -> list[str]:
    """The last word of each statement's verb IRI, in order."""
    return [str(s["verb"]["id"]).rpartition("/")[2] for s in world.statements()]  # type: ignore[index]


def titles(asked: Asked) -> list[str]:
    return [item.module.title for item in asked.items]


def test_a_need_gets_at_most_three_modules_with_reasons_and_is_recorded(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text="feedback to my boss", minutes=10), "form-1")
    assert len(asked.items) == 3
    assert titles(asked)[0] == "Feedback to your own manager"
    assert all(item.reasons for item in asked.items)
    assert len(world.statements()) == 2
    assert world.woken


def test_the_words_of_a_need_never_reach_the_outbox(world: World) -> None:
    ask(world.runtime, world.session(), Need(text="feedback zyzzyva quokka"), "f")
    written = str(world.statements())
    assert world.statements()
    assert "zyzzyva" not in written
    assert "quokka" not in written


def test_the_same_form_sent_again_changes_nothing(world: World) -> None:
    session = world.session()
    need = Need(text="feedback to my boss")
    first = ask(world.runtime, session, need, "form-1")
    world.clock.move(minutes=1)
    again = ask(world.runtime, session, need, "form-1")
    assert again == first
    assert len(world.statements()) == 2


def test_the_same_form_with_other_words_is_another_need(world: World) -> None:
    session = world.session()
    first = ask(world.runtime, session, Need(text="feedback to my boss"), "form-1")
    other = ask(world.runtime, session, Need(text="pivot table"), "form-1")
    assert other.id != first.id
    assert titles(other)[0] == "Pivot tables from nothing"


def test_the_same_form_sent_twice_at_once_is_one_need(world: World) -> None:
    session = world.session()
    answers: list[uuid.UUID] = []
    barrier = threading.Barrier(4)

    def send() -> None:
        barrier.wait(10)
        answers.append(ask(world.runtime, session, Need(text="feedback"), "form-1").id)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert len(world.statements()) == 2


def test_none_of_these_leads_to_the_next_and_then_says_that_nothing_is_left(world: World) -> None:
    session = world.session()
    first = ask(world.runtime, session, Need(text="feedback"), "f")
    second = none_fit(world.runtime, session, first.id, first.round)
    assert second.items
    assert not set(titles(first)) & set(titles(second))
    last = second
    for _ in range(5):
        last = none_fit(world.runtime, session, first.id, last.round)
    assert last.exhausted
    assert len(world.statements()) == 3


def test_none_of_these_sent_twice_moves_on_once(world: World) -> None:
    session = world.session()
    first = ask(world.runtime, session, Need(text="feedback"), "f")
    second = none_fit(world.runtime, session, first.id, first.round)
    assert none_fit(world.runtime, session, first.id, first.round) == second


def test_the_last_answer_is_there_at_the_next_launch(world: World) -> None:
    asked = ask(world.runtime, world.session(), Need(text="feedback"), "f")
    world.clock.move(days=1)
    assert last_asked(world.runtime, world.session()) == asked
    assert last_asked(world.runtime, world.session(subject="14")) is None


def test_another_person_cannot_reach_a_need(world: World) -> None:
    asked = ask(world.runtime, world.session(), Need(text="feedback"), "f")
    with pytest.raises(NotFound):
        none_fit(world.runtime, world.session(subject="14"), asked.id, 1)


def test_a_guest_is_answered_and_nothing_is_kept(world: World) -> None:
    guest = world.session(subject=None)
    asked = ask(world.runtime, guest, Need(text="feedback"), "f")
    assert len(asked.items) == 3
    assert not asked.kept
    assert world.statements() == []
    assert last_asked(world.runtime, guest) is None


def test_a_need_in_crisis_is_kept_nowhere_and_recorded_nowhere(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text="I want to kill myself"), "f")
    assert asked.answer == "support"
    assert not asked.kept
    assert world.statements() == []
    assert last_asked(world.runtime, session) is None


def test_a_need_about_another_s_crisis_is_kept_nowhere_and_recorded_nowhere(world: World) -> None:
    session = world.session()
    need = Need(text="patient talks about suicide, how do I give feedback")
    asked = ask(world.runtime, session, need, "f")
    assert asked.answer == "support"
    assert asked.about_others
    assert asked.items
    assert not asked.kept
    assert world.statements() == []
    assert last_asked(world.runtime, session) is None


def test_words_that_nothing_matches_get_a_question_whose_answers_lead_on(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text="xylophone"), "f")
    assert asked.answer == "question"
    assert asked.choices
    answered = answer_question(world.runtime, session, asked.id, 0)
    assert answered.id == asked.id
    assert answered.items
    assert answer_question(world.runtime, session, asked.id, 0) == answered


def test_a_choice_that_speaks_of_a_crisis_is_answered_and_nothing_of_it_is_kept(
    make_world: Callable[..., World],
) -> None:
    world = make_world([module(1, "Listening first", course="Suicide prevention")])
    session = world.session()
    asked = ask(world.runtime, session, Need(text="xylophone"), "f")
    assert asked.choices == ("Suicide prevention",)
    assert verbs(world)
    answered = answer_question(world.runtime, session, asked.id, 0)
    assert answered.answer == "support"
    assert titles(answered) == ["Listening first"]
    assert not answered.kept
    assert verbs(world) == []
    assert last_asked(world.runtime, session) is None


def test_a_choice_that_was_not_offered_is_refused(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text="xylophone"), "f")
    with pytest.raises(NotFound):
        answer_question(world.runtime, session, asked.id, 99)


def test_an_empty_catalogue_answers_with_nothing_and_says_so(
    make_world: Callable[..., World],
) -> None:
    world = make_world(modules=[])
    session = world.session()
    asked = ask(world.runtime, session, Need(text="feedback"), "f")
    assert asked.items == ()
    assert is_catalogue_empty(world.runtime, session)
    assert last_asked(world.runtime, session) == asked


def test_a_module_synced_meanwhile_is_found_by_the_next_need(world: World) -> None:
    session = world.session()
    ask(world.runtime, session, Need(text="feedback"), "f")
    world.source.modules.append(module(7, "Juggling for beginners"))
    world.sync()
    asked = ask(world.runtime, session, Need(text="juggling"), "g")
    assert titles(asked) == ["Juggling for beginners"]


def test_a_module_that_vanished_is_named_but_marked_gone(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text="pivot table"), "f")
    world.source.modules = [m for m in world.source.modules if m.identifier != "6"]
    world.sync()
    last = last_asked(world.runtime, session)
    assert last is not None
    assert titles(last)[0] == titles(asked)[0]
    assert last.items[0].gone


def test_none_of_these_after_a_question_goes_on_with_what_was_answered(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text="xylophone"), "f")
    choice = asked.choices.index("Talking with people")
    seen = titles(answered := answer_question(world.runtime, session, asked.id, choice))
    more = none_fit(world.runtime, session, asked.id, answered.round)
    assert not more.exhausted
    assert more.items
    assert not set(titles(more)) & set(seen)


def test_somebody_who_is_forgotten_while_they_ask_is_told_that_the_page_is_over(
    world: World,
) -> None:
    session = world.session()
    forget(world.runtime, session)
    with pytest.raises(SessionExpired):
        ask(world.runtime, session, Need(text="feedback"), "f")
