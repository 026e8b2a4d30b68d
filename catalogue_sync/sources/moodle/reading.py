"""One reading of a Moodle: course by course, and only what may have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from catalogue_sync.errors import RequestRefused
from catalogue_sync.module import Withheld
from catalogue_sync.records import Batch, Built, Counted, Reading, Refused
from catalogue_sync.sources.answer import as_number
from catalogue_sync.sources.defaults import Defaults
from catalogue_sync.sources.moodle.competencies import Competencies
from catalogue_sync.sources.moodle.contents import OPENED, ContentsReader, Inner
from catalogue_sync.sources.moodle.course import Course, Page, last_change, modules_of
from catalogue_sync.sources.moodle.findings import Findings
from catalogue_sync.sources.moodle.mark import Mark, Remembered
from catalogue_sync.sources.moodle.pages import CoursePage, PageReader, digest_of
from catalogue_sync.sources.moodle.service import MoodleService
from catalogue_sync.sources.moodle.site import Site, read_courses
from catalogue_sync.sources.nameless import about_nameless

COURSES_AT_ONCE = 20
"""Courses whose details are asked for together."""

# What is in a course without its revision (`cacherev`) saying when that changes: a chapter that
# is edited raises the revision of its book alone (mod/book/edit.php), files of a folder only the
# time of the folder (mod/folder/edit.php). Pages, files, links and quizzes are saved with their
# activity, which rebuilds the course's cache. What nobody edits in the course raises nothing: a
# permission that is given to the account, or the name of a competency. `--full` reads those.
_CHANGES_UNSEEN = frozenset({"book", "folder"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the settings of a source say; `contents` whether activities are opened."""

    name: str
    left_out: tuple[str, ...]
    defaults: Defaults
    contents: bool


NO_COURSES = (
    "the token's account sees no course: give its role moodle/course:view in the system "
    "context, or enrol it"
)
CANNOT_DOWNLOAD = (
    "{count} activities with files or chapters were not opened: the token's service may not fetch "
    "them. Tick 'Can download files' under Site administration > Server > Web services > External "
    "services > Edit > Show more"
)
_UNREADABLE = Counted(
    "{count} courses could not be read, so nothing was removed. Give the account's role "
    "moodle/course:view for them"
)


