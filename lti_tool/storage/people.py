"""People, and the platform's names for them."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from lti_tool.storage.tables import person, person_link


def find_or_add_person(
    connection: sa.Connection,
    *,
    organisation: str,
    registration_id: uuid.UUID,
    subject: str,
    now: datetime,
) -> uuid.UUID:
    """Our own id of the person that this registration calls `subject`."""
    known = _find(connection, registration_id, subject)
    if known is not None:
        return known
    person_id = uuid.uuid4()
    connection.execute(
        sa.insert(person).values(id=person_id, organisation=organisation, created_at=now)
    )
    try:
        with connection.begin_nested():
            connection.execute(
                sa.insert(person_link).values(
                    registration_id=registration_id, subject=subject, person_id=person_id
                )
            )
    except sa.exc.IntegrityError:
        # Another node saw the same person first: take theirs.
        connection.execute(sa.delete(person).where(person.c.id == person_id))
        other = _find(connection, registration_id, subject)
        if other is None:
            raise
        return other
    return person_id


def _find(connection: sa.Connection, registration_id: uuid.UUID, subject: str) -> uuid.UUID | None:
    return connection.execute(
        sa.select(person_link.c.person_id).where(
            person_link.c.registration_id == registration_id, person_link.c.subject == subject
        )
    ).scalar()


def subject_of(
    connection: sa.Connection, registration_id: uuid.UUID, person_id: uuid.UUID
) -> str | None:
    """What the platform of that registration calls the person."""
    return connection.execute(
        sa.select(person_link.c.subject).where(
            person_link.c.registration_id == registration_id,
            person_link.c.person_id == person_id,
        )
    ).scalar()


def delete_person(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Remove the person and every link to them; what points at them must be gone before."""
    connection.execute(sa.delete(person_link).where(person_link.c.person_id == person_id))
    connection.execute(sa.delete(person).where(person.c.id == person_id))
