"""Dynamic registration, and the administrator's page of the tools."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import jwt
from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.errors import RegistrationRefused, SettingsError
from examples.mini_lms.lms import Lms, signed_in, this_lms
from examples.mini_lms.page_views import choose_path
from examples.mini_lms.registering import (
    answer_registration,
    platform_configuration,
    read_registration,
)
from examples.mini_lms.settings import require_web_address
from examples.mini_lms.tools import REGISTRATION_LIFETIME

views = Blueprint("registration", __name__)

ADMIN_PAGES = "/admin/"


@views.before_request
def ask_for_the_administrator() -> ResponseReturnValue | None:
    """Only the administrator sees the pages; the two endpoints are for programs."""
    if not request.path.startswith(ADMIN_PAGES):
        return None
    person = signed_in()
    if person is None:
        return redirect(choose_path(request.full_path.removesuffix("?")))
    if not person.is_admin:
        abort(403, "Only the administrator of this site may see this.")
    return None


@views.get("/admin/tools")
def show_tools() -> ResponseReturnValue:
    """The tools there are, and the form that registers another."""
    lms = this_lms()
    return render_template("tools.html", tools=lms.tools.list(), current=lms.tools.current())


@views.post("/admin/tools/register")
def begin_registration() -> ResponseReturnValue:
    """Open the tool's registration page with our configuration and a token."""
    url = request.form.get("url", "").strip()
    try:
        require_web_address("The registration URL", url)
    except SettingsError as error:
        abort(400, str(error))
    return render_template("register.html", address=_registration_address(this_lms(), url))


@views.post("/admin/tools/activate")
def activate() -> ResponseReturnValue:
    """Let a tool in; the courses' own activities launch it from now on."""
    if not this_lms().tools.activate(request.form.get("client_id", "")):
        abort(404, "There is no such tool.")
    return redirect("/admin/tools", 303)


@views.get("/lti/openid-configuration")
def configuration() -> ResponseReturnValue:
    """What a tool needs to know of this LMS (OpenID Connect Discovery 1.0)."""
    return jsonify(platform_configuration(this_lms().settings))


@views.post("/lti/register")
def register() -> ResponseReturnValue:
    """Register a tool, or change the one of the same domain."""
    lms = this_lms()
    client_id = _invited_client(lms)
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise RegistrationRefused("The request is not a JSON object")
    domain, make = read_registration(asked)
    registered = lms.tools.register(client_id, domain, make)
    if registered is None:
        raise RegistrationRefused("The registration token is used or over", 401)
    return jsonify(answer_registration(asked, registered))


@views.errorhandler(RegistrationRefused)
def answer_refusal(error: RegistrationRefused) -> ResponseReturnValue:
    """An error as Moodle sends it: its words, without a form."""
    return Response(str(error), error.status, mimetype="text/html")


def _registration_address(lms: Lms, url: str) -> str:
    now = int(lms.now().timestamp())
    token = lms.key.sign({
        "sub": lms.tools.invite(), "scope": "reg", "iat": now,
        "exp": now + int(REGISTRATION_LIFETIME.total_seconds()),
    })
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True),
                       ("openid_configuration",
                        f"{lms.settings.public_url}/lti/openid-configuration"),
                       ("registration_token", token)])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _invited_client(lms: Lms) -> str:
    """The client id of the request's bearer token; raises `RegistrationRefused`."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise RegistrationRefused("Missing registration token", 401)
    key = jwt.PyJWK.from_dict(lms.key.public())
    try:
        # Whether it is over is asked of the LMS's own clock, when the tool is registered.
        claims = jwt.decode(token, key.key, algorithms=["RS256"],
                            options={"require": ["sub", "exp"], "verify_exp": False,
                                     "verify_iat": False})
    except jwt.PyJWTError as error:
        raise RegistrationRefused("Invalid registration token", 401) from error
    if claims.get("scope") != "reg":
        raise RegistrationRefused("Invalid registration token", 401)
    return str(claims["sub"])
