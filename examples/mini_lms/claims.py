"""The claims of an id_token, shaped as Moodle shapes them (LTI 1.3 Core, section 5.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from examples.mini_lms.course import Activity, Course, plain_text
from examples.mini_lms.launches import Launch, Message, Part
from examples.mini_lms.making import CLAIM, DEEP_LINKING_SETTINGS, MEMBERSHIP
from examples.mini_lms.people import PEOPLE, Person, Role
from examples.mini_lms.service_claims import service_claims
from examples.mini_lms.settings import Settings, Tool

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
DEEP_LINKING_DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"
LIFETIME = timedelta(seconds=60)
FAMILY_CODE = "mini-lms"

CONTAINERS = {"iframe": 3, "window": 4}
"""Moodle's numbers for where a tool is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who launches what, and how: all that differs from one launch to the next.

    `line_items` are the numbers of the line items of the activity; `return_url` is where a
    deep-linking response goes.
    """

    tool: Tool
    person: Person
    course: Course
    activity: Activity | None
    launch: Launch
    nonce: str
    now: datetime
    line_items: tuple[int, ...] = ()
    return_url: str = ""


def launch_claims(settings: Settings, occasion: Occasion) -> dict[str, object]:
    """The claims of a message; it lives for 60 seconds."""
    tool, person, launch = occasion.tool, occasion.person, occasion.launch
    course = occasion.course
    return {
        "nonce": occasion.nonce,
        "iat": int(occasion.now.timestamp()),
        "exp": int((occasion.now + LIFETIME).timestamp()),
        "iss": settings.public_url,
        "aud": tool.client_id,
        "sub": str(person.id),
        **_personal(tool, person),
        CLAIM + "version": "1.3.0",
        CLAIM + "message_type": str(launch.message),
        CLAIM + "deployment_id": tool.deployment_id,
        CLAIM + "target_link_uri": find_target(tool, occasion.activity, launch.message),
        CLAIM + "roles": _roles(person, launch.part),
        CLAIM + "context": {"id": str(course.id), "label": course.shortname,
                            "title": course.fullname, "type": ["CourseSection"]},
        CLAIM + "lis": {"person_sourcedid": person.idnumber,
                        "course_section_sourcedid": course.idnumber},
        CLAIM + "ext": {"user_username": person.username, "lms": FAMILY_CODE},
        CLAIM + "tool_platform": _platform(settings),
        CLAIM + "custom": _custom(occasion),
        **_of_message(settings, occasion),
        **service_claims(settings.public_url, tool, course.id, occasion.line_items),
    }


def find_target(tool: Tool, activity: Activity | None, message: Message) -> str:
    """The target link URI of a message."""
    if message is Message.DEEP_LINKING:
        return tool.deep_linking_url or tool.target_link_uri
    if activity is None or activity.link is None:
        return tool.target_link_uri
    if message is Message.REVIEW and activity.link.review_url:
        return activity.link.review_url
    return activity.link.target_link_uri


def _personal(tool: Tool, person: Person) -> dict[str, object]:
    told: dict[str, object] = {}
    if tool.shares_name:
        told |= {"name": person.name, "given_name": person.given_name,
                 "family_name": person.family_name}
    if tool.shares_email:
        told["email"] = person.email
    return told


def _roles(person: Person, part: Part | None) -> list[str]:
    administrator = [INSTITUTION + "Administrator", MEMBERSHIP + "Instructor",
                     SYSTEM + "Administrator"]
    if part is None:
        return administrator if person.is_admin else [MEMBERSHIP + person.role]
    return {
        Part.LEARNER: [MEMBERSHIP + "Learner"],
        Part.INSTRUCTOR: [MEMBERSHIP + "Instructor"],
        Part.ASSISTANT: [MEMBERSHIP + "Instructor", ASSISTANT],
        Part.MENTOR: [MEMBERSHIP + "Mentor"],
        Part.ADMINISTRATOR: administrator,
    }[part]


def _of_message(settings: Settings, occasion: Occasion) -> dict[str, object]:
    """The claims that only one kind of message has."""
    launch, activity = occasion.launch, occasion.activity
    if launch.message is Message.DEEP_LINKING or activity is None:
        return _deep_linking(settings, occasion)
    claims: dict[str, object] = {
        CLAIM + "resource_link": {"id": str(activity.instance), "title": activity.name,
                                  "description": plain_text(activity.intro)},
        CLAIM + "launch_presentation": _presentation(settings, occasion, activity),
    }
    if launch.message is Message.REVIEW:
        claims[CLAIM + "for_user"] = {"user_id": str(launch.for_user)}
    if launch.part is Part.MENTOR:
        claims[CLAIM + "role_scope_mentor"] = [str(each.id) for each in PEOPLE
                                               if each.role is Role.LEARNER][:2]
    return claims


def _deep_linking(settings: Settings, occasion: Occasion) -> dict[str, object]:
    asked: dict[str, object] = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False, "accept_multiple": True, "accept_unsigned": False,
        "auto_create": False, "can_confirm": False,
        "deep_link_return_url": occasion.return_url,
        "title": occasion.tool.name, "text": "",
    }
    if settings.deep_linking_data is not None:
        asked["data"] = settings.deep_linking_data
    return {DEEP_LINKING_SETTINGS: asked,
            CLAIM + "launch_presentation": {"locale": occasion.person.locale}}


def _presentation(
    settings: Settings, occasion: Occasion, activity: Activity
) -> dict[str, object]:
    # Moodle puts the session's key into this address, so tools must be able to live with it.
    target = occasion.launch.document_target
    query = urlencode({
        "course": occasion.course.id,
        "launch_container": CONTAINERS[target],
        "instanceid": activity.instance,
        "sesskey": occasion.launch.sesskey,
    })
    return {"locale": occasion.person.locale, "document_target": target,
            "return_url": f"{settings.public_url}/mod/lti/return.php?{query}"}


def _platform(settings: Settings) -> dict[str, object]:
    guid = hashlib.sha256(settings.public_url.encode()).hexdigest()[:32]
    return {"product_family_code": FAMILY_CODE, "version": "1", "guid": guid,
            "name": settings.site_name, "description": settings.site_name}


def _custom(occasion: Occasion) -> dict[str, object]:
    variables = _variables(occasion)
    activity = occasion.activity
    own = dict(activity.link.custom) if activity and activity.link else {}
    # The administrator's value beats the activity's on the same name, as in Moodle.
    return {name: variables.get(value, value)
            for name, value in (own | dict(occasion.tool.custom)).items()}


def _variables(occasion: Occasion) -> Mapping[str, str | None]:
    """What a custom value may stand for; one not listed stays as it is, as in Moodle."""
    person, course, activity = occasion.person, occasion.course, occasion.activity
    return {
        "$Context.id": str(course.id),
        "$Context.label": course.shortname,
        "$Context.title": course.fullname,
        "$CourseSection.sourcedId": course.idnumber,
        "$ResourceLink.id": str(activity.instance) if activity else None,
        "$ResourceLink.title": activity.name if activity else None,
        "$User.id": str(person.id),
        "$User.username": person.username,
        "$Person.name.full": person.name,
        "$Person.sourcedId": person.idnumber,
        "$Membership.role": str(person.role),
        "$Result.sourcedId": None,
    }


KNOWN_VARIABLES = ("Context.id", "Context.label", "Context.title", "CourseSection.sourcedId",
                   "ResourceLink.id", "ResourceLink.title", "User.id", "User.username",
                   "Person.name.full", "Person.sourcedId", "Membership.role",
                   "Result.sourcedId")
"""The variables, by the names a platform's configuration gives them."""
