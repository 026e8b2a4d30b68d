"""How good an answer is, as far as can be told without asking anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.recommender.answers import Recommendation, Recommendations
from lti_tool.recommender.asked import Asked
from lti_tool.recommender.questions import Candidate, foresee, read_signs

LIKELY_POOR = 0.5
"""The probability of a poor answer from which it is called one."""


class Quality(StrEnum):
    """What can be said of an answer beforehand."""

    GOOD = "good"
    POOR = "poor"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Confidence:
    """The quality of an answer, how likely it is poor (0 to 1), and its modules, best first."""

    quality: Quality
    poor: float
    items: tuple[Recommendation, ...]


NOT_JUDGED = Confidence(Quality.NONE, 1.0, ())
"""For a need that gets support first: whether modules help is not the question."""


def judge(found: Recommendations, candidates: Sequence[Candidate], asked: Asked) -> Confidence:
    """The confidence in an answer, given everything that was found for the need."""
    if not found.items:
        return Confidence(Quality.NONE, 1.0, ())
    poor = foresee(read_signs(asked.need.text, candidates))
    quality = Quality.POOR if poor >= LIKELY_POOR else Quality.GOOD
    return Confidence(quality, poor, found.items)
