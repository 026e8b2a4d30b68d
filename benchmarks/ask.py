"""How long an answer takes: p50 and p99 of `Recommender.recommend`, beside SQLite FTS5.

    python benchmarks/ask.py [--quick] [--catalogue C.jsonl.gz --needs N.jsonl]

Measures 1,000, 10,000 and (without --quick) 100,000 modules on one thread. Ours is the whole
answer: three modules with reasons; FTS5 gives the numbers of the best 50 only. Without a
catalogue the modules are made of invented words with a natural spread; a smaller catalogue than
asked for is repeated, with a number in each title. The last line is JSON.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import itertools
import json
import random
import re
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from catalogue_sync.module import Basis, Duration, Kind, Module
from lti_tool.domain.need import LONGEST_NEED, Need, clean_text
from lti_tool.recommender import Recommender

ROUNDS = 600
"""Answers that are timed at each size."""

VOCABULARY = 30_000
"""Invented words."""


def main() -> None:
    """Measure each size, print a table, and a line of JSON last."""
    arguments = _arguments()
    chance = random.Random(7)
    rows = list(_read(arguments.catalogue)) if arguments.catalogue else []
    if arguments.needs:
        needs = [clean_text(row["text"])[:LONGEST_NEED] for row in _read(arguments.needs)]
    else:
        needs = list(_invented_needs(chance))
    print("  modules   build s   RSS MB     ours p50 / p99 ms      FTS5 p50 / p99 ms")
    results: dict[str, float] = {}
    for size in (1_000, 10_000) if arguments.quick else (1_000, 10_000, 100_000):
        chosen = list(itertools.islice(_varied(rows) if rows else _invented(chance), size))
        results |= _measure(size, chosen, needs)
    print(json.dumps(results))


def _measure(size: int, rows: Sequence[dict[str, Any]], needs: Sequence[str]) -> dict[str, float]:
    began = time.perf_counter()
    recommender = Recommender.over(_module(row) for row in rows)
    seconds = time.perf_counter() - began
    asked = [Need(text=text, minutes=10) for text in needs]
    ours = _time([functools.partial(recommender.recommend, need) for need in asked])
    fts5 = _time(_fts5_searches(rows, needs))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{size:9,} {seconds:9.1f} {megabytes:8.0f} {ours[0]:12.2f} / {ours[1]:6.2f} "
        f"{fts5[0]:14.2f} / {fts5[1]:6.2f}",
        flush=True,
    )
    name = f"{size // 1000}k"
    return {
        f"p50_ms_{name}": round(ours[0], 3),
        f"p99_ms_{name}": round(ours[1], 3),
        f"p50_over_fts5_{name}": round(ours[0] / fts5[0], 3),
        f"p99_over_fts5_{name}": round(ours[1] / fts5[1], 3),
        f"build_s_{name}": round(seconds, 2),
    }


def _time(calls: Sequence[Callable[[], object]]) -> tuple[float, float]:
    """p50 and p99 in milliseconds, after one call of each to warm up."""
    for call in calls:
        call()
    taken = []
    for call in itertools.islice(itertools.cycle(calls), ROUNDS):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(0.99 * len(taken))]


def _fts5_searches(
    rows: Sequence[dict[str, Any]], needs: Sequence[str]
) -> list[Callable[[], object]]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE f USING fts5(title, description)")
    database.executemany(
        "INSERT INTO f (title, description) VALUES (?, ?)",
        [(row["title"], row.get("description") or "") for row in rows],
    )
    statement = "SELECT rowid FROM f WHERE f MATCH ? ORDER BY bm25(f, 3.0, 1.0) LIMIT 50"

    def search(text: str) -> Callable[[], object]:
        words = dict.fromkeys(re.findall(r"\w+", text.lower()))
        query = " OR ".join(f'"{word}"' for word in words)
        return lambda: database.execute(statement, (query,)).fetchall()

    return [search(text) for text in needs]


def _invented_words() -> list[str]:
    consonants, vowels = "bdfghklmnprstvw", "aeiou"
    syllables = [a + b for a in consonants for b in vowels]
    words = ["".join(parts) for parts in itertools.product(syllables, repeat=3)]
    random.Random(3).shuffle(words)
    return words[:VOCABULARY]


def _invented(chance: random.Random) -> Iterator[dict[str, Any]]:
    """Modules whose words follow Zipf's law, without end."""
    words = _invented_words()
    totals = list(itertools.accumulate(1 / rank for rank in range(10, VOCABULARY + 10)))

    def say(count: int) -> str:
        return " ".join(chance.choices(words, cum_weights=totals, k=count))

    for number in itertools.count():
        yield {
            "id": f"m{number}",
            "title": say(chance.randint(2, 8)),
            "description": say(chance.randint(0, 60)),
            "course": f"course {words[number // 20 % VOCABULARY]}",
            "minutes": chance.choice((None, 2, 5, 12, 45)),
        }


def _invented_needs(chance: random.Random) -> Iterator[str]:
    words = _invented_words()
    totals = list(itertools.accumulate(1 / rank for rank in range(10, VOCABULARY + 10)))
    for length in (1, 2, 3, 5, 8, 12, 20, 40, 60) * 6:
        talk = "meeting in 20 minutes, how do I put it:" if length % 2 else "help with"
        yield f"{talk} {' '.join(chance.choices(words, cum_weights=totals, k=length))}"


def _varied(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows again and again, each time with another number in id and title."""
    yield from rows
    for turn in itertools.count(2):
        for row in rows:
            yield {**row, "id": f"{row['id']}-{turn}", "title": f"{row['title']} {turn}"}


def _module(row: dict[str, Any]) -> Module:
    minutes = row.get("minutes")
    return Module(
        source="bench",
        identifier=row["id"],
        title=row["title"],
        kind=Kind.COURSE_PART,
        open_url="https://example.org/module",
        description=row.get("description") or "",
        duration=Duration(minutes, Basis.DECLARED) if minutes and minutes > 0 else None,
        language=row.get("language") or "en",
        skills=tuple(row.get("skills") or ()),
        course=row.get("course"),
        section=row.get("section"),
    )


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            yield json.loads(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time the answers of the recommender.")
    parser.add_argument("--quick", action="store_true", help="1k and 10k only; under 50 s")
    parser.add_argument("--catalogue", type=Path, help="real modules, JSON Lines (.gz)")
    parser.add_argument("--needs", type=Path, help="real needs, JSON Lines")
    return parser.parse_args()


if __name__ == "__main__":
    main()
