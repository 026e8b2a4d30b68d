"""A program may keep a statement under an identifier of its own, which is never sent."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import Clock, as_json, ask, set_lrs
from tests.xapi.test_delivery import deliver
from xapi import outbox, refused, schema


def kept(store: sa.Engine) -> int:
    with store.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(schema.statement)) or 0


def add_under(store: sa.Engine, own: uuid.UUID) -> tuple[str, str]:
    """A statement kept under `own`: its id, and the registration that stands in it."""
    statement = ask()
    with store.begin() as connection:
        outbox.add(connection, statement, organisation="northwind", registration=own)
    values = as_json(statement)
    return str(values["id"]), str(values["context"]["registration"])


def test_it_is_forgotten_by_the_programs_identifier_and_not_by_the_one_in_it(
    store: sa.Engine,
) -> None:
    own = uuid.uuid4()
    _, told = add_under(store, own)
    add_under(store, uuid.uuid4())
    with store.begin() as connection:
        assert outbox.forget(connection, [uuid.UUID(told)]).statements == 0
        assert outbox.forget(connection, [own]).statements == 1
    assert kept(store) == 1


def test_the_programs_identifier_is_not_sent(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    own = uuid.uuid4()
    identifier, told = add_under(store, own)
    assert deliver(store, clock).delivered == 1
    assert lrs.statements[identifier]["context"]["registration"] == told
    assert str(own) not in str(lrs.statements) + str(lrs.requests)


def test_what_is_mended_is_forgotten_with_what_was_refused(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    own = uuid.uuid4()
    identifier, told = add_under(store, own)
    lrs.refused_ids = {identifier}
    assert deliver(store, clock).refused == 1
    with store.begin() as connection:
        old = refused.show(connection, "northwind", uuid.UUID(identifier))
        assert old.statement is not None
        values: dict[str, Any] = dict(old.statement) | {
            "id": str(uuid.uuid4()), "timestamp": "2026-03-01T09:00:00Z"}
        refused.mend(connection, "northwind", uuid.UUID(identifier), values)
    assert values["context"]["registration"] == told
    assert kept(store) == 2
    with store.begin() as connection:
        assert outbox.forget(connection, [own]).statements == 2
    assert kept(store) == 0
