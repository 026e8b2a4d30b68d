"""Whether a need is a how-to or a human skill; in doubt, neither.

Two linear models that `benchmarks/training/need_kind.py` makes from needs written for it: one on
the words, one on the need's vector. docs/recommender.md has their errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import mul
from typing import TYPE_CHECKING

from lti_tool.recommender.source_rule.weights import (
    KindWeights,
    Pair,
    VectorWeights,
    load_weights,
)
from lti_tool.recommender.source_rule.words import WHOLE, features

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats


FEWEST_MET = 3
"""Words of a need that the words' model must know, to tell anything alone."""

NEVER = 1.1
"""A probability that nothing has."""


class NeedKind(StrEnum):
    """What kind of need it is, for the rule of the source."""

    HOWTO = "howto"
    """How to do something with a tool, a system, a procedure or a technique."""
    HUMAN = "human"
    """A human skill: talking, leading, persuading, relating, coping."""
    NEITHER = "neither"
    """Knowledge, or not sure enough to say."""


@dataclass(frozen=True, slots=True)
class KindOfNeed:
    """The kind of a need, and the probabilities (0 to 1) of its being a how-to or a human skill."""

    kind: NeedKind
    howto: float
    human: float


def classify_need(
    text: str,
    vector: Sequence[float] | Floats | None = None,
    model: str = "",
    *,
    weights: KindWeights | None = None,
) -> KindOfNeed:
    """The kind of a need, from its words and its vector (unit length, as `embed_needs` gives it).

    `model` names the vector's embedding model. Without a vector, or with one of a model that
    nothing was learnt for, the words decide alone. A vector must be of a model that reads the
    need's language.
    """
    weights = weights or load_weights()
    odds = words_odds(text, weights)
    least = weights.least if _tells_enough(text, weights) else NEVER
    learnt = weights.vectors.get(model) if vector is not None else None
    if vector is not None and learnt is not None and len(vector) == len(learnt.howto):
        other = vector_odds([float(number) for number in vector], learnt)
        odds = ((odds[0] + other[0]) / 2, (odds[1] + other[1]) / 2)
        least = learnt.least
    return _decide(odds, least)


def _tells_enough(text: str, weights: KindWeights) -> bool:
    words = (feature for feature in features(text) if feature.startswith(WHOLE))
    return sum(word in weights.words for word in words) >= FEWEST_MET


def words_odds(text: str, weights: KindWeights) -> Pair:
    """What a need's words say (log-odds beside neither)."""
    met = [weights.words[feature] for feature in sorted(features(text)) if feature in weights.words]
    # As in training, a need's words share one unit of length: a long story shouts no louder.
    share = 1 / math.sqrt(len(met)) if met else 0.0
    howto, human = weights.bias
    return (
        howto + share * sum(pair[0] for pair in met),
        human + share * sum(pair[1] for pair in met),
    )


def vector_odds(vector: Sequence[float], weights: VectorWeights) -> Pair:
    """What a need's vector says (log-odds beside neither)."""
    howto, human = weights.bias
    return (
        howto + sum(map(mul, vector, weights.howto)),
        human + sum(map(mul, vector, weights.human)),
    )


def _decide(odds: Pair, least: float) -> KindOfNeed:
    most = max(0.0, *odds)
    for_howto, for_human = (math.exp(one - most) for one in odds)
    whole = for_howto + for_human + math.exp(-most)
    howto, human = for_howto / whole, for_human / whole
    kind = NeedKind.NEITHER
    if max(howto, human) >= least:
        kind = NeedKind.HOWTO if howto > human else NeedKind.HUMAN
    return KindOfNeed(kind, howto, human)
