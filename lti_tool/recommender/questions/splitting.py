"""How much a question is expected to help: what its answers would do to the order.

One of the candidates is what the person means: the better it scores, the likelier. They choose
the answer that is nearest to it, and each answer moves the candidates that are near to it up.
What a question is worth is how much higher the module meant then stands, on the average.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.recommender.questions.affinity import Affinity


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The few numbers of the estimate, in shares of the best candidate's score."""

    doubt: float = 0.1
    """How much worse a candidate scores that is meant 2.7 times less often."""
    sureness: float = 0.12
    """How much nearer an answer is that is chosen 2.7 times as often."""
    lift: float = 0.4
    """What an answer that is wholly near adds to a score."""


def likelihoods(scores: Sequence[float], split: Split) -> list[float]:
    """How likely each candidate is meant; `scores` are shares of the best one's."""
    return _normalised([math.exp((score - 1.0) / split.doubt) for score in scores])


def expected_gain(scores: Sequence[float], affinity: Affinity, split: Split) -> float:
    """What a question is expected to add to the place of the module that is meant.

    The place is worth 1 at the top and 1/log2(1 + place) below, as in nDCG.
    """
    meant = likelihoods(scores, split)
    chosen = [
        _normalised([math.exp((value - max(row)) / split.sureness) for value in row])
        for row in affinity
    ]
    before = _worth(scores)
    gain = 0.0
    for answer in range(len(affinity[0])):
        lifts = (split.lift * row[answer] for row in affinity)
        after = _worth([score + lift for score, lift in zip(scores, lifts, strict=True)])
        gain += sum(
            likely * choice[answer] * (then - now)
            for likely, choice, then, now in zip(meant, chosen, after, before, strict=True)
        )
    return gain


def spread_out(scores: Sequence[float], alike: Affinity, most: int, split: Split) -> list[int]:
    """Places of candidates that together stand for all, the likeliest first.

    Each next one is the candidate that is nearest to most of what is not yet near to one
    (facility location); it stops early when hardly anything is left.
    """
    meant = likelihoods(scores, split)
    covered = [0.0] * len(scores)
    places: list[int] = []
    while len(places) < most:
        gains = [
            sum(
                likely * max(0.0, row[place] - had)
                for likely, row, had in zip(meant, alike, covered, strict=True)
            )
            for place in range(len(scores))
        ]
        best = max(range(len(scores)), key=lambda place: (gains[place], -place))
        if gains[best] <= 0.0:
            break
        places.append(best)
        covered = [max(had, row[best]) for had, row in zip(covered, alike, strict=True)]
    return places


def _worth(scores: Sequence[float]) -> list[float]:
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    worth = [0.0] * len(scores)
    for place, candidate in enumerate(order, start=1):
        worth[candidate] = 1.0 / math.log2(1 + place)
    return worth


def _normalised(weights: list[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights]
