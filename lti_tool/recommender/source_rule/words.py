"""What the word model sees of a need; the training script reads needs with the same eyes."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from lti_tool.recommender.languages import split_words

BEGINNING = 5
"""Letters of a word's beginning, which inflections and related languages often share."""


WHOLE = "_"
"""Stands before a whole word, so that it is never taken for a beginning."""


def features(text: str) -> set[str]:
    """The words of a text, their beginnings, and pairs of neighbours; without accents.

    A whole word stands with `WHOLE` before it.
    """
    words = [_fold(word) for word in split_words(text)]
    return {
        *(f"{WHOLE}{word}" for word in words),
        *(word[:BEGINNING] for word in words if len(word) >= BEGINNING),
        *(f"{one} {two}" for one, two in pairwise(words)),
    }


def _fold(word: str) -> str:
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    return "".join(character for character in parts if not unicodedata.combining(character))
