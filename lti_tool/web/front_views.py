"""For those who come without a launch: / for people, /healthz for programs."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from lti_tool.actions import health
from lti_tool.web import pages

views = Blueprint("front", __name__)


@views.get("/")
def front() -> Response:
    """Say what this is, and how to come in."""
    return pages.show("front/front.html")


@views.get("/healthz")
def healthz() -> Response:
    """Whether the tool is well, as JSON: 200, or 503 when it cannot serve."""
    found = health.check(pages.current_runtime())
    response = jsonify(found)
    response.status_code = 200 if found.get("status") == "ok" else 503
    return response
