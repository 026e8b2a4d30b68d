"""The cookie that ties a login to the browser it began in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lti_tool.config import Config

HOST_COOKIE = "__Host-needle_browser"
"""Over https: a browser takes it from this very host alone (RFC 6265bis, 4.1.3.2)."""

COOKIE = "needle_browser"
LAX_COOKIE = "needle_browser_lax"
MAX_AGE_SECONDS = 30 * 24 * 3600

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserCookie:
    """A cookie to set, as it is to be written; always HttpOnly, and without a Domain."""

    name: str
    value: str = field(repr=False)
    max_age: int
    secure: bool
    samesite: str
    partitioned: bool
    path: str


def new_browser() -> str:
    """A name for a browser: 256 random bits."""
    return secrets.token_urlsafe(32)


def is_browser(value: str) -> bool:
    """Whether it can be a value that `new_browser` made."""
    return bool(_VALUE.fullmatch(value))


def browser_cookies(config: Config, browser: str) -> tuple[BrowserCookie, ...]:
    """The cookies that remember `browser`.

    One is `Partitioned; Secure; SameSite=None`, so that it lives in an LMS's frame where
    third-party cookies are blocked. Over http, for trying out, a plain one goes beside it,
    for browsers that keep no Secure cookie from http.
    """
    path = "/" if config.is_https else urlsplit(config.public_url).path.rstrip("/") + "/lti"
    framed = BrowserCookie(
        name=HOST_COOKIE if config.is_https else COOKIE,
        value=browser,
        max_age=MAX_AGE_SECONDS,
        secure=True,
        samesite="None",
        partitioned=True,
        path=path,
    )
    if config.is_https:
        return (framed,)
    plain = BrowserCookie(
        name=LAX_COOKIE,
        value=browser,
        max_age=MAX_AGE_SECONDS,
        secure=False,
        samesite="Lax",
        partitioned=False,
        path=path,
    )
    return (framed, plain)


def read_browser(config: Config, cookies: Mapping[str, str]) -> str | None:
    """The browser that the request's cookies name, or None.

    Over https only the cookie counts that nobody but this very host can have set.
    """
    for name in (HOST_COOKIE,) if config.is_https else (COOKIE, LAX_COOKIE):
        value = cookies.get(name, "")
        if is_browser(value):
            return value
    return None
