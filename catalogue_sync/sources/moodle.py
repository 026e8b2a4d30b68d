"""A Moodle site as a source, read through its web services."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from catalogue_sync.errors import (
    AccessRefused,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
)
from catalogue_sync.records import Batch, Record, Refused
from catalogue_sync.sources.answer import Answer, as_mapping, as_number, as_text, mappings
from catalogue_sync.sources.moodle_activities import DETAIL_FUNCTIONS, details_by_activity
from catalogue_sync.sources.moodle_course import Activity, Course, activities_of, modules_of
from catalogue_sync.sources.moodle_service import MoodleService

REQUIRED = (
    "core_webservice_get_site_info",
    "core_course_get_courses_by_field",
    "core_course_get_contents",
)
"""The functions without which nothing can be read."""

ADVISED = ("page", "book", "url", "quiz", "scorm", "resource", "h5pactivity", "lesson")
"""The kinds of activity whose details `check` asks for before the first sync."""

COURSES_AT_ONCE = 20
_LEFT_OUT = ("lti",)


class MoodleSource:
    """The activities of every course that the token's account can see.

    `left_out` are kinds of activity that are not read, by Moodle's names: external tools
    (`lti`) by default, for one of them is the tool that recommends. `language` is a BCP 47
    tag for courses that force no language.
    """

    hint_when_missing = (
        "Check in Moodle that the role of the token's account may still see them: besides "
        "moodle/course:view each kind has a permission of its own, such as mod/page:view or "
        "mod/quiz:view."
    )

    def __init__(
        self,
        name: str,
        service: MoodleService,
        *,
        left_out: tuple[str, ...] = _LEFT_OUT,
        language: str | None = None,
    ) -> None:
        self.name = name
        self._service = service
        self._left_out = left_out
        self._language = language

    def __repr__(self) -> str:
        return f"MoodleSource({self.name!r}, {self._service!r})"

    @classmethod
    def open(cls, name: str, settings: Mapping[str, str], secret: str | None) -> MoodleSource:
        """The source for these settings. Raises `InvalidSettings`."""
        if not secret:
            raise InvalidSettings("a Moodle source needs a web service token as its secret")
        if not re.fullmatch(r"[A-Za-z0-9]{1,128}", secret):
            raise InvalidSettings("the token is not one of Moodle's: letters and digits only")
        left_out = settings.get("leave_out", ",".join(_LEFT_OUT))
        return cls(
            name,
            MoodleService(settings["url"], secret),
            left_out=tuple(one.strip() for one in left_out.split(",") if one.strip()),
            language=settings.get("language") or None,
        )

    def check(self) -> tuple[str, ...]:
        """What to mend in Moodle so that a sync gives all it could."""
        try:
            offered, site_course = self._site()
            courses = self._courses(site_course)
        finally:
            self._service.close()
        wanted = [DETAIL_FUNCTIONS[m] for m in ADVISED if DETAIL_FUNCTIONS[m] not in offered]
        findings = [_no_courses()] if not courses else []
        if wanted:
            findings.append(
                f"the token's service lacks {', '.join(wanted)}: add them under External services "
                "> Functions, or those kinds of activity come without description"
            )
        return tuple(findings)

    def read(self, cursor: str | None, now: datetime) -> Iterator[Batch]:
        """The courses in the order of their ids, some at a time; the cursor is a course id."""
        try:
            yield from self._read(as_number(cursor), now)
        finally:
            self._service.close()

    def _read(self, after: int, now: datetime) -> Iterator[Batch]:
        offered, site_course = self._site()
        courses = self._courses(site_course)
        left = [course for course in courses if course.identifier > after]
        findings = _Findings()
        for start in range(0, len(left), COURSES_AT_ONCE):
            some = left[start : start + COURSES_AT_ONCE]
            done = len(courses) - len(left) + start + len(some)
            yield Batch(
                tuple(self._records(some, offered, findings, now)),
                cursor=str(some[-1].identifier),
                share=done / len(courses),
            )
        if not courses:
            findings.warnings.append(_no_courses())
        yield Batch(
            (),
            share=1.0,
            complete=not findings.unreadable,
            warnings=tuple(findings.all_warnings()),
            notes=tuple(findings.all_notes()),
        )

    def _site(self) -> tuple[frozenset[str], int]:
        """The functions that the token's service offers, and the id of the site's own course."""
        info = as_mapping(self._service.call("core_webservice_get_site_info"))
        offered = frozenset(as_text(one.get("name")) for one in mappings(info.get("functions")))
        if not offered:
            raise InvalidAnswer(f"{self._service.url} does not answer as a Moodle does")
        missing = [function for function in REQUIRED if function not in offered]
        if missing:
            raise AccessRefused(
                f"the token's service at {self._service.url} lacks {', '.join(missing)}. Add them "
                "under Site administration > Server > Web services > External services > Functions"
            )
        return offered, as_number(info.get("siteid")) or 1

    def _courses(self, site_course: int) -> list[Course]:
        answer = as_mapping(self._service.call("core_course_get_courses_by_field"))
        courses = [Course.from_answer(one) for one in mappings(answer.get("courses"))]
        real = [one for one in courses if one.identifier and one.identifier != site_course]
        return sorted(real, key=lambda course: course.identifier)

    def _records(
        self, courses: list[Course], offered: frozenset[str], findings: _Findings, now: datetime
    ) -> Iterator[Record]:
        pages: dict[Course, list[Activity]] = {}
        for course in courses:
            try:
                pages[course] = self._activities(course, findings)
            except RequestRefused as error:
                if error.code == "accessexception":
                    raise
                findings.unreadable.append(course.identifier)
                yield Refused(f"course {course.identifier} ({course.name})", str(error))
        details = self._details(pages, offered, findings)
        for course, activities in pages.items():
            yield from modules_of(
                self.name, course, activities, details, language=self._language, now=now
            )

    def _activities(self, course: Course, findings: _Findings) -> list[Activity]:
        sections = self._service.call("core_course_get_contents", {"courseid": course.identifier})
        if not isinstance(sections, list):
            raise InvalidAnswer(f"{self._service.url} did not list course {course.identifier}")
        if sections and not any(one.get("modules") for one in mappings(sections)):
            findings.empty_courses.append(course.name)
        found = list(activities_of(course, sections))
        findings.left_out.update(a.modname for a in found if a.modname in self._left_out)
        return [activity for activity in found if activity.modname not in self._left_out]

    def _details(
        self, pages: Mapping[Course, list[Activity]], offered: frozenset[str], findings: _Findings
    ) -> dict[int, Answer]:
        """The details of all activities on these pages: one request for each kind of them."""
        numbers = {f"courseids[{n}]": course.identifier for n, course in enumerate(pages)}
        by_kind: dict[str, set[int]] = {}
        for activity in (one for page in pages.values() for one in page):
            by_kind.setdefault(activity.modname, set()).add(activity.identifier)
        visible = {a.identifier for page in pages.values() for a in page if not a.hidden}
        details: dict[int, Answer] = {}
        for modname, identifiers in sorted(by_kind.items()):
            function = DETAIL_FUNCTIONS.get(modname)
            if function not in offered or function is None:
                findings.without_details[modname] += len(identifiers)
                continue
            try:
                found = details_by_activity(self._service.call(function, numbers))
            except RequestRefused as error:
                findings.warnings.append(f"{error}. Its activities come without description")
                continue
            findings.not_on_page[modname] += len(found.keys() - identifiers)
            findings.not_listed[modname] += len((identifiers & visible) - found.keys())
            details |= {one: found[one] for one in found.keys() & identifiers}
        return details


class _Findings:
    """What a scan noticed on its way, told once at its end."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.unreadable: list[int] = []
        self.empty_courses: list[str] = []
        self.left_out: Counter[str] = Counter()
        self.without_details: Counter[str] = Counter()
        self.not_on_page: Counter[str] = Counter()
        self.not_listed: Counter[str] = Counter()

    def all_warnings(self) -> Iterator[str]:
        yield from self.warnings
        for modname, count in sorted(self.without_details.items()):
            function = DETAIL_FUNCTIONS.get(modname)
            if function is not None:
                yield (
                    f"{count} {modname} without description: the token's service lacks "
                    f"{function}. Add it under External services > Functions"
                )
        for modname, count in sorted(self.not_on_page.items()):
            if count:
                yield (
                    f"{count} {modname} in the answer of {DETAIL_FUNCTIONS[modname]} that no "
                    "course page shows: they were left out"
                )
        for modname, count in sorted(self.not_listed.items()):
            if count:
                yield (
                    f"{count} {modname} on course pages that {DETAIL_FUNCTIONS[modname]} leaves "
                    f"out: they have no description. Check the permission mod/{modname}:view of "
                    "the account's role"
                )
        if self.empty_courses:
            names = ", ".join(self.empty_courses[:5])
            yield (
                f"{len(self.empty_courses)} courses with sections but no activity at all "
                f"({names}). {MoodleSource.hint_when_missing}"
            )
        if self.unreadable:
            yield (
                f"{len(self.unreadable)} courses could not be read, so nothing was removed. Give "
                "the account's role moodle/course:view for them"
            )

    def all_notes(self) -> Iterator[str]:
        for modname, count in sorted(self.left_out.items()):
            yield f"{count} {modname} left out, as the setting leave_out says"


def _no_courses() -> str:
    return (
        "the token's account sees no course: give its role moodle/course:view in the system "
        "context, or enrol it"
    )
