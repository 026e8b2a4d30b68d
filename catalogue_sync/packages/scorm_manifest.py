"""The manifest of a SCORM 1.2 or 2004 package: its items, in order, and what they launch."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from catalogue_sync.errors import UnsupportedPackage
from catalogue_sync.packages.launching import Launch, launch_of
from catalogue_sync.packages.lom import NOTHING, Lom, read_lom
from catalogue_sync.packages.xml import Element, attribute, child, children, text
from catalogue_sync.plain_text import clean_line, shortened

ReadLom = Callable[[Element], Lom]
"""Gives what a `metadata` element says, wherever it stands."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: what it launches, which files belong to it, whether it is a SCO."""

    identifier: str
    href: str
    base: str
    files: tuple[str, ...]
    is_sco: bool
    metadata: Element

    def launch(self, parameters: str = "") -> Launch:
        """Where it starts, with the parameters that an item gives it."""
        return launch_of(self.href, base=self.base, parameters=parameters)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the organization that leads to a resource; `section` is its nearest heading.

    `hidden` is of the item alone: what stands below a hidden item is not hidden by it (SCORM
    2004 CAM, 3.4.1.5).
    """

    identifier: str
    title: str
    section: str | None
    reference: str
    parameters: str
    hidden: bool
    metadata: Element


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package holds; `items` are those of its default organization, in order."""

    identifier: str
    title: str | None
    lom: Lom
    items: tuple[Item, ...]
    resources: Mapping[str, Resource]


def read_manifest(name: str, root: Element, file: str, lom_of: ReadLom) -> Manifest:
    """The manifest whose root element is `root`.

    Raises `UnsupportedPackage` for XML that is no manifest, and for a Common Cartridge.
    """
    if name != "manifest":
        raise UnsupportedPackage(f"{file} is not SCORM: its root element is <{name[:80]}>")
    if "cartridge" in text(child(root, "metadata", "schema")).lower():
        raise UnsupportedPackage(f"{file} is a Common Cartridge, not a SCORM package")
    organization = _organization(root)
    lom = lom_of(child(root, "metadata"))
    resources = child(root, "resources")
    base = posixpath.join(attribute(root, "base"), attribute(resources, "base"))
    found: dict[str, Resource] = {}
    for element in children(resources, "resource"):
        resource = _resource(element, base)
        found.setdefault(resource.identifier, resource)
    own = lom_of(child(organization, "metadata"))
    return Manifest(
        identifier=clean_line(attribute(root, "identifier"))[:500],
        title=_line(child(organization, "title")) or lom.title or own.title or None,
        lom=lom if lom is not NOTHING else own,
        items=tuple(_items(organization, None)),
        resources=found,
    )


def lom_inside(metadata: Element, language: str | None) -> Lom:
    """What a `metadata` element says itself, rather than in another file."""
    return read_lom(child(metadata, "lom") or child(metadata, "record"), language)


def location_of(metadata: Element) -> str:
    """The file that a `metadata` element leads to; empty where there is none."""
    return clean_line(text(child(metadata, "location")))


def _organization(root: Element) -> Element:
    """The organization that the manifest names as default, else its first one."""
    organizations = child(root, "organizations")
    found = children(organizations, "organization")
    default = attribute(organizations, "default")
    named = (one for one in found if attribute(one, "identifier") == default)
    return next(named, found[0] if found else {})


def _items(parent: Element, section: str | None) -> Iterator[Item]:
    for element in children(parent, "item"):
        title = _line(child(element, "title"))
        reference = attribute(element, "identifierref").strip()
        if reference:
            yield Item(
                identifier=clean_line(attribute(element, "identifier")) or reference,
                title=title,
                section=section,
                reference=reference,
                parameters=attribute(element, "parameters"),
                hidden=attribute(element, "isvisible").strip().lower() in ("false", "0"),
                metadata=child(element, "metadata"),
            )
        yield from _items(element, title or section)


def _resource(element: Element, base: str) -> Resource:
    base = posixpath.join(base, attribute(element, "base"))
    # SCORM 1.2 writes `scormtype`, 2004 `scormType`.
    kind = attribute(element, "scormtype") or attribute(element, "scormType")
    hrefs = [attribute(one, "href") for one in children(element, "file")]
    files = (launch_of(href, base=base).file for href in hrefs if href)
    return Resource(
        identifier=attribute(element, "identifier"),
        href=attribute(element, "href"),
        base=base,
        files=tuple(dict.fromkeys(file for file in files if file)),
        is_sco=kind.strip().lower() == "sco",
        metadata=child(element, "metadata"),
    )


def _line(element: Element) -> str:
    return shortened(clean_line(text(element)), 1_000)
