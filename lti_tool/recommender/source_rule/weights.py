"""The weights of the two small models, as benchmarks/training/need_kind.py wrote them."""

from __future__ import annotations

import functools
import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

WEIGHTS_FILE = "weights.json"
_FOLDER = Path(__file__).parent
_logger = logging.getLogger(__name__)

Pair = tuple[float, float]
"""What speaks for a how-to and what for a human skill, beside neither (log-odds)."""


class _VectorJson(TypedDict):
    bias: list[float]
    howto: list[float]
    human: list[float]
    least: float


class _WordsJson(TypedDict):
    bias: list[float]
    weights: dict[str, list[float]]
    least: float


class WeightsJson(TypedDict):
    """The file: `words`, and `vectors` by the name of the embedding model."""

    words: _WordsJson
    vectors: dict[str, _VectorJson]


@dataclass(frozen=True, slots=True)
class VectorWeights:
    """A linear model on the vectors of one embedding model."""

    bias: Pair
    howto: tuple[float, ...]
    human: tuple[float, ...]
    least: float
    """The probability from which a kind is told, with this and the words together."""


@dataclass(frozen=True, slots=True)
class KindWeights:
    """Both models; `least` is the probability from which the words alone tell a kind."""

    bias: Pair
    words: Mapping[str, Pair]
    least: float
    vectors: Mapping[str, VectorWeights]


NO_WEIGHTS = KindWeights(bias=(0.0, 0.0), words={}, least=1.0, vectors={})
"""They know no word, and so tell of no need what kind it is."""


def read_weights(found: WeightsJson) -> KindWeights:
    """The weights of a parsed file. Raises what damage does (`KeyError`, `TypeError`, ...)."""
    words = found["words"]
    return KindWeights(
        bias=_pair(words["bias"]),
        words={feature: _pair(pair) for feature, pair in words["weights"].items()},
        least=_number(words["least"]),
        vectors={name: _vector(one) for name, one in found["vectors"].items()},
    )


@functools.cache
def load_weights(folder: Path = _FOLDER) -> KindWeights:
    """The weights that come with the package; read once.

    Where their file is missing or damaged, those that tell no kind, with a line in the log.
    """
    try:
        found: WeightsJson = json.loads((folder / WEIGHTS_FILE).read_text("utf-8"))
        return read_weights(found)
    # A key that is missing, a list in place of a number: whatever damage does.
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        _logger.warning(
            "%s is damaged: no need is told to be a how-to or a human skill. "
            "Install needle-lti again.",
            WEIGHTS_FILE,
        )
        return NO_WEIGHTS


def _vector(found: _VectorJson) -> VectorWeights:
    howto, human = map(_number, found["howto"]), map(_number, found["human"])
    weights = VectorWeights(
        _pair(found["bias"]), tuple(howto), tuple(human), _number(found["least"])
    )
    if len(weights.howto) != len(weights.human):
        raise ValueError("one is cut")
    return weights


def _pair(numbers: list[float]) -> Pair:
    howto, human = numbers
    return _number(howto), _number(human)


def _number(found: float) -> float:
    # Raises TypeError for what is no number.
    if not math.isfinite(found):
        raise ValueError("not finite")
    return found
