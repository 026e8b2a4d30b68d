"""Databases with an outbox in them, opened as the tool opens its own, and filled fast."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from benchmarks.lrs.servers import Server
from benchmarks.lrs.statements import AT, Frozen
from lti_tool.storage.database import connect
from xapi import schema
from xapi.lrs_rows import put_lrs
from xapi.schema import State

ORGANISATION = "northwind"
POSTGRES_URL = os.environ.get("NEEDLE_TEST_POSTGRES_URL", "")


class PlainCipher:
    """Seals nothing: there is no secret here."""

    def seal(self, plain: str) -> str:
        """The same text."""
        return plain

    def open(self, sealed: str) -> str:
        """The same text."""
        return sealed


def kinds() -> list[str]:
    """The databases that can be measured here."""
    return ["sqlite", "postgresql"] if POSTGRES_URL else ["sqlite"]


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty outbox: a file in `folder`, or a PostgreSQL schema that goes again."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / f'{uuid.uuid4().hex}.sqlite3'}"
        _migrate(url)
        yield url
        return
    name = f"benchmark_{uuid.uuid4().hex}"
    admin = sa.create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE SCHEMA "{name}"'))
    try:
        parsed = sa.make_url(POSTGRES_URL).update_query_dict({"options": f"-csearch_path={name}"})
        url = parsed.render_as_string(hide_password=False)
        _migrate(url)
        yield url
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP SCHEMA "{name}" CASCADE'))
        admin.dispose()


def _migrate(url: str) -> None:
    engine = connect(url)
    schema.migrate(engine)
    engine.dispose()


def set_server(engine: sa.Engine, server: Server, name: str = "main") -> int:
    """Make the server one of the organisation's LRSs; its key."""
    with engine.begin() as connection:
        return put_lrs(connection, PlainCipher(), organisation=ORGANISATION, name=name,
                       url=server.url, username=server.user, password=server.password).id


def empty(engine: sa.Engine) -> None:
    """Remove every statement and what is known of its delivery; LRSs stay."""
    with engine.begin() as connection:
        for table in (schema.delivery, schema.batch, schema.tally, schema.statement):
            connection.execute(sa.delete(table))


def fill(engine: sa.Engine, lrs: int, statements: Sequence[Frozen]) -> None:
    """Let these statements, and no others, wait for the LRS."""
    empty(engine)
    kept, sent = schema.statement, schema.delivery
    rows = [{"id": one.id, "organisation": ORGANISATION, "verb": one.verb, "size": len(one.body),
             "body": one.body, "registration": one.registration, "created_at": AT}
            for one in statements]
    waiting = sa.select(kept.c.seq, sa.literal(lrs), sa.literal(State.WAITING.value))
    with engine.begin() as connection:
        connection.execute(sa.insert(kept), rows)
        connection.execute(sa.insert(sent).from_select(["statement", "lrs", "state"], waiting))


def left(engine: sa.Engine) -> int:
    """How many statements are not delivered."""
    sent = schema.delivery
    with engine.begin() as connection:
        return connection.scalar(sa.select(sa.func.count()).where(
            sent.c.state != State.DELIVERED)) or 0
