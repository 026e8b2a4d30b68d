"""What each circumstance costs in relevance, and whether it does what it is for.

    python benchmarks/circumstances.py [--quick] [--catalogue C.jsonl[.gz]] [--needs N.jsonl]

Two tables. With the shared folder's needs: nDCG@5 over the judged modules of each need (scores:
the cosine of centred vectors, the best 1) without and with each circumstance, and the share of
the first three that suit it. Then written cases (benchmarks/data/circumstances.jsonl): of two
modules that fit a need about as well, the one that suits the circumstance should come first.
`--quick` measures the written cases only.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from catalogue_sync.module import Basis, Duration, Kind, Module
from lti_tool.domain.need import Need, Purpose
from lti_tool.recommender.circumstances import (
    Circumstances,
    EffectName,
    circumstances_of,
    is_short,
    weigh,
)
from lti_tool.recommender.context import Context
from lti_tool.recommender.mixing import is_practice_or_person, mix
from lti_tool.recommender.models import EmbeddingModel, load_models
from lti_tool.recommender.source_rule import NeedKind, classify_need

DATA = Path(__file__).resolve().parent / "data"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval"
KINDS = {"page": Kind.ARTICLE, "unit": Kind.COURSE_PART, "module": Kind.COURSE_PART}
"""The kinds of the shared catalogue that are not Needle's."""
ABOUT_SOMEONE_LED = {"h01", "h11", "h13", "h19", "s343", "s172", "x01", "x04"}
"""Needs of the shared folder that are about someone the person leads, by reading them."""
BEHIND = 0.005
"""How far the module that suits lies behind the other in the written cases."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A need, its judged modules with their grades, and their scores."""

    identifier: str
    need: Need
    kind: NeedKind
    modules: tuple[Module, ...]
    grades: tuple[int, ...]
    scores: tuple[float, ...]


Given = Callable[[Judged], Circumstances]
Suits = Callable[[Module, Circumstances], bool | None]


