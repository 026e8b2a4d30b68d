"""The weights of the foresight, as `benchmarks/training/foresight.py` writes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression: a weight for each sign (best, far, length), and a constant."""

    signs: tuple[float, float, float]
    constant: float


BY_MEANING = Weights((-4.77, -3.77, 1.10), 0.20)
"""Of 96 judged needs 39 were poor; area under the curve, cross-validated: 0.77."""
BY_WORDS = Weights((-3.10, -0.02, 1.47), -2.04)
"""Of 96 judged needs 60 were poor; area under the curve, cross-validated: 0.82."""
