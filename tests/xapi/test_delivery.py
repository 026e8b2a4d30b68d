"""Delivery into a real server that fails in every known way, on each kind of database."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sqlalchemy as sa

from tests.servers.lrs import (
    Answer,
    CommitThenAnswer,
    CommitThenDrop,
    CommitThenHang,
    Drop,
    Fault,
    Hang,
    ScriptableLrs,
)
from tests.xapi.samples import Cipher, Clock, add, as_json, ask, set_lrs
from xapi import batches, outbox, schema
from xapi.decision import Pace
from xapi.delivery import DeliverySummary, deliver_once
from xapi.lrs_rows import lrss
from xapi.schema import State

PACE = Pace()
HASTY = Pace(connect=2.0, read=0.4)
"""For tests in which the LRS hangs."""


def deliver(store: sa.Engine, clock: Clock, **other: object) -> DeliverySummary:
    """One pass, with a fixed draw so that waits are known."""
    cipher, pace = other.pop("cipher", Cipher()), other.pop("pace", PACE)
    return deliver_once(store, cipher, clock=clock, pace=pace,  # type: ignore[arg-type]
                        draw=lambda: 1.0, **other)  # type: ignore[arg-type]


def deliver_patiently(store: sa.Engine, clock: Clock, passes: int = 40) -> None:
    """Pass after pass, two minutes apart, until nothing is open."""
    for _ in range(passes):
        deliver(store, clock, pace=HASTY)
        if counts(store).waiting == 0:
            return
        clock.go(120)
    raise AssertionError(f"still open after {passes} passes: {counts(store)}")


def counts(store: sa.Engine) -> outbox.Counts:
    with store.connect() as connection:
        return outbox.counts(connection, "northwind")


def listed(store: sa.Engine, state: State) -> list[outbox.Listed]:
    with store.connect() as connection:
        return outbox.list_statements(connection, "northwind", state)


def test_statements_arrive_in_order_in_batches_of_a_hundred(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 250)
    assert deliver(store, clock) == DeliverySummary(delivered=250)
    assert list(lrs.statements) == ids
    assert [len(request.ids) for request in lrs.posts()] == [100, 100, 50]
    assert (counts(store).delivered, counts(store).waiting) == (250, 0)
    assert deliver(store, clock) == DeliverySummary()
    assert len(lrs.requests) == 3


def test_a_batch_stays_under_its_bytes_and_a_larger_statement_goes_alone(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 5)
    with store.connect() as connection:
        size = connection.scalar(sa.select(sa.func.max(schema.statement.c.size))) or 0
    deliver(store, clock, pace=Pace(batch_bytes=2 * size + 3))
    assert [len(request.ids) for request in lrs.posts()] == [2, 2, 1]
    add(store, 2)
    deliver(store, clock, pace=Pace(batch_bytes=10))
    assert [len(request.ids) for request in lrs.posts()][3:] == [1, 1]


def test_nothing_is_missing_or_twice_when_the_lrs_was_down(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 3)
    deliver(store, clock)
    lrs.stop()
    for _ in range(4):
        ids += add(store, 2)
        assert [name for name, _ in deliver(store, clock).unreachable] in (["main"], [])
    lrs.start()
    clock.go(60)
    assert deliver(store, clock).delivered == 8
    assert list(lrs.statements) == ids


FAULTS: dict[str, tuple[Fault, ...]] = {
    "drop": (Drop(), Drop()),
    "hang": (Hang(),),
    "commit-then-drop": (CommitThenDrop(),),
    "commit-then-drop-twice": (CommitThenDrop(), CommitThenDrop()),
    "commit-then-hang": (CommitThenHang(),),
    "commit-then-500": (CommitThenAnswer(500),),
    "commit-then-nothing-with-200": (CommitThenAnswer(200),),
    "commit-then-page": (CommitThenAnswer(200, "<html>"),),
    "commit-then-half": (CommitThenAnswer(200, '["a"]', 2), CommitThenAnswer(200, '["a"]', 2)),
    "commit-then-204": (CommitThenAnswer(204),),
    "commit-then-no-ids": (CommitThenAnswer(200, "[]"),),
    "commit-then-foreign-ids": (CommitThenAnswer(200, '["hello"]'),),
    "204": (Answer(204),),
    "no-ids": (Answer(200, "[]"),) * 3,
    "foreign-ids": (Answer(200, '["hello"]'),),
    "page": (Answer(200, "<html>Log in</html>"),),
    "nothing-with-200": (Answer(200),),
    "429": (Answer(429, "", {"Retry-After": "30"}),),
    "500": (Answer(500, "oops"),),
    "500-for-long": (Answer(500, "oops"),) * 8,
    "503": (Answer(503),) * 3,
    "401": (Answer(401),),
    "404": (Answer(404),),
}


@pytest.mark.parametrize("on_known", ["conflict", "no_content", "new_ids"])
def test_whatever_fails_each_statement_is_held_once_and_known_to_be(
    store: sa.Engine, clock: Clock, on_known: str
) -> None:
    with ScriptableLrs(on_known=on_known) as lrs:
        set_lrs(store, lrs)
        for name, faults in FAULTS.items():
            if on_known != "conflict" and not name.startswith("commit"):
                continue
            lrs.statements.clear()
            lrs.fail_next(*faults)
            ids = add(store, 3)
            deliver(store, clock, pace=HASTY)
            ids += add(store, 2)
            deliver_patiently(store, clock)
            assert list(lrs.statements) == ids, name
    assert counts(store).refused == 0


def test_a_batch_keeps_its_members_until_its_outcome_is_known(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    first = add(store, 3)
    lrs.fail_next(CommitThenHang())
    deliver(store, clock, pace=HASTY)
    later = add(store, 3)
    clock.go(60)
    deliver(store, clock)
    assert [list(request.ids) for request in lrs.posts()] == [first, first, later]


def test_one_poisoned_statement_does_not_stop_ninety_nine_others(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 100)
    lrs.refused_ids = {ids[37]}
    assert deliver(store, clock) == DeliverySummary(delivered=99, refused=1)
    assert set(lrs.statements) == set(ids) - {ids[37]}
    (refused,) = listed(store, State.REFUSED)
    assert str(refused.id) == ids[37]
    assert refused.reason == (
        f"the LRS answered 400: statement {ids[37]} is not to this LRS's taste")
    assert len(lrs.posts()) <= 15


def test_a_statement_that_always_breaks_the_lrs_does_not_stop_the_others(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 8)
    lrs.fault_for = lambda sent: Answer(500, "oops") if ids[2] in sent else None
    for _ in range(40):
        deliver(store, clock)
        clock.go(60)
    assert set(lrs.statements) == set(ids) - {ids[2]}
    (waiting,) = listed(store, State.WAITING)
    assert (str(waiting.id), waiting.reason) == (ids[2], "the LRS answered 500: oops")
    lrs.fault_for = lambda _sent: None
    deliver_patiently(store, clock)
    assert set(lrs.statements) == set(ids)


def test_another_statement_under_the_same_id_is_refused_and_the_rest_arrives(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 6)
    lrs.statements[ids[0]] = as_json(ask()) | {"id": ids[0]}
    assert deliver(store, clock) == DeliverySummary(delivered=5, refused=1)
    (refused,) = listed(store, State.REFUSED)
    assert str(refused.id) == ids[0]
    assert refused.reason == "the LRS holds another statement with this id"


def test_an_lrs_that_holds_some_of_them_already_gets_only_the_others(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """As after the outbox's database was put back to an older state."""
    set_lrs(store, lrs)
    add(store, 6)
    deliver(store, clock)
    with store.begin() as connection:
        connection.execute(sa.update(schema.delivery).values(state=State.WAITING))
    ids = list(lrs.statements)
    for removed in (ids[1], ids[4]):
        del lrs.statements[removed]
    assert deliver(store, clock).delivered == 6
    assert set(lrs.statements) == set(ids)


