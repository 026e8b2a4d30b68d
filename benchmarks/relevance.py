"""How well the recommender ranks: nDCG@5, MRR and recall@10 over needs with judgments.

    python benchmarks/relevance.py --catalogue C.jsonl.gz --needs N.jsonl [--quick]

The catalogue has one module a line (id, title, and what is known of description, minutes,
course, section, skills, language); the needs one need a line (id, text, minutes, and `qrels`,
module id → grade 0 to 3). Beside the whole ranking it measures the ranking without each of its
stages, and SQLite FTS5 in the same run. The last line is JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from catalogue_sync.module import Basis, Duration, Kind, Module
from lti_tool.domain.need import LONGEST_NEED, Need, clean_text
from lti_tool.recommender import Context, Recommender, Tuning

DUTCH_NEEDS = Path(__file__).parent / "data" / "needs-nl.jsonl"
"""Needs of the same ids, asked in Dutch."""

GOOD = 2
"""The grade from which a module counts as right for MRR and recall."""

RESAMPLES = 2_000
"""Bootstrap samples for the interval of a difference."""

Run = Callable[["Judged"], list[str]]
"""Gives the ids of modules for a need, best first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A need and the grades of the modules that were judged for it."""

    id: str
    text: str
    minutes: int | None
    language: str
    grades: dict[str, int]


@dataclass(frozen=True, slots=True)
class Score:
    """What a run scored for one need; `judged_ndcg5` leaves unjudged modules out."""

    ndcg5: float
    judged_ndcg5: float
    reciprocal_rank: float
    recall10: float | None
    unjudged5: float


SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval"
"""Where the judged needs lie when the shared folder is beside the project."""


def main() -> None:
    """Measure, print a table, and a line of JSON last."""
    arguments = _arguments()
    if not arguments.catalogue.exists() or not arguments.needs.exists():
        print("Nothing to measure with: give --catalogue and --needs.")
        print(json.dumps({}))
        return
    rows = list(_rows(arguments.catalogue))
    needs = list(_needs(arguments.needs))
    dutch = list(_in_dutch(needs))
    print(f"{len(rows):,} modules, {len(needs)} needs, {len(dutch)} of them also in Dutch\n")
    print(f"{'run':34} nDCG@5 judged    MRR   R@10  unjudged   ms/need")
    baseline = measure("SQLite FTS5, title ×3, all words", fts5(rows), needs)
    stopped = measure("SQLite FTS5 porter, stop words", fts5(rows, better=True), needs)
    modules = [_module(row) for row in rows]
    full = Recommender.over(modules)
    ours = measure("Needle", asking(full), needs)
    ablations = dict(_ablations(full, modules, needs, quick=arguments.quick))
    in_dutch = {
        "all": measure("Needle, needs in Dutch", asking(full), dutch),
        "related": measure(
            "  without related", asking(_without(full, related=0.0)), dutch
        ),
        "parts": measure("  without parts", asking(_without(full, parts=0.0)), dutch),
    }
    typos = [replace(need, text=_misspell(need.text)) for need in needs]
    misspelt = measure("Needle, 30 % of long words misspelt", asking(full), typos)
    uncorrected = measure(
        "  without spelling", asking(_without(full, spelling=0.0)), typos
    )
    results = {
        "ndcg5": _mean(ours),
        "mrr": _average(s.reciprocal_rank for s in ours),
        "recall10": _average(s.recall10 for s in ours if s.recall10 is not None),
        "unjudged5": _average(s.unjudged5 for s in ours),
        "fts5_ndcg5": _mean(baseline),
        "fts5_porter_ndcg5": _mean(stopped),
        "over_fts5": round(_mean(ours) / _mean(baseline), 3),
        "difference": _interval(ours, baseline),
        "difference_porter": _interval(ours, stopped),
        "without": ablations,
        "dutch": {name: _mean(scores) for name, scores in in_dutch.items()},
        "typos": {"corrected": _mean(misspelt), "uncorrected": _mean(uncorrected)},
    }
    print(json.dumps(results))


def measure(label: str, run: Run, needs: Sequence[Judged]) -> list[Score]:
    """Score a run over all needs and print its line."""
    began = time.perf_counter()
    answers = [run(need) for need in needs]
    milliseconds = (time.perf_counter() - began) / len(needs) * 1000
    scores = [score(ids, need.grades) for ids, need in zip(answers, needs, strict=True)]
    recall = _average(s.recall10 for s in scores if s.recall10 is not None)
    print(
        f"{label:34} {_mean(scores):6.3f} {_average(s.judged_ndcg5 for s in scores):6.3f} "
        f"{_average(s.reciprocal_rank for s in scores):6.3f} {recall:6.3f} "
        f"{_average(s.unjudged5 for s in scores):8.2f} {milliseconds:9.1f}",
        flush=True,
    )
    return scores


def score(ids: Sequence[str], grades: dict[str, int]) -> Score:
    """The measures of one ranking; a module that was not judged counts as grade 0."""
    right = {module for module, grade in grades.items() if grade >= GOOD}
    first = next((place for place, one in enumerate(ids, start=1) if one in right), None)
    return Score(
        ndcg5=_ndcg5(ids, grades),
        judged_ndcg5=_ndcg5([one for one in ids if one in grades], grades),
        reciprocal_rank=1 / first if first else 0.0,
        recall10=len(right.intersection(ids[:10])) / len(right) if right else None,
        unjudged5=sum(one not in grades for one in ids[:5]) / 5,
    )


def asking(recommender: Recommender) -> Run:
    """The recommender as a run."""

    def run(need: Judged) -> list[str]:
        asked = Need(text=clean_text(need.text)[:LONGEST_NEED], minutes=need.minutes)
        ordered = recommender.order(asked, Context(language=need.language))
        return [identifier for _, identifier in islice(ordered, 50)]

    return run


def fts5(rows: Sequence[dict[str, Any]], *, better: bool = False) -> Run:
    """SQLite's BM25 over title ×3 and description; `better` stems and drops English stop words."""
    from lti_tool.recommender.small_words import FUNCTION_WORDS

    database = sqlite3.connect(":memory:")
    tokenizer = "porter" if better else "unicode61"
    database.execute(
        f"CREATE VIRTUAL TABLE f USING fts5(title, description, tokenize='{tokenizer}')"
    )
    database.executemany(
        "INSERT INTO f (rowid, title, description) VALUES (?, ?, ?)",
        [(i, row["title"], row.get("description") or "") for i, row in enumerate(rows)],
    )

    def run(need: Judged) -> list[str]:
        words = dict.fromkeys(re.findall(r"\w+", need.text.lower()))
        kept = [w for w in words if not better or w not in FUNCTION_WORDS["en"]] or list(words)
        found = database.execute(
            "SELECT rowid FROM f WHERE f MATCH ? ORDER BY bm25(f, 3.0, 1.0) LIMIT 50",
            (" OR ".join(f'"{word}"' for word in kept),),
        )
        return [rows[rowid]["id"] for (rowid,) in found]

    return run


