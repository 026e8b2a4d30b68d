"""Words without their accents, as they are also typed."""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart."""


def fold(word: str) -> str:
    """A lower-case word without accents: `suïcide` is `suicide`, `żyć` is `zyc`."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(one for one in apart if not unicodedata.combining(one))
