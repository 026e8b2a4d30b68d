"""Moodle backups (.mbz, a zip or tar.gz): the activities of a course, in its page's order.

Nothing is read of people: neither `users.xml` nor what participants wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from catalogue_sync.errors import InvalidModule, PackageError, UnsupportedPackage
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.minutes import minutes_declared
from catalogue_sync.module import LONGEST, MOST_SKILLS, Module, Withheld
from catalogue_sync.packages.archive import open_archive
from catalogue_sync.packages.inside import Unread
from catalogue_sync.packages.moodle_activity import (
    Detail,
    is_news_forum,
    no_detail,
    read_detail,
)
from catalogue_sync.packages.moodle_availability import Availability
from catalogue_sync.packages.moodle_files import MoodleFiles
from catalogue_sync.packages.moodle_outline import (
    Activity,
    BackupFiles,
    Outline,
    activity_availability,
    read_outline,
    value,
)
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.xml import Element, child, children
from catalogue_sync.plain_text import name_from_escaped
from catalogue_sync.records import Refused

BACKUP = "moodle_backup.xml"
_NO_MODULES = frozenset({"label", "subsection"})
_Closed = dict[str, tuple[Withheld | None, Availability]]
"""Why what stands in a subsection cannot be opened, and when it can, by its section."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An activity with what its `module.xml` says."""

    activity: Activity
    settings: Element
    withheld: Withheld | None
    starts: datetime | None
    ends: datetime | None


def read_backup(
    path: Path, *, source: str, open_with: OpenWith | None = None, language: str | None = None,
    contents: bool = True, limits: Limits = STANDARD,
) -> Iterator[Module | Refused]:  # fmt: skip
    """The activities of a backup in the order of the course page, and what was set aside.

    A URL activity opens its own address, everything else the one that `open_with` makes, whose
    `{identifier}` is the course module id and `{kind}` Moodle's name of the kind of activity.
    These ids are those of the course that was backed up: restored elsewhere, they are others.
    `contents` off leaves texts and files unread. `language` is for a course that forces none.

    Raises `PackageError` (`UnsafePackage`, `UnsupportedPackage`, `InvalidXML`).
    """
    with open_archive(path, limits) as archive:
        if BACKUP not in archive:
            old = ", or one of Moodle 1.9" if "moodle.xml" in archive else ""
            raise UnsupportedPackage(f"{path} has no {BACKUP}: not a Moodle backup{old}")
        files = BackupFiles(archive, limits)
        name, root = files.root(BACKUP)
        if name != "moodle_backup":
            raise UnsupportedPackage(f"{path}: {BACKUP} begins with <{name[:100]}>, not a backup")
        reader = _Reader(path, files, read_outline(root, files), source, open_with, contents)
        for record in reader.records():
            yield record if isinstance(record, Refused) else _in(record, language)


