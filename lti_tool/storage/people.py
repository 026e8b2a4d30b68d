"""People, and the platform's names for them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.errors import NotFound
from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import person, person_link

_FIND = Prepared(
    sa.select(person_link.c.person_id).where(
        person_link.c.registration_id == sa.bindparam("registration_id", type_=sa.Uuid),
        person_link.c.subject == sa.bindparam("subject", type_=sa.String),
    )
)

_ADD = Prepared(sa.insert(person), ("id", "organisation", "created_at"))
_LINK = {
    name: Prepared(dialect.insert(person_link).on_conflict_do_nothing())
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}


def find_or_add_person(
    connection: sa.Connection,
    *,
    organisation: str,
    registration_id: uuid.UUID,
    subject: str,
    now: datetime,
) -> uuid.UUID:
    """Our own id of the person that this registration calls `subject`."""
    who = {"registration_id": registration_id, "subject": subject}
    known = _find(connection, who)
    if known is not None:
        return known
    person_id = uuid.uuid4()
    _ADD.change(connection, {"id": person_id, "organisation": organisation, "created_at": now})
    link = {**who, "person_id": person_id}
    if _LINK[connection.dialect.name].change(connection, link) == 1:
        return person_id
    # Another node saw the same person first: take theirs.
    connection.execute(sa.delete(person).where(person.c.id == person_id))
    other = _find(connection, who)
    if other is None:
        raise NotFound(f"A person of the registration {registration_id} is gone again.")
    return other


def _find(connection: sa.Connection, who: Mapping[str, object]) -> uuid.UUID | None:
    return next((found for (found,) in _FIND.rows(connection, who)), None)


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


def registrations_of(connection: sa.Connection, person_id: uuid.UUID) -> list[uuid.UUID]:
    """The registrations through which the person is known."""
    rows = connection.execute(
        sa.select(person_link.c.registration_id)
        .where(person_link.c.person_id == person_id)
        .order_by(person_link.c.registration_id)
        .distinct()
    )
    return list(rows.scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStanding:
    """What no platform says of a person.

    `leads_people` is the person's own word, `learning_and_development` an administrator's.
    """

    leads_people: bool = False
    learning_and_development: bool = False


def own_standing(connection: sa.Connection, person_id: uuid.UUID) -> OwnStanding:
    """What the person is by their own or an administrator's word."""
    row = connection.execute(
        sa.select(person.c.leads_people, person.c.learning_and_development).where(
            person.c.id == person_id
        )
    ).first()
    return OwnStanding() if row is None else OwnStanding(**row._mapping)


def set_leads_people(connection: sa.Connection, person_id: uuid.UUID, value: bool) -> None:
    """Keep the person's own word on whether they lead people."""
    connection.execute(sa.update(person).where(person.c.id == person_id).values(leads_people=value))


def set_learning_and_development(
    connection: sa.Connection, person_id: uuid.UUID, value: bool
) -> None:
    """Keep an administrator's word on whether the person is of learning and development."""
    connection.execute(
        sa.update(person).where(person.c.id == person_id).values(learning_and_development=value)
    )


def find_person(
    connection: sa.Connection, *, organisation: str, registration_id: uuid.UUID, subject: str
) -> uuid.UUID | None:
    """The person of that organisation whom the registration calls `subject`, or None."""
    return connection.execute(
        sa.select(person.c.id)
        .join(person_link, person_link.c.person_id == person.c.id)
        .where(
            person.c.organisation == organisation,
            person_link.c.registration_id == registration_id,
            person_link.c.subject == subject,
        )
    ).scalar()


def list_learning_and_development(
    connection: sa.Connection, organisation: str
) -> list[tuple[uuid.UUID, str]]:
    """Who of an organisation is of learning and development: (registration, subject)."""
    rows = connection.execute(
        sa.select(person_link.c.registration_id, person_link.c.subject)
        .join(person, person.c.id == person_link.c.person_id)
        .where(person.c.organisation == organisation, person.c.learning_and_development)
        .order_by(person_link.c.registration_id, person_link.c.subject)
    )
    return [(row.registration_id, row.subject) for row in rows]


def lock_person(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Wait for who adds anything of the person's; nobody does from then on until the
    transaction ends."""
    connection.execute(sa.select(person.c.id).where(person.c.id == person_id).with_for_update())


def delete_person(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Remove the person and every link to them; what points at them must be gone before."""
    connection.execute(sa.delete(person_link).where(person_link.c.person_id == person_id))
    connection.execute(sa.delete(person).where(person.c.id == person_id))
