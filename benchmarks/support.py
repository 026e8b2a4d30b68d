"""How often the net for crises misses one, and how often it cries wolf.

    python benchmarks/support.py [--quick] [--list]

Two sets of needs in nine languages, each labelled own, mentioned or none: those that the rules
were made with, and those held out, which were written before the rules and not looked at while
these were made. One hand wrote both sets and the rules, and no need is a real person's: real
misses are more. `--list` prints each that was read wrongly. The last line is JSON: of the held
out, the share of own crises that get no support at all, that get the page for another's instead
of one's own, of mentions that get none, and of harmless needs that get any.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from lti_tool.recommender.support import CrisisSign, find_sign

DATA = Path(__file__).parent / "data"
SETS = {"made with": "crisis-made-with.jsonl", "held out": "crisis-held-out.jsonl"}
NONE, OWN, MENTIONED = CrisisSign.NONE, CrisisSign.OWN, CrisisSign.MENTIONED


@dataclass(frozen=True, slots=True)
class Case:
    """One need, what it is, and what it was read as."""

    text: str
    language: str
    about: CrisisSign
    read: CrisisSign


def main() -> None:
    """Read both sets, print tables, and a line of JSON last."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the same: it takes a second")
    parser.add_argument("--list", action="store_true", help="print what was read wrongly")
    arguments = parser.parse_args()
    rates: dict[str, float] = {}
    for name, file in SETS.items():
        started = perf_counter()
        cases = _read(DATA / file)
        took = (perf_counter() - started) / len(cases)
        _print_table(name, cases)
        print(f"{took * 1000:.2f} ms a need\n")
        if arguments.list:
            _print_wrong(cases)
        rates = _rates(cases)
    print(json.dumps(rates))


def _read(path: Path) -> list[Case]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Case(row["text"], row["language"], CrisisSign(row["about"]), find_sign(row["text"]))
        for row in rows
    ]


def _rates(cases: list[Case]) -> dict[str, float]:
    return {
        "own_missed": _share(cases, OWN, NONE),
        "own_as_mentioned": _share(cases, OWN, MENTIONED),
        "mentioned_missed": _share(cases, MENTIONED, NONE),
        "mentioned_as_own": _share(cases, MENTIONED, OWN),
        "false_alarms": _share(cases, NONE, OWN, MENTIONED),
    }


def _share(cases: list[Case], about: CrisisSign, *read: CrisisSign) -> float:
    of = [case for case in cases if case.about is about]
    return round(sum(case.read in read for case in of) / len(of), 3)


def _print_table(name: str, cases: list[Case]) -> None:
    counts = Counter((case.about, case.read) for case in cases)
    print(f"{name}: {len(cases)} needs")
    print(f"{'':12}" + "".join(f"{f'read {read.value}':>16}" for read in CrisisSign))
    for about in (OWN, MENTIONED, NONE):
        row = "".join(f"{counts[about, read]:>16}" for read in CrisisSign)
        print(f"{about.value:12}{row}")
    languages = sorted({case.language for case in cases})
    parts = (f"{language} {_supported(cases, language)}" for language in languages)
    print("own crises that got support, by language: " + ", ".join(parts))


def _supported(cases: list[Case], language: str) -> str:
    own = [case for case in cases if case.about is OWN and case.language == language]
    return f"{sum(case.read is not NONE for case in own)}/{len(own)}"


def _print_wrong(cases: list[Case]) -> None:
    for case in cases:
        if case.read is not case.about:
            print(f"  {case.about.value} read as {case.read.value}: {case.text}")
    print()


if __name__ == "__main__":
    main()
