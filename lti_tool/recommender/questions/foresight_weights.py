"""The weights of the foresight, as `benchmarks/training/foresight.py` writes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression: a weight for each sign (best, met, length), and a constant."""

    signs: tuple[float, float, float]
    constant: float


BY_MEANING = Weights((-1.40, -2.56, 0.27), 0.44)
"""Of 96 judged needs 35 were poor; area under the curve, cross-validated: 0.74."""
BY_WORDS = Weights((-1.65, -1.65, 1.25), -0.71)
"""Of 96 judged needs 60 were poor; area under the curve, cross-validated: 0.86."""
