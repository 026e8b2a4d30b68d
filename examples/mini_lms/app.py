"""The Flask application of the mini LMS."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException

from examples.mini_lms import (
    deep_linking_views,
    grade_service_views,
    grade_views,
    lab_views,
    lti_views,
    page_views,
    registration_views,
    service_views,
    webservice_views,
)
from examples.mini_lms.errors import ClientRefused
from examples.mini_lms.keys import SigningKey
from examples.mini_lms.lms import EXTENSION, signed_in, start_lms, utc_now
from examples.mini_lms.settings import Settings

AREAS = (page_views, lti_views, deep_linking_views, registration_views, service_views,
         grade_service_views, grade_views, lab_views, webservice_views)

HEADERS = {
    # As Moodle sends it: a module opens in the top window or a new tab, never in a tool.
    "X-Frame-Options": "sameorigin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'self'; frame-src http: https:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
}


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    key: SigningKey | None = None,
) -> Flask:
    """Make a mini LMS; `now` gives an aware time in UTC, `key` is a new one unless given.

    Launches on their way and the key live in this process: serve it from one process, with
    as many threads as wanted. Raises `ContentError` when the courses cannot be read.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="mini_lms",  # a host's ports share cookies, so a name of our own
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
        MAX_CONTENT_LENGTH=100_000,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[EXTENSION] = start_lms(settings, now, key or SigningKey())
    for area in AREAS:
        app.register_blueprint(area.views)
    app.register_error_handler(HTTPException, _show_error)
    app.register_error_handler(ClientRefused, _show_refusal)
    app.after_request(_add_headers)
    app.context_processor(lambda: {
        "site_name": settings.site_name, "person": signed_in(), "storage": settings.storage})
    return app


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _show_error(error: HTTPException) -> tuple[str, int]:
    status = error.code or 500
    return render_template("error.html", status=status, message=error.description), status


def _show_refusal(error: ClientRefused) -> tuple[str, int]:
    return render_template("error.html", status=400, message=str(error)), 400
