"""Real files, damaged at random: a named error or what was good, in bounded time, nothing else.

`make torture` damages each many more times than here; the seed is fixed.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.catalogue_sync.formats import read_sample

TIMES = int(os.environ.get("NEEDLE_TEST_DAMAGES", "12"))
"""How often each file is damaged."""

LONGEST_SECONDS = 20.0
"""Far above what any takes, so that a busy machine fails nothing; a hang is no matter of degree."""


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some changed, cut out, doubled, or put elsewhere."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not found:
            break
        start = chance.randrange(len(found))
        end = min(len(found), start + chance.choice((1, 1, 2, 8, 64, 1024)))
        match chance.randrange(5):
            case 0:
                found[start:end] = chance.randbytes(end - start)
            case 1:
                del found[start:end]
            case 2:
                found[start:start] = found[start:end]
            case 3:
                found[start:start] = chance.choice(
                    (b"<", b"&", b"]]>", b"\0", b"\xff\xfe", b'"', b"{", b"[" * 40, b"\r\n")
                )
            case _:
                del found[start:]
    return bytes(found)


@pytest.mark.torture
def test_a_damaged_sample_ends_in_modules_or_a_named_error(shared: Path, tmp_path: Path) -> None:
    slowest = 0.0
    for sample in sorted((shared / "samples").iterdir()):
        if sample.suffix == ".tsv" or sample.stat().st_size > 100_000:
            continue
        chance = random.Random(sample.name)
        path = tmp_path / sample.name
        for _ in range(TIMES):
            path.write_bytes(damaged(sample.read_bytes(), chance))
            began = time.monotonic()
            read_sample(path)  # lets nothing out but what is no CatalogueError
            slowest = max(slowest, time.monotonic() - began)
    assert slowest < LONGEST_SECONDS
