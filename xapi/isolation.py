"""The isolation that the outbox needs of the caller's transaction, on PostgreSQL.

A statement and an LRS must not miss each other: the later of the two has to see what was
committed before it. A transaction with a snapshot of its beginning would not, and the
statement would never be sent. SQLite has one writer at a time.
"""

from __future__ import annotations

import sqlalchemy as sa

from xapi.errors import WrongIsolation

LEVEL = sa.func.current_setting("transaction_isolation", type_=sa.String)

_RIGHT = ("read committed", "read uncommitted")  # On PostgreSQL they are the same.


def refuse_wrong(level: str) -> None:
    """Raises `WrongIsolation` unless a transaction of this level sees what others commit."""
    if level not in _RIGHT:
        raise WrongIsolation(
            f"the transaction is {level.upper()}, in which a statement could miss an LRS that is "
            "added meanwhile: begin it as READ COMMITTED, with "
            'engine.execution_options(isolation_level="READ COMMITTED")'
        )


def check(connection: sa.Connection) -> None:
    """Raises `WrongIsolation` when the caller's transaction does not see what others commit."""
    if connection.dialect.name == "postgresql":
        refuse_wrong(str(connection.scalar(sa.select(LEVEL))))
