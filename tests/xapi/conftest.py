"""What the tests of xapi ask for: a database with its tables, a scriptable LRS, a clock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import Clock
from xapi.schema import migrate


@pytest.fixture
def store(engine: sa.Engine) -> sa.Engine:
    """A database, once for each kind, with the outbox's tables."""
    # A process may die in these tests, but not the machine.
    sa.event.listen(engine, "connect", _do_not_wait_for_the_disk)
    migrate(engine)
    return engine


def _do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")
    else:
        connection.execute("SET synchronous_commit = off")
        connection.commit()


@pytest.fixture
def lrs() -> Iterator[ScriptableLrs]:
    with ScriptableLrs() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()
