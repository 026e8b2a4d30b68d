"""The one database: SQLite (WAL) embedded, or PostgreSQL for many nodes."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from lti_tool.errors import ConfigError

BUSY_SECONDS = 15
"""How long a writer waits for another on SQLite before it gives up."""


class UTCDateTime(TypeDecorator[datetime]):
    """A time that is always aware and always UTC; a naive one is an error."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a naive time; give the database UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the time back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def connect(url: str, *, connections: int = 20) -> sa.Engine:
    """An engine on `url` (`sqlite:///file` or `postgresql+psycopg://…`).

    `connections` is how many its pool opens at most; a thread may need two at once.

    Raises `ConfigError` for another kind of database or a missing driver.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "postgresql" and "+" not in parsed.drivername:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ConfigError(
                f"NEEDLE_DATABASE_URL names a {parsed.get_backend_name()} database.",
                mend="Use sqlite:///path/to/file or postgresql://user@host/name.",
            )
        if parsed.get_backend_name() == "sqlite":
            return _connect_sqlite(parsed, connections)
        return sa.create_engine(
            parsed,
            pool_pre_ping=True,
            pool_size=min(10, connections),
            max_overflow=max(0, connections - 10),
            hide_parameters=True,
        )
    except sa.exc.ArgumentError as error:
        raise ConfigError(
            "NEEDLE_DATABASE_URL is not a database URL.",
            mend="Use sqlite:///path/to/file or postgresql://user@host/name.",
        ) from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            "The PostgreSQL driver is not installed.",
            mend="Install it with: pip install 'needle-lti[postgres]'",
        ) from error


def _connect_sqlite(url: sa.URL, connections: int) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigError(
            "NEEDLE_DATABASE_URL names a database in memory, which threads cannot share.",
            mend="Name a file: sqlite:///needle.sqlite3",
        )
    # An error's text must not hold the statement's values: they may be a learner's words.
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS},
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(_begin_statement(connection))

    return engine


def scrub(engine: sa.Engine) -> None:
    """Let nothing of what was just deleted remain in the database's files.

    On SQLite the write-ahead log still holds it until it is taken over into the file, where
    deleted content is overwritten; while somebody reads, that is done a little later. On
    PostgreSQL its own vacuum does it.
    """
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()


def _begin_statement(connection: sa.Connection) -> str:
    """A transaction that will write takes SQLite's write lock at its start, so that it can
    never fail half-way for having read before another wrote."""
    reads = connection.get_execution_options().get("postgresql_readonly", False)
    return "BEGIN" if reads else "BEGIN IMMEDIATE"


def reading(engine: sa.Engine) -> contextlib.AbstractContextManager[sa.Connection]:
    """A connection for a transaction that only reads: it never waits for a writer.

    SQLAlchemy's own option for PostgreSQL is the mark on both databases, so that the
    libraries, which know nothing of this file, can set it too.
    """
    return engine.execution_options(postgresql_readonly=True).begin()
