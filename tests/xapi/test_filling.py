"""A new LRS gets what was added before it, little by little, and each statement once."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tests.servers.lrs import Answer, ScriptableLrs
from tests.xapi.samples import AT, Clock, add, as_json, ask, set_lrs
from tests.xapi.test_delivery import counts, deliver
from xapi import filling, schema
from xapi.decision import Pace
from xapi.due import DueLrs, due_lrss, read_lrs
from xapi.schema import State

kept, sent = schema.statement, schema.delivery


def copies(store: sa.Engine, number: int, organisation: str = "northwind", **of: Any) -> list[str]:
    """Put so many statements into the outbox, as if they were there for long; their ids."""
    template = as_json(ask())
    rows = []
    for _ in range(number):
        key = uuid.uuid4()
        body = json.dumps(template | {"id": str(key)}).encode()
        rows.append({"id": key, "organisation": organisation, "verb": "asked", "body": body,
                     "size": len(body), "created_at": AT, **of})
    with store.begin() as connection:
        connection.execute(sa.insert(kept), rows)
    return [str(row["id"]) for row in rows]


def row_of(store: sa.Engine, key: int) -> DueLrs:
    with store.connect() as connection:
        row = read_lrs(connection, key)
    assert row is not None
    return row


def places(store: sa.Engine) -> int:
    with store.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(sent)) or 0


def test_a_new_lrs_gets_everything_from_the_beginning_in_order(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    ids = copies(store, 2 * filling.CHUNK + 50)
    copies(store, 3, "southwind")
    key = set_lrs(store, lrs).id
    assert places(store) == 0
    ids += add(store, 2)
    assert deliver(store, clock).delivered == len(ids)
    # What is added now has its place from the start, and need not wait for what is older.
    assert sorted(lrs.statements) == sorted(ids)
    assert [one for one in lrs.statements if one not in ids[-2:]] == ids[:-2]
    row = row_of(store, key)
    assert (row.is_filling, row.filled_to) == (False, row.fill_until)
    with store.connect() as connection:
        assert due_lrss(connection, clock(), impatient=True) == []


def test_a_voiding_a_mended_and_an_emptied_statement_are_left_out(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    copies(store, filling.CHUNK, emptied_at=AT)
    copies(store, 1, voids=uuid.uuid4())
    copies(store, 1, replaced_by=uuid.uuid4())
    ids = copies(store, 2)
    set_lrs(store, lrs)
    assert deliver(store, clock).delivered == 2
    assert list(lrs.statements) == ids
    assert places(store) == 2


def test_an_lrs_for_which_nothing_is_left_is_not_due_for_ever(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    copies(store, 2 * filling.CHUNK + 1, emptied_at=AT)
    set_lrs(store, lrs)
    deliver(store, clock)
    with store.connect() as connection:
        assert due_lrss(connection, clock(), impatient=True) == []
    assert lrs.requests == []


def test_a_filler_that_is_killed_doubles_and_loses_nothing(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    ids = copies(store, filling.CHUNK + 20)
    key = set_lrs(store, lrs).id
    row = row_of(store, key)
    with store.connect() as connection:
        filling.fill(connection, row)
        connection.rollback()
    assert (places(store), row_of(store, key).filled_to) == (0, 0)
    with store.begin() as connection:
        assert filling.fill(connection, row)
    assert places(store) == filling.CHUNK
    deliver(store, clock)
    assert list(lrs.statements) == ids
    assert counts(store).delivered == len(ids)


def test_a_statement_that_has_its_place_keeps_it(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """As when an LRS is filled again: what was delivered stays so."""
    ids = copies(store, 20)
    key = set_lrs(store, lrs).id
    deliver(store, clock)
    with store.begin() as connection:
        connection.execute(sa.update(schema.lrs).values(filled_to=0))
        some = sa.select(kept.c.seq).where(kept.c.id.in_([uuid.UUID(one) for one in ids[:5]]))
        connection.execute(sa.delete(sent).where(sent.c.statement.in_(some)))
    lrs.statements.clear()
    assert deliver(store, clock).delivered == 5
    assert row_of(store, key).is_filling is False
    assert [len(request.ids) for request in lrs.posts()] == [20, 5]
    with store.connect() as connection:
        states = set(connection.execute(sa.select(sent.c.state)).scalars())
    assert states == {State.DELIVERED}


def test_two_that_fill_at_a_time_do_it_once_and_adding_does_not_wait(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    copies(store, filling.CHUNK + 1)
    row = row_of(store, set_lrs(store, lrs).id)
    with store.begin() as first:
        assert filling.fill(first, row)
        if store.dialect.name == "postgresql":  # SQLite has one writer
            with store.begin() as second:
                assert not filling.fill(second, row)
            add(store, 1)
    with store.begin() as second:
        assert not filling.fill(second, row)
    assert places(store) == filling.CHUNK + 1 + (store.dialect.name == "postgresql")


def test_an_lrs_that_is_away_is_filled_when_it_is_back(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    ids = copies(store, filling.CHUNK + 50)
    set_lrs(store, lrs)
    lrs.fail_next(Answer(503), Answer(401))
    assert deliver(store, clock).unreachable
    clock.go(60)
    assert deliver(store, clock).paused
    clock.go(timedelta(minutes=5).total_seconds())
    assert deliver(store, clock, pace=Pace(ahead=False)).delivered == len(ids)
    assert list(lrs.statements) == ids
