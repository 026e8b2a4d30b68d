"""The one database: SQLite (WAL) embedded, or PostgreSQL for many nodes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator
from urllib3.util.wait import wait_for_read

from lti_tool.errors import ConfigError

_READS, _FORGETS = "needle_reads", "needle_forgets"
"""Execution options: what the transaction is for. The libraries, which know nothing of this
file, mark what only reads with SQLAlchemy's own option for PostgreSQL."""

_RESTS_SINCE = "rests_since"

BUSY_SECONDS = 15
"""How long a writer waits for another on SQLite before it gives up."""

_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""On PostgreSQL, whose default a server may change: with a snapshot of its beginning a
transaction would not see what it waited for."""

IDLE_SECONDS = 30
"""A connection that rested so long is tried before it is used: what stands between this
machine and the database may have forgotten it without a word."""


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
        return _connect_postgres(parsed, connections)
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
    _make_private(Path(url.database))
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
        options = connection.get_execution_options()
        if options.get(_READS) or options.get("postgresql_readonly"):
            send(connection, "BEGIN")
            return
        # It outlives its transaction, and within one it cannot be changed.
        level = "NORMAL" if options.get(_FORGETS) else "FULL"
        send(connection, f"PRAGMA synchronous = {level}")
        # A transaction that will write takes the write lock at its start, so that it can
        # never fail half-way for having read before another wrote.
        send(connection, "BEGIN IMMEDIATE")

    return engine


def _make_private(file: Path) -> None:
    """Let a new file be its owner's alone: it will hold people's needs. One that is there stays."""
    with contextlib.suppress(OSError):  # where it cannot be made, the first query says so
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _connect_postgres(url: sa.URL, connections: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_size=min(10, connections),
        max_overflow=max(0, connections - 10),
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # As with SQLite, `_begin` says when a transaction begins, and how.
        connection.autocommit = True

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if options.get(_READS):
            return  # At the default isolation, each SELECT sees what is there at its start.
        if options.get("postgresql_readonly"):
            send(connection, f"{_BEGIN} READ ONLY")
        elif options.get(_FORGETS):
            send(connection, f"{_BEGIN}; SET LOCAL synchronous_commit = off")
        else:
            send(connection, _BEGIN)

    _try_rested(engine)
    return engine


def send(
    connection: sa.Connection,
    statement: str,
    values: Mapping[str, object] | Sequence[object] = (),
) -> Any:
    """Hand a statement to the driver as it is; the driver's cursor.

    SQLAlchemy takes longer over a small statement than the database does. An error is
    SQLAlchemy's all the same, and holds no values: they may be a learner's words.
    """
    driver: Any = connection.connection.driver_connection
    any_error = connection.dialect.loaded_dbapi.Error
    try:
        return driver.execute(statement, values) if values else driver.execute(statement)
    except any_error as error:
        raise sa.exc.DBAPIError.instance(
            statement, None, error, any_error, hide_parameters=True
        ) from error


def _try_rested(engine: sa.Engine) -> None:
    """Let nobody have a connection that the database has closed, or may have."""

    @sa.event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: Any) -> None:
        record.info[_RESTS_SINCE] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _try(connection: Any, record: Any, _fairy: Any) -> None:
        since = record.info.get(_RESTS_SINCE)
        if since is None:
            return
        # A database that goes away says so: then there is something to read.
        if time.monotonic() - since < IDLE_SECONDS and not wait_for_read(connection, 0):
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise sa.exc.InvalidatePoolError from error


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


def reading(engine: sa.Engine) -> contextlib.AbstractContextManager[sa.Connection]:
    """A connection for a transaction that only reads: it never waits for a writer.

    On SQLite all that it reads is of one moment; on PostgreSQL each statement's is.
    """
    return _begin_as(engine, _READS)


def forgetting(engine: sa.Engine) -> contextlib.AbstractContextManager[sa.Connection]:
    """A connection for a transaction that does not wait for the disk.

    It is whole or not there, and everybody sees it at once; but a power cut within a second
    or so may take it back (SQLite: all since the last transaction that did wait). For what
    is worth little: a login that is lost so is begun again by a click in the course.
    """
    return _begin_as(engine, _FORGETS)


@contextlib.contextmanager
def _begin_as(engine: sa.Engine, option: str) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        connection.execution_options(**{option: True})
        with connection.begin():
            yield connection
