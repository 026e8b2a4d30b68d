"""Whether the first answer to a need is likely to be poor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from lti_tool.recommender.answers import MOST
from lti_tool.recommender.languages import split_words
from lti_tool.recommender.questions.candidate import Candidate
from lti_tool.recommender.questions.foresight_weights import BY_MEANING, BY_WORDS, Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What tells, before anyone has seen the answer, how good it is.

    `best` is how well one of the first three fits, `met` the most of the need's words that one
    of them has, and `length` the logarithm of how many words there are. `by_meaning` says that
    the candidates have vectors.
    """

    best: float
    met: float
    length: float
    by_meaning: bool


def read_signs(text: str, candidates: Sequence[Candidate]) -> Signs:
    """The signs of a need with what was found for it, best first."""
    first = candidates[:MOST]
    return Signs(
        best=max((one.fit for one in first), default=0.0),
        met=max((one.met for one in first), default=0.0),
        length=math.log(1 + len(split_words(text))),
        by_meaning=bool(candidates) and all(one.vector is not None for one in candidates),
    )


def foresee(signs: Signs) -> float:
    """How likely the first answer is to be poor: 0 (surely good) to 1.

    Poor is an answer whose first three modules hold none that helps; the weights, and how well
    they foretell it, stand in `foresight_weights`.
    """
    weights: Weights = BY_MEANING if signs.by_meaning else BY_WORDS
    *values, _ = astuple(signs)
    said = weights.constant + sum(
        weight * value for weight, value in zip(weights.signs, values, strict=True)
    )
    return 1.0 / (1.0 + math.exp(-said))
