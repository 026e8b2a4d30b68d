"""For programs whose database connection is not SQLAlchemy's, such as Django's."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

_ENDS = ("do_begin", "do_commit", "do_rollback", "do_close", "do_terminate")
"""What SQLAlchemy does to a connection beside running statements on it."""


def engine_over(kind: str, connection: Callable[[], DBAPIConnection]) -> sa.Engine:
    """An engine whose connections are the program's own, in the transaction that it has open.

    `kind` is `sqlite` or `postgresql+psycopg`, and `connection` gives the driver's connection
    of the calling thread (`sqlite3.Connection`, `psycopg.Connection`). What is done with it is
    committed or rolled back by the program alone: `commit`, `rollback` and `close` of
    SQLAlchemy's connections leave the program's as it is. It is for `outbox.add` and its like;
    delivery needs an engine of its own, with connections of its own.
    """
    engine = sa.create_engine(
        f"{kind}://",
        creator=connection,
        poolclass=sa.NullPool,
        pool_reset_on_return=None,
        hide_parameters=True,
    )
    for name in _ENDS:
        setattr(engine.dialect, name, _leave_to_the_program)
    return engine


def _leave_to_the_program(_connection: object) -> None:
    """The program begins, ends and closes what is its own."""
