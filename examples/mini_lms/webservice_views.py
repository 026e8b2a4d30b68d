"""The web services over HTTP: errors, too, come with HTTP 200, as in Moodle."""

from __future__ import annotations

import hmac

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.course import Activity, Kind
from examples.mini_lms.errors import WebServiceRefused
from examples.mini_lms.lms import this_lms

views = Blueprint("webservice", __name__)

SERVICE = "moodle_mobile_app"
"""The only service there is, by the short name Moodle gives its own."""


@views.post("/webservice/rest/server.php")
def call() -> ResponseReturnValue:
    """Call one function; `wstoken`, `wsfunction` and `moodlewsrestformat=json` are needed."""
    _require_token(request.form.get("wstoken", ""))
    if request.form.get("moodlewsrestformat") != "json":
        raise WebServiceRefused("moodle_exception", "invalidparameter",
                                "This LMS answers in JSON only: moodlewsrestformat=json.")
    function = request.form.get("wsfunction", "")
    return jsonify(this_lms().webservice.call(function, request.form.to_dict()))


@views.post("/login/token.php")
def give_token() -> ResponseReturnValue:
    """A token for the web-service account's name and password."""
    settings = this_lms().settings
    password = settings.web_service_password
    known = request.form.get("username") == settings.web_service_user and _equal(
        request.form.get("password", ""), password)
    if request.form.get("service") != SERVICE:
        return _token_refused(
            "servicenotavailable",
            "Web service is not available (it doesn't exist or might be disabled)")
    if not known or settings.web_service_token is None:
        return _token_refused("invalidlogin", "Invalid login, please try again")
    return jsonify({"token": settings.web_service_token, "privatetoken": None})


@views.post("/webservice/pluginfile.php/<int:context_id>/<path:rest>")
def read_file(context_id: int, rest: str) -> ResponseReturnValue:
    """The file of a page or chapter as HTML; `token` comes in the form, never in the address."""
    _require_token(request.form.get("token", ""))
    for place in this_lms().campus.places():
        if place.activity.context_id == context_id:
            content = _content(place.activity, rest)
            if content is not None:
                return f'<div class="no-overflow">{content}</div>'
    raise WebServiceRefused("moodle_exception", "filenotfound",
                            "Sorry, the requested file could not be found")


@views.errorhandler(WebServiceRefused)
def answer_refusal(error: WebServiceRefused) -> ResponseReturnValue:
    """An error as Moodle sends it."""
    return jsonify({"exception": error.exception, "errorcode": error.errorcode,
                    "message": str(error)})


def _content(activity: Activity, rest: str) -> str | None:
    if activity.kind is Kind.PAGE and rest == "mod_page/content/index.html":
        return activity.content
    return next((chapter.content for chapter in activity.chapters
                 if rest == f"mod_book/chapter/{chapter.id}/index.html"), None)


def _require_token(token: str) -> None:
    if not _equal(token, this_lms().settings.web_service_token):
        raise WebServiceRefused("core\\exception\\moodle_exception", "invalidtoken",
                                "Invalid token - token not found")


def _token_refused(errorcode: str, message: str) -> ResponseReturnValue:
    return jsonify({"error": message, "errorcode": errorcode, "stacktrace": None,
                    "debuginfo": None, "reproductionlink": None})


def _equal(given: str, expected: str | None) -> bool:
    """Compare two secrets in constant time; without an expected one, nothing is equal."""
    return expected is not None and hmac.compare_digest(given.encode(), expected.encode())
