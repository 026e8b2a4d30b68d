"""What holds for every value in a statement, those of extensions included: that it is JSON."""

from __future__ import annotations

import math
import re

from xapi.shaping import Fault

DEEPEST = 64
"""Levels of lists and objects within one another: a statement's own are about eight, the rest
is for the values of extensions; readers of JSON fail at about a thousand."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 1e308

_Way = tuple["_Way", str | int] | None
"""The last step to a value, after the way to what holds it."""


def check_json(values: object) -> None:
    """Raise `Fault` unless a value is one that JSON and its readers can carry, and not too deep.

    Goes without recursion, whatever the depth.
    """
    if not isinstance(values, dict | list):
        if wrong := _wrong_value(values):
            raise Fault(wrong)
        return
    waiting: list[tuple[object, _Way, int]] = [(values, None, 1)]
    while waiting:
        value, way, depth = waiting.pop()
        if depth > DEEPEST:
            raise Fault(f"holds lists and objects more than {DEEPEST} levels deep; flatten them")
        for step, inner in _steps(value, way):
            if isinstance(inner, dict | list):
                waiting.append((inner, (way, step), depth + 1))
            elif wrong := _wrong_value(inner):
                raise Fault(wrong, step, *_back(way))


def _steps(value: object, way: _Way) -> list[tuple[str | int, object]]:
    if isinstance(value, list):
        return list(enumerate(value))
    assert isinstance(value, dict)
    for key in value:
        if not isinstance(key, str) or _SURROGATE.search(key):
            raise Fault("a key must be text, without half a surrogate pair", *_back(way))
    return list(value.items())


def _wrong_value(value: object) -> str | None:
    if isinstance(value, str):
        # Most texts are ASCII, which is known without looking.
        half = not value.isascii() and _SURROGATE.search(value)
        return "holds half a surrogate pair, which UTF-8 cannot carry" if half else None
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return None if -_LARGEST < value < _LARGEST else "is too large a number"
    if isinstance(value, float):
        return None if math.isfinite(value) else "must be a finite number"
    return "must be text, a number, true, false, a list or an object, as in JSON"


def _back(way: _Way) -> list[str | int]:
    steps: list[str | int] = []
    while way is not None:
        way, step = way
        steps.append(step)
    return steps
