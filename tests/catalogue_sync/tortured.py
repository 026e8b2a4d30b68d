"""A sync in a process of its own, to be killed: `python -m tests.catalogue_sync.tortured URL SEED`.

It says "reading" when it begins to read, and ends with 0 when the sync is done.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.records import Batch, Built, Reading, Record, Refused, Skill
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, module

BATCHES = 60
IN_A_BATCH = 30


def edition(seed: int) -> list[tuple[Record, ...]]:
    """The batches of an edition of the source; those of two seeds have most in common."""
    rng = random.Random(seed)
    batches: list[tuple[Record, ...]] = []
    for number in range(BATCHES):
        changes = random.Random(number if rng.random() < 0.5 else seed * 1_000 + number)
        records: list[Record] = []
        for place in range(IN_A_BATCH):
            identifier = f"{number}-{place}"
            chance = changes.random()
            if chance < 0.05:
                continue
            if chance < 0.1:
                records.append(Refused(f"row {identifier}", "no title", identifier))
            elif chance < 0.13:
                records.append(Skill(identifier=identifier, name=f"Skill {changes.random()}"))
            elif chance < 0.16:
                shared = f"shared-{changes.randrange(40)}"
                records.append(module(shared, f"Shared {number} {place} {chance}"))
            else:
                title = f"Piece {identifier} {changes.randrange(3)}"
                records.append(module(identifier, title, text="words " * 50))
        batches.append(tuple(records))
    return batches


class Edition:
    """A source that reads one edition: by digest where the number of the batch is even."""

    name = "list"
    hint_when_missing = ""

    def __init__(self, seed: int, *, talks: bool = False) -> None:
        self._batches = edition(seed)
        self._talks = talks

    def read(self, reading: Reading) -> Iterator[Batch]:
        start = int(reading.cursor or 0)
        if self._talks:
            print("reading", flush=True)
        for number, records in enumerate(self._batches[start:], start=start):
            cursor = str(number + 1)
            if number % 2:
                yield Batch(records, cursor=cursor)
            else:
                yield Batch(
                    cursor=cursor,
                    digest=repr(records),
                    build=lambda records=records: Built(records),
                )
        yield Batch(complete=True, mark="done")

    def check(self) -> tuple[str, ...]:
        return ()


if __name__ == "__main__":
    engine = sa.create_engine(sys.argv[1])
    sync(
        Edition(int(sys.argv[2]), talks=True),
        Catalogue(engine, "northwind"),
        now=NOW + timedelta(minutes=int(sys.argv[3])),
        allow_removals=True,
    )
