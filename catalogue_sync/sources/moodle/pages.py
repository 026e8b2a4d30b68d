"""The pages of a Moodle's courses, with the details of what stands on them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from catalogue_sync.errors import InvalidAnswer, RequestRefused
from catalogue_sync.module import Withheld
from catalogue_sync.sources.answer import Answer, as_number, mappings
from catalogue_sync.sources.moodle.activities import (
    DETAIL_FUNCTIONS,
    details_by_activity,
    times_of,
)
from catalogue_sync.sources.moodle.course import Activity, Course, activities_of, withheld_now
from catalogue_sync.sources.moodle.findings import Findings
from catalogue_sync.sources.moodle.service import MoodleService

HINT_WHEN_MISSING = (
    "Check in Moodle that the role of the token's account may still see them: besides "
    "moodle/course:view each kind has a permission of its own, such as mod/page:view or "
    "mod/quiz:view."
)

# What changes without anybody having changed anything in the course.
_NOISE = frozenset({"modicon", "completion", "completiondata"})


@dataclass(frozen=True, slots=True)
class CoursePage:
    """What was read of one course, before anything is made of it; `now` decides what is open."""

    course: Course
    activities: tuple[Activity, ...]
    details: Mapping[int, Answer]
    competencies: tuple[str, ...]
    findings: Findings
    now: datetime

    @property
    def nameless(self) -> int:
        """How many activities have no id."""
        return sum(not one.identifier for one in self.activities)

    def withheld(self) -> dict[int, Withheld | None]:
        """Why a learner may not open each activity now."""
        return {
            one.identifier: withheld_now(
                self.course, one, self.details.get(one.identifier, {}), self.now
            )
            for one in self.activities
        }

    def next_change(self) -> int:
        """When something in it opens or closes next, in seconds since 1970; 0 for never."""
        moments = [self.course.ends]
        for one in self.activities:
            moments += times_of(one.answer, self.details.get(one.identifier, {}))
        return min((m for m in moments if m > self.now.timestamp()), default=0)

    def digest(self, *more: object) -> str:
        """Differs whenever what is made of the course could; `more` is what else it is made of."""
        activities = [
            (
                {name: value for name, value in one.answer.items() if name not in _NOISE},
                one.section, one.withheld, self.details.get(one.identifier),
            )
            for one in self.activities
        ]  # fmt: skip
        is_past = 0 < self.course.ends <= self.now.timestamp()
        said = [(r.words, r.count) for r in (*self.findings.warnings, *self.findings.notes)]
        withheld = list(self.withheld().items())
        return digest_of(
            astuple(replace(self.course, revision=0)), activities, withheld, is_past,
            self.competencies, said, more,
        )  # fmt: skip


def digest_of(*values: object) -> str:
    """32 hex digits (BLAKE2b) over values out of JSON."""
    return hashlib.blake2b(json.dumps(values).encode("ascii"), digest_size=16).hexdigest()


class PageReader:
    """Reads the pages of courses with one token; `left_out` are kinds that are not read."""

    def __init__(
        self, service: MoodleService, offered: frozenset[str], left_out: Sequence[str]
    ) -> None:
        self._service = service
        self._offered = offered
        self._left_out = frozenset(left_out)

    def activities(self, course: Course, findings: Findings) -> tuple[Activity, ...]:
        """What stands on the page of a course. Raises `RequestRefused`, `InvalidAnswer`."""
        sections = self._service.call("core_course_get_contents", {"courseid": course.identifier})
        if not isinstance(sections, list):
            raise InvalidAnswer(f"{self._service.url} did not list course {course.identifier}")
        if sections and not any(one.get("modules") for one in mappings(sections)):
            findings.warn(
                "{count} courses with sections but no activity at all. " + HINT_WHEN_MISSING
            )
        kept = []
        for activity in activities_of(course, sections):
            if activity.modname in self._left_out:
                findings.note(
                    f"{{count}} {activity.modname} left out, as the setting leave_out says"
                )
            else:
                kept.append(activity)
        return tuple(kept)

    def details(
        self, pages: Mapping[Course, tuple[Activity, ...]], findings: Mapping[int, Findings]
    ) -> dict[int, Answer]:
        """The details of all activities on these pages: one request for each kind of them."""
        numbers = {f"courseids[{n}]": course.identifier for n, course in enumerate(pages)}
        kinds = sorted({one.modname for page in pages.values() for one in page})
        details: dict[int, Answer] = {}
        for kind in kinds:
            function = DETAIL_FUNCTIONS.get(kind)
            if function is None:
                continue
            if function not in self._offered:
                for course, page in pages.items():
                    findings[course.identifier].warn(
                        f"{{count}} {kind} without description: the token's service lacks "
                        f"{function}. Add it under External services > Functions",
                        sum(one.modname == kind for one in page),
                    )
                continue
            try:
                found = details_by_activity(self._service.call(function, numbers))
            except RequestRefused as error:
                for course, page in pages.items():
                    if any(one.modname == kind for one in page):
                        findings[course.identifier].warn(
                            f"{error}. Its activities come without description"
                        )
                continue
            details |= _on_pages(kind, function, pages, found, findings)
        return details


def _on_pages(
    kind: str, function: str, pages: Mapping[Course, tuple[Activity, ...]],
    found: Mapping[int, Answer], findings: Mapping[int, Findings],
) -> dict[int, Answer]:  # fmt: skip
    """The details that belong to activities on the pages; what does not fit is a finding."""
    listed: set[int] = set()
    for course, page in pages.items():
        of_kind = [one for one in page if one.modname == kind]
        listed |= {one.identifier for one in of_kind}
        findings[course.identifier].warn(
            f"{{count}} {kind} on course pages that {function} leaves out: they have no "
            f"description. Check the permission mod/{kind}:view of the account's role",
            sum(one.withheld is None and one.identifier not in found for one in of_kind),
        )
    for number, count in _counted(found, listed):
        if number in findings:
            findings[number].warn(
                f"{{count}} {kind} in the answer of {function} that no course page shows: they "
                "were left out. If they stand in subsections, give the account's role "
                "mod/subsection:view",
                count,
            )
    return {one: found[one] for one in found.keys() & listed}


def _counted(found: Mapping[int, Answer], listed: Iterable[int]) -> Iterator[tuple[int, int]]:
    counts: dict[int, int] = {}
    for number in found.keys() - set(listed):
        course = as_number(found[number].get("course"))
        counts[course] = counts.get(course, 0) + 1
    yield from counts.items()
