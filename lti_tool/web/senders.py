"""Who may send a form to our pages: a page of ours, and no other site's."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from lti_tool.config import Config
from lti_tool.errors import LaunchRefused


def check_own_page(config: Config) -> None:
    """Refuse a request that no page of ours has sent.

    For requests that carry in their body what elsewhere a cookie proves: another site's page
    could send that too. Raises `LaunchRefused` (`page-foreign`).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site == "same-origin" or (site is None and request.headers.get("Origin") == _own(config)):
        return
    raise _foreign_page()


def refuse_other_sites(config: Config) -> None:
    """Refuse a form that another site's page sends to one of ours.

    It could carry a token of its own maker's, and what is typed on the page that answers
    would be theirs to read. A browser says where a form comes from; a program, or an old
    browser that says nothing (our pages send no referrer, so theirs may be `null`), is let
    through: such a form needs a token all the same. Raises `LaunchRefused`
    (`page-foreign`).
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    if site in ("same-origin", "none") or (site is None and origin in ("null", _own(config))):
        return
    raise _foreign_page()


def _own(config: Config) -> str:
    own = urlsplit(config.public_url)
    return f"{own.scheme}://{own.netloc}".lower()


def _foreign_page() -> LaunchRefused:
    return LaunchRefused(
        "The request did not come from a page of this tool.",
        mend="Open Needle again from your course. Administrator: NEEDLE_PUBLIC_URL must have "
        "the scheme, host and port that browsers see.",
        code="page-foreign",
    )
