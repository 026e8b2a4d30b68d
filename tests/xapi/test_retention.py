"""Retention: what was delivered everywhere long enough ago keeps its id only."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import NEEDLE, ON_POSTGRESQL, Clock, add, ask, set_lrs
from tests.xapi.test_delivery import deliver
from xapi import outbox, refused, schema
from xapi.errors import StatementConflict
from xapi.lrs_changes import refill
from xapi.retention import empty_delivered
from xapi.schema import State


def empty(store: sa.Engine, before: datetime, limit: int = 1000) -> int:
    with store.begin() as connection:
        return empty_delivered(connection, before, limit, now=before)


def bodies(store: sa.Engine) -> dict[str, bytes]:
    kept = schema.statement
    with store.connect() as connection:
        return {str(row.id): row.body for row in connection.execute(sa.select(kept))}


def later(clock: Clock) -> datetime:
    clock.go(86_400)
    return clock()


def test_what_was_delivered_long_ago_loses_its_content_and_keeps_its_id(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    with store.begin() as connection:
        statement = ask()
        outbox.add(connection, statement, organisation="northwind", now=clock())
    deliver(store, clock)
    before = later(clock)
    assert empty(store, before) == 1
    with store.connect() as connection:
        row = connection.execute(sa.select(schema.statement)).one()
        shown = refused.show(connection, "northwind", statement.id)
        (exported,) = refused.export(connection, "northwind", None)
    assert (row.body, row.size, row.emptied_at) == (b"", 0, before)
    assert row.registration == statement.context.registration
    assert (shown.statement, shown.emptied_at) == (None, before)
    assert shown.deliveries[0].state is State.DELIVERED
    assert exported["statement"] is None
    assert empty(store, before) == 0


def test_what_is_young_waits_or_was_refused_stays_whole(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    bad, good = add(store, 2)
    with store.begin() as connection:
        connection.execute(sa.update(schema.statement).values(created_at=clock()))
    lrs.refused_ids = {bad}
    settled = clock()
    deliver(store, clock)
    assert empty(store, settled) == 0, "settled at that moment is not before it"
    before = later(clock)
    waiting = add_at(store, clock() - timedelta(days=9), "northwind")
    kept = add_at(store, clock() - timedelta(days=9), "southwind")
    assert empty(store, before) == 1
    assert {key for key, body in bodies(store).items() if not body} == {good}
    assert {bad, waiting, kept} <= set(bodies(store))
    with store.begin() as connection:
        assert refused.dismiss(connection, "northwind", now=clock()) == 1
    assert empty(store, clock() + timedelta(seconds=1)) == 1
    assert not bodies(store)[bad]


def add_at(store: sa.Engine, at: datetime, organisation: str) -> str:
    with store.begin() as connection:
        return str(outbox.add(connection, ask(), organisation=organisation, now=at))


def test_what_one_of_two_lrss_has_not_got_stays_whole(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    with ScriptableLrs() as other:
        set_lrs(store, lrs)
        set_lrs(store, other, name="other")
        other.stop()
        add_at(store, clock(), "northwind")
        deliver(store, clock)
        assert empty(store, later(clock)) == 0
        other.start()
        deliver(store, clock)
        assert empty(store, later(clock)) == 1


def test_what_a_new_lrs_is_still_to_be_given_stays_whole(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add_at(store, clock(), "northwind")
    add_at(store, clock(), "northwind")
    deliver(store, clock)
    before = later(clock)
    with store.begin() as connection:
        oldest = connection.scalar(sa.select(sa.func.min(schema.statement.c.seq)))
        connection.execute(sa.update(schema.lrs).values(filled_to=oldest, fill_until=oldest + 1))
    assert empty(store, before) == 1
    assert sorted(bool(body) for body in bodies(store).values()) == [False, True]


def test_a_new_lrs_is_not_sent_what_was_given_up(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    old = add_at(store, clock(), "northwind")
    deliver(store, clock)
    assert empty(store, later(clock)) == 1
    young = add_at(store, clock(), "northwind")
    with ScriptableLrs() as new:
        set_lrs(store, new, name="new")
        deliver(store, clock)
        deliver(store, clock)
        assert set(new.statements) == {young}
        assert set(lrs.statements) == {old, young}


def test_adding_what_was_given_up_again_changes_nothing_and_another_is_told_from_it(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    statement, other = ask(), ask()
    other.id = statement.id
    with store.begin() as connection:
        outbox.add(connection, statement, organisation="northwind", now=clock())
    deliver(store, clock)
    assert empty(store, later(clock)) == 1
    with store.begin() as connection:
        outbox.add(connection, statement, organisation="northwind")
        with pytest.raises(StatementConflict):
            outbox.add(connection, other, organisation="northwind")
        with pytest.raises(StatementConflict):
            outbox.add(connection, statement, organisation="southwind")
    assert bodies(store) == {str(statement.id): b""}
    assert deliver(store, clock).delivered == 0


def test_what_was_given_up_is_still_voided_when_its_person_is_forgotten(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    statement = ask()
    with store.begin() as connection:
        outbox.add(connection, statement, organisation="northwind", now=clock())
    deliver(store, clock)
    assert empty(store, later(clock)) == 1
    with store.begin() as connection:
        done = outbox.forget(connection, [statement.context.registration], tool=NEEDLE)
    assert done == outbox.Forgotten(1, 1, 1)
    deliver(store, clock)
    assert list(lrs.voided) == [str(statement.id)]


def test_no_more_are_given_up_at_once_than_is_said(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    for _ in range(5):
        add_at(store, clock(), "northwind")
    deliver(store, clock)
    before = later(clock)
    assert [empty(store, before, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_time_without_a_zone_is_refused(store: sa.Engine) -> None:
    with store.begin() as connection, pytest.raises(sa.exc.StatementError, match="time zone"):
        empty_delivered(connection, datetime(2026, 3, 2))  # noqa: DTZ001


@ON_POSTGRESQL
def test_what_is_being_sent_again_at_this_moment_stays_whole(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """Sending all again takes long: its transaction is open while retention goes by."""
    set_lrs(store, lrs)
    again = add_at(store, clock(), "northwind")
    deliver(store, clock)
    with store.connect() as filling:
        refill(filling, organisation="northwind", name="main")
        assert empty(store, later(clock)) == 0
        filling.commit()
    lrs.statements.clear()
    assert deliver(store, clock).delivered == 1
    assert list(lrs.statements) == [again]


@ON_POSTGRESQL
@pytest.mark.parametrize("first", ["requeue", "retention"])
def test_a_dismissed_statement_is_requeued_whole_or_not_at_all(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, first: str
) -> None:
    set_lrs(store, lrs)
    identifier = uuid.UUID(add_at(store, clock(), "northwind"))
    lrs.refused_ids = {str(identifier)}
    deliver(store, clock)
    with store.begin() as connection:
        refused.dismiss(connection, "northwind", now=clock())
    before = later(clock)
    done: list[int] = []

    def requeue() -> None:
        with store.begin() as connection:
            done.append(refused.requeue(connection, "northwind", [identifier]))

    if first == "requeue":
        with store.begin() as connection:
            refused.requeue(connection, "northwind", [identifier])
            assert empty(store, before) == 0
    else:
        with store.begin() as connection:
            assert empty_delivered(connection, before) == 1
            thread = threading.Thread(target=requeue)
            thread.start()
            thread.join(0.3)
            assert thread.is_alive()
        thread.join(20)
        assert done == [0]
    lrs.refused_ids = set()
    assert deliver(store, clock).delivered == (1 if first == "requeue" else 0)


@pytest.mark.parametrize("number", [0, 2])
def test_what_has_no_body_any_more_is_never_sent_and_counts_as_delivered(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, number: int
) -> None:
    set_lrs(store, lrs)
    gone = add_at(store, clock(), "northwind")
    deliver(store, clock)
    assert empty(store, later(clock)) == 1
    with store.begin() as connection:
        connection.execute(sa.update(schema.delivery).values(state=State.WAITING))
    rest = [add_at(store, clock(), "northwind") for _ in range(number)]
    assert deliver(store, clock).delivered == number + 1
    assert [request.ids for request in lrs.posts()[1:]] == ([tuple(rest)] if rest else [])
    with store.connect() as connection:
        states = set(connection.execute(sa.select(schema.delivery.c.state)).scalars())
    assert states == {State.DELIVERED}
    assert gone in lrs.statements
