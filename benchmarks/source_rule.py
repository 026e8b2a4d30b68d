"""How well the rule of the source holds: the kind of a need, and whose piece comes first.

    python benchmarks/source_rule.py [--quick] [--needs N.jsonl]

Kinds are measured on needs that nothing was learnt from: benchmarks/data/needs-new.jsonl, the
shared folder's needs where it is there, and their Dutch versions. The order is measured on
benchmarks/data/source-rule.jsonl: pieces of colleagues and of experts for one need, which fit it
about as well. `--quick` reads the words only, without a model.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue_sync.module import Kind, Module, Provenance
from lti_tool.recommender.circumstances import Circumstances, weigh
from lti_tool.recommender.models import Models, load_models
from lti_tool.recommender.source_rule import KindOfNeed, NeedKind, classify_need

DATA = Path(__file__).resolve().parent / "data"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval" / "needs-dev.jsonl"
KNOWLEDGE = {"t07", "t15", "t24"}
"""Technical needs of the shared folder that ask for knowledge, by reading them."""
HOWTO, HUMAN, NEITHER = NeedKind.HOWTO, NeedKind.HUMAN, NeedKind.NEITHER


@dataclass(frozen=True, slots=True)
class Labelled:
    """A need, where it is from, and its kind by reading it."""

    text: str
    language: str
    origin: str
    kind: NeedKind


def main() -> None:
    """Measure, print two tables, and a line of JSON last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="words only, without a model")
    parser.add_argument("--needs", type=Path, default=SHARED, help="needs with groups, JSON Lines")
    arguments = parser.parse_args()
    models = Models() if arguments.quick else load_models()
    needs = list(_needs(arguments.needs))
    results = _measure_kinds(needs, models)
    print(json.dumps(results | _measure_order(models)))


def _needs(path: Path) -> Iterator[Labelled]:
    for row in _rows(DATA / "needs-new.jsonl"):
        yield Labelled(row["text"], row["lang"], "new", NeedKind(row["kind"]))
    known: dict[str, NeedKind] = {}
    for row in _rows(path) if path.is_file() else ():
        kind = HUMAN if row["group"] == "human" else HOWTO
        known[row["id"]] = NEITHER if row["id"] in KNOWLEDGE else kind
        yield Labelled(row["text"], row["lang"], "shared", known[row["id"]])
    for row in _rows(DATA / "needs-nl.jsonl"):
        kind = HUMAN if row["id"].startswith("h") else HOWTO
        yield Labelled(row["text"], "nl", "dutch", NEITHER if row["id"] in KNOWLEDGE else kind)


def _measure_kinds(needs: list[Labelled], models: Models) -> dict[str, Any]:
    results: dict[str, Any] = {}
    print("needs                 read by          n  right  wrong side  in doubt  neither told")
    ways = ["words", "model"] if models.english or models.multilingual else ["words"]
    for way in ways:
        told = [(need, _tell(need, models if way == "model" else Models())) for need in needs]
        for name, some in _parts(told):
            table = Counter((need.kind, found.kind) for need, found in some)
            results[f"{way} {name}"] = _show(name, way, table)
    return results


def _parts(
    told: list[tuple[Labelled, KindOfNeed]],
) -> Iterator[tuple[str, list[tuple[Labelled, KindOfNeed]]]]:
    for origin in ("new", "shared", "dutch"):
        yield origin, [one for one in told if one[0].origin == origin]
    yield "english", [one for one in told if one[0].language == "en"]
    yield "other languages", [one for one in told if one[0].language != "en"]


def _tell(need: Labelled, models: Models) -> KindOfNeed:
    """The kind as the recommender would tell it: each language by its model."""
    english = need.language == "en"
    model = models.english if english else models.multilingual
    if model is None:
        return classify_need(need.text)
    return classify_need(need.text, model.embed_needs([need.text])[0], model.name)


def _show(name: str, way: str, table: Counter[tuple[NeedKind, NeedKind]]) -> dict[str, int]:
    sides = [(HOWTO, HUMAN), (HUMAN, HOWTO)]
    found = {
        "n": sum(table.values()),
        "two": sum(times for (kind, _), times in table.items() if kind is not NEITHER),
        "right": table[HOWTO, HOWTO] + table[HUMAN, HUMAN],
        "wrong_side": sum(table[side] for side in sides),
        "in_doubt": table[HOWTO, NEITHER] + table[HUMAN, NEITHER],
        "neither_told": table[NEITHER, HOWTO] + table[NEITHER, HUMAN],
    }
    print(f"{name:22}{way:14}{found['n']:4}{found['right']:4}/{found['two']:<3}{found['wrong_side']:9}"
          f"{found['in_doubt']:11}{found['neither_told']:10} of {found['n'] - found['two']}")
    return found


def _measure_order(models: Models) -> dict[str, Any]:
    """How often the piece that should come first does: without the rule, and with it."""
    written: Counter[str] = Counter()
    by_cosine: Counter[str] = Counter()
    for row in _rows(DATA / "source-rule.jsonl"):
        need = Labelled(row["text"], row["lang"], "case", NeedKind(row["kind"]))
        kind = _tell(need, models).kind
        given = Circumstances(kind=kind)
        _count(written, [float(one["fit"]) for one in row["modules"]], row, given)
        written["kind_right"] += kind is need.kind
        written["kind_wrong_side"] += {kind, need.kind} == {HOWTO, HUMAN}
        if cosines := _cosines(need, row["modules"], models):
            _count(by_cosine, cosines, row, given)
    print()
    print("whose piece is first     cases  right without the rule  with it")
    for name, counts in (("fits as written", written), ("fits by cosine", by_cosine)):
        print(f"{name:25}{counts['cases']:5}{counts['without']:24}{counts['with']:9}")
    return {"order": dict(written), "order_by_cosine": dict(by_cosine)}


def _count(
    counts: Counter[str], fits: list[float], row: dict[str, Any], given: Circumstances
) -> None:
    modules = [_module(place, one) for place, one in enumerate(row["modules"])]
    with_rule = [
        fit + sum(effect.amount for effect in weigh(module, given))
        for fit, module in zip(fits, modules, strict=True)
    ]
    counts["cases"] += 1
    counts["without"] += row["modules"][_best(fits)]["first"]
    counts["with"] += row["modules"][_best(with_rule)]["first"]


def _cosines(need: Labelled, rows: list[dict[str, Any]], models: Models) -> list[float]:
    model = models.english if need.language == "en" else models.multilingual
    if model is None:
        return []
    pieces = model.embed_modules([f"{one['title']}. {one['description']}" for one in rows])
    return [float(one) for one in pieces @ model.embed_needs([need.text])[0]]


def _best(scores: list[float]) -> int:
    return max(range(len(scores)), key=lambda place: (scores[place], -place))


def _module(place: int, row: dict[str, Any]) -> Module:
    return Module(
        source="cases", identifier=str(place), title=row["title"], kind=Kind(row["kind"]),
        description=row.get("description", ""), provenance=Provenance(row["provenance"]),
        open_url="https://example.org/",
    )  # fmt: skip


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main()
