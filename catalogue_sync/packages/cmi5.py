"""cmi5 course structures: a zip file with a `cmi5.xml` at its top, or that file alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from catalogue_sync.errors import InvalidModule, UnsupportedPackage
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.minutes import minutes_declared
from catalogue_sync.module import LONGEST, MOST_SKILLS, Module
from catalogue_sync.packages.activity_types import kind_of_type
from catalogue_sync.packages.inside import Inside, estimate_of
from catalogue_sync.packages.languages import Version, in_language
from catalogue_sync.packages.launching import (
    Launch,
    address_of,
    in_package,
    launch_of,
    launched_twice,
)
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.package_file import open_package
from catalogue_sync.packages.tree import Node, parse_tree
from catalogue_sync.plain_text import clean_line, shortened, text_from_plain
from catalogue_sync.records import Refused

COURSE_STRUCTURE = "cmi5.xml"


@dataclass(frozen=True, slots=True)
class _Unit:
    """An assignable unit where it stands: under which block, with which objectives."""

    node: Node
    identifier: str
    section: str | None
    objectives: tuple[str, ...]


def read_cmi5(
    path: Path, *, source: str, open_with: OpenWith | None = None, language: str | None = None,
    contents: bool = True, limits: Limits = STANDARD,
) -> Iterator[Module | Refused]:  # fmt: skip
    """The assignable units of a course in its order, and what had to be set aside.

    A unit opens the address that `open_with` makes, else its own if that is a full one; none
    when it launches what cannot be launched. `language` chooses among words in several.
    `contents` off leaves the pages inside unread.

    Raises `PackageError` (`UnsafePackage`, `UnsupportedPackage`, `InvalidXML`).
    """
    with open_package(path, COURSE_STRUCTURE, limits) as (data, archive, _):
        root = parse_tree(data, f"{path}: {COURSE_STRUCTURE}", limits)
        if root.name != "courseStructure":
            raise UnsupportedPackage(f"{path} is not cmi5: its root element is <{root.name[:80]}>")
        inside = Inside(archive, limits, wanted=contents)
        yield from _Reader(path, root, inside, source, open_with, language).records()


class _Reader:
    def __init__(
        self, path: Path, root: Node, inside: Inside, source: str, open_with: OpenWith | None,
        language: str | None,
    ) -> None:  # fmt: skip
        self._path = path
        self._root = root
        self._inside = inside
        self._source = source
        self._open_with = open_with
        self._language = language
        self._course = root.first("course")
        self._objectives = {
            one.attribute("id"): self._line(one, "title", 500)[1]
            for one in root.first("objectives").all("objective")
        }
        self._used: set[str] = set()
        self._blocks: set[str] = set()
        self._refused: list[Refused] = []

    def records(self) -> Iterator[Module | Refused]:
        units = list(self._units(self._root, None, ()))
        launches = [self._launch(unit) for unit in units]
        shared = launched_twice(launches)
        yield from self._refused
        for place, (unit, launch) in enumerate(zip(units, launches, strict=True), start=1):
            if launch.problem:
                yield self._refuse(unit.identifier, f"it has no address: {launch.problem}")
            alone = len(units) == 1
            try:
                yield self._build(unit, launch, place, len(units), alone, launch.file in shared)
            except InvalidModule as error:
                yield self._refuse(unit.identifier, str(error), keep=True)
        yield from self._inside.refused(self._path.name)

    def _units(
        self, parent: Node, section: str | None, objectives: tuple[str, ...]
    ) -> Iterator[_Unit]:
        for node in parent.children:
            if node.name == "block":
                self._note_block(node)
                title = self._line(node, "title")[1]
                yield from self._units(node, title or section, self._skills(node, objectives))
            elif node.name == "au":
                unit = self._unit(node, section, objectives)
                if unit is not None:
                    yield unit

    def _unit(self, node: Node, section: str | None, objectives: tuple[str, ...]) -> _Unit | None:
        identifier = clean_line(node.attribute("id"))
        if not identifier:
            self._refused.append(Refused(f"{self._path.name}: au without id", "it has no id"))
        elif identifier in self._used:
            self._refused.append(self._refuse(identifier, "an au before it has the same id"))
        elif not self._line(node, "title")[1]:
            self._used.add(identifier)
            self._refused.append(self._refuse(identifier, "it has no title", keep=True))
        else:
            self._used.add(identifier)
            return _Unit(node, identifier, section, self._skills(node, objectives))
        return None

    def _note_block(self, node: Node) -> None:
        identifier = clean_line(node.attribute("id"))
        if identifier and identifier in self._blocks:
            place = f"{self._path.name}: block {identifier[:200]}"
            reason = "a block before it has the same id; what stands in it is kept"
            self._refused.append(Refused(place, reason))
        self._blocks.add(identifier)

    def _launch(self, unit: _Unit) -> Launch:
        reference = unit.node.first("url").text
        launch = launch_of(reference)
        names = self._inside.names
        return in_package(launch, names) if names is not None else launch

    def _build(
        self, unit: _Unit, launch: Launch, position: int, siblings: int, alone: bool, shared: bool
    ) -> Module:
        language, title = self._line(unit.node, "title")
        _, described = self._versions(unit.node, "description")
        content = None
        if launch.file and not shared:
            read = self._inside.read_all if alone else self._inside.read
            content = read(launch.file)
        kind = kind_of_type(unit.node.attribute("activityType"))
        description = text_from_plain(described, 20_000)
        return Module(
            source=self._source,
            identifier=unit.identifier,
            title=title,
            kind=kind,
            open_url=address_of(launch, self._open_with, identifier=unit.identifier, title=title),
            description=description,
            text=content.text if content else "",
            passages=content.passages if content else (),
            duration=minutes_declared(title, description) or estimate_of(content, kind),
            language=language[:40] or (content.language if content else None),
            skills=unit.objectives,
            course_id=clean_line(self._course.attribute("id"))[:500] or None,
            course=self._line(self._course, "title")[1] or None,
            section=unit.section,
            position=position,
            siblings=siblings,
        )

    def _skills(self, node: Node, above: tuple[str, ...]) -> tuple[str, ...]:
        """The titles of the objectives that a block or unit refers to, after those above it."""
        named = (one.attribute("idref") for one in node.first("objectives").all("objective"))
        own = (title for one in named if (title := self._objectives.get(one, "")))
        return tuple(islice(dict.fromkeys((*above, *own)), MOST_SKILLS))

    def _line(self, node: Node, name: str, most: int = 1_000) -> Version:
        language, words = self._versions(node, name)
        return clean_line(language), shortened(clean_line(words), most)

    def _versions(self, node: Node, name: str) -> Version:
        strings = node.first(name).all("langstring")
        return in_language([(one.attribute("lang"), one.text) for one in strings], self._language)

    def _refuse(self, identifier: str, reason: str, *, keep: bool = False) -> Refused:
        """With `keep`, what the catalogue holds under that identifier stays as it was."""
        place = f"{self._path.name}: au {identifier[:200]}"
        fits = keep and len(identifier) <= LONGEST["identifier"]
        return Refused(place, reason, identifier if fits else None)
