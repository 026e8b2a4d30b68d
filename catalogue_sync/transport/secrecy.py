"""Secrets kept out of what people are shown, where a server says them back to us."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, urlsplit

SHORTEST = 4
"""Characters; what is shorter stands in too many innocent words."""

SECRET_END = "part of the address after the ?"  # noqa: S105 - what it is called
"""What the secret is called of a source whose whole address must not be known."""

_TELLING = re.compile(
    r"token|secret|signature|passw|credential|api-?_?key|auth_?key"
    r"|(?:^|[^a-z])(?:key|auth|sig|pass|pwd|jwt|hash)$",
    re.IGNORECASE,
)


class Secrets:
    """Values that must not be shown, as they are and percent-encoded."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {
            form
            for value in values
            for form in (value, quote(value, safe=""), quote(value), quote_plus(value))
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


def with_secret_end(url: str, end: str) -> str:
    """An address with its secret end: more of its path (`/…`), or parameters of its query."""
    if not end:
        return url
    if end.startswith("/"):
        return url.rstrip("/") + end
    return url + ("&" if "?" in url else "?") + end.lstrip("?&")


def parts_of_end(end: str) -> list[str]:
    """What of a secret end must not be shown: all of it, and its values by themselves."""
    values = (part.rpartition("=")[2] for part in re.split(r"[/?&]", end))
    long_enough = [one for value in values for one in {value, unquote(value)} if len(one) >= 8]
    return [end, end.lstrip("?&"), *long_enough] if end else []


def secret_in_query(url: str) -> str:
    """The name of a parameter of the address that looks like a secret; empty without one."""
    for part in re.split("[&;]", urlsplit(url).query):
        name = unquote(part.partition("=")[0])
        if "=" in part and _TELLING.search(name):
            return name[:40]
    return ""
