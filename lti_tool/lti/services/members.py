"""Who is in a course: names and role provisioning services 2.0."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from lti_tool.domain.launch import Role, Services
from lti_tool.errors import ServiceRefused
from lti_tool.lti.claims import NAMES_AND_ROLES_SCOPE
from lti_tool.lti.roles import parse_roles
from lti_tool.lti.services import refusals
from lti_tool.lti.services.connector import Connector
from lti_tool.lti.services.links import add_parameters
from lti_tool.lti.services.pages import read_pages
from lti_tool.lti.typed_claims import title

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_MEMBERS = 50_000

NAME_SECONDS = 4.0
NAME_PAGE = 200
"""How long, and by how many at once, one name is looked for while somebody waits for a page."""

_WHAT = "The names and roles service"


class MemberStatus(StrEnum):
    """Whether somebody takes part in the course at present."""

    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in a course; name and email are None where the platform keeps them back.

    `subject` is the platform's name for the person, as launches have it.
    """

    subject: str = field(repr=False)
    role: Role
    status: MemberStatus
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)


def members(
    access: Connector, services: Services, *, role: str | None = None, limit: int | None = None
) -> Iterator[Member]:
    """Everybody in the course of a launch, page after page.

    `role` asks the platform for those of one role only (as it writes it; NRPS 2.0, 2.4.1),
    `limit` for pages of that size (2.4.2); it may heed neither. Raises `ServiceRefused`:
    `service-missing` when the launch names no such service, `service-pages` for more than
    `MOST_MEMBERS` or pages without end, and those of any service.
    """
    if services.members_url is None:
        raise _missing()
    asked = {"role": role, "limit": None if limit is None else str(limit)}
    url = add_parameters(services.members_url, asked)
    count = 0
    for page in read_pages(access, _WHAT, url, scope=NAMES_AND_ROLES_SCOPE, accept=MEDIA_TYPE):
        listed = page.get("members") if isinstance(page, dict) else None
        if not isinstance(listed, list):
            raise refusals.malformed(_WHAT, url, "there are no members in it")
        count += len(listed)
        if count > MOST_MEMBERS:
            raise _too_many(url)
        for one in listed:
            yield _read(url, one)


def find_name(access: Connector, services: Services, subject: str) -> str | None:
    """What the platform calls a person of the course; None when it does not say.

    Looking goes on for `NAME_SECONDS` at most, however large the course is. Raises
    `ServiceRefused` as `members` does.
    """
    ends = time.monotonic() + NAME_SECONDS
    for member in members(access, services, limit=NAME_PAGE):
        if member.subject == subject:
            return member.name
        if time.monotonic() > ends:
            break
    return None


def _read(url: str, told: object) -> Member:
    """A member as NRPS 2.0, 2.2, writes one."""
    if not isinstance(told, dict):
        raise refusals.malformed(_WHAT, url, "a member is no object")
    subject, roles = told.get("user_id"), told.get("roles", [])
    if isinstance(subject, int) and not isinstance(subject, bool):
        subject = str(subject)
    if not isinstance(subject, str) or not subject:
        raise refusals.malformed(_WHAT, url, "a member has no user_id")
    if not isinstance(roles, list) or not all(isinstance(name, str) for name in roles):
        raise refusals.malformed(_WHAT, url, "a member's roles are no list of texts")
    # Who has no status is active (2.2); Deleted is of a list of differences, never asked for.
    status = told.get("status", "Active")
    return Member(
        subject=subject,
        role=parse_roles(roles),
        status=MemberStatus.ACTIVE if status == "Active" else MemberStatus.INACTIVE,
        name=_text(told.get("name")),
        email=_text(told.get("email")),
    )


def _text(told: object) -> str | None:
    """Words for people to read, in one line; None for none."""
    return title({"": told}, "") if isinstance(told, str) else None


def _missing() -> ServiceRefused:
    return ServiceRefused(
        "This launch names no service for names and roles.",
        mend="In the LMS, switch on names and roles in the tool's settings. Moodle names it only "
        "once the course has a link to the tool.",
        code="service-missing",
        is_final=True,
    )


def _too_many(url: str) -> ServiceRefused:
    return ServiceRefused(
        f"{_WHAT} at {refusals.where(url)} names more than {MOST_MEMBERS} people.",
        mend="Ask for the members of a smaller course.",
        code="service-pages",
        is_final=True,
    )
