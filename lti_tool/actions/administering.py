"""An administrator comes in, by a one-time link or by what the LMS says, and goes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lti_tool.actions.platforms import check_organisation, make_organisation
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Session
from lti_tool.errors import NotAllowed
from lti_tool.language import LANGUAGES
from lti_tool.storage.admins import Admin, AdminKind, add_admin, delete_admin, find_admin
from lti_tool.storage.database import reading
from lti_tool.storage.organisations import list_organisations

LINK_MINUTES = 15
SESSION_HOURS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminLink:
    """An address that lets an administrator in once, until `expires_at`."""

    url: str = field(repr=False)
    expires_at: datetime


def make_link(runtime: Runtime, organisation: str) -> AdminLink:
    """Make a link to the organisation's admin pages; on an empty tool the organisation too.

    Raises `NotFound` when there are others and not this one, `InputError` for a name that
    cannot be.
    """
    now = runtime.now()
    link = Admin(
        token=secrets.token_urlsafe(32),
        kind=AdminKind.LINK,
        organisation=organisation,
        language="",
        expires_at=now + timedelta(minutes=LINK_MINUTES),
    )
    with runtime.engine.begin() as connection:
        if list_organisations(connection):
            check_organisation(connection, organisation)
        make_organisation(connection, runtime, organisation)
        add_admin(connection, link, now=now)
    url = f"{runtime.config.public_url}/admin/link/{link.token}"
    return AdminLink(url=url, expires_at=link.expires_at)


def find_link(runtime: Runtime, token: str) -> Admin:
    """The link of that token, which this does not use up. Raises `NotAllowed`."""
    with reading(runtime.engine) as connection:
        link = find_admin(connection, token, AdminKind.LINK, now=runtime.now())
    if link is None:
        raise _link_over()
    return link


def use_link(runtime: Runtime, token: str, language: str) -> Admin:
    """Use up a link; the session that it opens. Raises `NotAllowed` (`admin-link-over`)."""
    with runtime.engine.begin() as connection:
        link = find_admin(connection, token, AdminKind.LINK, now=runtime.now())
        # Of two that press at once, only one deletes it.
        if link is None or not delete_admin(connection, token):
            raise _link_over()
        opened = _new_session(runtime, link.organisation, language)
        add_admin(connection, opened, now=runtime.now())
    return opened


def enter(runtime: Runtime, session: Session) -> Admin:
    """The admin session of somebody whose LMS says that they administer it.

    Raises `NotAllowed` (`admin-only`) for anybody else.
    """
    if not session.administers:
        raise NotAllowed(
            "The LMS does not say that you administer it.",
            mend="Ask whoever runs the server for a link: needle admin-link",
            code="admin-only",
        )
    opened = _new_session(runtime, session.organisation, session.language)
    with runtime.engine.begin() as connection:
        add_admin(connection, opened, now=runtime.now())
    return opened


def resume_admin(runtime: Runtime, token: str) -> Admin:
    """The session of the cookie's token. Raises `NotAllowed` (`admin-over`)."""
    found = None
    if token:
        with reading(runtime.engine) as connection:
            found = find_admin(connection, token, AdminKind.SESSION, now=runtime.now())
    if found is None:
        raise NotAllowed(
            "No administrator is logged in here, or no longer.",
            mend="Open Needle from the LMS as its administrator and press Administration, or "
            "make a link on the server: needle admin-link",
            code="admin-over",
        )
    return found


def check_form(admin: Admin, form_token: str) -> None:
    """Refuse a form that no page of this session has made: `NotAllowed` (`admin-form`)."""
    given = form_token.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(make_form_token(admin).encode("ascii"), given):
        raise NotAllowed(
            "This form does not come from a page of this administrator's session.",
            mend="Go back, load the page again, and press the button there.",
            code="admin-form",
        )


def make_form_token(admin: Admin) -> str:
    """What every form of this admin session carries: derived from its cookie's secret, which
    other sites cannot read."""
    return hmac.new(admin.token.encode(), b"needle admin form", hashlib.sha256).hexdigest()


def leave(runtime: Runtime, admin: Admin) -> None:
    """End the session."""
    with runtime.engine.begin() as connection:
        delete_admin(connection, admin.token)


def _new_session(runtime: Runtime, organisation: str, language: str) -> Admin:
    return Admin(
        token=secrets.token_urlsafe(32),
        kind=AdminKind.SESSION,
        organisation=organisation,
        language=language if language in LANGUAGES else "",
        expires_at=runtime.now() + timedelta(hours=SESSION_HOURS),
    )


def _link_over() -> NotAllowed:
    return NotAllowed(
        "This link to the admin pages was used, or is older than "
        f"{LINK_MINUTES} minutes, or never was.",
        mend="Make a new one on the server: needle admin-link",
        code="admin-link-over",
    )


def is_only_organisation(runtime: Runtime, organisation: str) -> bool:
    """Whether the whole tool is this organisation's, the keys that all share too."""
    with reading(runtime.engine) as connection:
        return list_organisations(connection) == [organisation]
