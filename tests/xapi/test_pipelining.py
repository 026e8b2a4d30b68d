"""A lane: the next batch is prepared while one is in flight, and given back when it must not go."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers.lrs import Answer, Fault, ScriptableLrs
from tests.xapi.samples import Clock, add, set_lrs
from tests.xapi.test_delivery import PACE, counts, deliver
from tests.xapi.test_workers import wait_for
from xapi import batches, schema
from xapi.decision import Pace
from xapi.delivery import DeliverySummary


class Gate:
    """Holds the POSTs that come in, each until it is let through, with a fault if need be."""

    def __init__(self, lrs: ScriptableLrs) -> None:
        self.arrived = 0
        self._let_through = threading.Semaphore(0)
        self._faults: list[Fault | None] = []
        self._open = False
        lrs.fault_for = self._hold

    def _hold(self, _ids: list[str]) -> Fault | None:
        self.arrived += 1
        if self._open:
            return None
        assert self._let_through.acquire(timeout=20)
        return self._faults.pop(0) if self._faults else None

    def wait(self, number: int = 1) -> None:
        """Until so many POSTs have come in."""
        wait_for(lambda: self.arrived >= number)

    def let_through(self, fault: Fault | None = None) -> None:
        """Answer the one that is held."""
        self._faults.append(fault)
        self._let_through.release()

    def open(self) -> None:
        """Hold nothing any more."""
        self._open = True
        self._let_through.release()


class Delivering:
    """A pass in a thread of its own; `summary` is there when it is over."""

    summary: DeliverySummary | None = None

    def __init__(self, *place: Any, **other: Any) -> None:
        self.thread = threading.Thread(target=self._deliver, args=(place, other))

    def _deliver(self, place: Any, other: Any) -> None:
        self.summary = deliver(*place, **other)

    def end(self) -> DeliverySummary:
        self.thread.join(20)
        assert self.summary is not None
        return self.summary


@contextlib.contextmanager
def delivering(gate: Gate, *place: Any, **other: Any) -> Iterator[Delivering]:
    started = Delivering(*place, **other)
    started.thread.start()
    try:
        yield started
    finally:
        gate.open()
        started.thread.join(20)


def open_batches(store: sa.Engine) -> list[sa.Row[Any]]:
    table = schema.batch
    with store.connect() as connection:
        return list(connection.execute(sa.select(table).order_by(table.c.first)))


def wait_until_prepared(store: sa.Engine, number: int = 2) -> None:
    wait_for(lambda: len(open_batches(store)) == number)


def test_the_next_batch_is_claimed_while_one_is_in_flight(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 30)
    gate = Gate(lrs)
    with delivering(gate, store, clock, pace=Pace(batch_statements=10)) as worker:
        gate.wait()
        wait_until_prepared(store)
        first, second = open_batches(store)
        assert (first.attempts, second.attempts) == (1, 1)
        assert first.worker == second.worker is not None
        assert len(lrs.posts()) == 0
        gate.open()
        assert worker.end().delivered == 30
    assert [one for request in lrs.posts() for one in request.ids] == ids
    assert open_batches(store) == []


def test_the_next_request_leaves_before_the_last_batch_is_settled(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 40)
    gate = Gate(lrs)
    with delivering(gate, store, clock, pace=Pace(batch_statements=10)) as worker:
        gate.wait()
        wait_until_prepared(store)
        with store.begin() as connection:  # nothing can be settled while this goes on
            if store.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE xapi_batch IN ACCESS EXCLUSIVE MODE"))
            gate.let_through()
            gate.wait(2)
        gate.open()
        assert worker.end().delivered == 40


@pytest.mark.parametrize("answer", [
    Answer(503), Answer(401), Answer(400, "no"), Answer(409), Answer(200, "<html>"), Answer(204),
])  # fmt: skip
def test_what_was_prepared_does_not_count_as_tried_when_it_could_not_be_sent(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, answer: Answer
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 20)
    gate = Gate(lrs)
    pace = Pace(batch_statements=10)
    stop = threading.Event()
    with delivering(gate, store, clock, pace=pace, stop=stop) as worker:
        gate.wait()
        wait_until_prepared(store)
        stop.set()
        gate.let_through(answer)
        assert worker.end().delivered == 0
        *_, prepared = open_batches(store)
        assert (prepared.attempts, prepared.lease_until, prepared.worker) == (0, None, None)
        assert len(lrs.posts()) == 1
    clock.go(600)
    assert deliver(store, clock, pace=pace).delivered == 20
    assert sorted(lrs.statements) == sorted(ids)


def test_a_409_for_what_was_given_back_unsent_is_taken_apart_without_a_look(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """Only an earlier try of ours could have stored the very same batch, and there was none."""
    set_lrs(store, lrs)
    ids = add(store, 20)
    gate = Gate(lrs)
    pace = Pace(batch_statements=10)
    with delivering(gate, store, clock, pace=pace) as worker:
        gate.wait()
        wait_until_prepared(store)
        gate.let_through(Answer(503))
        assert worker.end().unreachable
    clock.go(60)
    second = tuple(ids[10:])
    lrs.fault_for = lambda sent: Answer(409) if tuple(sent) == second else None
    assert deliver(store, clock, pace=pace).delivered == 20
    assert [len(request.ids) for request in lrs.posts()] == [10, 10, 10, 5, 5]
    assert len(lrs.requests) == 5


def test_a_stop_settles_what_is_in_flight_and_gives_back_what_was_prepared(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 30)
    gate, stop = Gate(lrs), threading.Event()
    with delivering(gate, store, clock, pace=Pace(batch_statements=10), stop=stop) as worker:
        gate.wait()
        wait_until_prepared(store)
        stop.set()
        gate.let_through()
        assert worker.end() == DeliverySummary(delivered=10)
    (left,) = open_batches(store)
    assert (left.attempts, left.lease_until) == (0, None)
    assert len(lrs.posts()) == 1


def test_a_lease_that_would_end_during_the_request_is_renewed_before_it_leaves(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 20)
    gate = Gate(lrs)
    with delivering(gate, store, clock, pace=Pace(batch_statements=10)) as worker:
        gate.wait()
        wait_until_prepared(store)
        clock.go(PACE.lease - PACE.whole + 1)
        gate.let_through()
        gate.wait(2)
        (second,) = open_batches(store)[-1:]
        assert second.lease_until == clock.now + timedelta(seconds=PACE.lease)
        assert second.attempts == 1
        gate.open()
        assert worker.end().delivered == 20


def test_what_another_worker_claimed_meanwhile_is_left_to_it(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    key = set_lrs(store, lrs).id
    ids = add(store, 30)
    gate = Gate(lrs)
    pace = Pace(batch_statements=10)
    other = uuid.uuid4()
    with delivering(gate, store, clock, pace=pace) as worker:
        gate.wait()
        wait_until_prepared(store)
        clock.go(pace.lease)
        for _ in range(2):
            with store.begin() as connection:
                assert batches.claim(connection, key, clock(), pace, other) is not None
        gate.open()
        summary = worker.end()
    sent = [one for request in lrs.posts() for one in request.ids]
    if store.dialect.name == "sqlite":  # there the other one serves this LRS now
        assert (sent, summary) == (ids[:10], DeliverySummary())
    else:
        assert (sent, summary) == (ids[:10] + ids[20:], DeliverySummary(delivered=10))
    assert [batch.worker for batch in open_batches(store)] == [other, other]
    clock.go(pace.lease)
    assert deliver(store, clock, pace=pace).delivered == 30 - summary.delivered
    assert sorted(lrs.statements) == sorted(ids)


def test_who_does_not_look_ahead_claims_one_batch_at_a_time(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 30)
    pace = Pace(batch_statements=10, ahead=False)
    seen: list[int] = []

    def note(_ids: list[str]) -> None:
        seen.append(len(open_batches(store)))

    lrs.fault_for = note
    assert deliver(store, clock, pace=pace).delivered == 30
    assert seen == [1, 1, 1]


def test_a_short_queue_is_sent_without_looking_behind_it(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 3)
    names: list[str] = []
    sa.event.listen(store, "before_cursor_execute",
                    lambda *_: names.append(threading.current_thread().name))
    deliver(store, clock)
    assert set(names) == {threading.current_thread().name}
    assert counts(store).delivered == 3


@pytest.mark.parametrize("pool", [sa.StaticPool, sa.pool.SingletonThreadPool])
def test_a_database_of_one_connection_is_served_by_one_thread(
    lrs: ScriptableLrs, clock: Clock, pool: type[sa.Pool]
) -> None:
    memory = sa.create_engine("sqlite://", poolclass=pool,
                              connect_args={"check_same_thread": pool is not sa.StaticPool})
    schema.migrate(memory)
    with ScriptableLrs() as second:
        set_lrs(memory, lrs)
        set_lrs(memory, second, name="second")
        ids = add(memory, 120)
        assert deliver(memory, clock).delivered == 240
        assert list(lrs.statements) == list(second.statements) == ids
    memory.dispose()
