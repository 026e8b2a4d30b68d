"""The circumstances of a need that the learner did not have to type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where a need was asked, and what was shown for it before.

    `course_id` is that of the launch, as in `Module.course_id`; `role` is "learner",
    "teacher", … ; `seen` holds (source, identifier) of modules to leave out; `language` is
    the BCP 47 tag of the page, taken for a need that is too short to tell its own; `placed`
    holds (source, identifier) of the modules that teachers placed in that course.
    """

    course_id: str | None = None
    role: str = "learner"
    seen: frozenset[tuple[str, str]] = frozenset()
    language: str | None = None
    placed: frozenset[tuple[str, str]] = frozenset()
