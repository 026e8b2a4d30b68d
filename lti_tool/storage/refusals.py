"""The last refusals of logins and launches, for the administrator; nothing about people."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lti_tool.storage.tables import organisation as organisation_table
from lti_tool.storage.tables import refusal, registration

MOST_KEPT = 50
"""Of each registration."""

MOST_KEPT_WITHOUT = 200
"""Of those that came so early that no registration was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal as it was told: its code, what happened, what to do, and its reference."""

    registration_id: uuid.UUID | None
    code: str
    what: str
    mend: str
    reference: str
    refused_at: datetime


def note_refusal(
    connection: sa.Connection,
    *,
    registration_id: uuid.UUID | None,
    code: str,
    what: str,
    mend: str,
    reference: str,
    now: datetime,
) -> None:
    """Note a refusal; the oldest of its registration gives way beyond `MOST_KEPT`."""
    connection.execute(
        sa.insert(refusal).values(
            id=uuid.uuid4(),
            registration_id=registration_id,
            code=code,
            what=what,
            mend=mend,
            reference=reference,
            refused_at=now,
        )
    )
    same = refusal.c.registration_id.is_not_distinct_from(registration_id)
    most = MOST_KEPT_WITHOUT if registration_id is None else MOST_KEPT
    kept = (
        sa.select(refusal.c.id)
        .where(same)
        .order_by(refusal.c.refused_at.desc(), refusal.c.id)
        .limit(most)
    )
    connection.execute(sa.delete(refusal).where(same, refusal.c.id.not_in(kept.scalar_subquery())))


def list_refusals(
    connection: sa.Connection, organisation: str, limit: int = MOST_KEPT
) -> list[Refusal]:
    """The last refusals of an organisation's registrations, the latest first.

    Those of no registration (an LMS that the tool does not know) are told only where there
    is but one organisation: they may concern any of them.
    """
    own = registration.c.organisation == organisation
    others = sa.exists().where(organisation_table.c.id != organisation)
    nobodys = sa.and_(refusal.c.registration_id.is_(None), ~others)
    rows = connection.execute(
        sa.select(refusal)
        .outerjoin(registration, registration.c.id == refusal.c.registration_id)
        .where(sa.or_(own, nobodys))
        .order_by(refusal.c.refused_at.desc(), refusal.c.id)
        .limit(limit)
    ).mappings()
    return [Refusal(**{name: value for name, value in row.items() if name != "id"}) for row in rows]
