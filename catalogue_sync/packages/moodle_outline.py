"""The outline of a Moodle backup: its course, its sections, and its activities in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from catalogue_sync.errors import PackageError
from catalogue_sync.limits import Limits
from catalogue_sync.module import Access, Withheld
from catalogue_sync.packages.archive import Archive
from catalogue_sync.packages.moodle_availability import (
    Availability,
    availability_from,
    moment_from,
)
from catalogue_sync.packages.xml import Element, attribute, child, children, parse_xml, text
from catalogue_sync.plain_text import name_from_escaped

_DIRECTORY = re.compile(r"(?:activities|sections)/[A-Za-z0-9_]{1,100}")
_MODNAME = re.compile(r"[a-z][a-z0-9_]{0,50}")
_NULL = "$@NULL@$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The course that was backed up."""

    identifier: str | None = None
    title: str | None = None
    language: str | None = None
    access: Access | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the course page; `parent` is the activity that a subsection hangs on."""

    identifier: str
    title: str | None = None
    number: int = 0
    sequence: tuple[str, ...] = ()
    parent: str = ""
    hidden: bool = False
    availability: Availability = field(default_factory=Availability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """An activity as the list of the backup names it."""

    identifier: str
    section: str
    modname: str
    title: str
    directory: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What a backup holds. `problems` are files that could not be read, and why."""

    course: Course
    sections: Mapping[str, Section]
    activities: tuple[Activity, ...]
    problems: tuple[tuple[str, str], ...]

    def withheld(self, section: str) -> tuple[Withheld | None, Availability]:
        """Why nothing in a section can be opened, and when it can."""
        found = self.sections.get(section, Section(identifier=""))
        if self.course.hidden or found.hidden:
            return Withheld.HIDDEN, found.availability
        restricted = found.availability.is_restricted
        return (Withheld.RESTRICTED if restricted else None), found.availability


class BackupFiles:
    """The XML files of a backup, each read when it is asked for."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self.archive = archive
        self.limits = limits
        self.names = frozenset(archive.names())

    def root(self, name: str) -> tuple[str, Element]:
        """The root of a file. Raises `PackageError` when it is not there or cannot be read."""
        return parse_xml(self.archive.read(name), f"{self.archive.path}: {name}", self.limits)

    def is_too_large(self, name: str) -> bool:
        """Whether a file is past what is read of one; answers of many people can make it so."""
        most = min(self.limits.xml_bytes, self.limits.package_entry)
        return self.archive.size(name) > most


def value(element: Element, name: str) -> str:
    """The text of a child; empty for Moodle's word for nothing."""
    told = text(child(element, name)).strip()
    return "" if told == _NULL else told


def read_outline(root: Element, files: BackupFiles) -> Outline:
    """The outline that `moodle_backup.xml` lists, from its root element."""
    information = child(root, "information")
    contents = child(information, "contents")
    problems: list[tuple[str, str]] = []
    sections = {}
    for element in children(child(contents, "sections"), "section"):
        section = _section(element, files, problems)
        sections[section.identifier] = section
    listed = [_activity(one) for one in children(child(contents, "activities"), "activity")]
    activities = {one.identifier: one for one in reversed(listed) if one is not None}
    return Outline(
        course=_course(information, files, problems),
        sections=sections,
        activities=tuple(_in_order(dict(reversed(activities.items())), sections)),
        problems=tuple(problems),
    )


def _activity(element: Element) -> Activity | None:
    """None for one that names no file of its own: such a list was not written by Moodle."""
    directory, modname = value(element, "directory"), value(element, "modulename")
    identifier = value(element, "moduleid")
    known = _DIRECTORY.fullmatch(directory) and _MODNAME.fullmatch(modname)
    if not identifier or not known:
        return None
    return Activity(
        identifier=identifier,
        section=value(element, "sectionid"),
        modname=modname,
        title=name_from_escaped(value(element, "title")),
        directory=directory,
    )


