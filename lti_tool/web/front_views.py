"""For those who come without a launch: / for people, /healthz for programs."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from lti_tool.actions import health
from lti_tool.lti import own_checks
from lti_tool.web import pages

views = Blueprint("front", __name__)


@views.get("/")
def front() -> Response:
    """Say what this is, and how to come in."""
    return pages.show("front/front.html")


@views.get("/healthz")
def healthz() -> Response:
    """Whether the tool is well, as JSON: 200, or 503 when it cannot serve.

    With `echo` it also proves which installation it is, and tells the scheme and host that
    it saw: what the self-check compares with NEEDLE_PUBLIC_URL.
    """
    runtime = pages.current_runtime()
    found = health.check(runtime)
    told: dict[str, object] = dict(found)
    proof = own_checks.prove(runtime.config, request.args.get("echo", ""))
    if proof is not None:
        told |= {"proof": proof, "seen": {"scheme": request.scheme, "host": request.host}}
    response = jsonify(told)
    response.status_code = 200 if found.get("status") == "ok" else 503
    return response
