"""Who a learner is in the learning records: an account, or a name that a key has made.

The key is the organisation's. It also makes the identifiers that tie statements together, so
that a new key cuts off both at once: what a person does after it cannot be tied, by anyone who
reads the records, to what the same person did before.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid

import sqlalchemy as sa

from lti_tool.actions.platforms import check_organisation
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Registration
from lti_tool.storage import organisations, people
from lti_tool.storage.database import scrub
from lti_tool.storage.registrations import get_registration
from xapi import policy
from xapi.policy import Carries, Policy
from xapi.statements import Actor


def key_of(connection: sa.Connection, runtime: Runtime, organisation: str) -> str:
    """The organisation's key; read for each record, since it may be replaced at any moment."""
    return runtime.sealer.open(organisations.sealed_pseudonym_key(connection, organisation))


def pseudonym(key: str, person_id: uuid.UUID) -> str:
    """A name (32 hex digits) that only the holder of the organisation's key can make."""
    return hmac.new(key.encode("utf-8"), person_id.bytes, hashlib.sha256).hexdigest()[:32]


def recorded_id(key: str, identifier: uuid.UUID) -> uuid.UUID:
    """What a need, or a module that was shown, is called in statements: not its id here."""
    message = b"registration\0" + identifier.bytes
    made = hmac.new(key.encode("utf-8"), message, hashlib.sha256).digest()
    return uuid.UUID(bytes=made[:16], version=4)


def account_of(
    connection: sa.Connection, registration: Registration, person_id: uuid.UUID
) -> str | None:
    """The LMS's own name for the person, where it stands in statements.

    The form was fixed when the registration was made. A platform that names its people by
    their e-mail addresses gets pseudonyms all the same.
    """
    if registration.actor_form != "account":
        return None
    subject = people.subject_of(connection, registration.id, person_id)
    usable = subject is not None and subject.strip() and not policy.looks_like_email(subject)
    return subject if usable else None


def actor_of(
    connection: sa.Connection, key: str, registration: Registration, person_id: uuid.UUID
) -> tuple[Actor, policy.Identity]:
    """Who a person is in what is recorded of them through this registration."""
    subject = account_of(connection, registration, person_id)
    if subject is not None:
        return Actor(registration.actor_home_page, subject), "account"
    return Actor(registration.actor_home_page, pseudonym(key, person_id)), "pseudonym"


def names_of(
    connection: sa.Connection, runtime: Runtime, organisation: str, person_id: uuid.UUID
) -> list[Actor]:
    """The names under which what a person does is recorded now, for that person's own eyes.

    Those that an earlier key made are not among them: nobody can make them any more.
    """
    key = key_of(connection, runtime, organisation)
    named = [
        actor_of(connection, key, get_registration(connection, registration_id), person_id)[0]
        for registration_id in people.registrations_of(connection, person_id)
    ]
    return list(dict.fromkeys(named))


def rule_for(runtime: Runtime, identity: policy.Identity = "pseudonym") -> Policy:
    """What statements may carry under the settings (NEEDLE_LRS_CARRIES)."""
    named = set(runtime.config.carries)
    return policy.policy_for(
        Carries(
            identity=identity,
            need_words="need-words" in named,
            practice="practice" in named,
            evidence="evidence" in named,
            planned_time="planned-time" in named,
        )
    )


def rekey(runtime: Runtime, organisation: str) -> None:
    """Give the organisation a new key; the old one is gone, and every node has it at once.

    Statements that are kept or waiting stay as they are. Raises `NotFound`
    (`organisation-unknown`).
    """
    with runtime.engine.begin() as connection:
        check_organisation(connection, organisation)
        sealed = runtime.sealer.seal(secrets.token_urlsafe(32))
        organisations.replace_pseudonym_key(connection, organisation, sealed)
    scrub(runtime.engine)