def _section(element: Element, files: BackupFiles, problems: list[tuple[str, str]]) -> Section:
    identifier, parent = value(element, "sectionid"), value(element, "parentcmid")
    directory = value(element, "directory")
    name = f"{directory}/section.xml"
    listed = name_from_escaped(value(element, "title"))
    if not _DIRECTORY.fullmatch(directory) or name not in files.names:
        # Moodle lists a section without a name under its number.
        title = None if listed.isdigit() else listed or None
        return Section(identifier=identifier, title=title, parent=parent)
    try:
        _, root = files.root(name)
    except PackageError as error:
        problems.append((name, str(error)))
        return Section(identifier=identifier, parent=parent, hidden=True)
    number = value(root, "number")
    raw = value(root, "availabilityjson") or value(root, "availability")
    return Section(
        identifier=identifier,
        title=name_from_escaped(value(root, "name")) or None,
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0,
        sequence=tuple(part.strip() for part in value(root, "sequence").split(",")),
        parent=parent,
        hidden=value(root, "visible") == "0",
        availability=availability_from(raw),
    )


def _in_order(
    activities: dict[str, Activity], sections: Mapping[str, Section]
) -> Iterator[Activity]:
    """As the course page shows them: by section, a subsection where its activity stands.

    What no section lists comes last, in the order of the backup.
    """
    below = {section.parent: section for section in sections.values() if section.parent}
    outer = [section for section in sections.values() if not section.parent]
    waiting = [one for section in sorted(outer, key=lambda s: -s.number)
               for one in reversed(section.sequence)]  # fmt: skip
    while waiting:
        identifier = waiting.pop()
        inner = below.pop(identifier, None)
        if inner is not None:
            waiting.extend(reversed(inner.sequence))
        activity = activities.pop(identifier, None)
        if activity is not None:
            yield activity
    yield from activities.values()


def _course(information: Element, files: BackupFiles, problems: list[tuple[str, str]]) -> Course:
    identifier = value(information, "original_course_id")[:500] or None
    title = name_from_escaped(value(information, "original_course_fullname")) or None
    name = "course/course.xml"
    if name not in files.names:
        return Course(identifier=identifier, title=title, access=_access(files, problems))
    try:
        _, root = files.root(name)
    except PackageError as error:
        problems.append((name, str(error)))
        return Course(identifier=identifier, title=title, hidden=True)
    return Course(
        identifier=identifier or attribute(root, "id")[:500] or None,
        title=name_from_escaped(value(root, "fullname")) or title,
        language=value(root, "lang").replace("_", "-")[:40] or None,
        access=_access(files, problems),
        hidden=value(root, "visible") == "0",
    )


def _access(files: BackupFiles, problems: list[tuple[str, str]]) -> Access | None:
    """Who may enter the course, by its enrolment methods; None where the backup has none."""
    name = "course/enrolments.xml"
    if name not in files.names:
        return None
    try:
        _, root = files.root(name)
    except PackageError as error:
        problems.append((name, str(error)))
        return None
    methods = children(child(root, "enrols"), "enrol")
    open_to_all = [
        one for one in methods if value(one, "status") == "0" and not value(one, "password")
    ]
    if any(value(one, "enrol") == "guest" for one in open_to_all):
        return Access.GUEST
    if any(_lets_in(one) for one in open_to_all):
        return Access.SELF_ENROLMENT
    return Access.ENROLLED if methods else None


def _lets_in(method: Element) -> bool:
    """Whether people can enrol themselves (`customint6`: whether new ones still can)."""
    return value(method, "enrol") == "self" and value(method, "customint6") != "0"


def activity_availability(module: Element) -> Availability:
    """When and by whom an activity can be opened; before Moodle 2.7 in elements, not in JSON."""
    raw = value(module, "availability")
    if raw:
        return availability_from(raw)
    return Availability(
        starts=moment_from(value(module, "availablefrom")),
        ends=moment_from(value(module, "availableuntil")),
        is_restricted=any(
            children(child(module, "availability_info"), name)
            for name in ("availability", "availability_field")
        ),
    )
