"""What a launch tells of the platform: its software, and where its services are."""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Mapping

from lti_tool.domain.launch import Platform, Registration, Services
from lti_tool.lti import claims
from lti_tool.lti.platform_hosts import is_of_platform
from lti_tool.lti.registration import is_safe
from lti_tool.lti.typed_claims import LONGEST_URL, malformed, members, title, words_of

_LOG = logging.getLogger(__name__)
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


def read_services(body: Mapping[str, object], registration: Registration) -> Services:
    """The names and roles service (NRPS 2.0, 3.6.1.1) and that of grades (AGS 2.0, 3.1).

    An address that the tool must not call, or that is on no host of the registration, is as
    if it were not there: the launch itself needs none of them.
    """
    people = members(body, claims.NAMES_AND_ROLES) or {}
    grades = members(body, claims.GRADES) or {}
    return Services(
        members_url=_read_url(people, "context_memberships_url", registration),
        line_items_url=_read_url(grades, "lineitems", registration),
        line_item_url=_read_url(grades, "lineitem", registration),
        grade_scopes=frozenset((words_of(grades, "scope") or [])[:_MOST_SCOPES]),
    )


def _read_url(told: Mapping[str, object], name: str, registration: Registration) -> str | None:
    """The address in `name`, to the letter: platforms compare them so (Canvas's bookmarks)."""
    url = told.get(name)
    if url is None:
        return None
    if not isinstance(url, str):
        raise malformed(name, "an address")
    if len(url) > LONGEST_URL or not is_safe(url):
        return None
    if not is_of_platform(registration, url):
        _tell_foreign(registration.id, name)
        return None
    return url


@functools.lru_cache(maxsize=1000)
def _tell_foreign(registration_id: uuid.UUID, name: str) -> None:
    """Log that once, not with every launch; the address may name a course or a person."""
    _LOG.warning(
        "service-foreign: a launch of registration %s has its %s on a host that the "
        "registration does not name; it is left out",
        registration_id,
        name,
    )
