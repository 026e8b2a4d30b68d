"""Lanes: each LRS is served for itself, whatever another does."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.servers.lrs import Answer, Hang, ScriptableLrs
from tests.xapi.samples import Cipher, Clock, add, set_lrs
from tests.xapi.test_delivery import counts, deliver
from tests.xapi.test_pipelining import Gate, delivering, wait_until_prepared
from tests.xapi.test_workers import wait_for
from xapi import schema
from xapi.courier import FAIR_BATCHES
from xapi.decision import Pace
from xapi.delivery import Deliverer
from xapi.lrs_rows import switch_off

SMALL = Pace(batch_statements=10)


@contextlib.contextmanager
def running(deliverer: Deliverer, *, wakes: bool = True) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        if wakes:
            deliverer.wake()
        thread.join(10)
    assert not thread.is_alive()


def test_an_lrs_that_hangs_hinders_no_other(store: sa.Engine, lrs: ScriptableLrs) -> None:
    with ScriptableLrs() as hung:
        set_lrs(store, hung, "southwind", name="hung")
        set_lrs(store, lrs)
        hung.always = Hang()
        add(store, 2, "southwind")
        with running(Deliverer(store, Cipher(), pace=Pace(poll=0.02))):
            wait_for(hung.posts)
            for number in range(1, 4):
                ids = add(store, 5)
                wait_for(lambda number=number: counts(store).delivered == 5 * number)
                assert set(ids) <= set(lrs.statements)
            hung.stop()
    assert len(lrs.statements) == 15


def test_one_pass_waits_for_every_lrs(store: sa.Engine, clock: Clock) -> None:
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(ScriptableLrs()) for _ in range(5)]
        for number, one in enumerate(all_of_them):
            set_lrs(store, one, name=f"lrs {number}")
        ids = add(store, 30)
        all_of_them[3].always = Answer(503)
        summary = deliver(store, clock, pace=Pace(batch_statements=10, lanes=2))
        assert summary.delivered == 120
        assert [name for name, _ in summary.unreachable] == ["lrs 3"]
        assert all(list(one.statements) == ids for one in all_of_them if one is not all_of_them[3])


def test_an_lrs_with_a_long_queue_makes_room_for_others(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    turns: list[str] = []
    with ScriptableLrs() as short:
        for name, one in (("long", lrs), ("short", short)):
            set_lrs(store, one, name, name=name)
            one.fault_for = lambda _ids, name=name: turns.append(name)  # type: ignore[misc]
        add(store, FAIR_BATCHES + 20, "long")
        add(store, 2, "short")
        assert deliver(store, clock, pace=Pace(batch_statements=1, lanes=1)).delivered == 122 + (
            FAIR_BATCHES - 100)
    assert turns.index("short") == FAIR_BATCHES
    assert turns[-1] == "long"


def test_a_changed_address_counts_from_the_next_batch_on(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 40)
    gate = Gate(lrs)
    with ScriptableLrs() as moved:
        with delivering(gate, store, clock, pace=SMALL) as worker:
            gate.wait()
            wait_until_prepared(store)
            set_lrs(store, moved)
            gate.open()
            assert worker.end().delivered == 40
        assert len(lrs.statements) >= 10
        assert list(lrs.statements) + list(moved.statements) == ids
        assert len(moved.statements) >= 10


def test_an_lrs_that_is_switched_off_gets_no_further_batch(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 60)
    gate = Gate(lrs)
    with delivering(gate, store, clock, pace=SMALL) as worker:
        gate.wait()
        wait_until_prepared(store)
        with store.begin() as connection:
            switch_off(connection, organisation="northwind", name="main")
        gate.open()
        # What was prepared before may still go.
        assert worker.end().delivered in (10, 20)
    set_lrs(store, lrs)
    deliver(store, clock)
    assert len(lrs.statements) == 60


def test_a_nudge_while_an_lrs_is_served_is_not_lost(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    set_lrs(store, lrs)
    add(store, 1)
    gate = Gate(lrs)
    deliverer = Deliverer(store, Cipher(), pace=Pace(poll=60.0))
    with running(deliverer):
        gate.wait()
        add(store, 1)
        deliverer.wake()
        gate.open()
        wait_for(lambda: counts(store).delivered == 2)


def test_a_deliverer_that_rests_after_failures_ends_at_a_stop_without_a_nudge(
    engine: sa.Engine,
) -> None:
    deliverer = Deliverer(engine, Cipher(), pace=Pace(first_wait=60.0))
    with running(deliverer, wakes=False):
        wait_for(lambda: deliverer.last_trouble is not None)
        began = time.monotonic()
    assert time.monotonic() - began < 5


class FullDisk:
    """Lets no batch be written for as long as it is full."""

    def __init__(self, store: sa.Engine) -> None:
        self.full = True
        self.refused = 0
        sa.event.listen(store, "before_cursor_execute", self._refuse)

    def _refuse(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if self.full and statement.startswith("INSERT INTO xapi_batch"):
            self.refused += 1
            raise sa.exc.OperationalError("", None, Exception("disk is full"))


def test_a_database_that_takes_no_batch_is_told_and_tried_less_and_less_often(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 3)
    disk = FullDisk(store)
    deliverer = Deliverer(store, Cipher(), pace=Pace(poll=0.01, first_wait=0.1, longest_wait=0.2))
    with running(deliverer):
        wait_for(lambda: disk.refused == 2)
        began = time.monotonic()
        wait_for(lambda: disk.refused == 5)
        assert time.monotonic() - began > 0.4
        assert deliverer.last_trouble == "delivery waits for the database (OperationalError)"
        disk.full = False
        wait_for(lambda: counts(store).delivered == 3)
        wait_for(lambda: deliverer.last_trouble is None)
    assert list(lrs.statements) == ids


def test_what_the_database_says_of_a_lane_ends_the_pass(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 3)
    disk = FullDisk(store)
    with pytest.raises(sa.exc.OperationalError):
        deliver(store, clock)
    disk.full = False
    assert deliver(store, clock).delivered == 3


def test_figures_of_delivery_are_kept(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    key = set_lrs(store, lrs).id
    ids = add(store, 30)
    lrs.refused_ids = {ids[0]}
    deliver(store, clock, pace=SMALL)
    add(store, 1)
    lrs.fail_next(Answer(503))
    deliver(store, clock)
    clock.go(60)
    deliver(store, clock)
    table = schema.tally
    with store.connect() as connection:
        figures = connection.execute(
            sa.select(*(sa.func.sum(table.c[name])
                        for name in ("delivered", "refused", "exchanges", "seconds")))
            .where(table.c.lrs == key)).one()
    assert tuple(figures[:3]) == (30, 1, len(lrs.requests))
    assert 0 < figures[3] < 60


def test_a_line_of_the_log_names_the_lrs_and_the_batch(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="xapi")
    set_lrs(store, lrs)
    add(store, 2)
    lrs.fail_next(Answer(503))
    deliver(store, clock)
    waits = next(one for one in caplog.records if one.levelname == "WARNING").__dict__
    assert (waits["lrs"], waits["organisation"], waits["statements"]) == ("main", "northwind", 2)
    assert waits["batch"]
    caplog.clear()
    clock.go(60)
    deliver(store, clock)
    (ends,) = (one.__dict__ for one in caplog.records)
    assert (ends["lrs"], ends["delivered"], ends["exchanges"]) == ("main", 2, 1)


def test_the_log_says_in_words_which_lrs_and_what_was_refused_in_one_line(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    key = set_lrs(store, lrs).id
    with store.begin() as connection:  # by another program: here such a name is refused
        connection.execute(sa.update(schema.lrs).where(schema.lrs.c.id == key).values(
            name="main\nERROR \x1b[2J\u2028forged"))
    lrs.refused_ids = set(add(store, 30))
    deliver(store, clock)
    refused = [one for one in caplog.records if "refused" in one.getMessage()]
    assert [one.getMessage() for one in refused] == [
        "LRS main?ERROR ?[2J?forged (northwind) refused 30 statements"]
    assert refused[0].__dict__["refused"] == 30
    assert "taste" not in caplog.text
    caplog.clear()
    set_lrs(store, lrs, name="wrong", password="wrong")
    deliver(store, clock)
    assert "LRS wrong (northwind) is paused for 300 s" in caplog.text


def since(start: datetime, now: datetime) -> float:
    return (now - start).total_seconds()


def test_a_clock_that_jumps_lets_go_of_nothing_within_ten_minutes(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 3)
    deliver(store, clock)
    passed, looks = [0.0], []
    deliverer = Deliverer(store, Cipher(), clock=clock, pace=Pace(poll=0.01),
                          keep=timedelta(days=30),
                          timer=lambda: looks.append(1) or passed[0])  # type: ignore[func-returns-value]

    def bodies() -> int:
        number = len(looks)
        wait_for(lambda: len(looks) > number + 2)
        with store.connect() as connection:
            return connection.scalar(sa.select(sa.func.sum(schema.statement.c.size))) or 0

    clock.go(365 * 86_400)  # before its first look: nothing tells it from a right clock yet
    with running(deliverer):
        assert bodies()
        clock.go(365 * 86_400)
        assert bodies()
        clock.go(590)
        passed[0] = 590
        assert bodies()
        clock.go(20)
        passed[0] = 610
        wait_for(lambda: bodies() == 0)
        assert deliverer.last_trouble is None


def test_a_deliverer_lets_go_of_bodies_whose_time_is_over(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    set_lrs(store, lrs)
    add(store, 3)
    sizes = sa.select(sa.func.sum(schema.statement.c.size))
    start = datetime.now(UTC)
    now = [start]
    deliverer = Deliverer(store, Cipher(), clock=lambda: now[0], pace=Pace(poll=0.02),
                          keep=timedelta(days=30),
                          timer=lambda: since(start, now[0]))
    with running(deliverer):
        wait_for(lambda: counts(store).delivered == 3)
        with store.connect() as connection:
            assert connection.scalar(sizes)

        def emptied() -> bool:
            now[0] += timedelta(days=31)
            with store.connect() as connection:
                return connection.scalar(sizes) == 0

        wait_for(emptied)
        assert deliverer.last_trouble is None