class MoodleReading:
    """Yields the courses of a site as batches, each with the digest of what the site says.

    Where the account is told a course's revision, a course that has the same one as at the last
    complete reading is not asked for at all.
    """

    def __init__(
        self, service: MoodleService, site: Site, choices: Choices, reading: Reading
    ) -> None:
        self._service = service
        self._site = site
        self._choices = choices
        self._reading = reading
        self._before = Mark.from_text(reading.mark)
        self._after = Mark()
        self._pages = PageReader(service, site.offered, choices.left_out)
        self._competencies = Competencies(service, site.info, site.offered)
        self._contents = ContentsReader(
            service, reading.known, reuse=reading.mark is not None, fetch=site.may_download,
            editions=self._before.editions,
        )  # fmt: skip
        self._unreadable = 0
        self._nameless = 0

    def batches(self) -> Iterator[Batch]:
        """The courses in the order of their ids, and a last batch that says whether that is all."""
        courses = read_courses(self._service, self._site)
        after = as_number(self._reading.cursor)
        self._keep([course for course in courses if course.identifier <= after])
        left = [course for course in courses if course.identifier > after]
        done, cursor = len(courses) - len(left), self._reading.cursor
        for start in range(0, len(left), COURSES_AT_ONCE):
            for batch in self._group(left[start : start + COURSES_AT_ONCE]):
                done += 1
                # A later run must meet an unreadable course too, or it would count as vanished.
                cursor = cursor if self._unreadable or self._nameless else batch.cursor
                yield replace(batch, cursor=cursor, share=done / len(courses))
        self._after.editions = self._contents.editions
        yield Batch(
            share=1.0,
            complete=not self._unreadable and not self._nameless,
            warnings=(*(() if courses else (NO_COURSES,)), *about_nameless(self._nameless)),
            mark=self._after.to_text(),
        )

    def _keep(self, courses: Sequence[Course]) -> None:
        """What an interrupted run has read before is remembered as it was before that run."""
        for course in courses:
            number = str(course.identifier)
            if number in self._before.courses:
                self._after.courses[number] = self._before.courses[number]

    def _group(self, courses: Sequence[Course]) -> Iterator[Batch]:
        pages: dict[int, CoursePage | Refused | Remembered] = {}
        asked = [course for course in courses if self._remembered(course) is None]
        pages |= self._read_pages(asked)
        for course in courses:
            page = pages.get(course.identifier) or self._remembered(course)
            if isinstance(page, Remembered):
                self._after.courses[str(course.identifier)] = page
                yield Batch(
                    cursor=str(course.identifier), digest=page.digest,
                    build=partial(self._build_anew, course),
                )  # fmt: skip
            elif isinstance(page, CoursePage):
                self._nameless += page.nameless
                digest = self._digest(page)
                self._remember(page, digest)
                yield Batch(
                    cursor=str(course.identifier), digest=digest, build=partial(self._build, page)
                )
            elif isinstance(page, Refused):
                self._unreadable += 1
                yield Batch((page,), cursor=str(course.identifier), warnings=(_UNREADABLE,))

    def _remembered(self, course: Course) -> Remembered | None:
        """What the last reading left of a course that has not changed since, as far as is known."""
        held = self._before.courses.get(str(course.identifier))
        if held is None or held.own != self._own(course):
            return None
        return held if not 0 < held.until <= self._reading.now.timestamp() else None

    def _remember(self, page: CoursePage, digest: str) -> None:
        unseen = any(one.modname in _CHANGES_UNSEEN for one in page.activities)
        # A course with something to mend is looked at again, whatever its revision says.
        mended = not page.findings.warnings and not page.nameless
        if page.course.revision and not unseen and mended:
            self._after.courses[str(page.course.identifier)] = Remembered(
                self._own(page.course), page.next_change(), digest
            )

    def _own(self, course: Course) -> str:
        site = (sorted(self._site.offered), self._site.may_download, self._competencies.are_on)
        return digest_of(repr(course), site)

    def _digest(self, page: CoursePage) -> str:
        return page.digest(self._choices.contents, self._site.may_download)

    def _read_pages(self, courses: Sequence[Course]) -> dict[int, CoursePage | Refused]:
        findings = {course.identifier: Findings() for course in courses}
        read: dict[int, CoursePage | Refused] = {}
        pages = {}
        for course in courses:
            try:
                pages[course] = self._pages.activities(course, findings[course.identifier])
            except RequestRefused as error:
                if error.code == "accessexception":
                    raise
                place = f"course {course.identifier} ({course.name})"
                read[course.identifier] = Refused(place, str(error))
        details = self._pages.details(pages, findings) if pages else {}
        for course, activities in pages.items():
            read[course.identifier] = CoursePage(
                course=course,
                activities=activities,
                details={n: details[n] for one in activities if (n := one.identifier) in details},
                competencies=self._competencies.of_course(course.identifier),
                findings=findings[course.identifier],
                now=self._reading.now,
            )
        return read

    def _build_anew(self, course: Course) -> Built:
        """A course that was remembered, but that the catalogue does not hold so any more."""
        page = self._read_pages([course])[course.identifier]
        if isinstance(page, Refused):
            raise RequestRefused(f"{page.place}: {page.reason}")
        return self._build(page)

    def _build(self, page: CoursePage) -> Built:
        withheld = page.withheld()
        open_now = [one for one in page.activities if withheld[one.identifier] is None]
        inner = self._open(page, withheld) if self._choices.contents else {}
        taught = [one.identifier for one in open_now] if page.competencies else []
        skills = self._competencies.of_activities(taught)
        if 0 < page.course.ends <= self._reading.now.timestamp():
            page.findings.note("{count} courses whose end date has passed were read as any other")
        whole = Page(page.course, page.activities, page.details, inner, skills, withheld)
        records = self._choices.defaults.applied(modules_of(self._choices.name, whole))
        again = any(one.identifier in self._contents.left for one in page.activities)
        if again:
            self._after.courses.pop(str(page.course.identifier), None)
        return Built(records, page.findings.warnings, page.findings.notes, again)

    def _open(self, page: CoursePage, withheld: Mapping[int, Withheld | None]) -> dict[int, Inner]:
        """What is inside the activities of a course."""
        opened = [one for one in page.activities if one.modname in OPENED]
        closed = frozenset(one.identifier for one in opened if withheld[one.identifier])
        if not self._site.may_download:
            page.findings.warn(CANNOT_DOWNLOAD, len(opened) - len(closed))
        return self._contents.read(
            [one.answer for one in opened],
            page.details,
            {one.identifier: last_change(one.answer, page.details.get(one.identifier, {}))
             for one in opened},
            page.findings,
            closed=closed,
        )  # fmt: skip
