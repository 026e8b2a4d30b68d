"""The circumstances of a need that the learner did not have to type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lti_tool.recommender.use import NO_USE, NOTHING_USED, PersonalUse, UseModel


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
    `goals` are the person's own, in their words.
    `asked` names the questions that were asked back for this need before.

    `use` is what helped others in the organisation, `personal` what this person opened and
    judged before; `draw` is what the dice of exploration are thrown with (the same gives the
    same), None to explore nothing.
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
    goals: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    use: UseModel = NO_USE
    personal: PersonalUse = NOTHING_USED
    draw: str | None = None
