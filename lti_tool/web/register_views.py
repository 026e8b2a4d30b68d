"""How an LMS comes to know the tool: one address to register by, and the values to paste."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from lti_tool.actions import inviting
from lti_tool.domain.launch import Registration
from lti_tool.errors import InputError, RegistrationFailed
from lti_tool.lti.dynamic_registration import (
    PlatformConfiguration,
    Registered,
    read_configuration,
    register,
    values_to_save,
    wanted_messages,
    wanted_scopes,
)
from lti_tool.lti.own_addresses import TITLE, OwnAddresses
from lti_tool.lti.platforms import profile_of
from lti_tool.lti.platforms.canvas import developer_key
from lti_tool.lti.registration import is_safe, normalise_origin, origin_of
from lti_tool.storage.invitations import StoredInvitation
from lti_tool.web import error_pages, pages
from lti_tool.web.limits import limited

views = Blueprint("register", __name__)

PER_MINUTE = 20
"""Registrations of one address: each may make this server ask another one."""


@views.get("/install")
def install() -> Response:
    """The values that an LMS asks for, to be copied; none is secret."""
    return pages.show("register/install.html", own=_own(), title=TITLE)


@views.get("/lti/canvas.json")
def canvas() -> Response:
    """What a Canvas developer key can be filled from."""
    return jsonify(developer_key(_own()))


@views.get("/lti/register/<secret>")
@limited("registration", lambda _config: PER_MINUTE)
def ask(secret: str) -> Response:
    """A platform begins a registration (LTI dynamic registration 1.0, section 3.3).

    Without what a platform sends, say what this address is for.
    """
    runtime = pages.current_runtime()
    invitation = inviting.open_invitation(runtime, secret)
    url, token = (request.args.get(name, "") for name in ("openid_configuration",
                                                          "registration_token"))  # fmt: skip
    if not url:
        pages.allow_framing(pages.ANYONE)
        return pages.show("register/about.html", invitation=invitation, own=_own())
    try:
        configuration = read_configuration(url, token, networks=runtime.config.private_networks)
    except RegistrationFailed as failure:
        return _show_failed(failure)
    kept = {"configuration": configuration.to_json(), "token": token}
    form = inviting.keep_request(runtime, invitation, kept)
    return _show_ask(secret, invitation, configuration, form, _likely_origin(configuration))


@views.post("/lti/register/<secret>")
@limited("registration", lambda _config: PER_MINUTE)
def agree(secret: str) -> Response:
    """The administrator says yes: register at the platform, and keep what it answers."""
    runtime = pages.current_runtime()
    form = request.form.get("token", "")
    invitation = inviting.open_invitation(runtime, secret, used=True)
    kept = inviting.kept_request(runtime, invitation, form)
    done = inviting.registered(runtime, invitation)
    if done is not None:
        return _show_done(done)
    configuration = PlatformConfiguration.from_json(_members(kept["configuration"]))
    typed = request.form.get("origin", "")
    try:
        origin = normalise_origin(typed)
    except InputError:
        return _show_ask(secret, invitation, configuration, form, typed, wrong=True)
    try:
        with inviting.claimed(runtime, invitation):
            answered = register(
                configuration,
                str(kept["token"]),
                _own(),
                networks=runtime.config.private_networks,
            )
            done = _save(invitation, form, configuration, answered, origin)
    except RegistrationFailed as failure:
        return _show_failed(failure, secret=secret, form=form, origin=origin)
    return _show_done(done)


def _save(
    invitation: StoredInvitation,
    form: str,
    configuration: PlatformConfiguration,
    answered: Registered,
    origin: str,
) -> Registration:
    values = values_to_save(configuration, answered, origin)
    try:
        return inviting.save_registration(
            pages.current_runtime(), invitation, form, origin_of=origin_of, **values
        )
    except InputError as error:
        told, mend = str(error), error.mend
        if error.code == "registration-of-another":
            # The page's reader may be anybody with an invitation: no names of others.
            told = "This client id of your LMS is registered already, for somebody else here."
            mend = "Register the tool in the LMS a second time, and use the new client id."
        raise RegistrationFailed(
            f"{told} The LMS has registered the tool, as client id {answered.client_id!r}.",
            step="saving",
            mend=mend,
            code=error.code,
        ) from error


def _show_ask(
    secret: str,
    invitation: StoredInvitation,
    configuration: PlatformConfiguration,
    form: str,
    origin: str,
    *,
    wrong: bool = False,
) -> Response:
    """What will be registered; the platform's pages may frame it.

    Where a platform's pages have hosts of their own and none was told, anybody may: only who
    knows the invitation gets here, and could press the button as well.
    """
    pages.allow_framing(origin_of(_likely_origin(configuration)) or pages.ANYONE)
    return pages.show(
        "register/ask.html",
        400 if wrong else 200,
        secret=secret,
        invitation=invitation,
        configuration=configuration,
        host=urlsplit(configuration.registration_url).netloc,
        token_host=urlsplit(configuration.token_url).netloc,
        key_host=urlsplit(configuration.key_set_url).netloc,
        scopes=wanted_scopes(configuration),
        messages=wanted_messages(configuration),
        form=form,
        origin=origin,
        wrong=wrong,
        own=_own(),
    )


def _show_done(done: Registration) -> Response:
    pages.allow_framing(done.origin)
    profile = profile_of(done.family, done.issuer)
    return pages.show("register/done.html", registration=done, profile=profile)


def _show_failed(
    failure: RegistrationFailed, *, secret: str = "", form: str = "", origin: str = ""
) -> Response:
    """Which step failed, what the LMS answered, and the way by hand."""
    pages.allow_framing(origin or pages.ANYONE)
    return pages.show(
        "register/failed.html",
        failure.status,
        failure=failure,
        reference=error_pages.take_note(failure.code, failure.status),
        secret=secret,
        form=form,
        origin=origin,
    )


def _likely_origin(configuration: PlatformConfiguration) -> str:
    """The origin whose page opened this one, else what the configuration lets expect.

    Empty when neither tells: the administrator then types it.
    """
    opened_by = origin_of(request.referrer or "")
    if opened_by and is_safe(opened_by) and opened_by != origin_of(_own().public_url):
        return opened_by
    return "" if configuration.profile.frames_elsewhere else configuration.origin


def _own() -> OwnAddresses:
    return OwnAddresses(pages.current_runtime().config.public_url)


def _members(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
