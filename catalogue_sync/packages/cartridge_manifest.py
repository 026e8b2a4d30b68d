"""The manifest of a Common Cartridge: what it holds, in which order, before any file is read."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from catalogue_sync.errors import UnsupportedPackage
from catalogue_sync.minutes import minutes_from_iso
from catalogue_sync.module import Duration
from catalogue_sync.packages.xml import Element, attribute, child, children, text
from catalogue_sync.plain_text import clean_line, shortened, text_from_html


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: its type, its files (the one to open first), what its metadata says."""

    identifier: str
    type: str
    files: tuple[str, ...]
    dependencies: tuple[str, ...]
    description: str
    duration: Duration | None
    for_teachers: bool
    is_variant: bool

    @property
    def href(self) -> str:
        """The file that opens the resource; empty when it has none."""
        return self.files[0] if self.files else ""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the organization that leads to a resource; `section` is its nearest heading."""

    identifier: str
    title: str
    section: str | None
    reference: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """A cartridge's manifest. `items` are in the organization's order."""

    identifier: str
    title: str | None
    language: str | None
    licence: str | None
    items: tuple[Item, ...]
    resources: Mapping[str, Resource]


def read_manifest(name: str, root: Element, file: str) -> Manifest:
    """The manifest whose root element is `root`.

    Raises `UnsupportedPackage` for XML that is no manifest, and for a SCORM manifest.
    """
    if name != "manifest":
        raise UnsupportedPackage(f"{file} is not a package manifest: its root element is <{name}>")
    _refuse_scorm(root, file)
    lom = child(root, "metadata", "lom")
    resources = child(root, "resources")
    base = posixpath.join(attribute(root, "base"), attribute(resources, "base"))
    found: dict[str, Resource] = {}
    for element in children(resources, "resource"):
        resource = _resource(element, base)
        found.setdefault(resource.identifier, resource)  # real exports repeat identifiers
    organizations = child(root, "organizations")
    return Manifest(
        identifier=clean_line(attribute(root, "identifier"))[:500],
        title=_line(child(lom, "general", "title", "string")) or None,
        language=_line(child(lom, "general", "language"))[:40] or None,
        licence=_licence(lom),
        items=tuple(
            item
            for organization in children(organizations, "organization")
            for item in _items(organization, None, hidden=False)
        ),
        resources=found,
    )


def _refuse_scorm(root: Element, file: str) -> None:
    schema = text(child(root, "metadata", "schema"))
    namespaces = root.get("@xmlns")
    uris = namespaces.values() if isinstance(namespaces, dict) else ()
    if "SCORM" in schema.upper() or any("adlcp" in str(uri) for uri in uris):
        raise UnsupportedPackage(
            f"{file} is a SCORM package, not a Common Cartridge; SCORM packages are not read yet"
        )


def _items(parent: Element, section: str | None, *, hidden: bool) -> Iterator[Item]:
    for element in children(parent, "item"):
        title = _line(child(element, "title"))
        out_of_sight = hidden or attribute(element, "isvisible").lower() == "false"
        reference = attribute(element, "identifierref")
        if reference:
            identifier = attribute(element, "identifier") or reference
            yield Item(identifier, title, section, reference, out_of_sight)
        yield from _items(element, title or section, hidden=out_of_sight)


def _resource(element: Element, base: str) -> Resource:
    base = posixpath.join(base, attribute(element, "base"))
    hrefs = [attribute(element, "href"), *(attribute(f, "href") for f in children(element, "file"))]
    files = dict.fromkeys(posixpath.normpath(posixpath.join(base, h)) for h in hrefs if h)
    lom = child(element, "metadata", "lom")
    description = child(lom, "general", "description", "string")
    roles = [
        text(child(role, "value")).lower()
        for role in children(child(lom, "educational"), "intendedEndUserRole")
    ]
    return Resource(
        identifier=attribute(element, "identifier"),
        type=attribute(element, "type").lower(),
        files=tuple(files),
        dependencies=tuple(
            attribute(one, "identifierref") for one in children(element, "dependency")
        ),
        description=text_from_html(text(description), 20_000),
        duration=minutes_from_iso(
            text(child(lom, "educational", "typicalLearningTime", "duration"))
        ),
        for_teachers=bool(roles) and not {"learner", "student"} & set(roles),
        is_variant=bool(children(element, "variant")),
    )


def _licence(lom: Element) -> str | None:
    rights = child(lom, "rights")
    restricted = text(child(rights, "copyrightAndOtherRestrictions", "value")).lower() == "yes"
    words = _line(child(rights, "description", "string"))
    return words or None if restricted else None


def _line(element: Element) -> str:
    return shortened(clean_line(text(element)), 1_000)


def name_in_archive(href: str, names: frozenset[str]) -> str | None:
    """The archive's name of a file that a manifest names, whose `%20` may stand for a space."""
    for name in (href, unquote(href)):
        if name in names:
            return name
    return None
