"""A question that was asked back is kept until it is answered or skipped."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool.actions.asking import Told, answer_question, ask, last_asked, skip_question
from lti_tool.domain.history import Asked, AskedBack
from lti_tool.domain.need import Need
from lti_tool.storage import needs, tables
from tests.actions.conftest import World

NEED = Need(text="feedback")
SECOND = AskedBack(
    choices=(("To my boss", "feedback – To my boss"), ("A pivot table", "a pivot table")),
    heading="Who is it about?",
    asked=("program", "who"),
    skippable=True,
)


def ask_program(world: World) -> Asked:
    asked = ask(world.runtime, world.session(), NEED, "f", Told(first="program"))
    assert asked.answer == "question"
    return asked


def test_a_question_asked_first_is_kept_in_its_words(world: World) -> None:
    asked = ask_program(world)
    assert asked.question is not None
    assert asked.question.asked == ("program",)
    assert asked.question.skippable
    assert last_asked(world.runtime, world.session()) == asked


def test_skipping_shows_what_the_words_alone_find(world: World) -> None:
    session = world.session()
    asked = ask_program(world)
    skipped = skip_question(world.runtime, session, asked.id)
    plain = ask(world.runtime, session, NEED, "g")
    assert skipped.items
    assert [i.module for i in skipped.items] == [i.module for i in plain.items]
    assert skip_question(world.runtime, session, asked.id) == skipped


def test_a_second_question_is_answered_by_its_number_alone(world: World) -> None:
    session = world.session()
    asked = ask_program(world)
    with world.runtime.engine.begin() as connection:
        needs.ask_back(connection, asked.id, "feedback – mail", SECOND)
    twice = answer_question(world.runtime, session, asked.id, 0, number=1)
    assert twice.question == SECOND
    answered = answer_question(world.runtime, session, asked.id, 1, number=2)
    assert answered.question is None
    assert answered.items[0].module.title == "Pivot tables from nothing"


def test_a_skipped_second_question_keeps_the_first_answer(world: World) -> None:
    session = world.session()
    asked = ask_program(world)
    with world.runtime.engine.begin() as connection:
        needs.ask_back(connection, asked.id, "a pivot table", SECOND)
    skipped = skip_question(world.runtime, session, asked.id, number=2)
    assert skipped.items[0].module.title == "Pivot tables from nothing"


@pytest.mark.parametrize("kept", [[{"label": "Talks", "refined_text": "Talks"}]], ids=["list"])
def test_a_question_of_an_older_version_can_still_be_answered(
    world: World, kept: list[dict[str, str]]
) -> None:
    session = world.session()
    asked = ask_program(world)
    with world.runtime.engine.begin() as connection:
        connection.execute(
            sa.update(tables.need).where(tables.need.c.id == asked.id).values(question=kept)
        )
    again = last_asked(world.runtime, session)
    assert again is not None
    assert again.choices == ("Talks",)
    assert answer_question(world.runtime, session, asked.id, 0).answer == "recommendations"
