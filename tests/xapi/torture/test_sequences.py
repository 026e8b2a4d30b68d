"""Random sequences of everything that goes wrong: at the end, each LRS has exactly what was
added, each once.

A few here, always the same; with `make torture` as many as NEEDLE_TEST_SEQUENCES says
(default 50), from the seed NEEDLE_TEST_SEED or a new one, which is printed. A sequence that
fails is shown as it is; NEEDLE_TEST_SHRINK=1 makes it shorter first, which takes minutes.
"""

from __future__ import annotations

import os
import random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.xapi.stepping import stepping
from tests.xapi.torture.machine import Trouble

SEQUENCES = int(os.environ.get("NEEDLE_TEST_SEQUENCES", "50"))
FEW = 3
PHASES = [Phase.generate] + [Phase.shrink] * (os.environ.get("NEEDLE_TEST_SHRINK") == "1")


def run(store: sa.Engine, url: str, *, sequences: int, steps: int, start: int) -> dict[str, int]:
    """Run so many sequences; what they did in all."""
    totals: dict[str, int] = {}
    with stepping(url) as worker:

        def machine() -> Trouble:
            return Trouble(store, worker, totals)

        run_state_machine_as_test(
            seed(start)(machine),
            settings=settings(
                max_examples=sequences, stateful_step_count=steps, deadline=None, database=None,
                suppress_health_check=list(HealthCheck), phases=PHASES,
            ),
        )
    return totals


def test_after_any_trouble_each_lrs_has_what_was_added_once(
    store: sa.Engine, database_url: str
) -> None:
    totals = run(store, database_url, sequences=FEW, steps=30, start=6)
    assert totals["statements"] > 0


@pytest.mark.torture
def test_after_many_random_troubles_each_lrs_has_what_was_added_once(
    store: sa.Engine, database_url: str
) -> None:
    start = int(os.environ.get("NEEDLE_TEST_SEED", "0")) or random.randrange(1, 2**31)
    print(f"\nNEEDLE_TEST_SEED={start} on {store.dialect.name}")
    totals = run(store, database_url, sequences=SEQUENCES, steps=50, start=start)
    print(f"seed {start}, {store.dialect.name}: {totals}")
    assert totals["sequences"] >= min(SEQUENCES, 2)
