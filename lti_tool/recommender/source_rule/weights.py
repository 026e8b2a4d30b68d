"""The weights of the two small models, as benchmarks/training/need_kind.py wrote them."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TypedDict

WEIGHTS_FILE = "weights.json"

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


def read_weights(found: WeightsJson) -> KindWeights:
    """The weights of a parsed file."""
    words = found["words"]
    return KindWeights(
        bias=_pair(words["bias"]),
        words={feature: _pair(pair) for feature, pair in words["weights"].items()},
        least=words["least"],
        vectors={
            name: VectorWeights(
                _pair(one["bias"]), tuple(one["howto"]), tuple(one["human"]), one["least"]
            )
            for name, one in found["vectors"].items()
        },
    )


@functools.cache
def load_weights() -> KindWeights:
    """The weights that come with the package; read once."""
    folder = files("lti_tool.recommender.source_rule")
    found: WeightsJson = json.loads(folder.joinpath(WEIGHTS_FILE).read_text("utf-8"))
    return read_weights(found)


def _pair(numbers: list[float]) -> Pair:
    howto, human = numbers
    return howto, human
