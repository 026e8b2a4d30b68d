"""How far estimated minutes are from declared ones, and whether minutes can be guessed at all.

    python benchmarks/minutes.py [--quick] [--packages FOLDER] [--catalogue C.jsonl.gz]

A folder of packages is read, and where a module declares its minutes and has a text, the
estimate from its words is compared. Of a catalogue, one module a line (id, kind, minutes,
description), there is no text to estimate from: it shows what a guess would be worth that knows
the kind only (the middle of the others of that kind, learned on one half, measured on the
other), and what the words of a description say. Numbers: estimated over declared in the middle,
and the share of estimates at most half of the declared minutes away. The last line is JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from catalogue_sync import read_package
from catalogue_sync.errors import CatalogueError
from catalogue_sync.minutes import (
    WORDS_PER_MINUTE,
    EstimateError,
    estimate_error,
    minutes_estimated,
)
from catalogue_sync.module import Basis, Module

SHARED = Path(__file__).resolve().parents[2] / "shared"

FEWEST = 20
"""Pairs below which an error says nothing."""

Pair = tuple[float, float]
"""Estimated and declared minutes."""


def main() -> None:
    """Measure what was given, print a table, and a line of JSON last."""
    arguments = _arguments()
    results: dict[str, Any] = {}
    if arguments.packages.is_dir():
        results |= _measure_packages(arguments.packages)
    if arguments.catalogue.is_file():
        rows = _rows(arguments.catalogue)
        results |= _measure_catalogue(rows[::8] if arguments.quick else rows)
    if not results:
        print("Nothing was measured: give --packages or --catalogue that are there.")
    print(json.dumps(results))


def _measure_packages(folder: Path) -> dict[str, Any]:
    pairs: list[Pair] = []
    modules = with_text = declared = 0
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        for module in _modules(path):
            modules += 1
            estimate = minutes_estimated(module.text)
            with_text += estimate is not None
            if module.duration and module.duration.basis is Basis.DECLARED:
                declared += 1
                if estimate:
                    pairs.append((estimate.minutes, module.duration.minutes))
    print(f"packages: {modules:,} modules, {with_text:,} with a text of 20 words or more,")
    print(f"          {declared:,} with declared minutes, {len(pairs):,} with both")
    error = estimate_error(pairs)
    print(f"          estimate from the text: {_shown(error)}")
    if error.count < FEWEST:
        print("          (too few to say anything about estimates)")
    return {"package_pairs": error.count, "package_median_ratio": error.median_ratio}


def _modules(path: Path) -> Iterator[Module]:
    try:
        yield from read_package(path)
    except CatalogueError:
        return  # a sample that is no package, or a broken one


def _measure_catalogue(rows: list[dict[str, Any]]) -> dict[str, Any]:
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row.get("minutes"):
            kinds[row["kind"]].append(row)
    print(f"catalogue: {len(rows):,} modules, {sum(map(len, kinds.values())):,} with minutes")
    print("  kind         n   middle   guess: middle of its kind        words of the description")
    near: dict[str, float] = {}
    for kind, of_kind in sorted(kinds.items()):
        if len(of_kind) < FEWEST:
            continue
        guess = estimate_error(_guesses(of_kind))
        words = estimate_error(_from_descriptions(of_kind))
        middle = median(row["minutes"] for row in of_kind)
        print(f"  {kind:8}{len(of_kind):7,}{middle:9.1f}   {_shown(guess):30}   {_shown(words)}")
        near[kind] = round(guess.within_half or 0, 3)
    print("Descriptions may be cut, so their words are no text: the last column is for the record.")
    print("A guess by kind is right as often as pieces are alike; it knows nothing of the piece.")
    return {"guess_within_half": near}


def _guesses(rows: list[dict[str, Any]]) -> list[Pair]:
    """The middle of one half as the guess for the other."""
    shuffled = random.Random(7).sample(rows, len(rows))
    half = len(rows) // 2
    middle = median(row["minutes"] for row in shuffled[:half])
    return [(middle, row["minutes"]) for row in shuffled[half:]]


def _from_descriptions(rows: list[dict[str, Any]]) -> Iterator[Pair]:
    for row in rows:
        if words := len(row.get("description", "").split()):
            yield max(1.0, words / WORDS_PER_MINUTE), row["minutes"]


def _shown(error: EstimateError) -> str:
    if error.median_ratio is None or error.within_half is None:
        return "no pairs"
    return f"ratio {error.median_ratio:.2f}, {error.within_half:.0%} near (n={error.count:,})"


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--packages", type=Path, default=SHARED / "samples",
                        help="folder of packages; default: the shared folder's samples")
    parser.add_argument("--catalogue", type=Path, default=SHARED / "eval" / "catalogue.jsonl.gz",
                        help="modules, JSON Lines (.gz); default: the shared folder's")
    parser.add_argument("--quick", action="store_true", help="every eighth of the catalogue")
    return parser.parse_args()


if __name__ == "__main__":
    main()
