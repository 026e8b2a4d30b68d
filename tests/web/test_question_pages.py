"""Situations to start from, and the questions that are asked back."""

from __future__ import annotations

import re

import pytest

from lti_tool.recommender.questions import SITUATIONS, tell_situations
from tests.web.conftest import OpenWorld
from tests.web.walker import Page, Walker, identifiers
from tests.web.world import World

SITUATION_WORDS = {one.name: one for one in tell_situations("en")}


def choose(walker: Walker, name: str, path: str = "/start") -> Page:
    """Choose a situation, as the button in the form does without a script."""
    form = dict(walker.page.form("Find it").fields)
    return walker.post(path, **{**form, "situation": name})


def start_question(walker: Walker) -> Page:
    """The question that the situation of a program leads to."""
    page = choose(walker, "software", "/need")
    assert "Which program is it?" in page.text
    return page


def test_the_need_page_offers_six_situations(walker: Walker) -> None:
    named = re.findall(r'name="situation" value="(\w+)"', walker.page.html)
    assert tuple(named) == SITUATIONS
    for one in SITUATION_WORDS.values():
        assert one.label in walker.page.text


@pytest.mark.parametrize("name", [name for name in SITUATIONS if name != "software"])
def test_a_situation_puts_its_first_sentence_in_the_box(walker: Walker, name: str) -> None:
    page = choose(walker, name)
    form = dict(page.form("Find it").fields)
    assert form["text"] == SITUATION_WORDS[name].text


def test_a_situation_keeps_what_was_chosen_of_time_and_purpose(walker: Walker) -> None:
    form = dict(walker.page.form("Find it").fields)
    sent = {**form, "minutes": "5", "purpose": "preparing", "led": "yes", "situation": "boss"}
    kept = dict(walker.post("/start", **sent).form("Find it").fields)
    assert (kept["minutes"], kept["purpose"], kept["led"]) == ("5", "preparing", "yes")


def test_a_situation_speaks_the_language_of_the_page(world: World) -> None:
    walker = Walker(world, world.launch(locale="nl"))
    form = dict(walker.page.form("Zoek het").fields)
    page = walker.post("/start", **{**form, "situation": "boss"})
    typed = dict(page.form("Zoek het").fields)["text"]
    assert "tussen mij en mijn leidinggevende" in typed


def test_a_situation_that_there_is_none_of_changes_nothing(walker: Walker) -> None:
    form = dict(walker.page.form("Find it").fields)
    page = walker.post("/start", **{**form, "text": "my own words", "situation": "volcano"})
    assert dict(page.form("Find it").fields)["text"] == "my own words"


def test_a_program_is_asked_for_before_anything_is_shown(alone: Walker) -> None:
    page = start_question(alone)
    assert not identifiers(page)
    page = alone.press("A spreadsheet, such as Excel")
    assert SITUATION_WORDS["software"].text in page.text
    assert "Which program is it?" not in page.text


def test_a_question_can_be_skipped_and_shows_what_there_is(alone: Walker) -> None:
    start_question(alone)
    page = alone.press("Skip this: show me what you have")
    assert page.status == 200
    assert "Which program is it?" not in page.text
    again = alone.again()
    assert identifiers(again) == identifiers(page)


def test_something_else_leads_back_with_the_words(alone: Walker) -> None:
    start_question(alone)
    form = dict(alone.press("Something else").form("Find it").fields)
    assert form["text"] == SITUATION_WORDS["software"].text


def test_an_answer_to_a_question_that_is_over_changes_nothing(alone: Walker) -> None:
    start_question(alone)
    form = dict(alone.page.form("A spreadsheet, such as Excel").fields)
    first = alone.post("/need/answer", **{**form, "choice": "0", "number": "1"})
    for number in ("1", "2"):
        again = alone.post("/need/answer", **{**form, "choice": "3", "number": number})
        assert again.status == 200
        assert again.text == first.text


def test_a_guest_answers_and_skips_and_nothing_is_kept(open_tool: OpenWorld) -> None:
    world = open_tool()
    for button in ("A spreadsheet, such as Excel", "Skip this: show me what you have"):
        walker = Walker(world, world.launch(subject=None))
        start_question(walker)
        page = walker.press(button)
        assert page.status == 200
        assert "Which program is it?" not in page.text
        assert SITUATION_WORDS["software"].text in page.text
        assert "such as Excel" not in page.html.split("<q", 1)[1].split("</q>")[0]


def test_what_a_guest_sends_along_is_bounded(world: World) -> None:
    walker = Walker(world, world.launch(subject=None))
    form = dict(walker.page.form("Find it").fields)
    sent = {**form, "text": "work", "refined": "work " * 9_000, "asked": "who " * 9_000}
    assert walker.post("/need", **sent).status == 200


def test_a_crisis_comes_before_any_question(alone: Walker) -> None:
    form = dict(alone.page.form("Find it").fields)
    sent = {**form, "text": "I want to kill myself", "situation": ""}
    assert "You do not have to carry this alone" in alone.post("/need", **sent).text
