"""Competency frameworks as skills: 1EdTech CASE 1.0 and 1.1, from a file or an address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from catalogue_sync.errors import InvalidAnswer, UnsupportedPackage
from catalogue_sync.json_values import read_json
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.packages.cartridge_manifest import guid_from
from catalogue_sync.plain_text import clean_line, shortened, text_from_html, text_from_plain
from catalogue_sync.records import Batch, Built, Reading, Refused, Skill
from catalogue_sync.sources.document import (
    PATH,
    Document,
    Location,
    fetch_document,
    unchanged,
)
from catalogue_sync.sources.kinds import Setting, SourceKind
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.secret_end import SECRET_END

LONGEST_NAME = 200
"""Characters of a skill's name; a statement that is longer is cut, and whole in its description."""

_MARKUP = re.compile(r"</?[A-Za-z][A-Za-z0-9]*[\s/>]")
_Object = Mapping[str, object]


class CaseSource:
    """One framework; its items become skills, and no modules."""

    hint_when_missing = "Check that the framework is the one that modules name their skills by."

    def __init__(self, name: str, location: Location, surroundings: Surroundings) -> None:
        self.name = name
        self._location = location
        self._surroundings = surroundings

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads the framework once."""
        document = self._framework(None)
        skills = () if document is None else self._built(document).records
        if any(isinstance(one, Skill) for one in skills):
            return ()
        return (f"{self._location.place} holds no competency",)

    def read(self, reading: Reading) -> Iterator[Batch]:
        """All skills in one batch, built only where the framework is not the one that was read."""
        document = self._framework(reading.mark)
        if document is None:
            yield unchanged(reading.mark)
            return
        yield document.batch(lambda: self._built(document))

    def _framework(self, mark: str | None) -> Document | None:
        """The document; where it only names the package with the items, that package."""
        document = fetch_document(self._location, self._surroundings, mark)
        if document is None or self._location.path is not None:
            return document
        package = _package_address(document, self._surroundings.limits)
        if not package or package == document.url:
            return document
        # Without a mark: the short document can stay the same while the items change.
        whole = fetch_document(Location(url=package), self._surroundings)
        return whole and replace(whole, mark=None)

    def _built(self, document: Document) -> Built:
        limits = self._surroundings.limits
        return Built(tuple(read_framework(document.data, document.place, limits)))


def read_framework(
    data: bytes, file: str, limits: Limits = STANDARD
) -> Iterator[Skill | Refused]:
    """The skills of a framework in its own order, and the items that are none.

    A CFPackage: an object with `CFDocument`, `CFItems` and `CFAssociations`. `parent` is the
    item that `isChildOf` leads to; what hangs on the document itself has none.

    Raises `UnsupportedPackage` for anything else.
    """
    package = _package(data, file, limits)
    document = _object(package.get("CFDocument"))
    framework = shortened(clean_line(_text(document, "title")), 1_000) or None
    items = package.get("CFItems")
    if not isinstance(items, list):
        raise UnsupportedPackage(
            f"{file} is no CASE framework: it has no list CFItems. Give the CFPackage of it"
        )
    places: dict[str, int] = {}
    for number, item in enumerate(items, start=1):
        identifier = guid_from(_text(_object(item), "identifier"))
        places.setdefault(identifier, number)
    parents = _parents(package.get("CFAssociations"), places)
    for number, item in enumerate(items, start=1):
        place = f"{file}: CFItems, item {number}"
        if not isinstance(item, dict):
            yield Refused(place, "it is no object")
        else:
            yield _skill(item, number, place, places, parents, framework)


def _package(data: bytes, file: str, limits: Limits) -> _Object:
    try:
        found = read_json(data, f"{file} is no CASE framework", limits)
    except InvalidAnswer as error:
        raise UnsupportedPackage(str(error)) from error
    if not isinstance(found, dict):
        raise UnsupportedPackage(f"{file} is no CASE framework: it is no JSON object")
    inner = found.get("CFPackage")
    return cast("_Object", inner if isinstance(inner, dict) else found)


def _skill(
    item: _Object, number: int, place: str, places: Mapping[str, int],
    parents: Mapping[str, str], framework: str | None,
) -> Skill | Refused:  # fmt: skip
    identifier = guid_from(_text(item, "identifier"))
    if not identifier:
        return Refused(place, "it has no identifier")
    if places[identifier] != number:
        return Refused(place, "an item before it has the same identifier")
    statement = _plain(_text(item, "fullStatement"), 20_000)
    line = clean_line(statement)
    name = shortened(clean_line(_plain(_text(item, "abbreviatedStatement"), 1_000)), LONGEST_NAME)
    name = name or shortened(line, LONGEST_NAME)
    if not name:
        return Refused(place, "it has no statement", identifier)
    levels = item.get("educationLevel")
    told = [clean_line(one) for one in levels if isinstance(one, str)] if isinstance(
        levels, list) else []  # fmt: skip
    return Skill(
        identifier=identifier,
        name=name,
        code=clean_line(_text(item, "humanCodingScheme"))[:500] or None,
        description="" if line == name else statement,
        framework=framework,
        level=shortened(", ".join(one for one in told if one), 200) or None,
        parent=parents.get(identifier),
    )


def _parents(associations: object, known: Mapping[str, int]) -> dict[str, str]:
    """The parent of each item; the first that an association gives, and never in a circle."""
    parents: dict[str, str] = {}
    for one in associations if isinstance(associations, list) else []:
        association = _object(one)
        if _text(association, "associationType") != "isChildOf":
            continue
        child = _end(association, "originNodeURI")
        parent = _end(association, "destinationNodeURI")
        if child in known and parent in known:
            parents.setdefault(child, parent)
    return _without_circles(parents)


def _without_circles(parents: dict[str, str]) -> dict[str, str]:
    """The same without the one step of each circle that closes it."""
    settled: set[str] = set()
    for start in list(parents):
        path: dict[str, None] = {}
        at = start
        while at in parents and at not in settled:
            path[at] = None
            if parents[at] in path:
                del parents[at]
                break
            at = parents[at]
        settled.update(path)
    return parents


def _end(association: _Object, name: str) -> str:
    """An end of an association: an object with an identifier, in early exports only an address."""
    node = association.get(name)
    if isinstance(node, str):
        return guid_from(node.rstrip("/").rpartition("/")[2])
    return guid_from(_text(_object(node), "identifier"))


def _package_address(document: Document, limits: Limits) -> str:
    """The address of the package that a CFDocument names; empty for a package itself."""
    try:
        found = _package(document.data, document.place, limits)
    except UnsupportedPackage:
        return ""
    if "CFItems" in found:
        return ""
    named = _object(found.get("CFDocument", found)).get("CFPackageURI")
    return named if isinstance(named, str) else _text(_object(named), "uri")


def _plain(raw: str, most: int) -> str:
    """Statements are plain text or Markdown; some publishers write HTML."""
    return (text_from_html if _MARKUP.search(raw) else text_from_plain)(raw, most)


def _object(value: object) -> _Object:
    return cast("_Object", value) if isinstance(value, dict) else {}


def _text(holder: _Object, name: str) -> str:
    value = holder.get(name)
    return value.strip() if isinstance(value, str) else ""


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> CaseSource:
    return CaseSource(name, Location.from_settings(settings, secret), surroundings)


KIND = SourceKind(
    "case",
    "A competency framework (CASE): names of modules' skills.",
    (
        Setting("url", "address of its CFPackage or CFDocument, such as "
                "https://case.example/ims/case/v1p0/CFPackages/…"),
        PATH,
    ),
    _open,
    secret=SECRET_END,
    secret_is_optional=True,
)  # fmt: skip
