"""The claims of an id_token, shaped as Moodle shapes them (LTI 1.3 Core, section 5.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from examples.mini_lms.course import Place, plain_text
from examples.mini_lms.people import Person
from examples.mini_lms.settings import Settings, Tool

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LIFETIME = timedelta(seconds=60)
FAMILY_CODE = "mini-lms"

CONTAINERS = {"iframe": 3, "window": 4}
"""Moodle's numbers for where a tool is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who launches what, and how: all that differs from one launch to the next."""

    person: Person
    place: Place
    nonce: str
    document_target: str
    sesskey: str
    now: datetime


def resource_link_claims(
    settings: Settings, tool: Tool, occasion: Occasion
) -> dict[str, object]:
    """The claims of an LtiResourceLinkRequest; it lives for 60 seconds."""
    person, place = occasion.person, occasion.place
    return {
        "nonce": occasion.nonce,
        "iat": int(occasion.now.timestamp()),
        "exp": int((occasion.now + LIFETIME).timestamp()),
        "iss": settings.public_url,
        "aud": tool.client_id,
        "sub": str(person.id),
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        CLAIM + "version": "1.3.0",
        CLAIM + "message_type": "LtiResourceLinkRequest",
        CLAIM + "deployment_id": tool.deployment_id,
        CLAIM + "target_link_uri": tool.target_link_uri,
        CLAIM + "roles": [MEMBERSHIP + person.role],
        CLAIM + "context": _context(place),
        CLAIM + "resource_link": _resource_link(place),
        CLAIM + "lis": {"person_sourcedid": person.idnumber,
                        "course_section_sourcedid": place.course.idnumber},
        CLAIM + "ext": {"user_username": person.username, "lms": FAMILY_CODE},
        CLAIM + "launch_presentation": _presentation(settings, occasion),
        CLAIM + "tool_platform": _platform(settings),
        CLAIM + "custom": _custom(tool, occasion),
    }


def _context(place: Place) -> dict[str, object]:
    return {"id": str(place.course.id), "label": place.course.shortname,
            "title": place.course.fullname, "type": ["CourseSection"]}


def _resource_link(place: Place) -> dict[str, object]:
    return {"id": str(place.activity.instance), "title": place.activity.name,
            "description": plain_text(place.activity.intro)}


def _presentation(settings: Settings, occasion: Occasion) -> dict[str, object]:
    # Moodle puts the session's key into this address, so tools must be able to live with it.
    query = urlencode({
        "course": occasion.place.course.id,
        "launch_container": CONTAINERS[occasion.document_target],
        "instanceid": occasion.place.activity.instance,
        "sesskey": occasion.sesskey,
    })
    return {"locale": occasion.person.locale, "document_target": occasion.document_target,
            "return_url": f"{settings.public_url}/mod/lti/return.php?{query}"}


def _platform(settings: Settings) -> dict[str, object]:
    guid = hashlib.sha256(settings.public_url.encode()).hexdigest()[:32]
    return {"product_family_code": FAMILY_CODE, "version": "1", "guid": guid,
            "name": settings.site_name, "description": settings.site_name}


def _custom(tool: Tool, occasion: Occasion) -> dict[str, object]:
    variables = _variables(occasion)
    return {name: variables.get(value, value) for name, value in tool.custom}


def _variables(occasion: Occasion) -> Mapping[str, str | None]:
    """What a custom value may stand for; one not listed stays as it is, as in Moodle."""
    person, place = occasion.person, occasion.place
    return {
        "$Context.id": str(place.course.id),
        "$Context.label": place.course.shortname,
        "$Context.title": place.course.fullname,
        "$CourseSection.sourcedId": place.course.idnumber,
        "$ResourceLink.id": str(place.activity.instance),
        "$ResourceLink.title": place.activity.name,
        "$User.id": str(person.id),
        "$User.username": person.username,
        "$Person.name.full": person.name,
        "$Person.sourcedId": person.idnumber,
        "$Membership.role": str(person.role),
        "$Result.sourcedId": None,
    }
