"""Slips of the keyboard, always the same ones for the same words."""

from __future__ import annotations

import random
import re

SHARE = 0.3
"""The share of the words of five letters or more that get a slip."""

_LONG_WORD = re.compile(r"[^\W\d_]{5,}")


def misspell(text: str) -> str:
    """The text with one slip in about `SHARE` of its long words; first letters stay."""
    chance = random.Random(text)  # noqa: S311 - the same text gets the same slips

    def slip(match: re.Match[str]) -> str:
        word = match.group()
        if chance.random() >= SHARE:
            return word
        place = chance.randrange(1, len(word) - 1)
        head, tail = word[:place], word[place:]
        kind = chance.randrange(4)
        letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
        return (
            head + tail[1:],
            head + letter + tail,
            head + letter + tail[1:],
            head + tail[1] + tail[0] + tail[2:],
        )[kind]

    return _LONG_WORD.sub(slip, text)
