"""The launch message: its claims checked and made into a `Launch` (LTI 1.3 core, section 5.3)."""

from __future__ import annotations

from collections.abc import Mapping

from lti_tool.config import Config
from lti_tool.domain.launch import Launch, MessageType, Registration, Standing
from lti_tool.errors import LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.roles import parse_roles
from lti_tool.lti.target import check_target
from lti_tool.lti.typed_claims import (
    malformed,
    members,
    missing,
    optional_text,
    required_moment,
    required_text,
    texts,
    title,
)

LONGEST_URL = 4096


def read_message(
    body: Mapping[str, object], registration: Registration, config: Config, target: str
) -> Launch:
    """The launch that a verified token tells.

    `target` is the login's target_link_uri, empty when it named none. Raises
    `LaunchRefused`: `version`, `message-type`, `subject-missing`, `target-changed` and
    those of `check_target` and `typed_claims`.
    """
    message_type = _read_message_type(body)
    _check_target(body, config, target)
    roles = texts(body, claims.ROLES)
    link = members(body, claims.RESOURCE_LINK)
    if link is None:
        raise missing(claims.RESOURCE_LINK)
    context = members(body, claims.CONTEXT) or {}
    presentation = members(body, claims.LAUNCH_PRESENTATION) or {}
    return Launch(
        registration=registration,
        subject=_read_subject(body, config),
        standing=Standing(role=parse_roles(roles)),
        message_type=message_type,
        deployment_id=required_text(body, claims.DEPLOYMENT_ID),
        target_link_uri=required_text(body, claims.TARGET_LINK_URI, LONGEST_URL),
        issued_at=required_moment(body, "iat"),
        locale=optional_text(presentation, "locale") or optional_text(body, "locale"),
        course_id=optional_text(context, "id"),
        course_title=title(context, "title"),
        resource_link_id=required_text(link, "id"),
    )


def _read_message_type(body: Mapping[str, object]) -> MessageType:
    version = required_text(body, claims.VERSION)
    if version != claims.VERSION_1_3:
        raise LaunchRefused(
            f"The LMS speaks LTI version {version[:20]!r}, and this tool {claims.VERSION_1_3}.",
            mend="Set the tool up in the LMS as an LTI 1.3 tool.",
            code="version",
        )
    message_type = required_text(body, claims.MESSAGE_TYPE)
    if message_type != MessageType.RESOURCE_LINK:
        raise LaunchRefused(
            f"The LMS sent a message {message_type[:60]!r}, which this tool does not answer.",
            mend="In the LMS, place the tool as a link in a course "
            f"({MessageType.RESOURCE_LINK}).",
            code="message-type",
        )
    return MessageType(message_type)


def _check_target(body: Mapping[str, object], config: Config, target: str) -> None:
    found = required_text(body, claims.TARGET_LINK_URI, LONGEST_URL)
    check_target(config, found)
    if target and found != target:
        raise LaunchRefused(
            "The launch wants to open another page of the tool than its login named.",
            mend="Open Needle again from your course; if it happens again, place it anew.",
            code="target-changed",
        )


def _read_subject(body: Mapping[str, object], config: Config) -> str | None:
    subject = body.get("sub")
    if subject is None or subject == "":
        if config.allow_guests:
            return None
        raise LaunchRefused(
            "The LMS did not say who you are.",
            mend="Log in to the LMS first. Administrator: let the LMS send the user's id (sub), "
            "or set NEEDLE_ALLOW_GUESTS=true.",
            code="subject-missing",
        )
    if not isinstance(subject, str):
        raise malformed("sub", "plain text")
    return required_text(body, "sub")
