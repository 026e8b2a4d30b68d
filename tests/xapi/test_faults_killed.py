"""A worker that is killed at any step of its work loses nothing and doubles nothing.

The worker runs in a process of its own and ends itself with SIGKILL; see stepping.py for what
a step is. A few steps here, each of them with `make torture`.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from itertools import count

import pytest
import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import Clock, add, set_lrs
from tests.xapi.stepping import PACE, Stepping, stepping
from tests.xapi.test_delivery import counts, deliver

KILLS = int(os.environ.get("NEEDLE_TEST_KILLS", "6"))
STRIDE = max(1, 100 // KILLS)
"""Each step from a hundred kills on; with fewer, each so many steps."""

STEPS = sorted(random.Random(6).sample(range(1, 90), 3))
MODES = ["conflict", "new_ids", "all_ids"]
MOST_STEPS = 400


def kill_once(
    store: sa.Engine, worker: Stepping, lrs: ScriptableLrs, clock: Clock, step: int
) -> int | None:
    """A worker killed at that step, and a well one after it; None when it was killed."""
    before, start = len(lrs.statements), counts(store)
    ids = add(store, 7)
    bad = ids[2]
    lrs.refused_ids.add(bad)
    ended = worker.run(step, clock())
    clock.go(PACE.lease + 1)
    deliver(store, clock, pace=PACE)
    good = [one for one in ids if one != bad]
    assert sorted(list(lrs.statements)[before:]) == sorted(good), f"step {step}"
    now = counts(store)
    assert (now.waiting, now.delivered - start.delivered, now.refused - start.refused) == (
        0, 6, 1), f"step {step}"
    return ended


def check_contents(store: sa.Engine, lrs: ScriptableLrs) -> None:
    """Nothing is open, and no batch is left."""
    with store.connect() as connection:
        left = connection.execute(sa.text("SELECT count(*) FROM xapi_batch")).scalar_one()
    assert left == 0
    assert not lrs.refused_ids & set(lrs.statements)


@pytest.mark.parametrize("on_known", MODES)
def test_a_worker_killed_at_a_step_loses_and_doubles_nothing(
    store: sa.Engine, database_url: str, clock: Clock, on_known: str
) -> None:
    with ScriptableLrs(on_known=on_known) as lrs, stepping(database_url) as worker:
        set_lrs(store, lrs)
        ends = Counter(kill_once(store, worker, lrs, clock, step) is None for step in STEPS)
        check_contents(store, lrs)
    assert ends[True], "no worker was killed: there are fewer steps than thought"


@pytest.mark.torture
@pytest.mark.parametrize("on_known", MODES)
def test_a_worker_killed_at_each_step_loses_and_doubles_nothing(
    store: sa.Engine, database_url: str, clock: Clock, on_known: str
) -> None:
    with ScriptableLrs(on_known=on_known) as lrs, stepping(database_url) as worker:
        set_lrs(store, lrs)
        for step in count(1, STRIDE):
            assert step < MOST_STEPS
            if kill_once(store, worker, lrs, clock, step) is not None:
                break
        check_contents(store, lrs)
    print(f"\nkilled at {(step - 1) // STRIDE} steps: {store.dialect.name}, {on_known}")
