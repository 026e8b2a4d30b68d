"""What protects every page: headers, limits and the proxies that are believed."""

from __future__ import annotations

import re

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_tool.config import Config
from lti_tool.lti.keys import JWKS_SECONDS
from lti_tool.web.limits import count_requests
from lti_tool.web.profile_views import PROFILE_SECONDS

MOST_BYTES = 1024 * 1024
"""Bytes of a request that are read: a form of ours is far smaller."""

YEAR_SECONDS = 365 * 24 * 3600

_ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)


def secure(app: Flask, config: Config) -> None:
    """Limit what a request may carry, and give every answer its headers."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.config["MAX_FORM_PARTS"] = 100
    count_requests(app)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            f"{_POLICY}{_form_target(g.get('posting_to', ''))}; "
            f"frame-ancestors {frame_ancestors(g.get('framed_by', ''))}"
        )
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Permissions-Policy"] = (
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        if config.is_https:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
        response.headers["Cache-Control"] = _caching(app, response)
        return response


def frame_ancestors(origin: str) -> str:
    """The sources of the directive `frame-ancestors` for one origin, `*`, or nobody.

    Whatever is no origin gives nobody, so that nothing can be smuggled into the header.
    """
    return origin if origin == "*" or _ORIGIN.fullmatch(origin) else "'none'"


def believe_proxies(app: Flask, config: Config) -> None:
    """Take scheme, host and address from as many proxies as the configuration names."""
    count = config.trusted_proxies
    if count:
        fixed = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
        app.wsgi_app = fixed  # type: ignore[method-assign]


def _form_target(origin: str) -> str:
    return f" {origin}" if _ORIGIN.fullmatch(origin) else ""


def _caching(app: Flask, response: Response) -> str:
    """A static file under its version's URL never changes, our public keys and the profile of
    our statements seldom do; no page is ever kept."""
    if request.endpoint == "lti.jwks" and response.status_code == 200:
        return f"public, max-age={JWKS_SECONDS}"
    if request.endpoint == "profile.profile" and response.status_code in (200, 304):
        return f"public, max-age={PROFILE_SECONDS}"
    if request.endpoint != "static" or response.status_code >= 400:
        return "no-store"
    known = app.extensions["needle_static"].get((request.view_args or {}).get("filename"))
    if known is not None and request.args.get("v") == known:
        return f"public, max-age={YEAR_SECONDS}, immutable"
    return "no-cache"
