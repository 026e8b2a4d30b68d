"""Which modules to mend first: those whose mending helps most, and not all of one course."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import NamedTuple

from catalogue_sync.module import Access, Kind
from catalogue_sync.shelf.lacks import Lack, ShelfItem
from catalogue_sync.shelf.titles import SLIGHT

FIRST = 30
"""Modules that are named to be mended first."""

MOST_OF_A_COURSE = 5
"""Of those at most so many are of one course, so that one bad course does not hide the rest."""

SHORT_MINUTES = 15.0
"""Up to this a module fits between two tasks."""

_WEIGHTS = {
    Lack.TITLE: 4, Lack.WORDS: 4, Lack.DESCRIPTION: 2, Lack.MINUTES: 2, Lack.LANGUAGE: 1
}  # fmt: skip
"""How much each lack hinders: without a title or any words a module is hardly ever found. A
title whose fault is slight counts 1."""

_REACH = {None: 3, Access.GUEST: 3, Access.SIGNED_IN: 3, Access.SELF_ENROLMENT: 2}
"""How many can enter; a module that only those enrolled can open counts 1."""

_PIECES = frozenset({Kind.MICRO, Kind.ARTICLE, Kind.VIDEO, Kind.LESSON, Kind.PRACTICE})
"""What helps by itself at the moment of need counts double: a quiz or a whole course does not."""


class _Weighed(NamedTuple):
    """A module with what its mending brings; of equal ones the earlier one is greater."""

    gain: int
    earlier: int
    item: ShelfItem


class First:
    """The modules whose mending helps most, chosen while they pass by.

    At any time the best of all that passed, at most five of one course, are at hand; as long as
    those are too few, the best of the others too. No more than twice thirty are ever held.
    """

    def __init__(self) -> None:
        self._of_course: dict[object, list[_Weighed]] = {}
        self._others: list[_Weighed] = []
        self._held = 0
        self._least: _Weighed | None = None

    def add(self, item: ShelfItem, number: int) -> None:
        """Weigh a module that stands at `number`; of equals the earlier one comes first."""
        gain = gain_of(item)
        if not gain or (self._least is not None and (gain, -number) < self._least[:2]):
            return
        light = replace(item, module=replace(item.module, text="", passages=()))
        self._hold(_Weighed(gain, -number, light))

    def chosen(self) -> list[ShelfItem]:
        """The first to mend; more than five of one course only where there is no other."""
        best = sorted((one for held in self._of_course.values() for one in held), reverse=True)
        others = sorted(self._others, reverse=True)
        return [one.item for one in (*best, *others)][:FIRST]

    def _hold(self, one: _Weighed) -> None:
        course = self._of_course.setdefault(_course_of(one), [])
        heapq.heappush(course, one)
        self._held += 1
        if len(course) > MOST_OF_A_COURSE:
            self._let_go(course)
        elif self._held > FIRST:
            self._let_go(min(self._of_course.values()))
        if self._held == FIRST:
            self._least = min(self._of_course.values())[0]
            self._others.clear()

    def _let_go(self, course: list[_Weighed]) -> None:
        """Put the least of a course among the others."""
        least = heapq.heappop(course)
        self._held -= 1
        if not course:
            del self._of_course[_course_of(least)]
        if self._least is None:
            heapq.heappush(self._others, least)
            if len(self._others) > FIRST:
                heapq.heappop(self._others)


def _course_of(one: _Weighed) -> object:
    """What course a module is of; one that is of none is like a course of its own."""
    module = one.item.module
    return module.source, module.course_id or module.course or one.earlier


def gain_of(item: ShelfItem) -> int:
    """What mending a module brings: what it lacks, for how many, and how soon it helps."""
    need = sum(
        1 if lack is Lack.TITLE and item.fault in SLIGHT else _WEIGHTS[lack] for lack in item.lacks
    )
    module = item.module
    pieces = 2 if module.kind in _PIECES else 1
    minutes = module.duration.minutes if module.duration else None
    # Of equal ones a short piece comes first, then one of which it is not known.
    haste = 1 if minutes is None else 2 * (minutes <= SHORT_MINUTES)
    return 3 * need * _REACH.get(module.access, 1) * pieces + haste * bool(need)
