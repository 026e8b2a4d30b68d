"""A Canvas site as a source, read through its REST API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from catalogue_sync.errors import (
    AccessRefused,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
)
from catalogue_sync.limits import Limits
from catalogue_sync.records import Batch, Built, Counted, Reading, Refused
from catalogue_sync.sources.answer import as_mapping
from catalogue_sync.sources.canvas.checks import about_gone, findings, no_courses
from catalogue_sync.sources.canvas.contents import CanvasContents, Found
from catalogue_sync.sources.canvas.course import Course, Type
from catalogue_sync.sources.canvas.lists import CanvasLists, Courses, order_of
from catalogue_sync.sources.canvas.modules import CourseFacts, Described, modules_of
from catalogue_sync.sources.canvas.service import CanvasService, as_id
from catalogue_sync.sources.defaults import provenance_of
from catalogue_sync.sources.kinds import (
    CONTENTS,
    LANGUAGE,
    LICENCE,
    PROVENANCE,
    Setting,
    SourceKind,
    is_on,
)
from catalogue_sync.sources.nameless import about_nameless
from catalogue_sync.surroundings import Surroundings

_LEFT_OUT = Type.EXTERNAL_TOOL.value
_OWN_COURSES = "the courses that the token's account is in were read"
_NOTHING = Found({}, (), again=False)


class CanvasSource:
    """The items in the modules of every course that the token's account may read.

    External tools are left out where the settings do not say otherwise, for one of them is the
    tool that recommends.
    """

    hint_when_missing = (
        "Check in Canvas that the token's account may still see their courses: in its role the "
        "permissions Courses - view list and Course Content - view, or its enrolments."
    )

    def __init__(
        self,
        described: Described,
        service: CanvasService,
        lists: CanvasLists,
        *,
        limits: Limits,
        contents: bool = True,
    ) -> None:
        self.name = described.source
        self._described = described
        self._service = service
        self._lists = lists
        self._limits = limits
        self._contents = contents

    def __repr__(self) -> str:
        return f"CanvasSource({self.name!r}, {self._service!r})"

    @property
    def site(self) -> str:
        """The address of the Canvas, by which a platform is recognised as the same one."""
        return self._service.url

    def courses_of(self, person: str) -> frozenset[str]:
        """The ids of the courses in which a person is enrolled now, by Canvas's id of a user.

        Nobody of that id is in no course. Raises `AccessRefused` where the token's account may
        not know.
        """
        if not as_id(person):
            return frozenset()
        active = [("enrollment_state", "active")]
        try:
            pages = self._service.pages(f"users/{person}/courses", active)
            return frozenset(as_id(one.get("id")) for page in pages for one in page) - {""}
        except RequestRefused as error:
            if error.code == "404":
                return frozenset()
            raise
        except AccessRefused as error:
            raise AccessRefused(
                f"{self.site} does not tell the token's account in which courses a person is. "
                "Give its role the permission Users - view list"
            ) from error
        finally:
            self._service.close()

    def check(self) -> tuple[str, ...]:
        """What to mend in Canvas so that a sync gives all it could."""
        try:
            return tuple(findings(self._service, self._lists))
        finally:
            self._service.close()

    def read(self, reading: Reading) -> Iterator[Batch]:
        """One batch for each course, in the order of their ids; the cursor is a course id.

        Lists are asked for every time; what is inside pages and files only where a course
        changed since the last complete scan.
        """
        try:
            yield from self._read(reading)
        finally:
            self._service.close()

    def _read(self, reading: Reading) -> Iterator[Batch]:
        courses = self._lists.courses()
        if _was_everywhere(reading.mark) and not courses.everywhere:
            raise AccessRefused(
                f"{self.site} does not list its courses to the token's account any more. Give its "
                "role the permission Courses - view list again; where that is not wanted, set "
                "courses to those to be read"
            )
        contents = CanvasContents(self._service, self._limits)
        unreadable, nameless, cursor = len(courses.unread), 0, reading.cursor
        if courses.unread:
            yield Batch(courses.unread, cursor=cursor)
        for number, course in enumerate(courses.listed, start=1):
            if reading.cursor and order_of(course.identifier) <= order_of(reading.cursor):
                continue
            facts = self._facts(course)
            if isinstance(facts, Refused):
                unreadable += 1
                batch = Batch((facts,))
            else:
                nameless += facts.nameless
                batch = self._batch(facts, contents, reading)
            # A later run must meet an unreadable course too, or it would count as vanished.
            cursor = cursor if unreadable or nameless else course.identifier
            yield replace(batch, cursor=cursor, share=number / len(courses.listed))
        yield Batch(
            (),
            share=1.0,
            complete=not unreadable and not nameless,
            warnings=(*_warnings(courses, unreadable), *about_nameless(nameless)),
            notes=() if courses.everywhere else (_OWN_COURSES,),
            mark=json.dumps({"everywhere": courses.everywhere}),
        )

    def _facts(self, course: Course) -> CourseFacts | Refused:
        try:
            return self._lists.facts(course)
        except (AccessRefused, RequestRefused, InvalidAnswer) as error:
            return Refused(f"course {course.identifier} ({course.name})", str(error))

    def _batch(self, facts: CourseFacts, contents: CanvasContents, reading: Reading) -> Batch:
        def build() -> Built:
            found = contents.read(facts, reading) if self._contents else _NOTHING
            return Built(
                tuple(modules_of(facts, found.contents, self._described, reading.now)),
                warnings=(*_unlisted(facts), *found.remarks),
                notes=tuple(
                    Counted(f"{{count}} {sort} left out, as the setting leave_out says", count)
                    for sort, count in facts.left_out
                ),
                again=found.again,
            )

        return Batch(digest=facts.digest(reading.now), build=build)


def _warnings(courses: Courses, unreadable: int) -> Iterator[str]:
    if not courses.listed and not courses.gone:
        yield no_courses()
    yield from about_gone(courses)
    if unreadable:
        yield (
            f"{unreadable} courses could not be read, so nothing was removed. Give the account's "
            "role Course Content - view for them, or take them out of the setting courses"
        )


def _unlisted(facts: CourseFacts) -> Iterator[Counted]:
    for sort, count in facts.unlisted:
        yield Counted(
            f"{{count}} {sort} items without description and times: the token's account may not "
            "list them. Give its role Course Content - view",
            count,
        )


def _was_everywhere(mark: str | None) -> bool:
    """Whether the last scan saw the whole Canvas."""
    try:
        return as_mapping(json.loads(mark or "{}")).get("everywhere") is True
    except ValueError:
        return False


def _ids(settings: Mapping[str, str], name: str) -> tuple[str, ...]:
    values = [one.strip() for one in settings.get(name, "").split(",") if one.strip()]
    for value in values:
        if not as_id(value):
            raise InvalidSettings(
                f"{name} has {value[:40]!r}; write ids, the numbers in Canvas's addresses"
            )
    return tuple(dict.fromkeys(values))


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> CanvasSource:
    accounts = _ids(settings, "account")
    if len(accounts) > 1:
        raise InvalidSettings("account has more than one id; write one")
    left_out = settings.get("leave_out", _LEFT_OUT)
    service = CanvasService(settings["url"].strip(), (secret or "").strip(), surroundings)
    lists = CanvasLists(
        service,
        account="".join(accounts),
        chosen=_ids(settings, "courses"),
        left_out=tuple(one.strip() for one in left_out.split(",") if one.strip()),
    )
    described = Described(
        source=name,
        site=service.url,
        language=settings.get("language", "").strip() or None,
        provenance=provenance_of(settings),
        licence=settings.get("licence", "").strip() or None,
    )
    contents = surroundings.contents and is_on(settings, "contents", default=True)
    return CanvasSource(described, service, lists, limits=surroundings.limits, contents=contents)


KIND = SourceKind(
    "canvas",
    "A Canvas site, through its REST API.",
    (
        Setting("url", "address of the site, such as https://canvas.example", required=True),
        Setting("account", "id of the account whose courses are read (default: all)"),
        Setting("courses", "ids of the only courses to read, by commas"),
        Setting("leave_out", "types of item not to read, by commas (default: ExternalTool)"),
        LANGUAGE,
        PROVENANCE,
        LICENCE,
        CONTENTS,
    ),
    _open,
    secret="access token",  # noqa: S106 - what the secret is called, not a secret
)
