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


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One tool registration at one platform (LTI 1.3 security framework, section 4.1).

    `origin` is the scheme, host and port that may frame our pages, kept apart from the
    issuer, which need not be the host. `actor_form` (`pseudonym` or `account`) and
    `actor_home_page` are fixed when the registration is made.
    """

    id: uuid.UUID
    organisation: str
    issuer: str
    client_id: str
    authorization_url: str
    token_url: str
    key_set_url: str
    origin: str
    actor_form: str
    actor_home_page: str
    deployment_ids: frozenset[str]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A validated launch message.

    `subject` is the platform's own name for the person and None for an anonymous launch;
    `locale` is what the platform sent, such as `nl` or `nl_BE`.
    """

    registration: Registration
    subject: str | None
    role: Role
    message_type: str
    locale: str | None = None
    course_id: str | None = None
    course_title: str | None = None
    resource_link_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a page of the tool knows of the launch it belongs to.

    `token` stands in every form of the pages and nowhere else: not in a cookie, a URL, a
    log or (but for its hash) the database. `person_id` is None for a guest.
    """

    token: str = field(repr=False)
    organisation: str
    registration_id: uuid.UUID
    person_id: uuid.UUID | None
    language: str
    role: Role
    course_id: str | None
    course_title: str | None
    expires_at: datetime
    frame_origin: str
    actor_form: str
