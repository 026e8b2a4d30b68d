"""Moodle's restrictions of access, as its backups keep them: dates, and everything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.json_values import read_json

_NO_DATE_AFTER = 7_258_118_400  # the year 2200


@dataclass(frozen=True, slots=True)
class Availability:
    """From and until when something can be opened, and whether there is any other condition."""

    starts: datetime | None = None
    ends: datetime | None = None
    is_restricted: bool = False


def availability_from(raw: str) -> Availability:
    """What the JSON of a restriction says; one that cannot be read counts as a condition.

    Only dates that must all hold are understood: who meets anything else is not known.
    """
    if not raw.strip():
        return Availability()
    try:
        tree = read_json(raw, "a restriction of access")
    except InvalidAnswer:
        return Availability(is_restricted=True)
    if not isinstance(tree, dict):
        return Availability(is_restricted=tree is not None)
    conditions = tree.get("c")
    if not isinstance(conditions, list) or not conditions:
        return Availability()
    dates = list(_dates(conditions)) if tree.get("op") == "&" else []
    if len(dates) != len(conditions):
        return Availability(is_restricted=True)
    starts = [moment for is_start, moment in dates if is_start]
    ends = [moment for is_start, moment in dates if not is_start]
    return Availability(max(starts, default=None), min(ends, default=None))


def moment_from(seconds: str) -> datetime | None:
    """A time in seconds since 1970; None for 0 and for what is no date."""
    text = seconds.strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    return datetime.fromtimestamp(number, UTC) if 0 < number < _NO_DATE_AFTER else None


def _dates(conditions: list[object]) -> Iterator[tuple[bool, datetime]]:
    """The conditions that are dates: whether it is the beginning, and when."""
    for one in conditions:
        if isinstance(one, dict) and one.get("type") == "date" and one.get("d") in (">=", "<"):
            moment = moment_from(str(one.get("t")))
            if moment is not None:
                yield one["d"] == ">=", moment
