"""Errors as pages: plain words, what to do next, and a reference that the log has too."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.actions.refusals import note_refusal
from lti_tool.errors import ConfigError, LaunchRefused, MetricsRefused, NeedleError
from lti_tool.web import pages
from lti_tool.web.error_words import words_for

_LOG = logging.getLogger(__name__)

_REFERENCE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without the letters that are read as digits."""

_FOR_PROGRAMS = ("/healthz", "/metrics", "/lti/jwks.json", "/lti/canvas.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an error page shows; `detail` is for the administrator, in English."""

    title: str
    what: str
    mend: str
    code: str
    reference: str
    detail: str = ""
    detail_mend: str = ""
    words: str = ""


def register(app: Flask) -> None:
    """Answer every error of this application with a page of ours."""
    app.register_error_handler(NeedleError, _tell_needle)
    app.register_error_handler(HTTPException, _tell_http)
    for busy in (sa.exc.OperationalError, sa.exc.TimeoutError):
        app.register_error_handler(busy, _tell_busy)
    app.register_error_handler(Exception, _tell_unforeseen)


def _tell_needle(error: NeedleError) -> Response:
    reference = _reference()
    _note(reference, error.code, error.status)
    if isinstance(error, ConfigError):
        _LOG.error("%s %s (reference %s)", error, error.mend, reference)
    if isinstance(error, LaunchRefused):
        note_refusal(pages.current_runtime(), error, reference)
    answer = _show(error.code, error.status, reference, error)
    if isinstance(error, MetricsRefused):
        # RFC 6750, section 3.
        answer.headers["WWW-Authenticate"] = 'Bearer realm="needle"'
    return answer


def _tell_http(error: HTTPException) -> AnyResponse:
    if error.code is None or error.code < 400:
        return error.get_response()
    reference = _reference()
    code = f"http-{error.code}"
    _note(reference, code, error.code)
    answer = _show(code, error.code, reference)
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _tell_busy(error: Exception) -> Response:
    """The database does not answer: nothing is wrong with what was asked."""
    reference = _reference()
    _LOG.error(
        "%s %s: the database does not answer (%s, reference %s)",
        request.method, _rule(), type(error).__name__, reference,
    )  # fmt: skip
    answer = _show(code="database-busy", status=503, reference=reference)
    answer.headers["Retry-After"] = "5"
    return answer


def _tell_unforeseen(error: Exception) -> Response:
    reference = _reference()
    _LOG.error(
        "%s %s failed (reference %s)", request.method, _rule(), reference, exc_info=error
    )
    return _show(code="failed", status=500, reference=reference)


def _show(code: str, status: int, reference: str, error: NeedleError | None = None) -> Response:
    if request.path in _FOR_PROGRAMS:
        answer = jsonify({"error": code, "reference": reference})
        answer.status_code = status
        return answer
    if pages.current_session() is None and request.blueprint not in ("admin", "shelf"):
        pages.allow_framing(pages.ANYONE)
    said = words_for(code, status, launching=request.blueprint == "lti").told_in(pages.words())
    told = Told(
        title=said.title,
        what=said.what,
        mend=said.mend,
        code=code,
        reference=reference,
        detail=str(error) if error and said.detailed else "",
        detail_mend=error.mend if error and said.detailed else "",
        words=_typed_words(),
    )
    return pages.show("error/error.html", status, told=told)


def _typed_words() -> str:
    """What a learner had typed, so that it is never lost."""
    if request.method != "POST" or request.blueprint == "lti":
        return ""
    try:
        return request.form.get("text", "") or request.form.get("done_differently", "")
    except HTTPException:
        # The form is what could not be read: its sender was told so already.
        return ""


def take_note(code: str, status: int) -> str:
    """Log an error that a view shows by itself; the reference that its page must show."""
    reference = _reference()
    _note(reference, code, status)
    return reference


def _note(reference: str, code: str, status: int) -> None:
    _LOG.warning(
        "%s %s answered %s %s (reference %s)", request.method, _rule(), status, code, reference
    )


def _rule() -> str:
    """The route, not the path: a path can hold an identifier."""
    return request.url_rule.rule if request.url_rule else "(no route)"


def _reference() -> str:
    return "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(8))
