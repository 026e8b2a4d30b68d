"""The pieces before and after a module in its course: one click away, never asked for first."""

from __future__ import annotations

from datetime import datetime

from catalogue_sync.module import Module
from lti_tool.recommender.index import Key, ModuleIndex


def find_neighbours(
    index: ModuleIndex, key: Key, now: datetime
) -> tuple[Module | None, Module | None]:
    """The modules before and after the one with that key, as far as they open as it does.

    A piece that is not open `now` (aware), or that others may enter than this one, is None; so
    are both where the index does not hold the module.
    """
    number = index.numbers([key]).get(key)
    if number is None:
        return None, None
    near = index.neighbours(number)
    numbers = index.numbers([one for one in near if one is not None])
    before, after = (
        _opening_alike(index, number, None if one is None else numbers.get(one), now)
        for one in near
    )
    return before, after


def _opening_alike(
    index: ModuleIndex, number: int, other: int | None, now: datetime
) -> Module | None:
    if other is None or not index.is_open(other, now):
        return None
    alike = index.access(other) == index.access(number)
    same_course = index.course_id(other) == index.course_id(number)
    return index.module(other) if alike and same_course else None
