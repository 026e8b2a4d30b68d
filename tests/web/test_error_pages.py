"""Errors as pages: plain words, a reference that the log has, and no word lost."""

from __future__ import annotations

import logging
import re
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from lti_tool.actions.refusals import last_refusals
from lti_tool.errors import InputError, LaunchRefused, NeedleError, NotFound
from lti_tool.web import error_words
from tests.web.conftest import OpenWorld
from tests.web.walker import Page, Walker
from tests.web.world import World

NEED = "a talk with my manager about Priya"


def reference(page: Page) -> str:
    return re.findall(r"<code>([A-Z2-9]{8})</code>", page.html)[0]


def raising(app: Flask, error: Exception) -> None:
    """A page of the application that fails."""

    @app.route("/failing", methods=["GET", "POST"])
    def failing() -> str:
        raise error


def test_a_page_that_is_over_keeps_the_words_to_copy(
    alone: Walker, caplog: pytest.LogCaptureFixture
) -> None:
    alone.world.pass_time(timedelta(hours=5))
    page = alone.ask(NEED)
    assert page.status == 401
    assert "This page has expired" in page.text
    assert "Go back to your course and open Needle again." in page.text
    assert re.search(rf"<textarea[^>]*readonly[^>]*>\s*{NEED}</textarea>", page.html)
    assert reference(page) in caplog.text
    assert "session-expired" in caplog.text
    assert "Priya" not in caplog.text
    assert alone.session.token not in caplog.text
    assert page.response.headers["Content-Security-Policy"].endswith("frame-ancestors *")


@pytest.mark.parametrize("token", ["", "x", "é" * 50, "x" * 5000])
def test_a_form_without_a_good_token_is_a_page_that_is_over(walker: Walker, token: str) -> None:
    assert walker.post("/need", token=token, text=NEED).status == 401


