"""tincan.xml packages: a zip file with a `tincan.xml`, or that file alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from catalogue_sync.errors import InvalidModule, UnsupportedPackage
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.minutes import minutes_declared
from catalogue_sync.module import LONGEST, Module
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
from catalogue_sync.packages.xml import Element, attribute, child, children, parse_xml, text
from catalogue_sync.plain_text import clean_line, shortened, text_from_plain
from catalogue_sync.records import Refused

ACTIVITIES = "tincan.xml"


def read_tincan(
    path: Path, *, source: str, open_with: OpenWith | None = None, language: str | None = None,
    contents: bool = True, limits: Limits = STANDARD,
) -> Iterator[Module | Refused]:  # fmt: skip
    """The activities that can be launched, in their order, and what had to be set aside.

    An activity without `launch` only describes something for reports, and is no module. One
    opens the address that `open_with` makes, else its own if that is a full one. `language`
    chooses among words in several. `contents` off leaves the pages inside unread.

    Raises `PackageError` (`UnsafePackage`, `UnsupportedPackage`, `InvalidXML`).
    """
    with open_package(path, ACTIVITIES, limits, nested=True) as (data, archive, folder):
        name, root = parse_xml(data, f"{path}: {ACTIVITIES}", limits)
        if name != "tincan":
            raise UnsupportedPackage(f"{path} is no tincan.xml: its root element is <{name[:80]}>")
        inside = Inside(archive, limits, wanted=contents)
        reader = _Reader(path, inside, folder, source, open_with, language)
        yield from reader.records(root)


class _Reader:
    def __init__(
        self, path: Path, inside: Inside, folder: str, source: str, open_with: OpenWith | None,
        language: str | None,
    ) -> None:  # fmt: skip
        self._path = path
        self._inside = inside
        self._folder = folder
        self._source = source
        self._open_with = open_with
        self._language = language

    def records(self, root: Element) -> Iterator[Module | Refused]:
        found = [
            (activity, self._launch(activity))
            for group in children(root, "activities")
            for activity in children(group, "activity")
            if child(activity, "launch")
        ]
        shared = launched_twice(launch for _, launch in found)
        used: set[str] = set()
        for position, (activity, launch) in enumerate(found, start=1):
            identifier = clean_line(attribute(activity, "id"))
            if not identifier:
                yield self._refuse(f"number {position}", "it has no id")
            elif identifier in used:
                yield self._refuse(identifier, "an activity before it has the same id")
            else:
                used.add(identifier)
                alone = len(found) == 1
                yield from self._module(activity, launch, alone, launch.file in shared)
        yield from self._inside.refused(self._path.name)

    def _module(
        self, activity: Element, launch: Launch, alone: bool, shared: bool
    ) -> Iterator[Module | Refused]:
        identifier = clean_line(attribute(activity, "id"))
        kept = identifier if len(identifier) <= LONGEST["identifier"] else None
        if launch.problem:
            yield self._refuse(identifier, f"it has no address: {launch.problem}")
        try:
            yield self._build(activity, identifier, launch, alone, shared)
        except InvalidModule as error:
            yield replace(self._refuse(identifier, str(error)), identifier=kept)

    def _build(
        self, activity: Element, identifier: str, launch: Launch, alone: bool, shared: bool
    ) -> Module:
        language, name = self._words(activity, "name")
        title = shortened(clean_line(name), 1_000)
        described, words = self._words(activity, "description")
        description = text_from_plain(words, 20_000)
        content = None
        if launch.file and not shared:
            read = self._inside.read_all if alone else self._inside.read
            content = read(launch.file)
        kind = kind_of_type(attribute(activity, "type"))
        # Activities are a flat list: they have no course, and their order is none to follow.
        return Module(
            source=self._source,
            identifier=identifier,
            title=title,
            kind=kind,
            open_url=address_of(launch, self._open_with, identifier=identifier, title=title),
            description=description,
            text=content.text if content else "",
            passages=content.passages if content else (),
            duration=minutes_declared(title, description) or estimate_of(content, kind),
            language=language or described or (content.language if content else None),
        )

    def _launch(self, activity: Element) -> Launch:
        languages = [(attribute(one, "lang"), text(one)) for one in children(activity, "launch")]
        launch = launch_of(in_language(languages, self._language)[1])
        names = self._inside.names
        if names is None or not launch.file:
            return launch
        return in_package(replace(launch, file=self._folder + launch.file), names)

    def _words(self, activity: Element, name: str) -> Version:
        """The words of a name, and their language as a tag of at most 40 characters."""
        versions = [(attribute(one, "lang"), text(one)) for one in children(activity, name)]
        language, words = in_language(versions, self._language)
        return clean_line(language)[:40], words

    def _refuse(self, identifier: str, reason: str) -> Refused:
        return Refused(f"{self._path.name}: activity {identifier[:200]}", reason)
