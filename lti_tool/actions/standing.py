"""What people are in Needle itself, beyond what an LMS says of them.

That somebody leads people is their own word; the role of learning and development is given
by an administrator.
"""

from __future__ import annotations

import uuid

from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Session
from lti_tool.errors import InputError, NotFound
from lti_tool.storage import people
from lti_tool.storage.database import reading
from lti_tool.storage.registrations import list_registrations

MOST_LETTERS = 255
"""Of an LMS's number for a person, as LTI bounds `sub` (LTI 1.3, section 5.3.6.1)."""


def is_leading_people(runtime: Runtime, session: Session) -> bool:
    """Whether the person has said that they lead people; nobody knows it of a guest."""
    if session.person_id is None:
        return False
    with reading(runtime.engine) as connection:
        return people.own_standing(connection, session.person_id).leads_people


def set_leads_people(runtime: Runtime, session: Session, value: bool) -> None:
    """Take the person's own word on whether they lead people; a guest's is not kept."""
    if session.person_id is None:
        return
    with runtime.engine.begin() as connection:
        people.set_leads_people(connection, session.person_id, value)


def list_holders(runtime: Runtime, organisation: str) -> list[tuple[uuid.UUID, str]]:
    """Who has the role of learning and development: registration and LMS number alone."""
    with reading(runtime.engine) as connection:
        return people.list_learning_and_development(connection, organisation)


def give_role(
    runtime: Runtime, organisation: str, registration_id: uuid.UUID, subject: str
) -> None:
    """Give the role of learning and development to the person with that LMS number.

    They need not have opened Needle yet, so that this does not tell who has. Raises
    `InputError` (`person-number`) and `NotFound` for a registration of somebody else.
    """
    _check(subject)
    now = runtime.now()
    with runtime.engine.begin() as connection:
        if registration_id not in {one.id for one in list_registrations(connection, organisation)}:
            raise _foreign()
        person_id = people.find_or_add_person(
            connection,
            organisation=organisation,
            registration_id=registration_id,
            subject=subject,
            now=now,
        )
        people.set_learning_and_development(connection, person_id, value=True)


def take_role(
    runtime: Runtime, organisation: str, registration_id: uuid.UUID, subject: str
) -> None:
    """Take the role away again; somebody who does not have it keeps not having it."""
    with runtime.engine.begin() as connection:
        if registration_id not in {one.id for one in list_registrations(connection, organisation)}:
            raise _foreign()
        person_id = people.find_person(
            connection,
            organisation=organisation,
            registration_id=registration_id,
            subject=subject,
        )
        if person_id is not None:
            people.set_learning_and_development(connection, person_id, value=False)


def _check(subject: str) -> None:
    if not subject or len(subject) > MOST_LETTERS or not subject.isprintable():
        raise InputError(
            "The LMS user number is empty, too long, or has control characters.",
            mend="Copy the number that the LMS has for the person, such as 42.",
            code="person-number",
        )


def _foreign() -> NotFound:
    return NotFound(
        "This organisation has no such LMS.",
        mend="Load the page again.",
        code="registration-unknown",
    )
