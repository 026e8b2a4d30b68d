"""The launch message: its claims checked and made into a `Launch` (LTI 1.3 core, section 5.3)."""

from __future__ import annotations

from collections.abc import Mapping

from lti_tool.config import Config
from lti_tool.domain.launch import (
    Launch,
    MessageType,
    OwnNames,
    ProvedBy,
    Registration,
    Reviewed,
    Standing,
)
from lti_tool.errors import LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.deep_link_request import read_deep_linking
from lti_tool.lti.platforms import profile_of
from lti_tool.lti.roles import parse_standing
from lti_tool.lti.service_claims import read_platform, read_services
from lti_tool.lti.target import check_target, is_same_page, read_placement
from lti_tool.lti.typed_claims import (
    LONGEST_URL,
    malformed,
    members,
    missing,
    optional_text,
    optional_texts,
    required_moment,
    required_text,
    texts,
    title,
)


def read_message(
    body: Mapping[str, object],
    registration: Registration,
    config: Config,
    target: str,
    *,
    proved_by: ProvedBy,
) -> Launch:
    """The launch that a verified token tells.

    `target` is the login's target_link_uri, empty when it named none. Raises
    `LaunchRefused`: `version`, `message-type`, `subject-missing`, `target-changed`,
    `deep-linking-role`, `deep-linking-type`, `review-role` and those of `check_target` and
    `typed_claims`.
    """
    kind = _read_message_type(body)
    opened = _read_target(body, config, target, kind)
    standing = parse_standing(
        texts(body, claims.ROLES), optional_texts(body, claims.ROLE_SCOPE_MENTOR) or ()
    )
    _check_standing(standing, kind)
    context = members(body, claims.CONTEXT) or {}
    presentation = members(body, claims.LAUNCH_PRESENTATION) or {}
    return Launch(
        registration=registration,
        subject=_read_subject(body, config),
        standing=standing,
        message_type=kind,
        deployment_id=required_text(body, claims.DEPLOYMENT_ID),
        target_link_uri=opened,
        issued_at=required_moment(body, "iat"),
        proved_by=proved_by,
        locale=optional_text(presentation, "locale") or optional_text(body, "locale"),
        course_id=optional_text(context, "id"),
        course_title=title(context, "title"),
        resource_link_id=_read_link(body, kind),
        placement_id=read_placement(opened),
        platform=read_platform(body),
        services=read_services(body, registration),
        deep_linking=read_deep_linking(body) if kind is MessageType.DEEP_LINKING else None,
        reviewed=_read_reviewed(body) if kind is MessageType.SUBMISSION_REVIEW else None,
        own_names=_read_own_names(body, registration),
    )


def _read_message_type(body: Mapping[str, object]) -> MessageType:
    version = required_text(body, claims.VERSION)
    if version != claims.VERSION_1_3:
        raise LaunchRefused(
            f"The LMS speaks LTI version {version[:20]!r}, and this tool {claims.VERSION_1_3}.",
            mend="Set the tool up in the LMS as an LTI 1.3 tool.",
            code="version",
        )
    name = required_text(body, claims.MESSAGE_TYPE)
    try:
        return MessageType(name)
    except ValueError:
        raise LaunchRefused(
            f"The LMS sent a message {name[:60]!r}, which this tool does not answer.",
            mend="In the LMS, place the tool as a link in a course "
            f"({MessageType.RESOURCE_LINK}), and let it be chosen there "
            f"({MessageType.DEEP_LINKING}); it answers no other message but "
            f"{MessageType.SUBMISSION_REVIEW}.",
            code="message-type",
        ) from None


def _read_target(body: Mapping[str, object], config: Config, target: str, kind: MessageType) -> str:
    """The page of ours that is to be opened.

    A deep linking request need not name it, for only the tool's choice of links can be
    meant (some suites of the certification leave it out).
    """
    found = optional_text(body, claims.TARGET_LINK_URI, LONGEST_URL)
    if found is None and kind is MessageType.DEEP_LINKING:
        return target
    if found is None:
        raise missing(claims.TARGET_LINK_URI)
    check_target(config, found)
    if target and not is_same_page(found, target):
        raise LaunchRefused(
            "The launch wants to open another page of the tool than its login named.",
            mend="Open Needle again from your course; if it happens again, place it anew.",
            code="target-changed",
        )
    return found


def _check_standing(standing: Standing, kind: MessageType) -> None:
    """Raise `LaunchRefused` unless the person may send such a message."""
    if standing.teaches:
        return
    if kind is MessageType.DEEP_LINKING:
        raise LaunchRefused(
            "Only a teacher or an administrator places Needle in a course.",
            mend="Administrator: the LMS sent no role of a teacher for this person; its "
            "setting that lets only teachers add activities decides who may.",
            code="deep-linking-role",
        )
    if kind is MessageType.SUBMISSION_REVIEW:
        raise LaunchRefused(
            "Only a teacher or an administrator looks at what somebody handed in.",
            mend="Administrator: the LMS sent no role of a teacher for this person.",
            code="review-role",
        )


def _read_link(body: Mapping[str, object], kind: MessageType) -> str | None:
    """The link that was opened; a deep linking request has none yet."""
    link = members(body, claims.RESOURCE_LINK)
    if kind is MessageType.DEEP_LINKING:
        return None
    if link is None:
        raise missing(claims.RESOURCE_LINK)
    return required_text(link, "id")


def _read_reviewed(body: Mapping[str, object]) -> Reviewed:
    """Whose submission is looked at (submission review 1.0, `for_user`)."""
    told = members(body, claims.FOR_USER)
    if told is None:
        raise missing(claims.FOR_USER)
    return Reviewed(subject=required_text(told, "user_id"), name=title(told, "name"))


def _read_own_names(body: Mapping[str, object], registration: Registration) -> OwnNames | None:
    """What the platform's own interface calls the person and the course, where it differs.

    Anybody may misuse a custom parameter for values of their own: what is no short text is
    missing, and nothing to refuse a launch for.
    """
    names = profile_of(registration.family, registration.issuer).own_names
    if not names:
        return None
    custom = body.get(claims.CUSTOM)
    told: list[str | None] = []
    for name in names:
        try:
            told.append(optional_text(custom, name) if isinstance(custom, dict) else None)
        except LaunchRefused:
            told.append(None)
    return OwnNames(person=told[0], course=told[1])


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