def main() -> None:
    """Measure, print the tables, and a line of JSON last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the written cases only")
    parser.add_argument("--catalogue", type=Path, default=SHARED / "catalogue.jsonl.gz")
    parser.add_argument("--needs", type=Path, default=SHARED / "needs-dev.jsonl")
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    model = None if arguments.quick else load_models().english
    if model is None or not arguments.needs.is_file():
        print("Relevance is not measured: that needs a model, judged needs, and no --quick.")
    else:
        results["judged"] = _measure_judged(_judged(arguments.catalogue, arguments.needs, model))
    results["cases"] = _measure_cases()
    print(json.dumps(results))


def _judged(catalogue: Path, needs: Path, model: EmbeddingModel) -> list[Judged]:
    import numpy as np

    wanted = [json.loads(line) for line in needs.read_text("utf-8").splitlines()]
    met = {one for row in wanted for one in row["qrels"]}
    opened = gzip.open if catalogue.suffix == ".gz" else open
    with opened(catalogue, "rt", encoding="utf-8") as lines:
        rows = [row for line in lines if (row := json.loads(line))["id"] in met]
    place = {row["id"]: number for number, row in enumerate(rows)}
    modules = [_module(row, row["id"]) for row in rows]
    texts = [f"{one.title}. {one.description}" for one in modules]
    made = [model.embed_modules(texts[at : at + 32]) for at in range(0, len(texts), 32)]
    vectors = np.concatenate(made)
    middle = vectors.mean(axis=0)
    vectors = vectors - middle
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    judged = []
    for row in wanted:
        vector = model.embed_needs([row["text"]])[0]
        english = row["lang"] == "en"
        kind = classify_need(row["text"], vector if english else None, model.name).kind
        centred = vector - middle
        centred /= np.linalg.norm(centred)
        those = [place[one] for one in row["qrels"] if one in place]
        need = Need(text=row["text"], minutes=row["minutes"], language=row["lang"])
        scores = vectors[those] @ centred
        scores /= scores.max()
        judged.append(Judged(
            row["id"], need, kind, tuple(modules[one] for one in those),
            tuple(row["qrels"][rows[one]["id"]] for one in those),
            tuple(float(score) for score in scores),
        ))  # fmt: skip
    return judged


def _measure_judged(judged: Sequence[Judged]) -> dict[str, Any]:
    bare = [sorted(range(len(one.scores)), key=one.scores.__getitem__, reverse=True)
        for one in judged]
    results: dict[str, Any] = {}
    print(f"{len(judged)} needs    nDCG@5 without   with  suits in the first three: without  with")
    for name, (given, suits) in _trials().items():
        those = [given(one) for one in judged]
        after = [_order(one, its) for one, its in zip(judged, those, strict=True)]
        found = {
            "ndcg5_without": _mean_ndcg(judged, bare), "ndcg5": _mean_ndcg(judged, after),
            "suits_without": _share(judged, bare, those, suits),
            "suits": _share(judged, after, those, suits),
        }  # fmt: skip
        results[name] = {key: round(value, 3) for key, value in found.items()}
        print(f"{name:12}{found['ndcg5_without']:16.3f}{found['ndcg5']:7.3f}"
              f"{found['suits_without']:34.0%}{found['suits']:7.0%}")
    return results


def _trials() -> dict[str, tuple[Given, Suits]]:
    """Each circumstance alone, purposes as if everybody had them; then all that the needs tell."""
    trials: dict[str, tuple[Given, Suits]] = {
        "minutes": (lambda one: Circumstances(minutes=one.need.minutes), _in_time),
        "language": (lambda one: Circumstances(languages=frozenset({one.need.language})), _read),
        "side": (_led, _gained(EffectName.SIDE)),
        "kind": (lambda one: Circumstances(kind=one.kind), _varied),
    }
    for purpose in Purpose:
        trials[purpose.value] = (_for_purpose(purpose), _gained(EffectName.PURPOSE))
    trials["all told"] = (_told, _in_time)
    return trials


def _led(one: Judged) -> Circumstances:
    return Circumstances(about_someone_led=one.identifier in ABOUT_SOMEONE_LED)


def _told(one: Judged) -> Circumstances:
    context = Context(language=one.need.language)
    return circumstances_of(one.need, context, kind=one.kind, language=one.need.language)


def _for_purpose(purpose: Purpose) -> Given:
    return lambda _: Circumstances(purpose=purpose)


def _in_time(module: Module, given: Circumstances) -> bool | None:
    if module.duration is None or given.minutes is None:
        return None
    return module.duration.minutes <= given.minutes


def _read(module: Module, given: Circumstances) -> bool | None:
    return None if module.language is None else module.language in given.languages


def _varied(module: Module, given: Circumstances) -> bool | None:
    if given.kind is not NeedKind.HUMAN:
        return None
    return is_short(module) or is_practice_or_person(module)


def _gained(name: EffectName) -> Suits:
    return lambda module, given: any(
        effect.name is name and effect.amount > 0 for effect in weigh(module, given)
    )


def _order(one: Judged, given: Circumstances) -> list[int]:
    scores = [
        score + sum(effect.amount for effect in weigh(module, given))
        for score, module in zip(one.scores, one.modules, strict=True)
    ]
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    mixed = mix([scores[at] for at in order], [one.modules[at] for at in order], given)
    return [order[at] for at in mixed]


def _mean_ndcg(judged: Sequence[Judged], orders: Sequence[list[int]]) -> float:
    values = [
        _gain([one.grades[place] for place in order]) / (_gain(sorted(one.grades)[::-1]) or 1.0)
        for one, order in zip(judged, orders, strict=True)
    ]
    return sum(values) / len(values)


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(grades[:5]))


def _share(
    judged: Sequence[Judged], orders: Sequence[list[int]], given: Sequence[Circumstances],
    suits: Suits,
) -> float:  # fmt: skip
    found = [
        suits(one.modules[place], circumstances)
        for one, order, circumstances in zip(judged, orders, given, strict=True)
        for place in order[:3]
    ]
    told = [value for value in found if value is not None]
    return sum(told) / len(told) if told else 0.0


def _measure_cases() -> dict[str, Any]:
    cases, right, wrong = Counter[str](), Counter[str](), []
    for line in (DATA / "circumstances.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        given = _given(row)
        score = {
            which: sum(effect.amount for effect in weigh(_module(row[which], which), given))
            for which in ("fits", "other")
        }
        cases[row["what"]] += 1
        right[row["what"]] += score["fits"] > score["other"] + BEHIND
        if score["fits"] <= score["other"] + BEHIND:
            wrong.append(row["id"])
    print(f"\nwritten cases   the one that suits, {BEHIND} behind, comes first")
    for what, times in cases.items():
        print(f"{what:15}{right[what]:4} of {times}")
    return {"cases": sum(cases.values()), "right": sum(right.values()), "wrong": wrong}


def _given(row: dict[str, Any]) -> Circumstances:
    told = row["given"]
    need = Need(
        text="x", minutes=told.get("minutes"), language=row["lang"],
        purpose=Purpose(told["purpose"]) if "purpose" in told else None,
        about_someone_led=told.get("about_someone_led", False),
    )  # fmt: skip
    context = Context(
        role=told.get("role", "learner"),
        course_id=told.get("course_id"),
        goals=tuple(told.get("goals", ())),
    )
    if told.get("placed"):
        context = replace(context, placed=frozenset({("cases", "fits")}))
    return circumstances_of(
        need, context, kind=NeedKind.NEITHER, language=told.get("language")
    )


def _module(row: dict[str, Any], identifier: str) -> Module:
    kind = KINDS.get(row["kind"]) or Kind(row["kind"])
    minutes = row.get("minutes")
    return Module(
        source="cases", identifier=identifier, title=row["title"], kind=kind,
        description=row.get("description") or "", language=row.get("language"),
        duration=Duration(minutes, Basis.DECLARED) if minutes else None,
        course_id=row.get("course_id"), skills=tuple(row.get("skills") or ()),
        open_url="https://example.org/",
    )  # fmt: skip


if __name__ == "__main__":
    main()
