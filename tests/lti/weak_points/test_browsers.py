"""Browsers that block third-party cookies, and pages under a strict policy."""

from __future__ import annotations

import re

from tests.acceptance.doors import Door, NeedleDoor
from tests.web.walker import Page

INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=|<style|\sstyle=", re.IGNORECASE)


def test_the_cookie_of_a_login_lives_in_a_frame_of_another_site(
    plain: Door, needle: NeedleDoor
) -> None:
    def cookies(door: Door) -> list[str]:
        return door.first_word().headers.getlist("Set-Cookie")

    for cookie in cookies(plain):
        assert "Partitioned" not in cookie
    session = next(c for c in cookies(plain.other_browser()) if c.startswith("session="))
    assert "SameSite" not in session
    (cookie,) = cookies(needle)
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert attribute in cookie.split("; ")


def test_a_browser_that_keeps_no_cookie_is_shown_a_way_in(
    cached_plain: Door, needle: NeedleDoor
) -> None:
    blocked = cached_plain.without_cookies()
    refused = blocked.launch()
    assert refused.status_code == 403
    assert "session-id" in refused.text
    shut_out = needle.without_cookies()
    page = Page(shut_out.client.get(shut_out.first_word().headers["Location"]))
    assert page.status == 200
    assert page.link("Open Needle in a new tab").endswith("?tab=1")


def test_no_page_needs_an_inline_script(plain: Door, needle: NeedleDoor) -> None:
    plain.app.extensions["check_cookies"] = True
    assert INLINE.search(plain.first_word().text)
    shut_out = needle.without_cookies()
    pages = [
        shut_out.client.get(shut_out.first_word().headers["Location"]),
        needle.launch(),
        needle.first_word(iss="https://unknown.example.org"),
    ]
    for page in pages:
        assert not INLINE.search(page.text), INLINE.search(page.text)
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
