"""Random sequences of everything that goes wrong: at the end, exactly what was added, once."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import Clock, add, set_lrs
from tests.xapi.test_delivery import FAULTS, HASTY, counts, deliver, deliver_patiently
from xapi import batches
from xapi.lrs_rows import lrss

STEPS = 40


@pytest.mark.parametrize("seed", [1, 2, 27])
def test_after_any_trouble_the_lrs_holds_what_was_added_and_nothing_twice(
    store: sa.Engine, clock: Clock, seed: int
) -> None:
    chance = random.Random(seed)
    ids: list[str] = []
    quick = [name for name in FAULTS if "hang" not in name]
    with ScriptableLrs(on_known=chance.choice(["conflict", "no_content", "new_ids"])) as lrs:
        key = set_lrs(store, lrs).id
        for _ in range(STEPS):
            match chance.randrange(7):
                case 0 | 1:
                    ids += add(store, chance.choice([1, 3, 40]))
                case 2:
                    lrs.fail_next(*FAULTS[chance.choice(quick)])
                case 3:
                    lrs.stop()
                    deliver(store, clock, pace=HASTY)
                    lrs.start()
                case 4:  # a worker that claims and dies
                    with store.begin() as connection:
                        batches.claim(connection, key, clock(), HASTY)
                case 5:
                    clock.go(chance.choice([1, 30, 400, -3600]))
                case 6:
                    deliver(store, clock, pace=HASTY)
        deliver_patiently(store, clock)
        taken = Counter(one for request in lrs.posts() for one in request.ids)
        assert sorted(lrs.statements) == sorted(ids)
        assert set(taken) == set(ids)
    assert counts(store).delivered == len(ids)
    assert counts(store).refused == 0
    with store.connect() as connection:
        (row,) = lrss(connection)
    assert (row.failures, row.paused_reason, row.trouble) == (0, None, None)
