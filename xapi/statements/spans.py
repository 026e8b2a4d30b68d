"""Spans of time in statements."""

from __future__ import annotations

from datetime import timedelta

from xapi.errors import InvalidStatement
from xapi.forms import iso_duration


def duration_result(duration: timedelta | None) -> dict[str, object]:
    """The part of a result that tells how long it took, or nothing where that is not known."""
    if duration is None:
        return {}
    if duration < timedelta(0):
        raise InvalidStatement("a duration cannot be negative")
    return {"duration": iso_duration(duration)}
