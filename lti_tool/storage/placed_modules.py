"""Placed modules as they were shown to people: what was opened, and which points it gave."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.domain.grade import GradeState
from lti_tool.domain.placement import ModuleKey, Placement
from lti_tool.storage.tables import grade, person_link, placed_module, placement


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlaced:
    """One row of tool_placed_module: a module of a placement as shown to one person.

    The two line item addresses are there only when opening gives this person a point.
    """

    id: uuid.UUID
    placement_id: uuid.UUID
    organisation: str
    registration_id: uuid.UUID
    person_id: uuid.UUID
    source: str
    identifier: str
    language: str
    resource_link_id: str | None
    line_items_url: str | None
    line_item_url: str | None
    shown_at: datetime
    opened_at: datetime | None

    @property
    def key(self) -> ModuleKey:
        """The module's source and identifier."""
        return (self.source, self.identifier)


_PLACED = sa.select(placed_module, placement.c.organisation).join(
    placement, placement.c.id == placed_module.c.placement_id
)


def placement_of_link(
    connection: sa.Connection, registration_id: uuid.UUID, resource_link_id: str
) -> uuid.UUID | None:
    """The placement that this link of the platform opened last, if it ever opened one."""
    return connection.execute(
        sa.select(placed_module.c.placement_id)
        .where(
            placed_module.c.registration_id == registration_id,
            placed_module.c.resource_link_id == resource_link_id,
        )
        .order_by(placed_module.c.shown_at.desc())
        .limit(1)
    ).scalar()


def note_shown(
    connection: sa.Connection,
    shown: Placement,
    modules: Sequence[ModuleKey],
    *,
    registration_id: uuid.UUID,
    person_id: uuid.UUID,
    language: str,
    resource_link_id: str | None,
    line_items_url: str | None,
    line_item_url: str | None,
    now: datetime,
) -> dict[ModuleKey, tuple[uuid.UUID, datetime | None]]:
    """Note that these modules are shown to a person; gives each one's id and opening.

    A module shown again keeps its id and its opening, and takes the link and the line item
    of this launch.
    """
    if not modules:
        return {}
    now_known = {
        "language": language,
        "resource_link_id": resource_link_id,
        "line_items_url": line_items_url,
        "line_item_url": line_item_url,
        "shown_at": now,
    }
    rows = [
        {
            "id": uuid.uuid4(),
            "placement_id": shown.id,
            "registration_id": registration_id,
            "person_id": person_id,
            "source": source,
            "identifier": identifier,
            **now_known,
        }
        for source, identifier in sorted(modules)
    ]
    key = ["placement_id", "registration_id", "person_id", "source", "identifier"]
    table = placed_module.c
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    kept = connection.execute(
        dialect.insert(placed_module)
        .values(rows)
        .on_conflict_do_update(index_elements=key, set_=now_known)
        .returning(table.source, table.identifier, table.id, table.opened_at)
    )
    return {(source, name): (identifier, at) for source, name, identifier, at in kept}


def find_placed(connection: sa.Connection, placed_id: uuid.UUID) -> StoredPlaced | None:
    """One placed module, whoever it was shown to."""
    row = connection.execute(_PLACED.where(placed_module.c.id == placed_id)).first()
    return None if row is None else _stored(row)


def placed_together(
    connection: sa.Connection, row: StoredPlaced, *, lock: bool = False
) -> list[StoredPlaced]:
    """Every module of the same placement shown to the same person, this one too.

    With `lock`, none of them can change meanwhile. Empty when all were deleted.
    """
    query = _PLACED.where(
        placed_module.c.placement_id == row.placement_id,
        placed_module.c.registration_id == row.registration_id,
        placed_module.c.person_id == row.person_id,
    ).order_by(placed_module.c.id)
    if lock:
        query = query.with_for_update(of=placed_module)
    return [_stored(found) for found in connection.execute(query)]


def mark_placed_opened(connection: sa.Connection, placed_id: uuid.UUID, *, now: datetime) -> bool:
    """Note the first opening; False when it was opened before."""
    result = connection.execute(
        sa.update(placed_module)
        .where(placed_module.c.id == placed_id, placed_module.c.opened_at.is_(None))
        .values(opened_at=now)
    )
    return result.rowcount == 1


def placed_for(connection: sa.Connection, person_id: uuid.UUID) -> list[StoredPlaced]:
    """Every placed module that was shown to a person, in the order of showing."""
    query = _PLACED.where(placed_module.c.person_id == person_id)
    rows = connection.execute(query.order_by(placed_module.c.shown_at, placed_module.c.id))
    return [_stored(row) for row in rows]


def lock_placed_for(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Wait for who opens a module that was placed for the person; nobody does from then on
    until the transaction ends."""
    theirs = sa.select(placed_module.c.id).where(placed_module.c.person_id == person_id)
    connection.execute(theirs.order_by(placed_module.c.id).with_for_update()).all()


def delete_placed_for(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Remove what a person was shown and opened of placements."""
    connection.execute(sa.delete(placed_module).where(placed_module.c.person_id == person_id))


def opened_by_subject(
    connection: sa.Connection,
    placement_id: uuid.UUID,
    registration_id: uuid.UUID,
    subject: str,
) -> dict[ModuleKey, datetime]:
    """What the person that this platform calls `subject` opened of a placement, and when."""
    rows = connection.execute(
        sa.select(placed_module.c.source, placed_module.c.identifier, placed_module.c.opened_at)
        .join(person_link, person_link.c.person_id == placed_module.c.person_id)
        .where(
            person_link.c.registration_id == registration_id,
            person_link.c.subject == subject,
            placed_module.c.registration_id == registration_id,
            placed_module.c.placement_id == placement_id,
            placed_module.c.opened_at.is_not(None),
        )
    )
    return {(source, identifier): at for source, identifier, at in rows}


def grade_state(
    connection: sa.Connection,
    placement_id: uuid.UUID,
    registration_id: uuid.UUID,
    subject: str,
    resource_link_id: str | None,
) -> GradeState | None:
    """What became of the point of that person for this placement, in this link if it is known.

    None when there is none.
    """
    query = (
        sa.select(grade.c.sent_at, grade.c.due_at)
        .join(person_link, person_link.c.person_id == grade.c.person_id)
        .where(
            person_link.c.registration_id == registration_id,
            person_link.c.subject == subject,
            grade.c.registration_id == registration_id,
            grade.c.placement_id == placement_id,
        )
        .order_by(grade.c.scored_at.desc())
        .limit(1)
    )
    if resource_link_id is not None:
        query = query.where(grade.c.resource_link_id == resource_link_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.due_at is not None:
        return GradeState.WAITING
    return GradeState.NOT_TAKEN if row.sent_at is None else GradeState.SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPoint:
    """A point that a person earned with a placement, as their own page tells it."""

    placement_id: uuid.UUID
    title: str
    score: float
    score_maximum: float
    scored_at: datetime
    sent_at: datetime | None


def points_of(connection: sa.Connection, person_id: uuid.UUID) -> list[StoredPoint]:
    """Every point that a person earned, oldest first."""
    rows = connection.execute(
        sa.select(
            grade.c.placement_id,
            placement.c.title,
            grade.c.score,
            grade.c.score_maximum,
            grade.c.scored_at,
            grade.c.sent_at,
        )
        .join(placement, placement.c.id == grade.c.placement_id)
        .where(grade.c.person_id == person_id)
        .order_by(grade.c.scored_at, grade.c.id)
    )
    return [StoredPoint(**row) for row in rows.mappings()]


def _stored(row: Any) -> StoredPlaced:
    return StoredPlaced(**row._mapping)
