"""Who can open it: the tool asks the LMS, over HTTP, and shows by what it was told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from examples.stack import Ports, Stack
from examples.tour import ask, launch, openings, sign_in
from examples.visitor import Page, Visitor
from tests.settings import BY_WORDS_ENVIRONMENT

ANA, JOOST, MO = "13", "14", "17"
SHEETS = "a formula gives an error in my pivot table"
SPEAKING = "nervous to present my slides tomorrow"
NOT_SURE = "we could not check whether you are"
ENROL = "You enrol yourself first; it takes a click."


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An LMS in which Mo is in one of three courses; in one of the others he can enrol himself."""
    flags = ("--absent", f"{MO}:3", "--absent", f"{MO}:4", "--self-enrolment", "4")
    folder = tmp_path_factory.mktemp("access")
    with Stack(folder, Ports.free(), lms=flags, settings=BY_WORDS_ENVIRONMENT) as running:
        yield running


def asked(stack: Stack, person: str, need: str) -> Page:
    """What somebody is answered who comes from the course on performance conversations."""
    with Visitor() as visitor:
        sign_in(visitor, stack.lms_url, person)
        launch(visitor, stack.lms_url)
        # A person reads and types; the LMS is asked meanwhile.
        time.sleep(0.3)
        return ask(visitor, need)


@pytest.mark.parametrize("need", [SHEETS, SPEAKING], ids=["self-enrolment", "enrolled-only"])
def test_who_is_in_the_course_finds_its_modules_without_a_mark(stack: Stack, need: str) -> None:
    page = asked(stack, ANA, need)
    assert openings(page)
    assert ENROL not in page.words
    assert "enrolled" not in page.words


def test_self_enrolment_is_marked_for_who_is_not_in_the_course(stack: Stack) -> None:
    page = asked(stack, MO, SHEETS)
    assert openings(page)
    assert ENROL in page.words


def test_a_locked_module_is_not_shown_and_its_course_is_named(stack: Stack) -> None:
    page = asked(stack, MO, "slides for remote presentations")
    assert not openings(page)
    assert "you cannot open" in page.words
    assert "Presenting" in page.words
    assert not [link for link in page.links if "/mod/" in link.href]


def test_what_opens_is_shown_without_the_locked_ones(stack: Stack) -> None:
    page = asked(stack, MO, SPEAKING)
    assert openings(page)
    assert not [article for article in page.articles if "Presenting" in article]


def test_the_course_of_the_launch_opens_as_ever(stack: Stack) -> None:
    page = asked(stack, MO, "someone whose work got worse, how do I put it?")
    first = page.articles[0]
    assert ENROL not in first
    assert NOT_SURE not in first


def test_an_lms_that_is_down_marks_what_it_could_not_be_asked_for(stack: Stack) -> None:
    with Visitor() as visitor:
        sign_in(visitor, stack.lms_url, JOOST)
        page = launch(visitor, stack.lms_url)
        # What is known of him is in the tool's memory only, and ends with it.
        stack.stop_tool()
        stack.stop_lms()
        stack.start_tool()
        visitor.page = page
        began = time.monotonic()
        found = ask(visitor, SPEAKING)
        assert time.monotonic() - began < 5
    assert openings(found)
    assert "konden niet nagaan" in found.words
