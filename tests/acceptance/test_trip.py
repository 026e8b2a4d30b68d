"""The whole trip: launch, need, modules with reasons, opened, helped, recorded."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from examples.stack import Stack
from examples.tour import (
    NEED,
    ask,
    launch,
    make_trip,
    openings,
    sign_in,
    stored_statements,
    wait_for_statements,
)
from examples.visitor import Visitor


def test_the_tour_ends_with_its_statements_in_the_lrs(stack: Stack) -> None:
    before = len(stored_statements(stack))
    said: list[str] = []
    expected = make_trip(stack, said.append)
    found = wait_for_statements(stack, before + expected)
    assert len(found) == before + expected
    assert "The wording" in "\n".join(said)


def test_ten_trips_without_an_lrs_arrive_once_each_when_it_is_back(stack: Stack) -> None:
    before = {statement["id"] for statement in wait_for_statements(stack, 0)}
    stack.stop_lrs()
    expected = sum(make_trip(stack) for _ in range(10))
    stack.start_lrs()
    found = wait_for_statements(stack, len(before) + expected, seconds=90)
    new = [statement for statement in found if statement["id"] not in before]
    assert len(new) == expected
    assert len({statement["id"] for statement in new}) == expected
    needs = Counter(statement["context"]["registration"] for statement in new)
    assert set(needs.values()) == {4}
    time.sleep(1.5)
    assert len(stored_statements(stack)) == len(before) + expected
    counts = json.loads(stack.needle("statements", "--json"))["counts"]
    assert counts["waiting"] == 0
    assert counts["refused"] == 0


def test_a_tool_that_is_killed_has_lost_no_answer_and_no_statement(stack: Stack) -> None:
    before = len(wait_for_statements(stack, 0))
    stack.stop_lrs()
    with Visitor() as visitor:
        sign_in(visitor, stack.lms_url, "17")
        launch(visitor, stack.lms_url)
        page = ask(visitor)
        visitor.get(openings(page)[0])
        stack.kill_tool()
        stack.start_lrs()
        stack.start_tool()
        again = launch(visitor, stack.lms_url)
    assert NEED in again.words
    assert "Did it help?" in again.words
    assert len(wait_for_statements(stack, before + 3, seconds=60)) == before + 3


def test_the_recommended_module_opens_in_the_lms_and_not_in_our_frame(
    stack: Stack, visitor: Visitor
) -> None:
    launch(visitor, stack.lms_url)
    page = ask(visitor)
    target = visitor.redirect_of(openings(page)[0])
    assert target.startswith(f"{stack.lms_url}/mod/")
    assert 'target="_blank"' in page.body or 'target="_top"' in page.body


def test_a_learner_with_a_dutch_lms_reads_dutch(stack: Stack) -> None:
    with Visitor() as visitor:
        sign_in(visitor, stack.lms_url, "14")
        page = launch(visitor, stack.lms_url)
    assert '<html lang="nl"' in page.body
    assert "Wat heb je nu nodig?" in page.words


def test_after_the_launch_no_cookie_is_needed(stack: Stack, visitor: Visitor) -> None:
    page = launch(visitor, stack.lms_url)
    with Visitor(cookies=False) as other:
        other.page = page
        found = ask(other)
        assert other.get(openings(found)[0]).url.startswith(stack.lms_url)


def test_a_browser_that_keeps_no_cookies_is_offered_a_new_tab_before_the_platform_is_asked(
    stack: Stack, visitor: Visitor
) -> None:
    page = visitor.get(visitor.get(f"{stack.lms_url}/mod/lti/view.php?id=100").frames[0])
    with Visitor(cookies=False) as other:
        other.page = page
        told = other.send(page.forms[0])
    assert told.url.startswith(stack.tool_url)
    assert any('target="_blank"' in told.body for _ in told.links)
    assert told.links


@pytest.mark.parametrize("secret", ["token", "password", "sesskey", "id_token"])
def test_no_secret_is_in_the_log(stack: Stack, visitor: Visitor, secret: str) -> None:
    page = launch(visitor, stack.lms_url)
    token = page.form("/need").fields["token"]
    ask(visitor)
    log = (stack.folder / "tool.log").read_text("utf-8")
    assert token not in log
    assert stack.lrs_password not in log
    assert "someone whose work got worse" not in log
    assert secret not in log
