"""Runs of combining marks, kept short: what normalizes them takes the square of their length."""

from __future__ import annotations

import re
import unicodedata

LONGEST_RUN = 30
"""Marks on one letter that are kept (UAX #15, Stream-Safe Text Format); no script needs as many."""

# Every character that can begin with a mark when it is taken apart: no mark is a letter to `re`,
# and two half-width signs of Japanese are, which compatibility normalization makes marks of.
_MAY_BE_MARKS = re.compile(rf"(?:[^\w\s\x00-\u02ff]|[\uff9e\uff9f]){{{LONGEST_RUN + 1},}}")


def stream_safe(text: str) -> str:
    """`text` with at most `LONGEST_RUN` marks in a row, so that it is normalized in linear time."""
    return text if text.isascii() else _MAY_BE_MARKS.sub(_shorter, text)


def _shorter(found: re.Match[str]) -> str:
    kept: list[str] = []
    run = 0
    for character in found[0]:
        is_mark = unicodedata.category(character)[0] == "M" or character in "\uff9e\uff9f"
        run = run + 1 if is_mark else 0
        if run <= LONGEST_RUN:
            kept.append(character)
    return "".join(kept)