def test_a_database_that_somebody_else_holds_is_told_with_when_to_come_back(
    open_tool: OpenWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world = open_tool()
    walker = Walker(world, world.launch())
    engine = world.runtime.engine

    @sa.event.listens_for(engine, "checkout")
    def _be_impatient(connection: Any, _record: Any, _fairy: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 20")

    with sqlite3.connect(str(engine.url.database), isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        page = walker.ask(NEED)
        holder.execute("ROLLBACK")
    holder.close()
    assert page.status == 503
    assert page.response.headers["Retry-After"] == "5"
    assert "database-busy" in page.text
    assert "Priya" in page.html
    assert "Priya" not in caplog.text
    assert walker.again().status == 200


def test_what_nobody_foresaw_is_a_plain_page_and_a_traceback_in_the_log(
    open_tool: OpenWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world = open_tool()
    raising(world.app, RuntimeError("the innards"))
    page = Page(world.app.test_client().post("/failing", data={"text": NEED}))
    assert page.status == 500
    assert "Something went wrong on our side" in page.text
    assert NEED in page.html
    assert "innards" not in page.html
    assert "Traceback" not in page.html
    assert reference(page) in caplog.text
    assert "the innards" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR
    assert "Priya" not in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (NotFound("No need 7."), 404, "That is not here any more"),
        (InputError("Wrong.", code="surprise"), 400, "Needle could not read that"),
        (NeedleError("The sealed thing."), 500, "Something went wrong on our side"),
    ],
)
def test_an_error_of_ours_is_told_in_plain_words(
    open_tool: OpenWorld, error: NeedleError, status: int, told: str
) -> None:
    world = open_tool()
    raising(world.app, error)
    page = Page(world.app.test_client().get("/failing"))
    assert page.status == status
    assert told in page.text
    assert error.code in page.text
    assert str(error) not in page.text


@pytest.mark.parametrize(
    ("path", "method", "status", "told"),
    [
        ("/nowhere", "GET", 404, "There is no page here"),
        ("/need", "GET", 405, "This page cannot be opened by itself"),
        ("/open/1", "GET", 404, "There is no page here"),
    ],
)
def test_a_wrong_address_is_told(
    world: World, path: str, method: str, status: int, told: str
) -> None:
    page = Page(world.app.test_client().open(path, method=method))
    assert page.status == status
    assert told in page.text
    assert f"http-{status}" in page.text
    if status == 405:
        assert "POST" in page.response.headers["Allow"]


def test_no_address_that_was_asked_for_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.app.test_client().get("/lti/login/hidden-login-id")
    world.app.test_client().get("/secret-path")
    assert "/lti/login/<login_id>" in caplog.text
    assert "hidden-login-id" not in caplog.text
    assert "secret-path" not in caplog.text


def test_before_a_launch_errors_speak_the_browsers_language(world: World) -> None:
    client = world.app.test_client()
    dutch = client.get("/nowhere", headers={"Accept-Language": "fr, nl;q=0.8, en;q=0.5"})
    assert '<html lang="nl">' in dutch.text
    assert "Hier is geen pagina" in dutch.text
    french = client.get("/nowhere", headers={"Accept-Language": "fr"})
    assert '<html lang="en">' in french.text


def test_programs_get_errors_as_json(open_tool: OpenWorld) -> None:
    world = open_tool()
    client = world.app.test_client()
    answer = client.post("/lti/jwks.json")
    assert answer.status_code == 405
    assert answer.json is not None
    assert answer.json["error"] == "http-405"
    assert answer.json["reference"]


def test_health_is_told_as_json(open_tool: OpenWorld) -> None:
    world = open_tool()
    answer = world.app.test_client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "ok"


def test_every_word_for_an_error_says_what_to_do() -> None:
    codes = ["session-expired", "platform-unknown", "cookies-blocked", "module-gone", "x"]
    for code in codes:
        for status in (400, 403, 404, 405, 413, 500):
            for launching in (True, False):
                said = error_words.words_for(code, status, launching=launching)
                assert said.title
                assert said.what
                assert said.mend


def test_a_refused_launch_shows_its_message_to_the_administrator() -> None:
    error = LaunchRefused("The clocks differ.", code="token-early")
    said = error_words.words_for(error.code, error.status, launching=True)
    assert said.detailed


def test_the_front_page_says_how_to_come_in(world: World) -> None:
    page = Page(world.app.test_client().get("/"))
    assert page.status == 200
    assert "opens from a course in your LMS" in page.text
    assert "Connect it" in page.text


def test_a_refused_launch_is_kept_under_the_reference_of_its_page(open_tool: OpenWorld) -> None:
    world = open_tool()
    error = LaunchRefused(
        "The clocks differ.", code="token-early", registration_id=world.registration.id
    )
    raising(world.app, error)
    page = Page(world.app.test_client().get("/failing"))
    (kept,) = last_refusals(world.runtime, world.registration.organisation)
    assert (kept.code, kept.what) == ("token-early", "The clocks differ.")
    assert kept.reference == reference(page)
    assert kept.registration_id == world.registration.id


def test_an_error_that_is_no_refusal_is_not_kept(open_tool: OpenWorld) -> None:
    world = open_tool()
    raising(world.app, InputError("Ana wrote this."))
    world.app.test_client().get("/failing")
    assert last_refusals(world.runtime, world.registration.organisation) == []


def test_a_refusal_is_told_even_when_the_database_is_away(open_tool: OpenWorld) -> None:
    world = open_tool()
    raising(world.app, LaunchRefused("The clocks differ.", code="token-early"))
    with world.runtime.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tool_refusal")
    page = Page(world.app.test_client().get("/failing"))
    assert page.status == 403
    assert "token-early" in page.text


@pytest.mark.parametrize(
    ("code", "english", "dutch"),
    [
        ("deployment-pending", "administrator must approve Needle", "beheerder moet Needle"),
        ("deep-linking-role", "Only teachers place Needle", "Alleen docenten zetten Needle"),
        ("deep-linking-type", "cannot be placed there", "kan daar niet staan"),
        ("review-role", "Only teachers see", "Alleen docenten zien"),
    ],
)
def test_a_refusal_is_told_in_plain_words_of_both_languages(
    open_tool: OpenWorld, code: str, english: str, dutch: str
) -> None:
    world = open_tool()
    raising(world.app, LaunchRefused("Deployment '8'.", mend="needle platform approve", code=code))
    client = world.app.test_client()
    for language, words in (("en", english), ("nl", dutch)):
        page = Page(client.get("/failing", headers={"Accept-Language": language}))
        assert page.status == 403
        assert words in page.text
        assert "Deployment '8'." in page.text
        assert "needle platform approve" in page.text
