"""Needle's life in an LMS: registered by one URL, placed by a teacher, opened, graded, reviewed.

The LMS is at 127.0.0.1 and Needle at localhost, which are different sites. Nobody here has
JavaScript.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from examples.stack import Ports, Stack
from examples.tour import openings, sign_in
from examples.visitor import Form, Page, Visitor
from tests.settings import BY_WORDS_ENVIRONMENT

ADA, ANA, TESS = "2", "13", "15"
SECONDS = 20


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The three programs; LMS and Needle do not know of each other."""
    folder = tmp_path_factory.mktemp("life")
    with Stack(
        folder, Ports.free(), tool_host="localhost", acquainted=False, settings=BY_WORDS_ENVIRONMENT
    ) as running:
        yield running


def follow(visitor: Visitor, address: str) -> Page:
    """Open a page of the LMS with the tool in a frame, and come through login and launch."""
    page = visitor.get(address)
    page = visitor.get(page.frames[0])
    for _ in range(4):
        posting = [form for form in page.forms if "/lti/" in form.action]
        if not posting or "/need" in str([form.action for form in page.forms]):
            break
        page = visitor.send(posting[0])
    assert page.status == 200, page.words
    return page


def courses(visitor: Visitor, stack: Stack) -> str:
    """The address of the first course."""
    page = visitor.get(f"{stack.lms_url}/my/")
    return next(link.href for link in page.links if "/course/view.php" in link.href)


def choice_form(page: Page) -> Form:
    """The form of the page on which modules are chosen."""
    return next(form for form in page.forms if "sought" in form.fields)


def preview_form(page: Page) -> Form:
    """The form of the page that shows what would be placed."""
    return next(form for form in page.forms if "place" in form.buttons)


def test_an_administrator_registers_needle_by_one_address(stack: Stack) -> None:
    printed = stack.needle("invite")
    (address,) = re.findall(rf"{stack.tool_url}/lti/register/\S+", printed)
    with Visitor() as ada:
        sign_in(ada, stack.lms_url, ADA)
        page = ada.get(f"{stack.lms_url}/admin/tools")
        page = ada.send(page.form("/admin/tools/register"), url=address)
        page = ada.get(page.frames[0])
        assert stack.lms_url in page.words
        page = ada.send(page.forms[0])
        assert page.status == 200, page.words
        page = ada.get(f"{stack.lms_url}/admin/tools")
        form = page.form("/admin/tools/activate")
        ada.send(form, client_id=form.buttons[0])
    assert stack.lms_url in stack.needle("platform", "list")


def test_a_teacher_places_a_module_for_a_point(stack: Stack) -> None:
    with Visitor() as tess:
        sign_in(tess, stack.lms_url, TESS)
        course = courses(tess, stack)
        page = tess.get(course)
        add = next(link.href for link in page.links if "/mod/lti/add.php" in link.href)
        page = follow(tess, add)
        page = tess.send(choice_form(page), sought="the wording", do="search")
        assert "The wording" in page.words
        form = choice_form(page)
        found = re.search(r'name="module" value="([^"]*)"', page.body)
        assert found
        page = tess.send(form, module=found[1], graded="yes", do="preview")
        page = tess.send(preview_form(page), do="place")
        (back,) = [form for form in page.forms if "JWT" in form.fields]
        page = tess.send(back)
        assert page.status == 200, page.words
        assert "The wording" in page.words


def test_a_learner_opens_it_and_the_point_reaches_the_grade_book(stack: Stack) -> None:
    with Visitor() as ana:
        sign_in(ana, stack.lms_url, ANA)
        page = ana.get(courses(ana, stack))
        placed = [link.href for link in page.links if "/mod/lti/view.php" in link.href][-1]
        page = follow(ana, placed)
        assert "Your teacher sees that you opened this." in page.words
        module = ana.get(openings(page)[0])
        assert module.url.startswith(stack.lms_url)
    with Visitor() as tess:
        sign_in(tess, stack.lms_url, TESS)
        course = courses(tess, stack)
        report = course.replace("/course/view.php?id=", "/grade/report?course=")
        deadline = time.monotonic() + SECONDS
        while "Ferreira 1" not in (page := tess.get(report)).words and time.monotonic() < deadline:
            time.sleep(0.3)
        assert "Ferreira 1" in page.words, page.words
        review = next(link.href for link in page.links if f"user={ANA}" in link.href)
        page = follow(tess, review)
        assert "LMS user 13" in page.words
        assert "The point is in the grade book." in page.words
        assert "opened on" in page.words
