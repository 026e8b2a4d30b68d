"""What one complete reading of a Moodle leaves for the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalogue_sync.sources.answer import as_list, as_mapping, as_number, as_text


@dataclass(frozen=True, slots=True)
class Remembered:
    """A course that need not be asked for: `own` is what the list of courses said of it.

    `digest` is that of its batch, and holds until the time `until` (seconds since 1970; 0 for
    ever), when something in the course opens or closes.
    """

    own: str
    until: int
    digest: str


@dataclass(slots=True)
class Mark:
    """Courses by their id, editions of packages, and what was not wholly read.

    `again` has, for each course with activities that were left, how often that was so and which
    they are: the number makes the course's digest another one, so that it is read again.
    """

    courses: dict[str, Remembered] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    again: dict[str, tuple[int, frozenset[int]]] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str | None) -> Mark:
        """The mark that `to_text` wrote; an empty one for anything else."""
        try:
            whole = as_mapping(json.loads(text or "{}"))
        except (ValueError, RecursionError):
            whole = {}
        mark = cls()
        for course, value in as_mapping(whole.get("courses")).items():
            own, until, digest = (as_list(value) + [None] * 3)[:3]
            mark.courses[course] = Remembered(as_text(own), as_number(until), as_text(digest))
        for number, edition in as_mapping(whole.get("packages")).items():
            mark.packages[number] = as_text(edition)
        for course, value in as_mapping(whole.get("again")).items():
            often, numbers = (as_list(value) + [None] * 2)[:2]
            left = frozenset(as_number(one) for one in as_list(numbers))
            mark.again[course] = (as_number(often), left)
        return mark

    def to_text(self) -> str:
        """The mark in one line of JSON."""
        courses: Mapping[str, list[object]] = {
            course: [one.own, one.until, one.digest] for course, one in self.courses.items()
        }
        again = {course: [often, sorted(left)] for course, (often, left) in self.again.items()}
        whole = {"courses": courses, "packages": self.packages, "again": again}
        return json.dumps(whole, separators=(",", ":"))
