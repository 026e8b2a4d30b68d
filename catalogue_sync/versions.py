"""The catalogue's version: one number an organisation, given out under a lock."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from catalogue_sync import schema


def locked_version(connection: sa.Connection, organisation: str) -> int:
    """The version now, with the organisation's catalogue locked until the transaction ends.

    Call it first in a transaction that changes modules. The update that changes nothing takes
    the row's lock on PostgreSQL and the write lock on SQLite, where a reader that becomes a
    writer half-way could fail.
    """
    table = schema.state
    locking = (
        sa.update(table)
        .where(table.c.organisation == organisation)
        .values(version=table.c.version)
        .returning(table.c.version)
    )
    version = connection.scalar(locking)
    if version is None:
        _begin(connection, organisation)
        version = connection.scalar(locking)
    return version or 0


def raise_version(connection: sa.Connection, organisation: str, version: int) -> None:
    """Set the version that this transaction's changes carry; the lock must be held."""
    table = schema.state
    connection.execute(
        sa.update(table).where(table.c.organisation == organisation).values(version=version)
    )


def _begin(connection: sa.Connection, organisation: str) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"organisation": organisation, "version": 0}
    connection.execute(insert(schema.state).values(row).on_conflict_do_nothing())
