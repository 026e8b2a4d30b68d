"""Common Cartridge 1.0 to 1.4 and Thin Common Cartridge: a zip file, or its bare manifest."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from catalogue_sync.errors import InvalidModule, PackageError, UnsupportedPackage
from catalogue_sync.minutes import minutes_declared, minutes_estimated
from catalogue_sync.module import Kind, Module
from catalogue_sync.packages.archive import Archive, Limits, open_archive
from catalogue_sync.packages.cartridge_manifest import (
    Item,
    Manifest,
    Resource,
    name_in_archive,
    read_manifest,
)
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.xml import (
    LARGEST,
    Element,
    attribute,
    child,
    children,
    parse_xml,
    text,
)
from catalogue_sync.plain_text import clean_line, decode_html, shortened, text_from_html
from catalogue_sync.records import Refused

MANIFEST = "imsmanifest.xml"
_CANVAS_MODULES = "course_settings/module_meta.xml"
_VIDEO = (".mp4", ".webm", ".mov", ".m4v", ".ogv", ".avi")
_HTML = (".html", ".htm", ".xhtml")
_HTML_TITLE = re.compile(r"<title[^>]*>([^<]{1,1000})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Content:
    """What the file of a resource says."""

    title: str = ""
    description: str = ""
    text: str = ""
    url: str | None = None


def read_cartridge(
    path: Path, *, source: str, open_with: OpenWith | None = None, limits: Limits | None = None
) -> Iterator[Module | Refused]:
    """The modules of a cartridge in the organization's order, and what had to be set aside.

    A web link opens its own http(s) address; everything else the address that `open_with`
    makes, and none without it. A cartridge without an organization yields its resources that
    carry a title of their own.

    Raises `PackageError` (`UnsafePackage`, `UnsupportedPackage`, `InvalidXML`).
    """
    bare = _is_bare_manifest(path)
    with nullcontext(None) if bare else open_archive(path, limits) as archive:
        if archive is None:
            data = _read_file(path)
        elif MANIFEST in archive:
            data = archive.read(MANIFEST)
        else:
            raise UnsupportedPackage(f"{path} has no {MANIFEST} at its top: not a Common Cartridge")
        manifest = read_manifest(*parse_xml(data, f"{path}: {MANIFEST}"), str(path))
        yield from _Reader(path, archive, manifest, source, open_with).modules()


class _Reader:
    def __init__(
        self, path: Path, archive: Archive | None, manifest: Manifest, source: str,
        open_with: OpenWith | None,
    ) -> None:  # fmt: skip
        self._path = path
        self._archive = archive
        self._manifest = manifest
        self._source = source
        self._open_with = open_with
        self._names = frozenset(archive.names()) if archive else frozenset[str]()

    def modules(self) -> Iterator[Module | Refused]:
        items = self._manifest.items or tuple(self._items_from_resources())
        unpublished = self._unpublished()
        shown = [item for item in items if self._is_shown(item, unpublished)]
        places = {id(item): number for number, item in enumerate(shown, start=1)}
        used: set[str] = set()
        for item in items:
            resource = self._manifest.resources.get(item.reference)
            place = f"{self._path.name}: item {item.identifier}"
            if resource is None:
                reason = f"it leads to resource {item.reference!r}, which the manifest has not"
                yield Refused(place, reason, item.identifier)
            elif item.identifier in used:
                yield Refused(place, "an item before it has the same identifier")
            elif not _is_bank(resource):
                used.add(item.identifier)
                yield from self._module(item, resource, places.get(id(item)), len(shown))

    def _items_from_resources(self) -> Iterator[Item]:
        """For a cartridge without an organization: every resource that is not part of another."""
        resources = self._manifest.resources
        parts = {name for resource in resources.values() for name in resource.dependencies}
        for resource in resources.values():
            settings = resource.href.startswith("course_settings/")
            if resource.identifier not in parts and not settings and not resource.is_variant:
                yield Item(resource.identifier, "", None, resource.identifier, hidden=False)

    def _is_shown(self, item: Item, unpublished: frozenset[str]) -> bool:
        resource = self._manifest.resources.get(item.reference)
        if resource is None or resource.for_teachers or _is_bank(resource):
            return False
        return not item.hidden and item.identifier not in unpublished

    def _unpublished(self) -> frozenset[str]:
        """Items that a Canvas export marks as not published, with all below them."""
        if _CANVAS_MODULES not in self._names or self._archive is None:
            return frozenset()
        _, root = parse_xml(self._archive.read(_CANVAS_MODULES), f"{self._path}: {_CANVAS_MODULES}")
        found = set()
        for module in children(root, "module"):
            closed = _is_unpublished(module)
            for item in children(child(module, "items"), "item"):
                if closed or _is_unpublished(item):
                    found.add(attribute(item, "identifier"))
        return frozenset(found)

    def _module(
        self, item: Item, resource: Resource, position: int | None, siblings: int
    ) -> Iterator[Module | Refused]:
        content, problem = self._content(resource)
        if problem:
            yield Refused(f"{self._path.name}: {resource.href}", problem)
        title = item.title or content.title
        if not title:
            reason = "no item gives it a title, nor does a file of its own"
            yield Refused(f"{self._path.name}: resource {resource.identifier}", reason)
            return
        try:
            yield self._build(item, resource, content, title, position, siblings)
        except InvalidModule as error:
            yield Refused(f"{self._path.name}: item {item.identifier[:200]}", str(error))

    def _build(
        self, item: Item, resource: Resource, content: _Content, title: str,
        position: int | None, siblings: int,
    ) -> Module:  # fmt: skip
        kind = self._kind(resource)
        # Reading time says nothing of how long a task or a test takes.
        is_read = kind in (Kind.ARTICLE, Kind.LESSON)
        return Module(
            source=self._source,
            identifier=item.identifier,
            title=title,
            kind=kind,
            open_url=content.url or self._address(item.identifier, title, resource.href),
            description=content.description or resource.description,
            text=content.text,
            duration=resource.duration
            or minutes_declared(title, content.description, content.text)
            or minutes_estimated(content.text if is_read else ""),
            language=self._manifest.language,
            course_id=self._manifest.identifier or None,
            course=self._manifest.title,
            section=item.section,
            position=position,
            siblings=siblings if position else None,
            visible=position is not None,
            licence=self._manifest.licence,
        )

    def _address(self, identifier: str, title: str, href: str) -> str | None:
        if self._open_with is None:
            return None
        return self._open_with.url(identifier=identifier, title=title, href=href)

    def _kind(self, resource: Resource) -> Kind:
        kind = resource.type
        href = resource.href.lower()
        if "assessment" in kind:
            return Kind.QUIZ
        if kind.startswith("assignment") or self._settings_name(resource):
            return Kind.ASSIGNMENT
        if kind.startswith("imsdt"):
            return Kind.COMMUNITY
        if kind.startswith("imsbasiclti"):
            return Kind.LESSON
        return Kind.VIDEO if href.endswith(_VIDEO) else Kind.ARTICLE

    def _content(self, resource: Resource) -> tuple[_Content, str]:
        """What the resource's file says; and what is wrong with the file, empty if nothing."""
        name = next((n for f in resource.files if (n := name_in_archive(f, self._names))), None)
        if name is None or self._archive is None:
            return _Content(), ""
        try:
            if name.lower().endswith(_HTML):
                return self._page_content(resource, self._archive.read(name)), ""
            if name.lower().endswith((".xml", ".qti")):
                root = parse_xml(self._archive.read(name), f"{self._path}: {name}")
                return _xml_content(*root), ""
        except PackageError as error:
            return _Content(), str(error)
        return _Content(), ""

    def _page_content(self, resource: Resource, data: bytes) -> _Content:
        markup = decode_html(data)
        titled = _HTML_TITLE.search(markup[:20_000])
        title = _line(html.unescape(titled[1])) if titled else ""
        settings = self._settings_name(resource)
        if settings and self._archive:
            _, root = parse_xml(self._archive.read(settings), f"{self._path}: {settings}")
            title = _line(text(child(root, "title"))) or title
        return _Content(title=title, text=text_from_html(markup, 200_000))

    def _settings_name(self, resource: Resource) -> str | None:
        """The file beside a page that makes it an assignment, in an export of Canvas."""
        name = posixpath.join(posixpath.dirname(resource.href), "assignment_settings.xml")
        return name if name in self._names and name in resource.files else None


def _xml_content(name: str, root: Element) -> _Content:
    """The content of a web link, discussion topic, assignment, test or tool link."""
    if name == "questestinterop":
        return _Content(title=_line(attribute(child(root, "assessment"), "title")))
    body = text(child(root, "text")) or text(child(root, "description"))
    address = attribute(child(root, "url"), "href").strip()
    is_web = address.lower().startswith(("http://", "https://")) and len(address) <= 4_000
    return _Content(
        title=_line(text(child(root, "title"))),
        description=text_from_html(body, 20_000),
        url=address if name.lower() == "weblink" and is_web else None,
    )


def _line(raw: str) -> str:
    return shortened(clean_line(raw), 1_000)


def _is_bank(resource: Resource) -> bool:
    return "question-bank" in resource.type


def _is_unpublished(element: Element) -> bool:
    return text(child(element, "workflow_state")).lower() not in ("", "active", "published")


def _is_bare_manifest(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise PackageError(f"{path} cannot be opened: {error.strerror or error}") from error
    return start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
