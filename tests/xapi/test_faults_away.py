"""An LRS that is unwell for hours, requests that are too large, and clocks that jump."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.servers.lrs import Answer, CommitThenAnswer, Fault, ScriptableLrs
from tests.xapi.samples import Clock, add, set_lrs
from tests.xapi.test_delivery import counts, deliver, deliver_patiently, listed
from xapi import schema
from xapi.delivery import DeliverySummary
from xapi.lrs_rows import lrss
from xapi.schema import State

MIB = 1024 * 1024


@pytest.mark.parametrize(("fault", "least", "most"), [
    (Answer(500, "<h1>Internal Server Error</h1>"), 30, 130),
    (Answer(503), 55, 65),
    (Answer(503, "", {"Retry-After": "600"}), 6, 8),
])  # fmt: skip
def test_an_hour_of_errors_loses_nothing_and_is_not_hammered(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, fault: Fault, least: int, most: int
) -> None:
    set_lrs(store, lrs)
    lrs.always = fault
    ids = add(store, 150)
    for _ in range(6):
        for _ in range(10):
            deliver(store, clock)
            clock.go(60)
        ids += add(store, 5)
    assert least <= len(lrs.posts()) <= most
    assert (counts(store).waiting, counts(store).refused) == (180, 0)
    lrs.always = None
    deliver_patiently(store, clock)
    assert sorted(lrs.statements) == sorted(ids)
    assert (counts(store).delivered, counts(store).refused) == (180, 0)


def test_an_hour_of_errors_after_storing_doubles_nothing(
    store: sa.Engine, clock: Clock
) -> None:
    with ScriptableLrs(on_known="no_content") as lrs:
        set_lrs(store, lrs)
        lrs.always = CommitThenAnswer(503)
        ids = add(store, 120)
        for _ in range(30):
            deliver(store, clock)
            clock.go(120)
        lrs.always = None
        deliver_patiently(store, clock)
        assert sorted(lrs.statements) == sorted(ids)
    assert (counts(store).delivered, counts(store).refused) == (120, 0)


def test_a_wrong_password_at_night_is_told_and_everything_arrives_when_it_is_mended(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 3)
    deliver(store, clock)
    lrs.password = "changed in the evening"
    for _ in range(8):
        ids += add(store, 20)
        for _ in range(6):
            deliver(store, clock)
            clock.go(600)
    with store.connect() as connection:
        (row,) = lrss(connection)
    assert row.paused_reason is not None
    assert "401" in row.paused_reason
    assert all(line.reason == row.paused_reason for line in listed(store, State.WAITING))
    assert 45 <= len(lrs.posts()) <= 50
    assert (counts(store).waiting, counts(store).refused) == (160, 0)
    set_lrs(store, lrs)
    assert deliver(store, clock) == DeliverySummary(delivered=160)
    assert list(lrs.statements) == ids
    with store.connect() as connection:
        assert lrss(connection)[0].paused_reason is None


def enlarge(store: sa.Engine, identifier: str, size: int) -> None:
    """Blanks within its JSON make a statement large; what it says stays the same."""
    kept = schema.statement
    with store.begin() as connection:
        here = sa.cast(kept.c.id, sa.String).in_([identifier, identifier.replace("-", "")])
        body = connection.execute(sa.select(kept.c.body).where(here)).scalar_one()
        large = body[:1] + b" " * (size - len(body)) + body[1:]
        connection.execute(sa.update(kept).where(here).values(body=large, size=len(large)))


@pytest.mark.parametrize("status", [400, 413])
def test_a_statement_of_3_mib_is_refused_and_the_hundred_others_arrive(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, status: int
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 101)
    enlarge(store, ids[40], 3 * MIB)
    lrs.most_bytes, lrs.oversize_status = MIB, status
    assert deliver(store, clock) == DeliverySummary(delivered=100, refused=1)
    assert sorted(lrs.statements) == sorted(set(ids) - {ids[40]})
    (refused,) = listed(store, State.REFUSED)
    assert str(refused.id) == ids[40]
    assert refused.reason is not None
    assert f"answered {status}: " in refused.reason
    assert "bytes are too many" in refused.reason


@pytest.mark.parametrize("status", [400, 413])
def test_an_lrs_that_takes_less_at_once_gets_smaller_batches(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, status: int
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 100)
    lrs.most_bytes, lrs.oversize_status = 20_000, status
    assert deliver(store, clock) == DeliverySummary(delivered=100)
    assert sorted(lrs.statements) == sorted(ids)


@pytest.mark.parametrize("seconds", [3600, 30 * 86400, -3600, -30 * 86400])
def test_a_clock_that_jumps_while_a_batch_is_under_way_harms_nothing(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, seconds: int
) -> None:
    """Another worker looks in at that moment too: forwards, the lease seems to be over."""
    set_lrs(store, lrs)
    ids = add(store, 20)
    others: list[DeliverySummary] = []

    def jump(_ids: list[str]) -> None:
        if not others:
            others.append(DeliverySummary())
            clock.go(seconds)
            others.append(deliver(store, clock))

    lrs.fault_for = jump
    mine = deliver(store, clock)
    deliver_patiently(store, clock)
    assert sorted(lrs.statements) == sorted(ids)
    assert mine.delivered + others[-1].delivered <= 20
    assert (counts(store).delivered, counts(store).refused) == (20, 0)
    ids += add(store, 5)
    assert deliver(store, clock).delivered == 5
    assert sorted(lrs.statements) == sorted(ids)


def test_a_wait_that_was_noted_before_the_clock_was_put_back_ends(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    clock.go(30 * 86400)
    add(store, 3)
    lrs.fail_next(Answer(503, "", {"Retry-After": "3600"}))
    deliver(store, clock)
    clock.go(-30 * 86400)
    assert deliver(store, clock).delivered == 3
