"""A worker that is killed at the worst moments, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from tests.servers.lrs import CommitThenHang, Fault, Hang, ScriptableLrs
from tests.xapi.samples import Cipher, Clock, add, set_lrs
from tests.xapi.test_delivery import deliver
from xapi import batches, outbox
from xapi.decision import Pace
from xapi.delivery import Deliverer
from xapi.due import due_lrss

WORKER = """
import sys
from lti_tool.storage.database import connect
from xapi.delivery import deliver_once
from tests.xapi.samples import Cipher, Clock
deliver_once(connect(sys.argv[1]), Cipher(), clock=Clock())
"""


@pytest.mark.parametrize(("moment", "on_known"), [
    ("before it is stored", "new_ids"), ("after it is stored", "conflict"),
])  # fmt: skip
def test_a_killed_worker_loses_and_doubles_nothing(
    store: sa.Engine, database_url: str, clock: Clock, moment: str, on_known: str
) -> None:
    fault: Fault = Hang() if moment.startswith("before") else CommitThenHang()
    with ScriptableLrs(on_known=on_known) as lrs:
        set_lrs(store, lrs)
        ids = add(store, 120)
        lrs.fail_next(fault)
        worker = subprocess.Popen([sys.executable, "-c", WORKER, database_url])
        try:
            end = time.monotonic() + 20
            while not lrs.posts():
                assert time.monotonic() < end, "the worker sent nothing"
                time.sleep(0.02)
        finally:
            worker.kill()
            worker.wait(10)
        assert len(lrs.statements) == (0 if moment.startswith("before") else 100)

        clock.go(Pace().lease)
        ids += add(store, 5)
        summary = deliver(store, clock)
        assert summary.delivered == 125
        assert sorted(lrs.statements) == sorted(ids)
        assert lrs.posts()[1].ids == lrs.posts()[0].ids
    with store.connect() as connection:
        counts = outbox.counts(connection, "northwind")
    assert (counts.delivered, counts.waiting, counts.refused) == (125, 0, 0)


def test_a_worker_that_is_alone_takes_up_what_a_killed_one_left_at_once(
    store: sa.Engine, clock: Clock
) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(store, lrs)
        ids = add(store, 3)
        with store.begin() as connection:
            (due,) = due_lrss(connection, clock(), impatient=True)
            assert batches.claim(connection, due.id, clock(), Pace()) is not None
        assert deliver(store, clock).delivered == 0
        stop = threading.Event()
        deliverer = Deliverer(store, Cipher(), clock=clock, alone=True)
        thread = threading.Thread(target=deliverer.run, args=(stop,))
        thread.start()
        try:
            end = time.monotonic() + 20
            while len(lrs.statements) < 3 and time.monotonic() < end:
                time.sleep(0.02)
        finally:
            stop.set()
            deliverer.wake()
            thread.join(20)
        assert sorted(lrs.statements) == sorted(ids)
