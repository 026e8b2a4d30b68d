"""The pages of the mini LMS, as people see them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.mini_lms import Settings, create_app
from examples.mini_lms.content_folder import read_campus
from examples.mini_lms.course import Activity, Kind, plain_text
from examples.mini_lms.settings import CONTENT
from tests.examples.conftest import LMS_URL

CAMPUS = read_campus(CONTENT)
ACTIVITIES = [place.activity for place in CAMPUS.places()]
OPENABLE = [activity for activity in ACTIVITIES if activity.path]
PAGES = [
    pytest.param(activity.content, id=f"{activity.cmid}")
    for activity in ACTIVITIES if activity.kind is Kind.PAGE
]
TEXTS = PAGES + [
    pytest.param("".join(chapter.content for chapter in activity.chapters), id=f"{activity.cmid}")
    for activity in ACTIVITIES if activity.kind is Kind.BOOK
]

PLAIN_ELEMENTS = frozenset({
    "p", "h2", "h3", "ul", "ol", "li", "dl", "dt", "dd", "em", "strong", "code", "blockquote",
    "table", "thead", "tbody", "tr", "th", "td",
})


class Balance(HTMLParser):
    """Fails on an element that content may not have, has attributes, or is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in PLAIN_ELEMENTS
        assert attrs == []
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_first_page_offers_everybody(lms: Flask) -> None:
    text = lms.test_client().get("/").text
    for name in ("Ana Ferreira", "Joost de Wit", "Tess Lindqvist", "Mo Haddad", "Ada Admin"):
        assert name in text


def test_somebody_unknown_continues_to_the_page_they_asked_for(lms: Flask) -> None:
    client = lms.test_client()
    asked = client.get("/mod/page/view.php?id=105")
    assert asked.status_code == 302
    choice = client.get(asked.location)
    wanted = re.search(r'name="next" value="([^"]*)"', choice.text)
    assert wanted
    assert wanted[1] == "/mod/page/view.php?id=105"
    chosen = client.post("/login/index.php", data={"person": 13, "next": wanted[1]})
    assert chosen.location == "/mod/page/view.php?id=105"
    assert "The wording" in client.get(chosen.location).text


@pytest.mark.parametrize("path", [
    "/my/", "/course/view.php?id=2", "/mod/quiz/view.php?id=308", "/mod/lti/view.php?id=100",
    "/mod/lti/launch.php?id=100",
])
def test_every_page_asks_who_you_are(lms: Flask, path: str) -> None:
    location = lms.test_client().get(path).location
    assert location.startswith("/login/index.php?next=")


@pytest.mark.parametrize("wanted", [
    "https://evil.invalid/", "//evil.invalid/", "/\\evil.invalid", "evil", "", "/a\tb", "/\n/evil",
])
def test_the_choice_never_leads_to_another_site(lms: Flask, wanted: str) -> None:
    data = {"person": 13, "next": wanted}
    assert lms.test_client().post("/login/index.php", data=data).location == "/my/"


def test_a_person_who_does_not_exist_cannot_be_chosen(lms: Flask) -> None:
    client = lms.test_client()
    assert client.post("/login/index.php", data={"person": 999}).status_code == 400
    assert client.get("/my/").status_code == 302


def test_signing_out_ends_the_session(ana: FlaskClient) -> None:
    ana.post("/login/logout.php")
    assert ana.get("/my/").status_code == 302


def test_my_courses_lists_all_three(ana: FlaskClient) -> None:
    text = ana.get("/my/").text
    for course in CAMPUS.courses:
        assert course.fullname in text
        assert f'href="/course/view.php?id={course.id}"' in text


@pytest.mark.parametrize("course_id", [2, 3, 4])
def test_a_course_page_links_each_activity_and_shows_labels(
    ana: FlaskClient, course_id: int
) -> None:
    text = ana.get(f"/course/view.php?id={course_id}").text
    course = CAMPUS.find_course(course_id)
    assert course
    for section in course.sections:
        for activity in section.activities:
            if activity.path:
                assert f'<a href="{activity.path}">' in text
            else:
                assert activity.intro in text


def test_an_intro_is_on_the_course_page_only_where_that_is_wanted(ana: FlaskClient) -> None:
    text = ana.get("/course/view.php?id=2").text
    assert "Sentences to use, why they work" in text
    assert "Your own nerves are in the room too" not in text


