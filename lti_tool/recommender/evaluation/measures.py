"""The measures of a ranking: nDCG@5, reciprocal rank, recall@10, and what was not judged."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

GOOD = 2
"""The grade from which a module counts as right for the reciprocal rank and for recall."""

RESAMPLES = 4_000
"""Bootstrap samples for the interval of a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a ranking scored for one need, each from 0 to 1.

    `judged_ndcg5` leaves modules out that nobody judged; `recall10` is None for a need
    without a right module; `unjudged5` is the share of the first five that nobody judged.
    """

    ndcg5: float
    judged_ndcg5: float
    reciprocal_rank: float
    recall10: float | None
    unjudged5: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference in nDCG@5, need by need, and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


def score(ids: Sequence[str], grades: Mapping[str, int]) -> Score:
    """The measures of one ranking (best first); a module that was not judged has grade 0."""
    right = {module for module, grade in grades.items() if grade >= GOOD}
    first = next((place for place, one in enumerate(ids, start=1) if one in right), None)
    top = ids[:5]
    return Score(
        ndcg5=ndcg5(ids, grades),
        judged_ndcg5=ndcg5([one for one in ids if one in grades], grades),
        reciprocal_rank=1 / first if first else 0.0,
        recall10=len(right.intersection(ids[:10])) / len(right) if right else None,
        unjudged5=sum(one not in grades for one in top) / len(top) if top else 0.0,
    )


def ndcg5(ids: Sequence[str], grades: Mapping[str, int]) -> float:
    """nDCG@5: gain 2^grade - 1, discount 1 / log2(rank + 1), ideal over all that was judged."""
    ideal = _gain(sorted(grades.values(), reverse=True))
    return _gain(grades.get(one, 0) for one in ids) / ideal if ideal else 0.0


def difference(one: Sequence[float], other: Sequence[float], *, seed: int = 1) -> Difference:
    """By how much `one` is better than `other`, need by need; the same seed, the same interval.

    Raises `ValueError` when they are not of the same needs.
    """
    differences = [a - b for a, b in zip(one, other, strict=True)]
    chance = random.Random(seed)  # noqa: S311 - a figure that can be had again, no secret
    means = sorted(
        mean(chance.choices(differences, k=len(differences))) for _ in range(RESAMPLES)
    )
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]
    return Difference(mean(differences), low, high)


def mean(values: Iterable[float | None]) -> float:
    """The mean of what is known; 0 when nothing is."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of the values do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _gain(grades: Iterable[int]) -> float:
    best = enumerate(islice(grades, 5))
    return math.fsum((2.0**grade - 1) / math.log2(place + 2) for place, grade in best)
