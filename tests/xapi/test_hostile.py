"""A deliverer outlives whatever an LRS, the database or its host does to it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers.lrs import Answer, Drip, Fault, ScriptableLrs
from tests.xapi.samples import Cipher, Clock, add, set_lrs
from tests.xapi.test_delivery import counts, deliver
from tests.xapi.test_workers import wait_for
from xapi import schema
from xapi.decision import Pace
from xapi.delivery import Deliverer
from xapi.lrs_rows import lrss

QUICK = Pace(poll=0.02, first_wait=0.02, longest_wait=0.1)
DEEP = "[" * 100_000
SECRET = "0123456789abcdef"


class Faulty(Cipher):
    """Fails in a way that nobody foresaw, on what was sealed for `victim`."""

    def __init__(self, victim: str) -> None:
        self.victim = victim
        self.well = False

    def open(self, sealed: str) -> str:
        password = super().open(sealed)
        if password == self.victim and not self.well:
            raise KeyError(SECRET)
        return password


@contextlib.contextmanager
def running(deliverer: Deliverer) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    thread.start()
    try:
        yield thread
        assert thread.is_alive()
        assert deliverer.is_running
    finally:
        stop.set()
        deliverer.wake()
        thread.join(10)
    assert not thread.is_alive()
    assert not deliverer.is_running


POSTS: dict[str, Fault] = {
    "nested lists": Answer(200, DEEP),
    "nested objects": Answer(200, '{"a":' * 100_000),
    "a long number": Answer(200, "[" + "9" * 100_000 + "]"),
    "half a character": Answer(200, '["\\ud800"]'),
    "a date without end": Answer(
        503, "", {"Retry-After": "Mon, 01 Jan 2020 00:00:00 +99999999999999"}),
    "a page in another code": Answer(500, "\x00\x85\ud7ff"),
}


@pytest.mark.parametrize("name", POSTS)
def test_no_answer_to_a_post_ends_a_deliverer(
    store: sa.Engine, lrs: ScriptableLrs, name: str
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 2)
    lrs.fail_next(POSTS[name])
    deliverer = Deliverer(store, Cipher(), pace=QUICK)
    with running(deliverer):
        wait_for(lambda: counts(store).delivered == 2)
        assert deliverer.last_trouble is None
    assert list(lrs.statements) == ids


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


READINGS: dict[str, Any] = {
    "nested without an end": DEEP,
    "nested a little less": {"x": nested(600)},
    "before all time": {"timestamp": "0001-01-01T00:00:00+14:00"},
    "after all time": {"timestamp": "9999-12-31T23:59:59-14:00"},
    "of odd kinds": {"actor": [], "verb": 1, "context": None, "result": "", "timestamp": 5},
    "a list of nonsense": '{"statements": [[[]]]}',
}


@pytest.mark.parametrize("name", READINGS)
def test_no_statement_that_is_read_back_ends_a_deliverer(
    store: sa.Engine, lrs: ScriptableLrs, name: str
) -> None:
    set_lrs(store, lrs)
    (first,) = add(store, 1)
    shown = READINGS[name]
    lrs.reading = Answer(200, shown if isinstance(shown, str) else json.dumps(
        {"id": first} | shown))
    lrs.fail_next(Answer(204))
    deliverer = Deliverer(store, Cipher(), pace=QUICK)
    with running(deliverer):
        wait_for(lambda: any(request.method == "GET" for request in lrs.requests))
        lrs.reading = None
        add(store, 1)
        wait_for(lambda: counts(store).waiting == 0)
        assert counts(store).delivered >= 1
        assert deliverer.last_trouble is None


def test_an_lrs_that_drips_does_not_stop_the_others_for_long(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    with ScriptableLrs() as slow:
        set_lrs(store, slow, name="slow")
        set_lrs(store, lrs)
        slow.always = Drip("headers", pause=0.2)
        add(store, 2)
        summary = deliver(store, clock, pace=Pace(whole=0.5))
    assert summary.delivered == 2
    assert summary.unreachable == (("slow", "the LRS does not answer in time"),)


def test_a_deliverer_waits_for_a_pool_without_a_free_connection(
    store: sa.Engine, lrs: ScriptableLrs, database_url: str
) -> None:
    set_lrs(store, lrs)
    add(store, 2)
    narrow = sa.create_engine(database_url, poolclass=sa.QueuePool, pool_size=1,
                              max_overflow=0, pool_timeout=0.05)
    deliverer = Deliverer(narrow, Cipher(), pace=QUICK)
    with narrow.connect(), running(deliverer):
        wait_for(lambda: deliverer.last_trouble is not None)
        assert deliverer.last_trouble == "delivery waits for the database (TimeoutError)"
    with running(deliverer):
        wait_for(lambda: counts(store).delivered == 2)
        wait_for(lambda: deliverer.last_trouble is None)
    narrow.dispose()


def test_what_nobody_foresaw_gives_the_batch_back_and_others_are_served(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptableLrs(password="other") as victim:
        set_lrs(store, victim, name="victim")
        set_lrs(store, lrs)
        ids = add(store, 120)
        cipher = Faulty("other")
        summary = deliver(store, clock, cipher=cipher)
        assert summary.delivered == 120
        assert summary.unreachable == (
            ("victim", "delivery failed in a way that was not foreseen (KeyError)"),)
        with store.connect() as connection:
            leases = connection.execute(sa.select(schema.batch.c.lease_until)).scalars().all()
            row = next(one for one in lrss(connection) if one.name == "victim")
        assert set(leases) == {None}
        assert row.trouble == summary.unreachable[0][1]
        cipher.well = True
        clock.go(1)
        assert deliver(store, clock, cipher=cipher).delivered == 120
        assert list(victim.statements) == ids
    assert SECRET not in caplog.text


def test_a_deliverer_outlives_what_nobody_foresaw_and_says_so(
    store: sa.Engine, lrs: ScriptableLrs, caplog: pytest.LogCaptureFixture
) -> None:
    set_lrs(store, lrs)
    add(store, 1)
    well = threading.Event()

    def clock() -> datetime:
        if not well.is_set():
            raise RuntimeError(SECRET)
        return datetime.now(UTC)

    deliverer = Deliverer(store, Cipher(), clock=clock, pace=QUICK)
    assert (deliverer.is_running, deliverer.last_trouble) == (False, None)
    with running(deliverer):
        wait_for(lambda: deliverer.last_trouble is not None)
        assert deliverer.last_trouble == (
            "delivery failed in a way that was not foreseen (RuntimeError)")
        well.set()
        wait_for(lambda: counts(store).delivered == 1)
        wait_for(lambda: deliverer.last_trouble is None)
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text
