"""Closing Needle."""

from __future__ import annotations

from tests.web.walker import Walker


def test_a_closed_needle_answers_none_of_its_pages_any_more(alone: Walker) -> None:
    token = alone.session.token
    page = alone.press("Close Needle")
    assert page.status == 200
    assert "Needle is closed" in page.text
    assert "open Needle from your course" in page.text
    assert not page.forms
    assert token not in page.html
    policy = page.response.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://lms.example.org")
    for path in ("/start", "/yours"):
        assert alone.post(path, token=token).status == 401


def test_closing_ends_this_launch_alone(alone: Walker) -> None:
    other = alone.world.launch()
    alone.press("Close Needle")
    assert alone.post("/start", token=other.token).status == 200


def test_closing_twice_says_the_same(alone: Walker) -> None:
    alone.press("Close Needle")
    for token in (alone.session.token, "unknown", ""):
        page = alone.post("/leave", token=token)
        assert page.status == 200
        assert "Needle is closed" in page.text


def test_a_link_cannot_close_needle(alone: Walker) -> None:
    assert alone.client.get("/leave").status_code == 405
