"""JSON of others, read within bounds, and made of values that any reader can go on with."""

from __future__ import annotations

import json
import math
import re

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.limits import STANDARD, Limits

DEEPEST = 100
"""Lists and objects inside each other."""

_LONGEST_NUMBER = 40
_HALF = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def read_json(data: bytes | str, place: str, limits: Limits = STANDARD) -> object:
    """The value that JSON holds, of at most `limits.json_values` values and `DEEPEST` deep.

    Halves of characters become U+FFFD; what is no number (NaN, one without end) becomes None.
    Raises `InvalidAnswer`, which begins with `place`, for all that is no such JSON.
    """
    try:
        text = data if isinstance(data, str) else _decoded(data)
        # Before it is parsed: each value takes many times the room of its characters.
        # What stands in texts is counted too; no honest answer has so many commas in all.
        if sum(map(text.count, "[{,")) > limits.json_values:
            raise InvalidAnswer(
                f"{place}: the JSON has more than {limits.json_values:,} values, the most"
            )
        value: object = json.loads(
            _whole_characters(text.removeprefix("\ufeff")),
            parse_constant=_nothing, parse_float=_fraction, parse_int=_whole_number,
        )  # fmt: skip
        is_too_deep = text.count("[") + text.count("{") > DEEPEST and _is_too_deep(value)
    except UnicodeDecodeError as error:
        raise InvalidAnswer(f"{place}: the JSON is broken: it is not written in UTF-8") from error
    except RecursionError:
        is_too_deep = True
    except ValueError as error:
        raise InvalidAnswer(f"{place}: the JSON is broken: {str(error)[:200]}") from error
    if is_too_deep:
        raise InvalidAnswer(f"{place}: the JSON is broken: it is nested too deep")
    return value


def _decoded(data: bytes) -> str:
    # Halves of characters are no reason to refuse an answer: they are mended.
    return data.decode(json.detect_encoding(data), "surrogatepass")


def _is_too_deep(value: object) -> bool:
    """Whether lists and objects are nested more than `DEEPEST`, looked at layer by layer."""
    layer = [value]
    for _ in range(DEEPEST):
        layer = [
            inner
            for one in layer
            for inner in (one.values() if isinstance(one, dict) else one)  # type: ignore[attr-defined]
            if isinstance(inner, (dict, list))
        ]
        if not layer:
            return False
    return True


def _whole_characters(text: str) -> str:
    text = text if text.isascii() else _HALF.sub("\ufffd", text)
    if _HALF_ESCAPED.search(text) is None:
        return text
    return _ESCAPE.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)


def _nothing(_constant: str) -> None:
    return None


def _fraction(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _whole_number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None
