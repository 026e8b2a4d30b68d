"""Closing Needle: the launch is over, and no page of it works any more."""

from __future__ import annotations

from flask import Blueprint, Response

from lti_tool.actions.launching import end_session
from lti_tool.errors import SessionExpired
from lti_tool.web import pages

views = Blueprint("leaving", __name__)


@views.post("/leave")
def leave() -> Response:
    """End the session; a page of one that is over already is told the same."""
    try:
        end_session(pages.current_runtime(), pages.resume())
    except SessionExpired:
        pages.allow_framing(pages.ANYONE)
    return pages.show("leaving/left.html")
