"""A launch: who came from where, as far as the tool needs to know."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the course they came from."""

    LEARNER = "learner"
    TEACHER = "teacher"
    MENTOR = "mentor"
    ADMIN = "admin"


class MessageType(StrEnum):
    """The messages that the tool answers."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"


class ProvedBy(StrEnum):
    """How a launch was shown to come in the browser of its login."""

    COOKIE = "cookie"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person is: their role in the course, and what goes beyond it.

    `administers` is the platform's word that they administer the institution or the whole
    system, whatever they are in this course. `mentors` are the platform's names of the
    people they mentor (`role_scope_mentor`), empty for anybody but a mentor.
    """

    role: Role
    administers: bool = False
    mentors: tuple[str, ...] = ()

    @property
    def teaches(self) -> bool:
        """Whether they may place links and look at work: a teacher here, or an administrator."""
        return _teaches(self.role, self.administers)


def _teaches(role: Role, administers: bool) -> bool:
    return administers or role in (Role.TEACHER, Role.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One tool registration at one platform (LTI 1.3 security framework, section 4.1).

    `origin` is the scheme, host and port that may frame our pages, kept apart from the
    issuer, which need not be the host. `family` is the platform's product_family_code, such
    as `moodle`, or empty when it never said it; `name` what it calls itself, or empty.
    `actor_form` (`pseudonym` or `account`) and `actor_home_page` are fixed when the
    registration is made.
    """

    id: uuid.UUID
    organisation: str
    issuer: str
    client_id: str
    authorization_url: str
    token_url: str
    key_set_url: str
    origin: str
    family: str
    name: str
    actor_form: str
    actor_home_page: str
    deployment_ids: frozenset[str]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What a launch says of the platform's software (`tool_platform`); empty where it does not."""

    family: str = ""
    version: str = ""
    name: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Where the platform's services are for this launch, and what it grants.

    `members_url` is the names and roles service (NRPS 2.0, 3.6.1.1), `line_items_url` and
    `line_item_url` are the assignment and grade services (AGS 2.0, 3.1), each None when the
    launch does not name it; `grade_scopes` are the scopes that AGS grants. The addresses are
    kept as they came, to the letter.
    """

    members_url: str | None = None
    line_items_url: str | None = None
    line_item_url: str | None = None
    grade_scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepLinking:
    """What a deep linking request asks for (deep linking 2.0, section 4.4.1).

    `data` goes back as it came. The return URL may hold a secret of the platform's session.
    """

    return_url: str = field(repr=False)
    data: str | None = field(default=None, repr=False)
    accept_types: tuple[str, ...] = ("ltiResourceLink",)
    accept_multiple: bool = False
    accept_line_item: bool = True
    title: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Whose submission a teacher wants to see (submission review 1.0, `for_user`)."""

    subject: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNames:
    """What a platform's own interface calls the person and the course, where its launches
    call them otherwise; None where a launch did not tell it.
    """

    person: str | None = None
    course: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A validated launch message.

    `subject` is the platform's own name for the person and None for an anonymous launch;
    `locale` is what the platform sent, such as `nl` or `nl_BE`. `placement_id` is what a
    placed link of ours carries in its URL, and None for any other link. `deep_linking` is
    there exactly for a deep linking request, `reviewed` exactly for a submission review.
    `issued_at` is the platform's clock when it signed the message. `own_names` is None where
    the platform's own interface has the same names as its launches.
    """

    registration: Registration
    subject: str | None
    standing: Standing
    message_type: MessageType
    deployment_id: str
    target_link_uri: str
    issued_at: datetime
    proved_by: ProvedBy = ProvedBy.COOKIE
    locale: str | None = None
    course_id: str | None = None
    course_title: str | None = None
    resource_link_id: str | None = None
    placement_id: uuid.UUID | None = None
    platform: Platform = Platform()
    services: Services = Services()
    deep_linking: DeepLinking | None = None
    reviewed: Reviewed | None = None
    own_names: OwnNames | None = None

    @property
    def role(self) -> Role:
        """The person's role in the course."""
        return self.standing.role


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDetails:
    """What only some pages of a launch need; sealed in the database."""

    deployment_id: str
    services: Services = Services()
    deep_linking: DeepLinking | None = None
    reviewed: Reviewed | None = None
    own_names: OwnNames | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a page of the tool knows of the launch it belongs to.

    `token` stands in every form of the pages and nowhere else: not in a cookie, a URL, a
    log or (but for its hash) the database. `person_id` is None for a guest. `details` are
    sealed: `lti_tool.actions.launching.details` opens them.
    """

    token: str = field(repr=False)
    organisation: str
    registration_id: uuid.UUID
    person_id: uuid.UUID | None
    language: str
    role: Role
    administers: bool
    message_type: MessageType
    course_id: str | None
    course_title: str | None
    resource_link_id: str | None
    placement_id: uuid.UUID | None
    sealed_details: str = field(repr=False)
    expires_at: datetime
    frame_origin: str
    actor_form: str

    @property
    def teaches(self) -> bool:
        """As `Standing.teaches`."""
        return _teaches(self.role, self.administers)