def _ablations(
    full: Recommender, modules: list[Module], needs: list[Judged], *, quick: bool
) -> Iterator[tuple[str, float]]:
    for stage in ("talk", "pair", "related", "asking", "spelling", "parts", "minutes"):
        without = _without(full, **{stage: 0.0})
        yield stage, _mean(measure(f"  without {stage}", asking(without), needs))
    talk_as_content = _without(full, talk=1.0)
    yield "talk as content", _mean(
        measure("  talk in full weight", asking(talk_as_content), needs)
    )
    if quick:
        return
    for title in (1, 2, 5):
        other = Recommender.over(modules, Tuning(title=title))
        yield f"title {title}", _mean(measure(f"  title × {title}", asking(other), needs))
    unplaced = Recommender.over(
        replace(module, course=None, section=None, skills=()) for module in modules
    )
    yield "place", _mean(measure("  without course, section, skills", asking(unplaced), needs))


def _without(full: Recommender, **stage: float) -> Recommender:
    return full.tuned(replace(Tuning(), **stage))  # type: ignore[arg-type]


def _ndcg5(ids: Sequence[str], grades: dict[str, int]) -> float:
    def gain(ordered: Iterable[int]) -> float:
        best = enumerate(islice(ordered, 5))
        return math.fsum((2.0**grade - 1) / math.log2(place + 2) for place, grade in best)

    ideal = gain(sorted(grades.values(), reverse=True))
    return gain(grades.get(one, 0) for one in ids) / ideal if ideal else 0.0


def _mean(scores: Sequence[Score]) -> float:
    return _average(score.ndcg5 for score in scores)


def _average(values: Iterable[float]) -> float:
    known = list(values)
    return round(sum(known) / len(known), 4) if known else 0.0


def _interval(one: Sequence[Score], other: Sequence[Score]) -> list[float]:
    """The paired difference in nDCG@5 and its 95 % bootstrap interval."""
    differences = [a.ndcg5 - b.ndcg5 for a, b in zip(one, other, strict=True)]
    chance = random.Random(1)
    means = sorted(
        sum(chance.choices(differences, k=len(differences))) / len(differences)
        for _ in range(RESAMPLES)
    )
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]
    return [_average(differences), round(low, 4), round(high, 4)]


def _misspell(text: str) -> str:
    """One slip in 30 % of the words of five letters or more, always the same ones."""
    chance = random.Random(text)

    def slip(match: re.Match[str]) -> str:
        word = match.group()
        if chance.random() >= 0.3:
            return word
        place = chance.randrange(1, len(word) - 1)
        head, tail = word[:place], word[place:]
        kind = chance.randrange(4)
        letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
        return (
            head + tail[1:],
            head + letter + tail,
            head + letter + tail[1:],
            head + tail[1] + tail[0] + tail[2:],
        )[kind]

    return re.sub(r"[^\W\d_]{5,}", slip, text)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            yield json.loads(line)


def _needs(path: Path) -> Iterator[Judged]:
    for row in _rows(path):
        yield Judged(row["id"], row["text"], row.get("minutes"), "en", row["qrels"])


def _in_dutch(needs: Sequence[Judged]) -> Iterator[Judged]:
    texts = {row["id"]: row["text"] for row in _rows(DUTCH_NEEDS)}
    for need in needs:
        if need.id in texts:
            yield replace(need, text=texts[need.id], language="nl")


def _module(row: dict[str, Any]) -> Module:
    minutes = row.get("minutes")
    return Module(
        source="eval",
        identifier=row["id"],
        title=row["title"],
        kind=Kind(row["kind"]) if row["kind"] in set(Kind) else Kind.COURSE_PART,
        open_url=f"https://example.org/{len(row['id'])}",
        description=row.get("description") or "",
        duration=Duration(minutes, Basis.DECLARED) if minutes and minutes > 0 else None,
        language=row.get("language"),
        skills=tuple(row.get("skills") or ()),
        course=row.get("course"),
        section=row.get("section"),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the ranking of the recommender.")
    parser.add_argument("--catalogue", type=Path, default=SHARED / "catalogue.jsonl.gz",
                        help="modules, JSON Lines (.gz); default: the shared folder's")
    parser.add_argument("--needs", type=Path, default=SHARED / "needs-dev.jsonl",
                        help="needs with qrels, JSON Lines; default: the shared folder's")
    parser.add_argument("--quick", action="store_true", help="fewer ablations; under 50 s")
    return parser.parse_args()


if __name__ == "__main__":
    main()
