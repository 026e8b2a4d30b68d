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
    """Courses by their id, and the editions of activities whose files were read wholly."""

    courses: dict[str, Remembered] = field(default_factory=dict)
    editions: dict[str, str] = field(default_factory=dict)

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
        for number, edition in as_mapping(whole.get("editions")).items():
            mark.editions[number] = as_text(edition)
        return mark

    def to_text(self) -> str:
        """The mark in one line of JSON."""
        courses: Mapping[str, list[object]] = {
            course: [one.own, one.until, one.digest] for course, one in self.courses.items()
        }
        return json.dumps(
            {"courses": courses, "editions": self.editions}, separators=(",", ":")
        )
