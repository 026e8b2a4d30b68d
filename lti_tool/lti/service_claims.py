"""What a launch tells of the platform: its software, and where its services are."""

from __future__ import annotations

from collections.abc import Mapping

from lti_tool.domain.launch import Platform, Services
from lti_tool.lti import claims
from lti_tool.lti.registration import is_safe
from lti_tool.lti.typed_claims import LONGEST_URL, malformed, members, title, words_of

_MOST_SCOPES = 20


def read_platform(body: Mapping[str, object]) -> Platform:
    """The platform's software (LTI 1.3 core, 5.4.3); empty where it does not say.

    Raises `LaunchRefused` (`claim-malformed`), as every function here does.
    """
    told = members(body, claims.TOOL_PLATFORM) or {}
    return Platform(
        family=title(told, "product_family_code", 60) or "",
        version=title(told, "version", 200) or "",
        name=title(told, "name", 200) or "",
        guid=title(told, "guid", 255) or "",
    )


def read_services(body: Mapping[str, object]) -> Services:
    """The names and roles service (NRPS 2.0, 3.6.1.1) and that of grades (AGS 2.0, 3.1).

    An address that the tool must not call is as if it were not there: the launch itself
    needs none of them.
    """
    people = members(body, claims.NAMES_AND_ROLES) or {}
    grades = members(body, claims.GRADES) or {}
    return Services(
        members_url=_read_url(people, "context_memberships_url"),
        line_items_url=_read_url(grades, "lineitems"),
        line_item_url=_read_url(grades, "lineitem"),
        grade_scopes=frozenset((words_of(grades, "scope") or [])[:_MOST_SCOPES]),
    )


def _read_url(told: Mapping[str, object], name: str) -> str | None:
    """The address in `name`, to the letter: platforms compare them so (Canvas's bookmarks)."""
    url = told.get(name)
    if url is None:
        return None
    if not isinstance(url, str):
        raise malformed(name, "an address")
    return url if len(url) <= LONGEST_URL and is_safe(url) else None
