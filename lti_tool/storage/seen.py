"""What was last seen of each registration: its launches, its clock, its software."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.domain.launch import Launch, ProvedBy
from lti_tool.storage.pace import Pace
from lti_tool.storage.tables import registration, registration_seen

_NOTED = Pace(timedelta(minutes=1))
"""A class that opens the tool at once must not queue for one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last launch that was noted of a registration.

    `clock_offset_seconds` is how far the platform's clock was ahead of ours; the message's
    way here makes it a second or so less. `platform_version` is empty where the platform
    does not tell it.
    """

    last_launch_at: datetime
    proved_by: ProvedBy
    clock_offset_seconds: float
    platform_version: str


def note_launch(connection: sa.Connection, launch: Launch, now: datetime) -> None:
    """Note a launch, at most once a minute a registration in each process.

    What the platform calls itself is noted too.
    """
    known = launch.registration
    if not _NOTED.is_due(connection.engine, now, known.id):
        return
    seen = {
        "last_launch_at": now,
        "proved_by": launch.proved_by.value,
        "clock_offset_seconds": round((launch.issued_at - now).total_seconds(), 3),
        "platform_version": launch.platform.version,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(registration_seen)
        .values(registration_id=known.id, **seen)
        .on_conflict_do_update(index_elements=["registration_id"], set_=seen)
    )
    _fill_names(connection, launch)


def list_seen(connection: sa.Connection, organisation: str) -> dict[uuid.UUID, Seen]:
    """What was last seen of the organisation's registrations that ever launched."""
    rows = connection.execute(
        sa.select(registration_seen)
        .join(registration, registration.c.id == registration_seen.c.registration_id)
        .where(registration.c.organisation == organisation)
    )
    return {
        row.registration_id: Seen(
            last_launch_at=row.last_launch_at,
            proved_by=ProvedBy(row.proved_by),
            clock_offset_seconds=row.clock_offset_seconds,
            platform_version=row.platform_version,
        )
        for row in rows
    }


def _fill_names(connection: sa.Connection, launch: Launch) -> None:
    """Give the registration the platform's family and name where it has none."""
    known, told = launch.registration, launch.platform
    names = {
        name: value
        for name, old, value in (
            ("family", known.family, told.family),
            ("name", known.name, told.name),
        )
        if value and not old
    }
    if names:
        connection.execute(
            sa.update(registration).where(registration.c.id == known.id).values(names)
        )
