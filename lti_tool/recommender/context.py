"""The circumstances of a need that the learner did not have to type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where a need was asked, by whom, and what was shown for it before.

    `course_id` is that of the launch, as in `Module.course_id`; `role` is "learner",
    "teacher", … ; `seen` holds (source, identifier) of modules to leave out; `language` is
    the BCP 47 tag of the page, taken for a need that is too short to tell its own; `placed`
    holds (source, identifier) of the modules that teachers placed in that course.

    `courses` has, by source, the ids of the courses that the person is in; a source that is
    missing there could not say. `home` are the sources that read the LMS of the launch: the
    course `course_id` is one of theirs. `enters_all` says that the person administers that
    LMS. `now` (aware) is when the need is asked; without it nothing counts as over.
    """

    course_id: str | None = None
    role: str = "learner"
    seen: frozenset[tuple[str, str]] = frozenset()
    language: str | None = None
    placed: frozenset[tuple[str, str]] = frozenset()
    courses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    home: frozenset[str] = frozenset()
    enters_all: bool = False
    now: datetime | None = None