def test_a_wrong_password_pauses_the_lrs_until_it_is_mended(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs, password="wrong")
    add(store, 2)
    reason = "the LRS answered 401 (enter its user and password again): who are you?"
    assert deliver(store, clock).paused == (("main", reason),)
    clock.go(299)
    assert deliver(store, clock) == DeliverySummary()
    assert len(lrs.requests) == 1
    clock.go(1)
    assert deliver(store, clock).paused
    with store.connect() as connection:
        assert lrss(connection)[0].paused_reason == reason
    set_lrs(store, lrs)
    assert deliver(store, clock).delivered == 2
    with store.connect() as connection:
        assert lrss(connection)[0].paused_reason is None


def test_a_person_who_asks_for_delivery_does_not_wait_for_a_pause(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 1)
    lrs.fail_next(Answer(403))
    deliver(store, clock)
    assert deliver(store, clock, impatient=True).delivered == 1


def test_a_password_that_cannot_be_opened_pauses_the_lrs_and_says_what_to_do(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    with store.begin() as connection:
        connection.execute(sa.update(schema.lrs).values(sealed_password="by another key"))
    add(store, 1)
    ((name, reason),) = deliver(store, clock).paused
    assert (name, "enter it again" in reason) == ("main", True)
    assert lrs.requests == []


def test_an_lrs_that_says_when_to_come_back_is_obeyed(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 1)
    lrs.fail_next(Answer(429, "", {"Retry-After": "1200"}))
    deliver(store, clock)
    clock.go(1199)
    deliver(store, clock)
    assert len(lrs.posts()) == 1
    clock.go(1)
    assert deliver(store, clock).delivered == 1


def test_waits_grow_while_an_lrs_is_away(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 1)
    lrs.always = Answer(503)
    tried_at = []
    for _ in range(200):
        before = len(lrs.posts())
        deliver(store, clock)
        if len(lrs.posts()) > before:
            tried_at.append(clock.now)
        clock.go(1)
    gaps = [(b - a).total_seconds() for a, b in pairwise(tried_at)]
    assert gaps[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(gaps[7:]) == {60}


@pytest.mark.parametrize("fault", [Answer(503), Answer(401)])
@pytest.mark.parametrize("back", [90, 3600, 86_400])
def test_a_clock_that_is_put_back_strands_nothing(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, fault: Fault, back: int
) -> None:
    set_lrs(store, lrs)
    add(store, 1)
    lrs.fail_next(fault)
    deliver(store, clock)
    clock.go(-back)
    assert deliver(store, clock).delivered == 1


def test_a_lease_of_a_clock_that_was_put_back_is_over(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    key = set_lrs(store, lrs).id
    add(store, 1)
    with store.begin() as connection:
        batches.claim(connection, key, clock(), PACE)
    assert deliver(store, clock) == DeliverySummary()
    clock.go(-3600)
    assert deliver(store, clock).delivered == 1


def test_an_lrs_that_is_away_does_not_hold_up_another(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    with ScriptableLrs() as away:
        set_lrs(store, away, name="away")
        set_lrs(store, lrs)
        away.stop()
        ids = add(store, 120)
        summary = deliver(store, clock)
    assert summary.delivered == 120
    assert [name for name, _ in summary.unreachable] == ["away"]
    assert list(lrs.statements) == ids


def test_an_lrs_of_one_organisation_gets_nothing_of_another(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 2, "southwind")
    assert deliver(store, clock) == DeliverySummary()
    assert lrs.requests == []


def test_a_worker_that_lost_its_lease_does_not_settle_what_another_claimed(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    key = set_lrs(store, lrs).id
    add(store, 2)
    with store.begin() as connection:
        slow = batches.claim(connection, key, clock(), PACE)
    clock.go(PACE.lease)
    with store.begin() as connection:
        quick = batches.claim(connection, key, clock(), PACE)
        assert slow is not None
        assert quick is not None
        assert (quick.id, quick.members) == (slow.id, slow.members)
        assert not batches.settle(connection, slow, State.REFUSED, clock(), "late")
        assert batches.settle(connection, quick, State.DELIVERED, clock(), None)
    assert counts(store).delivered == 2
