"""How near candidates are to the answers of a question, by meaning or by words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lti_tool.recommender.languages import split_words, stem
from lti_tool.recommender.questions.candidate import Candidate
from lti_tool.recommender.small_words import FUNCTION_WORDS

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats

Affinity = list[list[float]]
"""A row for each candidate, with how near it is to each answer: 0 (not at all) to 1."""

Said = Sequence[frozenset[str]]
"""The stems of what each candidate says of itself."""

Embed = Callable[[Sequence[str]], "Floats"]
"""Vectors of unit length for texts, by the model that made the candidates' vectors."""


def near_in_meaning(candidates: Sequence[Candidate], answers: Floats) -> Affinity:
    """Cosines with the answers' vectors, beside what each answer is near to anyhow.

    Raises `ValueError` when a candidate has no vector.
    """
    import numpy as np

    vectors = np.stack([_vector(one) for one in candidates])
    cosines = vectors @ answers.T
    # Some texts are near to everything: what counts is nearer than to the others.
    return [[max(0.0, float(value)) for value in row] for row in cosines - cosines.mean(0)]


def near_each_other(candidates: Sequence[Candidate], said: Said) -> Affinity:
    """How alike the candidates are: by their vectors, or by their words where one has none."""
    if all(one.vector is not None for one in candidates):
        import numpy as np

        return near_in_meaning(candidates, np.stack([_vector(one) for one in candidates]))
    return _overlaps(said, said)


def near_in_words(said: Said, cues: Sequence[str], language: str) -> Affinity:
    """How much of each answer's cues each candidate has, the rarer ones counting more."""
    return _overlaps(said, [_stems(one, language) for one in cues])


def read_words(candidates: Sequence[Candidate], language: str) -> Said:
    """The stems of what each candidate says, in its own language and in the one asked in."""
    return [_stems(one.words, one.language) | _stems(one.words, language) for one in candidates]


def _overlaps(said: Said, wanted: Said) -> Affinity:
    held = Counter(word for words in said for word in words)
    rarity = {word: math.log(1 + len(said) / count) for word, count in held.items()}

    def weight(words: frozenset[str]) -> float:
        return sum(rarity.get(word, 0.0) for word in words)

    def overlap(left: frozenset[str], right: frozenset[str]) -> float:
        both = weight(left & right)
        # Long texts have many words: by the geometric mean neither side gains by its length.
        return both / math.sqrt(weight(left) * weight(right)) if both else 0.0

    return [[overlap(left, right) for right in wanted] for left in said]


def _stems(text: str, language: str | None) -> frozenset[str]:
    small = FUNCTION_WORDS.get(language or "en", ())
    return frozenset(stem(word, language) for word in split_words(text) if word not in small)


def _vector(candidate: Candidate) -> Floats:
    if candidate.vector is None:
        raise ValueError(f"Candidate {candidate.number} has no vector.")
    return candidate.vector
