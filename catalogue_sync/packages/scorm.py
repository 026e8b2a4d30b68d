"""SCORM 1.2 and 2004 packages: a zip file with an `imsmanifest.xml`, or that file alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalogue_sync.errors import InvalidModule, PackageError
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.minutes import minutes_declared
from catalogue_sync.module import LONGEST, Kind, Module, Withheld
from catalogue_sync.packages.archive import Archive
from catalogue_sync.packages.inside import Inside, estimate_of
from catalogue_sync.packages.launching import (
    Launch,
    address_of,
    in_package,
    launch_of,
    launched_twice,
)
from catalogue_sync.packages.lom import NOTHING, Lom, read_lom
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.package_file import open_package
from catalogue_sync.packages.scorm_manifest import (
    Item,
    Manifest,
    Resource,
    location_of,
    lom_inside,
    read_manifest,
)
from catalogue_sync.packages.xml import Element, parse_xml
from catalogue_sync.records import Refused

if TYPE_CHECKING:
    from catalogue_sync.contents.content import Content

MANIFEST = "imsmanifest.xml"
_VIDEO = (".mp4", ".webm", ".mov", ".m4v", ".ogv", ".avi")


@dataclass(frozen=True, slots=True)
class _Found:
    """An item with the resource that it leads to, where that starts, and what is said of it."""

    item: Item
    resource: Resource
    launch: Launch
    lom: Lom

    @property
    def withheld(self) -> Withheld | None:
        if self.item.hidden:
            return Withheld.HIDDEN
        return Withheld.FOR_TEACHERS if self.lom.for_teachers else None


def read_scorm(
    path: Path, *, source: str, open_with: OpenWith | None = None, language: str | None = None,
    contents: bool = True, limits: Limits = STANDARD,
) -> Iterator[Module | Refused]:  # fmt: skip
    """What a learner can launch, in the order of the default organization, and what was set aside.

    That is each item that leads to a SCO or to a page; a package without an organization
    yields its SCOs. A module opens the address that `open_with` makes, else its own if it lies
    outside the package. `language` chooses among words in several. `contents` off leaves the
    pages inside unread.

    Raises `PackageError` (`UnsafePackage`, `UnsupportedPackage`, `InvalidXML`).
    """
    with open_package(path, MANIFEST, limits) as (data, archive, _):
        name, root = parse_xml(data, f"{path}: {MANIFEST}", limits)
        metadata = _Metadata(path, archive, language, limits)
        manifest = read_manifest(name, root, str(path), metadata.read)
        inside = Inside(archive, limits, wanted=contents)
        yield from _Reader(path, manifest, metadata, inside, source, open_with).records()


class _Metadata:
    """Reads metadata that stands in the manifest, or in a file that it names."""

    def __init__(
        self, path: Path, archive: Archive | None, language: str | None, limits: Limits
    ) -> None:
        self.problems: dict[str, str] = {}
        self._path = path
        self._archive = archive
        self._names = frozenset(archive.names()) if archive else frozenset[str]()
        self._language = language
        self._limits = limits
        self._outside: dict[str, Lom] = {}

    def read(self, metadata: Element) -> Lom:
        found = lom_inside(metadata, self._language)
        location = location_of(metadata)
        if found is not NOTHING or not location or self._archive is None:
            return found
        if location not in self._outside:
            self._outside[location] = self._file(location, self._archive)
        return self._outside[location]

    def _file(self, location: str, archive: Archive) -> Lom:
        launch = in_package(launch_of(location), self._names)
        try:
            if launch.problem:
                raise PackageError(launch.problem)
            file = f"{self._path}: {launch.file}"
            _, root = parse_xml(archive.read(launch.file), file, self._limits)
        except PackageError as error:
            self.problems[location] = str(error)
            return NOTHING
        return read_lom(root, self._language)


class _Reader:
    def __init__(
        self, path: Path, manifest: Manifest, metadata: _Metadata, inside: Inside, source: str,
        open_with: OpenWith | None,
    ) -> None:  # fmt: skip
        self._path = path
        self._manifest = manifest
        self._metadata = metadata
        self._inside = inside
        self._source = source
        self._open_with = open_with
        self._resources: dict[str, Lom] = {}

    def records(self) -> Iterator[Module | Refused]:
        found: list[_Found] = []
        for one in self._found():
            if isinstance(one, Refused):
                yield one
            else:
                found.append(one)
        shown = [one for one in found if one.withheld is None]
        places = {id(one): number for number, one in enumerate(shown, start=1)}
        shared = launched_twice(one.launch for one in found)
        alone = len(found) == 1
        for one in found:
            yield from self._module(
                one, places.get(id(one)), len(shown), alone, one.launch.file in shared
            )
        for name, reason in self._metadata.problems.items():
            yield Refused(f"{self._path.name}: {name[:200]}", reason)
        yield from self._inside.refused(self._path.name)

    def _found(self) -> Iterator[_Found | Refused]:
        """The items that lead to something, each identifier once."""
        used: set[str] = set()
        for item in self._manifest.items or tuple(self._items_from_resources()):
            resource = self._manifest.resources.get(item.reference)
            if item.identifier in used:
                yield self._refuse(item, "an item before it has the same identifier")
            elif resource is None:
                reason = f"it leads to resource {item.reference[:200]!r}, which is not there"
                yield self._refuse(item, reason, keep=True)
            else:
                used.add(item.identifier)
                launch = resource.launch(item.parameters)
                names = self._inside.names
                known = in_package(launch, names) if names is not None else launch
                yield _Found(item, resource, known, self._lom(item, resource))

    def _items_from_resources(self) -> Iterator[Item]:
        """For a package without an organization: its SCOs."""
        for one in self._manifest.resources.values():
            if one.is_sco and one.identifier:
                yield Item(one.identifier, "", None, one.identifier, "", hidden=False, metadata={})

    def _module(
        self, found: _Found, position: int | None, siblings: int, alone: bool, shared: bool
    ) -> Iterator[Module | Refused]:
        if found.launch.problem:
            yield self._refuse(found.item, f"it has no address: {found.launch.problem}")
        try:
            yield self._build(found, position, siblings, alone, shared)
        except InvalidModule as error:
            yield self._refuse(found.item, str(error), keep=True)

    def _build(
        self, found: _Found, position: int | None, siblings: int, alone: bool, shared: bool
    ) -> Module:
        item, launch = found.item, found.launch
        lom = self._of_all(found.lom) if alone else found.lom
        content = None if shared else self._content(found, alone)
        title = item.title or lom.title or (content.title if content else "")
        kind = lom.kind or (Kind.VIDEO if launch.file.lower().endswith(_VIDEO) else Kind.LESSON)
        return Module(
            source=self._source,
            identifier=item.identifier,
            title=title,
            kind=kind,
            open_url=address_of(launch, self._open_with, identifier=item.identifier, title=title),
            description=lom.description,
            text=content.text if content else "",
            passages=content.passages if content else (),
            duration=lom.duration
            or minutes_declared(title, lom.description)
            or estimate_of(content, kind),
            language=lom.language
            or self._manifest.lom.language
            or (content.language if content else None),
            level=lom.level or self._manifest.lom.level,
            skills=lom.skills,
            course_id=self._manifest.identifier or None,
            course=self._manifest.title,
            section=item.section,
            position=position,
            siblings=siblings if position else None,
            withheld=found.withheld,
            licence=lom.licence or self._manifest.lom.licence,
        )

    def _content(self, found: _Found, alone: bool) -> Content | None:
        """What is inside: of the resource's files, or of all where they are not listed."""
        read = self._inside.read_all if alone else self._inside.read
        return read(found.launch.file, found.resource.files) if found.launch.file else None

    def _lom(self, item: Item, resource: Resource) -> Lom:
        """What is said of the item, else of its resource."""
        lom = self._metadata.read(item.metadata)
        if lom is not NOTHING:
            return lom
        if resource.identifier not in self._resources:
            self._resources[resource.identifier] = self._metadata.read(resource.metadata)
        return self._resources[resource.identifier]

    def _of_all(self, lom: Lom) -> Lom:
        """For the only module of a package, what is said of the package is said of it."""
        whole = self._manifest.lom
        return replace(
            lom,
            description=lom.description or whole.description,
            duration=lom.duration or whole.duration,
            kind=lom.kind or whole.kind,
            skills=lom.skills or whole.skills,
        )

    def _refuse(self, item: Item, reason: str, *, keep: bool = False) -> Refused:
        """With `keep`, what the catalogue holds under that identifier stays as it was."""
        place = f"{self._path.name}: item {item.identifier[:200]}"
        fits = keep and len(item.identifier) <= LONGEST["identifier"]
        return Refused(place, reason, item.identifier if fits else None)
