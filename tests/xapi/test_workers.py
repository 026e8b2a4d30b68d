"""Workers: side by side, stopped, woken, and without their database."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
import sqlalchemy as sa

from tests.servers.lrs import (
    Answer,
    ScriptableLrs,
)
from tests.xapi.samples import Cipher, Clock, add, set_lrs
from tests.xapi.test_delivery import PACE, counts, deliver
from xapi import batches, schema
from xapi.decision import Pace
from xapi.delivery import Deliverer, DeliverySummary


def test_on_sqlite_one_worker_at_a_time_serves_an_lrs(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    key = set_lrs(store, lrs).id
    add(store, 150)
    with store.begin() as connection:
        assert batches.claim(connection, key, clock(), PACE)
    with store.begin() as connection:
        second = batches.claim(connection, key, clock(), PACE)
    assert (second is None) == (store.dialect.name == "sqlite")


def test_workers_side_by_side_send_each_statement_once(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 300)
    pace = Pace(batch_statements=10)
    threads = [threading.Thread(target=deliver, args=(store, clock), kwargs={"pace": pace})
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    deliver(store, clock, pace=pace)
    sent = Counter(one for request in lrs.posts() for one in request.ids)
    assert sent == Counter(ids)
    assert counts(store).delivered == 300


def test_a_stop_ends_a_pass_between_two_batches(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 3)
    stop = threading.Event()
    stop.set()
    assert deliver(store, clock, stop=stop) == DeliverySummary()
    assert counts(store).waiting == 3


def wait_for(condition: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_deliverer_delivers_at_a_nudge_and_stops_when_told(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    set_lrs(store, lrs)
    deliverer = Deliverer(store, Cipher(), pace=Pace(poll=60.0))
    stop = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    add(store, 1)
    thread.start()
    wait_for(lambda: counts(store).delivered == 1)
    add(store, 2)
    deliverer.wake()
    wait_for(lambda: counts(store).delivered == 3)
    stop.set()
    deliverer.wake()
    thread.join(5)
    assert not thread.is_alive()


def test_a_deliverer_finds_what_is_due_without_a_nudge(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    set_lrs(store, lrs)
    lrs.stop()
    deliverer = Deliverer(store, Cipher(), pace=Pace(poll=0.02, first_wait=0.02))
    stop = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    thread.start()
    ids = add(store, 3)
    time.sleep(0.1)
    lrs.start()
    wait_for(lambda: counts(store).delivered == 3)
    stop.set()
    deliverer.wake()
    thread.join(5)
    assert list(lrs.statements) == ids


def test_a_deliverer_waits_for_a_database_that_is_away(
    engine: sa.Engine, lrs: ScriptableLrs
) -> None:
    """Its tables are not there at first, which the database says as it says it is down."""
    deliverer = Deliverer(engine, Cipher(), pace=Pace(poll=0.02, first_wait=0.02))
    stop = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    thread.start()
    time.sleep(0.1)
    assert thread.is_alive()
    schema.migrate(engine)
    set_lrs(engine, lrs)
    add(engine, 1)
    wait_for(lambda: counts(engine).delivered == 1)
    stop.set()
    deliverer.wake()
    thread.join(5)


def test_no_log_line_holds_a_name_or_a_statement(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="xapi")
    set_lrs(store, lrs)
    ids = add(store, 2)
    lrs.fail_next(Answer(503, "0123456789abcdef"), Answer(401, "0123456789abcdef"))
    deliver(store, clock)
    deliver(store, clock, impatient=True)
    lrs.refused_ids = set(ids)
    deliver(store, clock, impatient=True)
    assert caplog.records
    for word in ("0123456789abcdef", lrs.password, *ids, "Authorization"):
        assert word not in caplog.text
