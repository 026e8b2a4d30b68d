"""What is counted over all modules of an index: courses, languages, who may enter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TypedDict

from catalogue_sync.module import Module
from lti_tool.recommender.access import asks_who

LARGE_LANGUAGE = 0.05
"""The share of a catalogue's modules from which every need is looked for in that language."""

MOST_COURSES = 1_000
"""Courses that are kept by title, those with the most modules."""

_MOST_COUNTED = 50_000
"""Titles of courses that are counted at once; of more, the rarer half is forgotten."""

_FIRST_TITLES = 10


class StoredTallies(TypedDict):
    """Tallies as JSON values."""

    courses: dict[str, int]
    languages: dict[str, int]
    first_titles: list[str]
    restricted: int


@dataclass(slots=True)
class Tallies:
    """Counts that a few thousand numbers hold, however large the catalogue.

    The courses of a catalogue with more than 50,000 of them are counted approximately.
    """

    courses: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    first_titles: list[str] = field(default_factory=list)
    restricted: int = 0

    def add(self, module: Module, language: str) -> None:
        """Count a module."""
        self.languages[language] += 1
        self.restricted += asks_who(module)
        if module.course:
            self.courses[module.course] += 1
            if len(self.courses) > _MOST_COUNTED:
                self.courses = Counter(dict(self.courses.most_common(_MOST_COUNTED // 2)))
        if len(self.first_titles) < _FIRST_TITLES:
            self.first_titles.append(module.title)

    def remove(self, module: Module, language: str) -> None:
        """Count a module no more."""
        self.languages[language] -= 1
        self.restricted -= asks_who(module)
        if module.course and module.course in self.courses:
            self.courses[module.course] -= 1
        if module.title in self.first_titles:
            self.first_titles.remove(module.title)

    def shortened(self) -> Tallies:
        """A copy with the courses that are kept, and none that has no module left."""
        by_size = sorted(self.courses, key=lambda course: (-self.courses[course], course))
        kept = {c: self.courses[c] for c in by_size[:MOST_COURSES] if self.courses[c] > 0}
        return Tallies(Counter(kept), +self.languages, list(self.first_titles), self.restricted)

    def stored(self) -> StoredTallies:
        """As JSON values."""
        return StoredTallies(
            courses=dict(self.courses),
            languages=dict(self.languages),
            first_titles=self.first_titles,
            restricted=self.restricted,
        )


def restored(stored: StoredTallies) -> Tallies:
    """The tallies that were stored."""
    return Tallies(
        Counter(stored["courses"]),
        Counter(stored["languages"]),
        list(stored["first_titles"]),
        stored["restricted"],
    )
