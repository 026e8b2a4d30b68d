"""What teachers placed in courses."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.domain.placement import ModuleKey, Placement, PlacementKind
from lti_tool.storage.tables import placement, placement_module


def add_placements(connection: sa.Connection, new: Sequence[Placement]) -> None:
    """Keep placements; one that is kept already stays as it is."""
    for one in new:
        row = {
            "id": one.id,
            "organisation": one.organisation,
            "registration_id": one.registration_id,
            "course_id": one.course_id,
            "kind": one.kind.value,
            "title": one.title,
            "prompt": one.prompt,
            "topic": one.topic,
            "graded": one.graded,
            "created_at": one.created_at,
        }
        _insert_once(connection, placement, row)
        for place, (source, identifier) in enumerate(one.modules, start=1):
            key = {"placement_id": one.id, "place": place}
            module = {"source": source, "identifier": identifier}
            _insert_once(connection, placement_module, {**key, **module})


def find_placement(
    connection: sa.Connection, organisation: str, placement_id: uuid.UUID
) -> Placement | None:
    """A placement of this organisation; another organisation's is not found."""
    row = connection.execute(
        sa.select(placement).where(
            placement.c.id == placement_id, placement.c.organisation == organisation
        )
    ).first()
    if row is None:
        return None
    modules = connection.execute(
        sa.select(placement_module.c.source, placement_module.c.identifier)
        .where(placement_module.c.placement_id == placement_id)
        .order_by(placement_module.c.place)
    )
    return Placement(
        id=row.id,
        organisation=row.organisation,
        registration_id=row.registration_id,
        course_id=row.course_id,
        kind=PlacementKind(row.kind),
        title=row.title,
        created_at=row.created_at,
        prompt=row.prompt,
        topic=row.topic,
        graded=row.graded,
        modules=tuple((source, identifier) for source, identifier in modules),
    )


def placed_in_course(
    connection: sa.Connection, organisation: str, registration_id: uuid.UUID, course_id: str
) -> frozenset[ModuleKey]:
    """The modules that teachers placed in this course of this platform."""
    rows = connection.execute(
        sa.select(placement_module.c.source, placement_module.c.identifier)
        .join(placement, placement.c.id == placement_module.c.placement_id)
        .where(
            placement.c.organisation == organisation,
            placement.c.registration_id == registration_id,
            placement.c.course_id == course_id,
        )
    )
    return frozenset((source, identifier) for source, identifier in rows)


def _insert_once(connection: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing())