class _Reader:
    def __init__(
        self, path: Path, files: BackupFiles, outline: Outline, source: str,
        open_with: OpenWith | None, contents: bool,
    ) -> None:  # fmt: skip
        self._path = path
        self._files = files
        self._outline = outline
        self._source = source
        self._open_with = open_with
        self._stored = MoodleFiles(files, wanted=contents)
        self._contents = contents
        self._inner = {s.parent: s.identifier for s in outline.sections.values() if s.parent}

    def records(self) -> Iterator[Module | Refused]:
        for name, reason in self._outline.problems:
            yield Refused(f"{self._path.name}: {name}", reason)
        found: list[_Found] = []
        # What stands in a subsection that cannot be seen is not shown to learners either.
        closed: _Closed = {name: (Withheld.HIDDEN, Availability()) for name in self._inner.values()}
        for activity in self._outline.activities:
            try:
                one = self._found(activity, closed)
            except PackageError as error:
                # Whether it is hidden is in there, so it cannot be shown.
                yield self._refuse(activity, str(error))
                continue
            if activity.identifier in self._inner:
                inner = Availability(one.starts, one.ends)
                closed[self._inner[activity.identifier]] = one.withheld, inner
            if activity.modname not in _NO_MODULES and not self._is_news(activity):
                found.append(one)
        shown = [one for one in found if one.withheld is None]
        places = {id(one): number for number, one in enumerate(shown, start=1)}
        for one in found:
            yield from self._module(one, places.get(id(one)), len(shown))
        for name, reason in self._stored.problems:
            yield Refused(f"{self._path.name}: {name[:200]}", reason)
        if self._stored.unread:
            yield Unread.of(self._path.name, self._stored.unread)

    def _found(self, activity: Activity, closed: _Closed) -> _Found:
        _, root = self._files.root(f"{activity.directory}/module.xml")
        section = value(root, "sectionid") or activity.section
        above, around = self._outline.withheld(section)
        outer, outer_time = closed.get(section, (None, Availability()))
        own = activity_availability(root)
        times = (own, around, outer_time)
        return _Found(
            activity,
            root,
            _withheld(root, own) or above or outer,
            max((one.starts for one in times if one.starts), default=None),
            min((one.ends for one in times if one.ends), default=None),
        )

    def _module(
        self, found: _Found, position: int | None, siblings: int
    ) -> Iterator[Module | Refused]:
        activity = found.activity
        name = f"{activity.directory}/{activity.modname}.xml"
        detail = no_detail(activity)
        try:
            if self._files.is_too_large(name):
                yield Refused(f"{self._path.name}: {name}", "the file is too large to be read")
            else:
                _, root = self._files.root(name)
                detail = read_detail(activity.modname, root, self._stored, contents=self._contents)
            yield self._build(found, detail, position, siblings)
        except (InvalidModule, PackageError) as error:
            yield self._refuse(activity, str(error))

    def _build(self, found: _Found, detail: Detail, position: int | None, siblings: int) -> Module:
        activity, course = found.activity, self._outline.course
        title = detail.title or activity.title
        section = self._outline.sections.get(value(found.settings, "sectionid") or activity.section)
        return Module(
            source=self._source,
            identifier=activity.identifier,
            title=title,
            kind=detail.kind,
            open_url=detail.url or self._address(activity, title, detail.href),
            description=detail.description,
            text=detail.text,
            passages=detail.passages,
            duration=minutes_declared(title, detail.description, detail.text)
            or detail.limit
            or detail.estimate,
            language=value(found.settings, "lang").replace("_", "-")[:40] or course.language,
            skills=self._skills(found),
            course_id=course.identifier,
            course=course.title,
            section=section.title if section else None,
            position=position,
            siblings=siblings if position else None,
            access=course.access,
            withheld=found.withheld,
            starts=max((m for m in (found.starts, detail.starts) if m), default=None),
            ends=min((m for m in (found.ends, detail.ends) if m), default=None),
            updated=detail.updated,
        )

    def _address(self, activity: Activity, title: str, href: str) -> str | None:
        if self._open_with is None:
            return None
        return self._open_with.url(
            identifier=activity.identifier, title=title, href=href, kind=activity.modname
        )

    def _is_news(self, activity: Activity) -> bool:
        """A forum that cannot be read is told of later, where it is read for its words."""
        name = f"{activity.directory}/forum.xml"
        if activity.modname != "forum" or self._files.is_too_large(name):
            return False
        try:
            return is_news_forum(self._files.root(name)[1])
        except PackageError:
            return False

    def _skills(self, found: _Found) -> tuple[str, ...]:
        """The competencies of an activity by their id number, then its tags."""
        skills: list[str] = []
        name = f"{found.activity.directory}/competencies.xml"
        if name in self._files.names:
            _, root = self._files.root(name)
            competencies = children(child(root, "competencies"), "competency")
            skills += [value(one, "idnumber") for one in competencies]
        tags = children(child(found.settings, "tags"), "tag")
        skills += [value(one, "rawname") or value(one, "name") for one in tags]
        named = dict.fromkeys(name_from_escaped(skill, 500) for skill in skills)
        return tuple(skill for skill in named if skill)[:MOST_SKILLS]

    def _refuse(self, activity: Activity, reason: str) -> Refused:
        place = f"{self._path.name}: {activity.directory}"
        fits = len(activity.identifier) <= LONGEST["identifier"]
        return Refused(place, reason, activity.identifier if fits else None)


def _withheld(module: Element, availability: Availability) -> Withheld | None:
    if value(module, "visible") == "0":
        return Withheld.HIDDEN
    if availability.is_restricted:
        return Withheld.RESTRICTED
    return Withheld.STEALTH if value(module, "visibleoncoursepage") == "0" else None


def _in(module: Module, language: str | None) -> Module:
    return module if module.language or not language else replace(module, language=language)
