"""The manifest of a Common Cartridge: what it holds, in which order, before any file is read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from catalogue_sync.errors import UnsupportedPackage
from catalogue_sync.module import MOST_SKILLS
from catalogue_sync.packages.lom import NOTHING, Lom, read_lom
from catalogue_sync.packages.xml import Element, attribute, child, children, text
from catalogue_sync.plain_text import clean_line, shortened

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AFTER_PATH = re.compile(r"[?#].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: its type, its files (the one to open first), what its metadata says."""

    identifier: str
    type: str
    files: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    lom: Lom = NOTHING
    skills: tuple[str, ...] = ()
    is_variant: bool = False

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
    hidden: bool = False
    lom: Lom = NOTHING
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A cartridge's manifest. `items` are in the organization's order."""

    identifier: str
    lom: Lom
    items: tuple[Item, ...]
    resources: Mapping[str, Resource] = field(default_factory=dict)


def read_manifest(name: str, root: Element, file: str, language: str | None = None) -> Manifest:
    """The manifest whose root element is `root`; `language` is chosen where words are in several.

    Raises `UnsupportedPackage` for XML that is no manifest, and for a SCORM manifest.
    """
    if name != "manifest":
        raise UnsupportedPackage(f"{file} is not a package manifest: its root element is <{name}>")
    _refuse_scorm(root, file)
    resources = child(root, "resources")
    base = posixpath.join(attribute(root, "base"), attribute(resources, "base"))
    found: dict[str, Resource] = {}
    for element in children(resources, "resource"):
        resource = _resource(element, base, language)
        found.setdefault(resource.identifier, resource)  # real exports repeat identifiers
    return Manifest(
        identifier=clean_line(attribute(root, "identifier"))[:500],
        lom=read_lom(child(root, "metadata", "lom"), language),
        items=tuple(
            item
            for organization in children(child(root, "organizations"), "organization")
            for item in _items(organization, None, language, hidden=False)
        ),
        resources=found,
    )


def _refuse_scorm(root: Element, file: str) -> None:
    schema = text(child(root, "metadata", "schema"))
    namespaces = root.get("@xmlns")
    uris = namespaces.values() if isinstance(namespaces, dict) else ()
    if "SCORM" in schema.upper() or any("adlcp" in str(uri) for uri in uris):
        raise UnsupportedPackage(
            f"{file} is a SCORM package, not a Common Cartridge; read it as kind scorm"
        )


def _items(
    parent: Element, section: str | None, language: str | None, *, hidden: bool
) -> Iterator[Item]:
    for element in children(parent, "item"):
        title = shortened(clean_line(text(child(element, "title"))), 1_000)
        out_of_sight = hidden or attribute(element, "isvisible").strip().lower() in ("false", "0")
        reference = attribute(element, "identifierref")
        if reference:
            metadata = child(element, "metadata")
            yield Item(
                identifier=attribute(element, "identifier") or reference,
                title=title,
                section=section,
                reference=reference,
                hidden=out_of_sight,
                lom=read_lom(child(metadata, "lom"), language),
                skills=standards_of(metadata),
            )
        yield from _items(element, title or section, language, hidden=out_of_sight)


def _resource(element: Element, base: str, language: str | None) -> Resource:
    base = posixpath.join(base, attribute(element, "base"))
    hrefs = [attribute(element, "href"), *(attribute(f, "href") for f in children(element, "file"))]
    files = dict.fromkeys(posixpath.normpath(posixpath.join(base, h)) for h in hrefs if h)
    metadata = child(element, "metadata")
    return Resource(
        identifier=attribute(element, "identifier"),
        type=attribute(element, "type").lower(),
        files=tuple(files),
        dependencies=tuple(
            attribute(one, "identifierref") for one in children(element, "dependency")
        ),
        lom=read_lom(child(metadata, "lom"), language),
        skills=standards_of(metadata),
        is_variant=bool(children(element, "variant")),
    )


def standards_of(metadata: Element) -> tuple[str, ...]:
    """The identifiers of the standards that something is aligned with, each once.

    They are those of the items of a CASE framework; without one, the label stands for it
    (Common Cartridge 1.3, curriculum standards metadata).
    """
    found: dict[str, None] = {}
    for several in children(metadata, "curriculumStandardsMetadataSet"):
        for provider in children(several, "curriculumStandardsMetadata"):
            for guids in children(provider, "setOfGUIDs"):
                for one in children(guids, "labelledGUID"):
                    told = text(child(one, "GUID")) or text(child(one, "label"))
                    found[guid_from(told)] = None
    found.pop("", None)
    return tuple(found)[:MOST_SKILLS]


def guid_from(raw: str) -> str:
    """An identifier on one line; a GUID in small letters, since sources differ in that."""
    line = clean_line(raw)[:500]
    return line.lower() if _GUID.fullmatch(line) else line


def name_in_archive(href: str, names: frozenset[str]) -> str | None:
    """The archive's name of a file that a manifest names, whose `%20` may stand for a space."""
    bare = _AFTER_PATH.sub("", href)
    for name in (href, unquote(href), bare, unquote(bare)):
        if name in names:
            return name
    return None
