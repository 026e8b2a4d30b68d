"""Secrets kept out of what people are shown, where a server says them back to us."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Characters; what is shorter stands in too many innocent words."""



class Secrets:
    """Values that must not be shown, as they are and percent-encoded."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {
            form
            for value in values
            for form in (value, quote(value, errors="replace"), quote_plus(value, errors="replace"))
            if len(form) >= SHORTEST
        }
        longest_first = sorted(forms, key=len, reverse=True)
        words = "|".join(map(re.escape, longest_first))
        self._pattern = re.compile(words, re.IGNORECASE) if words else None

    def __repr__(self) -> str:
        return "Secrets()"

    def hidden(self, text: str) -> str:
        """`text` with an ellipsis wherever a secret stood."""
        return text if self._pattern is None else self._pattern.sub("…", text)