@pytest.mark.parametrize("activity", OPENABLE, ids=lambda activity: str(activity.cmid))
def test_every_activity_opens_at_its_moodle_like_address(
    ana: FlaskClient, activity: Activity
) -> None:
    response = ana.get(f"/mod/{activity.kind}/view.php?id={activity.cmid}")
    assert response.status_code == 200
    assert activity.name.replace("&", "&amp;") in response.text.replace("&#39;", "'")
    assert activity.content in response.text
    assert response.headers["X-Frame-Options"] == "sameorigin"
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=", response.text)


def test_the_wording_is_the_fifth_of_seven_between_its_neighbours(ana: FlaskClient) -> None:
    text = ana.get("/mod/page/view.php?id=105").text
    assert "5 of 7" in text
    assert '<a rel="prev" href="/mod/page/view.php?id=104">' in text
    assert '<a rel="next" href="/mod/page/view.php?id=106">' in text


def test_first_and_last_piece_have_one_neighbour(ana: FlaskClient) -> None:
    assert 'rel="prev"' not in ana.get("/mod/page/view.php?id=101").text
    assert 'rel="next"' not in ana.get("/mod/page/view.php?id=107").text


def test_a_book_shows_one_chapter_and_leads_to_the_next(ana: FlaskClient) -> None:
    first = ana.get("/mod/book/view.php?id=305").text
    assert "A lookup went to the other list" in first
    assert "The formula pointed to a cell" not in first
    assert "/mod/book/view.php?id=305&amp;chapterid=12" in first
    second = ana.get("/mod/book/view.php?id=305&chapterid=12").text
    assert "The formula pointed to a cell" in second
    assert ana.get("/mod/book/view.php?id=305&chapterid=99").status_code == 404


def test_a_quiz_answers_what_was_chosen_and_only_that(ana: FlaskClient) -> None:
    before = ana.get("/mod/quiz/view.php?id=308").text
    assert "feedback" not in before
    after = ana.post("/mod/quiz/view.php?id=308", data={"q0": 0, "q1": 2}).text
    assert "its recipe: values, rows, columns" in after
    assert "Then the customer stays missing" in after
    assert after.count("Not answered yet.") == 2
    assert "adding up with the mouse" in after
    assert "a pivot table only needs refreshing" not in after


@pytest.mark.parametrize("path", [
    "/mod/page/view.php?id=999", "/mod/page/view.php", "/mod/page/view.php?id=x",
    "/mod/page/view.php?id=305", "/mod/lti/view.php?id=101", "/course/view.php?id=99",
    "/no/such/page",
])
def test_what_is_not_there_gets_a_page_in_plain_words(ana: FlaskClient, path: str) -> None:
    response = ana.get(path)
    assert response.status_code == 404
    assert "This did not work" in response.text


def test_the_tool_is_framed_and_opens_in_a_new_window_too(ana: FlaskClient) -> None:
    text = ana.get("/mod/lti/view.php?id=100").text
    assert 'src="/mod/lti/launch.php?id=100"' in text
    assert '<a href="/mod/lti/launch.php?id=100&amp;target=window" target="_blank">' in text
    assert ana.get("/mod/lti/launch.php?id=100&target=elsewhere").status_code == 400


def test_without_a_tool_the_activity_says_so() -> None:
    client = create_app(Settings(public_url=LMS_URL)).test_client()
    client.post("/login/index.php", data={"person": 13})
    page = client.get("/mod/lti/view.php?id=100").text
    assert "No tool is registered" in page
    assert "<iframe" not in page
    assert client.get("/mod/lti/launch.php?id=100").status_code == 404


@pytest.mark.parametrize("content", PAGES)
def test_every_page_has_150_to_500_words(content: str) -> None:
    assert 150 <= len(plain_text(content).split()) <= 500


@pytest.mark.parametrize("content", TEXTS)
def test_every_piece_is_plain_balanced_html(content: str) -> None:
    balance = Balance()
    balance.feed(content)
    balance.close()
    assert balance.open == []


def test_every_question_has_one_right_answer_and_a_word_for_each() -> None:
    questions = [question for activity in ACTIVITIES for question in activity.questions]
    assert len(questions) == 4
    for question in questions:
        assert [option.right for option in question.options].count(True) == 1
        assert all(option.feedback for option in question.options)


def test_every_activity_has_an_intro() -> None:
    assert all(plain_text(activity.intro) for activity in ACTIVITIES)
