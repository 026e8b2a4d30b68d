"""Common Cartridge 1.0 to 1.4 and Thin Common Cartridge: a zip file, or its bare manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from catalogue_sync.errors import InvalidModule, PackageError
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.minutes import minutes_declared
from catalogue_sync.module import LONGEST, MOST_SKILLS, Kind, Module, Withheld
from catalogue_sync.packages.archive import Archive
from catalogue_sync.packages.canvas_export import (
    EXTERNAL_TOOL,
    EXTERNAL_URL,
    CanvasExport,
    Placed,
    Told,
    earliest,
    latest,
)
from catalogue_sync.packages.cartridge_files import NO_FILE, FileTold, file_told
from catalogue_sync.packages.cartridge_manifest import (
    Item,
    Manifest,
    Resource,
    name_in_archive,
    read_manifest,
)
from catalogue_sync.packages.inside import Inside, estimate_of
from catalogue_sync.packages.launching import launch_of
from catalogue_sync.packages.media_names import is_film, is_recording
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.package_file import open_package
from catalogue_sync.packages.xml import parse_xml
from catalogue_sync.records import Refused

MANIFEST = "imsmanifest.xml"


@dataclass(frozen=True, slots=True)
class _Found:
    """An item with the resource that it leads to, and what an export of Canvas adds."""

    item: Item
    resource: Resource
    placed: Placed | None
    told: Told

    @property
    def withheld(self) -> Withheld | None:
        """Why a learner may not open it; what its author decided comes before conditions."""
        teachers = self.resource.lom.for_teachers or self.item.lom.for_teachers
        reasons = (
            self.placed.withheld if self.placed else None,
            self.told.withheld,
            Withheld.HIDDEN if self.item.hidden else None,
            Withheld.FOR_TEACHERS if teachers else None,
        )
        found = [reason for reason in reasons if reason is not None]
        return next((one for one in found if one is not Withheld.RESTRICTED), None) or next(
            iter(found), None
        )

    @property
    def section(self) -> str | None:
        """The nearest heading above it."""
        return (self.placed.item.section if self.placed else None) or self.item.section


def read_cartridge(
    path: Path, *, source: str, open_with: OpenWith | None = None, language: str | None = None,
    contents: bool = True, limits: Limits = STANDARD,
) -> Iterator[Module | Refused]:  # fmt: skip
    """The modules of a cartridge in the organization's order, and what had to be set aside.

    A web link opens its own http(s) address; everything else the address that `open_with`
    makes, and none without it. A cartridge without an organization yields its resources that
    carry a title of their own. `language` chooses among words in several. `contents` off leaves
    pages and files unread.

    Raises `PackageError` (`UnsafePackage`, `UnsupportedPackage`, `InvalidXML`).
    """
    with open_package(path, MANIFEST, limits) as (data, archive, _):
        name, root = parse_xml(data, f"{path}: {MANIFEST}", limits)
        manifest = read_manifest(name, root, str(path), language)
        canvas = CanvasExport(archive, manifest.resources, limits)
        inside = Inside(archive, limits, wanted=contents)
        reader = _Reader(path, archive, manifest, canvas, inside, source, open_with, limits)
        yield from reader.records()


class _Reader:
    def __init__(
        self, path: Path, archive: Archive | None, manifest: Manifest, canvas: CanvasExport,
        inside: Inside, source: str, open_with: OpenWith | None, limits: Limits,
    ) -> None:  # fmt: skip
        self._path = path
        self._archive = archive
        self._manifest = manifest
        self._canvas = canvas
        self._inside = inside
        self._source = source
        self._open_with = open_with
        self._limits = limits
        self._names = inside.names or frozenset()

    def records(self) -> Iterator[Module | Refused]:
        found: list[_Found] = []
        for one in self._found():
            if isinstance(one, Refused):
                yield one
            else:
                found.append(one)
        if self._manifest.items or self._canvas.items:
            yield from self._placed(found)
        else:
            yield from _numbered([made for one in found for made in self._module(one, 1, 1)])
        for name, reason in self._canvas.problems:
            yield Refused(f"{self._path.name}: {name[:200]}", reason)
        yield from self._inside.refused(self._path.name)

    def _placed(self, found: list[_Found]) -> Iterator[Module | Refused]:
        shown = [one for one in found if one.withheld is None]
        places = {id(one): number for number, one in enumerate(shown, start=1)}
        for one in found:
            yield from self._module(one, places.get(id(one)), len(shown))

    def _found(self) -> Iterator[_Found | Refused]:
        """The items that lead to something, each identifier once."""
        used: set[str] = set()
        for item in self._manifest.items or self._canvas.items or self._items_from_resources():
            placed = self._canvas.placed.get(item.identifier)
            resource = self._manifest.resources.get(item.reference) or _external(item, placed)
            if resource is None:
                reason = f"it leads to resource {item.reference[:200]!r}, which is not there"
                yield self._refuse(item, reason, keep=True)
            elif item.identifier in used:
                yield self._refuse(item, "an item before it has the same identifier")
            elif not _is_bank(resource):
                used.add(item.identifier)
                yield from self._with_settings(item, resource, placed)

    def _with_settings(
        self, item: Item, resource: Resource, placed: Placed | None
    ) -> Iterator[_Found | Refused]:
        try:
            told = self._canvas.told(resource)
        except PackageError as error:
            # Whether it is published is in there, so it cannot be shown.
            yield self._refuse(item, str(error), keep=True)
            return
        if not told.is_announcement:
            yield _Found(item, resource, placed, told)

    def _items_from_resources(self) -> Iterator[Item]:
        """For a cartridge without an organization: every resource that is not part of another."""
        resources = self._manifest.resources
        parts = {name for resource in resources.values() for name in resource.dependencies}
        for resource in resources.values():
            settings = resource.href.startswith("course_settings/")
            if resource.identifier not in parts and not settings and not resource.is_variant:
                yield Item(resource.identifier, "", None, resource.identifier)

    def _module(
        self, found: _Found, position: int | None, siblings: int
    ) -> Iterator[Module | Refused]:
        resource = found.resource
        name = next((n for f in resource.files if (n := name_in_archive(f, self._names))), None)
        file = NO_FILE
        try:
            file = file_told(self._archive, name, self._limits)
        except PackageError as error:
            yield Refused(f"{self._path.name}: {resource.href}", str(error))
        try:
            module = self._build(found, name, file, position, siblings)
        except InvalidModule as error:
            yield self._refuse(found.item, str(error), keep=True)
            return
        if module is None:
            reason = (
                "no item gives it a title, nor does a file of its own; name it in the manifest, "
                "or give the page a <title>"
            )
            yield Refused(f"{self._path.name}: resource {resource.identifier[:200]}", reason)
        else:
            yield module

    def _build(
        self, found: _Found, name: str | None, file: FileTold, position: int | None, siblings: int
    ) -> Module | None:
        item, resource, told = found.item, found.resource, found.told
        content = self._inside.read(name, self._others(resource, name)) if name else None
        title = item.title or told.title or file.title or resource.lom.title
        title = title or (content.title if content else "")
        if not title:
            return None
        url = file.url or _own_address(found.placed)
        kind = self._kind(found, url)
        description = file.description or told.description or resource.lom.description
        text, whole = (content.text if content else ""), self._manifest.lom
        return Module(
            source=self._source,
            identifier=item.identifier,
            title=title,
            kind=kind,
            open_url=url or self._address(item.identifier, title, resource.href),
            description=description,
            text=text,
            passages=content.passages if content else (),
            duration=told.duration
            or file.duration
            or resource.lom.duration
            or minutes_declared(title, description, text)
            or estimate_of(content, kind),
            language=resource.lom.language
            or whole.language
            or self._canvas.course.language
            or (content.language if content else None),
            level=resource.lom.level or whole.level,
            skills=_skills(item, resource),
            course_id=self._manifest.identifier or None,
            course=whole.title or self._canvas.course.title or None,
            section=found.section,
            position=position,
            siblings=siblings if position else None,
            withheld=found.withheld,
            starts=latest(iter((told.starts, found.placed.starts if found.placed else None))),
            ends=earliest(iter((told.ends,))),
            licence=resource.lom.licence or whole.licence or self._canvas.course.licence,
        )

    def _others(self, resource: Resource, first: str) -> Iterator[str]:
        for file in resource.files:
            name = name_in_archive(file, self._names)
            if name is not None and name != first:
                yield name

    def _address(self, identifier: str, title: str, href: str) -> str | None:
        if self._open_with is None:
            return None
        return self._open_with.url(identifier=identifier, title=title, href=href)

    def _kind(self, found: _Found, url: str | None) -> Kind:
        kind = found.resource.type
        if "assessment" in kind:
            return Kind.QUIZ
        if kind.startswith("assignment") or found.told.is_assignment:
            return Kind.ASSIGNMENT
        if kind.startswith("imsdt"):
            return Kind.COMMUNITY
        if kind.startswith(("imsbasiclti", "imslti")) or kind == EXTERNAL_TOOL:
            return Kind.LESSON
        address = url or found.resource.href
        if is_film(address):
            return Kind.VIDEO
        if is_recording(address):
            return Kind.LESSON
        return found.resource.lom.kind or Kind.ARTICLE

    def _refuse(self, item: Item, reason: str, *, keep: bool = False) -> Refused:
        """With `keep`, what the catalogue holds under that identifier stays as it was."""
        place = f"{self._path.name}: item {item.identifier[:200]}"
        fits = keep and len(item.identifier) <= LONGEST["identifier"]
        return Refused(place, reason, item.identifier if fits else None)


def _numbered(records: list[Module | Refused]) -> Iterator[Module | Refused]:
    """The same with positions: without an organization, only the files tell what is a module."""
    shown = sum(isinstance(one, Module) and one.visible for one in records)
    position = 0
    for one in records:
        if isinstance(one, Refused):
            yield one
        elif one.visible:
            position += 1
            yield replace(one, position=position, siblings=shown)
        else:
            yield replace(one, position=None, siblings=None)


def _external(item: Item, placed: Placed | None) -> Resource | None:
    """What stands in for a resource that Canvas leaves out: a link, or a tool of the site."""
    if placed is None or placed.type not in (EXTERNAL_URL, EXTERNAL_TOOL):
        return None
    return Resource(item.reference, placed.type)


def _own_address(placed: Placed | None) -> str | None:
    """The address of a link in a Canvas module; a tool's own address opens nothing by itself."""
    return launch_of(placed.url).url if placed and placed.type == EXTERNAL_URL else None


def _skills(item: Item, resource: Resource) -> tuple[str, ...]:
    several = (item.skills, resource.skills, item.lom.skills, resource.lom.skills)
    return tuple(dict.fromkeys(skill for skills in several for skill in skills))[:MOST_SKILLS]


def _is_bank(resource: Resource) -> bool:
    return "question-bank" in resource.type
