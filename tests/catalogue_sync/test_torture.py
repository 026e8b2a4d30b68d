"""Syncs that are killed at random points end like one that was not.

`make torture` kills a hundred times on each database; `.ci/run` a few times. The seed is fixed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Module
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW
from tests.catalogue_sync.tortured import Edition

KILLS = int(os.environ.get("NEEDLE_TEST_KILLS", "6"))
AT_ONCE = 4
"""Kills that one edition's sync has to bear before it is left in peace."""

ROOT = Path(__file__).parents[2]


@pytest.mark.torture
def test_the_catalogue_after_kills_equals_that_of_an_undisturbed_run(
    catalogue: Catalogue, database_url: str
) -> None:
    rng = random.Random(20_26)
    seed = kills = in_time = 0
    sync_in_peace(catalogue, seed)
    lasted = 1.0
    while kills < KILLS:
        seed += 1
        for attempt in range(min(AT_ONCE, KILLS - kills)):
            kills += 1
            in_time += run_and_kill(database_url, seed, attempt, rng.uniform(0, lasted))
        began = time.monotonic()
        with start(database_url, seed, AT_ONCE) as left_in_peace:
            left_in_peace.communicate(timeout=120)
        assert left_in_peace.returncode == 0
        lasted = (time.monotonic() - began) * 0.7
        assert held(catalogue) == expected(seed)
        assert refusals(catalogue) == undisturbed(seed)[1]
    assert in_time >= KILLS // 4, "the kills came too late to say anything"


def sync_in_peace(catalogue: Catalogue, seed: int) -> None:
    catalogue.add_source("list", "test", {})
    sync(Edition(seed), catalogue, now=NOW)


def start(database_url: str, seed: int, minute: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.catalogue_sync.tortured", database_url, str(seed),
         str(minute)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def run_and_kill(database_url: str, seed: int, minute: int, after: float) -> bool:
    """Sync in another process and kill it; whether it was still at work."""
    running = start(database_url, seed, minute)
    with running:
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(after)
        running.send_signal(signal.SIGKILL)
        return running.wait(timeout=60) == -signal.SIGKILL


def held(catalogue: Catalogue) -> tuple[dict[str, Module], dict[str, str]]:
    return {one.identifier: one for one in catalogue.modules()}, catalogue.skill_names()


def expected(seed: int) -> tuple[dict[str, Module], dict[str, str]]:
    return undisturbed(seed)[0]


def refusals(catalogue: Catalogue) -> set[tuple[str, str | None]]:
    return {(one.place, one.identifier) for one in catalogue.refusals("list")}


def undisturbed(
    seed: int,
) -> tuple[tuple[dict[str, Module], dict[str, str]], set[tuple[str, str | None]]]:
    """What a catalogue holds that saw every edition up to this one in peace."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    schema.metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind")
    catalogue.add_source("list", "test", {})
    for number in range(seed + 1):
        sync(Edition(number), catalogue, now=NOW, allow_removals=True)
    found = held(catalogue), refusals(catalogue)
    engine.dispose()
    return found
