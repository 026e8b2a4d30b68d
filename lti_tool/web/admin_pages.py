"""What the admin pages share: whose they are, their forms' token, their cookie, their look."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from babel.dates import format_datetime
from flask import Response, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.actions import administering
from lti_tool.domain.launch import Registration
from lti_tool.lti.platforms import profile_of
from lti_tool.storage.admins import Admin
from lti_tool.web import pages

COOKIE = "needle_admin"
"""Lax: it comes with a link from elsewhere, but with no form and in no frame of another site."""

FORM_FIELD = "admin_token"

NOTHING_SECONDS = 3
"""A message is on its way for a second or two: less than this is no difference of clocks."""


def resume() -> Admin:
    """The administrator of this request's cookie. Raises `NotAllowed`."""
    runtime = pages.current_runtime()
    admin = administering.resume_admin(runtime, request.cookies.get(COOKIE, ""))
    g.admin = admin
    if admin.language:
        pages.use_language(admin.language)
    return admin


def resume_form() -> Admin:
    """The same for a posted form, which must be one of ours. Raises `NotAllowed`."""
    admin = resume()
    administering.check_form(admin, request.form.get(FORM_FIELD, ""))
    return admin


def show(template: str, **values: object) -> Response:
    """Render an admin page, which nobody may frame; it says whose it is if there are several."""
    pages.allow_framing("")
    admin: Admin | None = g.get("admin")
    shared = admin is not None and not administering.is_only_organisation(
        pages.current_runtime(), admin.organisation
    )
    return pages.show(template, 200, admin=admin, shared=shared, **values)


def form_token() -> Markup:
    """The hidden field that every form of the admin pages carries."""
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format(FORM_FIELD, administering.make_form_token(g.admin))


def title_of(registration: Registration) -> str:
    """What people call the LMS of a registration."""
    return registration.name or profile_of(registration.family, registration.issuer).title


def as_moment(moment: datetime) -> Markup:
    """A time in the page's language, in UTC."""
    text = format_datetime(moment, "d MMM y HH:mm", tzinfo=UTC, locale=pages.current_language())
    return Markup('<time datetime="{}">{} UTC</time>').format(moment.isoformat(), text)


def clock_words(seconds: float) -> str:
    """How far a platform's clock is from ours, in words."""
    _ = pages.words().gettext
    if abs(seconds) < NOTHING_SECONDS:
        return _("agrees with this server's")
    far = {"seconds": f"{abs(seconds):.0f}"}
    if seconds > 0:
        return _("%(seconds)s s ahead of this server's") % far
    return _("%(seconds)s s behind this server's") % far


def go_to(endpoint: str, told: str | None = None) -> AnyResponse:
    """Send the browser on after a form, so that a reload does nothing twice.

    `told` names what the page then says was done.
    """
    return redirect(url_for(endpoint, told=told), 303)


def let_in(admin: Admin) -> AnyResponse:
    """Give the browser the session's cookie and show the first page."""
    response = go_to("admin.show_overview")
    seconds = administering.SESSION_HOURS * 3600
    _set_cookie(response, admin.token, seconds)
    return response


def let_out() -> AnyResponse:
    """Take the cookie back and say goodbye."""
    response = go_to("admin.show_left")
    _set_cookie(response, "", 0)
    return response


def _set_cookie(response: AnyResponse, value: str, seconds: int) -> None:
    config = pages.current_runtime().config
    response.set_cookie(
        COOKIE,
        value,
        max_age=seconds,
        path=urlsplit(config.public_url).path + "/admin",
        secure=config.is_https,
        httponly=True,
        samesite="Lax",
    )
