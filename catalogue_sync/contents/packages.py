"""The words inside a whole package that an LMS offers as one module: SCORM, cartridge, or a zip."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from catalogue_sync.contents.content import Content
from catalogue_sync.contents.joining import join
from catalogue_sync.contents.reading import is_readable, read_content
from catalogue_sync.contents.rise import may_be_rise, read_rise
from catalogue_sync.errors import MissingLibrary, PackageError, UnreadableContent
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import LONGEST
from catalogue_sync.packages.archive import Archive, open_archive
from catalogue_sync.packages.cartridge_manifest import name_in_archive
from catalogue_sync.packages.xml import Element, attribute, child, children, parse_xml, text
from catalogue_sync.plain_text import clean_line, shortened

MOST_FILES = 1_000
"""Files of one package that are read."""

_MANIFEST = "imsmanifest.xml"
# Folders of what shows a course, not of what is in it.
_PLAYERS = frozenset({"scormdriver", "lib", "libs", "node_modules", "player", "__macosx",
                      "course_settings"})  # fmt: skip
_MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A file that is read, with the title that the manifest gives it, empty if none."""

    name: str
    title: str = ""


def read_package_contents(path: Path, *, limits: Limits = STANDARD) -> Content:
    """The text of a zip file as one module's: each file under the title of its item or page.

    With a manifest (`imsmanifest.xml`) the files are those of its items in their order, then of
    its other resources; without one, every readable file by its name. A course made with
    Articulate Rise is read from its data. Programs are not run: other packages that draw their
    words from scripts have none here. Reading stops at a module's longest
    text, after `contents_seconds`, and at the limits of packages; what was read is kept, and
    its minutes are unknown.

    Raises `UnreadableContent` when no file has words (`MissingLibrary` where one might, for a
    reader that is installed), `PackageError` for a file that is no zip
    file, `UnsafePackage` for one that could do harm.
    """
    with open_archive(path, limits) as archive:
        reader = _Reader(archive, limits)
        content = reader.rise() or join(reader.contents())
        if not content.text and reader.missing is not None:
            raise reader.missing
        if not content.text:
            raise UnreadableContent(
                f"{path}: none of its files has words that can be read ({reader.tried} tried)"
            )
        return content if reader.whole else replace(content, duration=None, words=None)


class _Reader:
    """Reads the files of one archive until one of the limits is met."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._end = time.monotonic() + limits.contents_seconds
        self.whole = True
        self.tried = 0
        self.missing: MissingLibrary | None = None

    def contents(self) -> Iterator[tuple[str, Content]]:
        characters = 0
        for chosen in self._files():
            left = self._end - time.monotonic()
            if left <= 0 or characters > LONGEST["text"] or self.tried >= MOST_FILES:
                self.whole = False
                return
            self.tried += 1
            try:
                content = read_content(
                    self._archive.read(chosen.name),
                    name=f"{self._archive.path}: {chosen.name}",
                    limits=replace(self._limits, contents_seconds=left),
                )
            except MissingLibrary as error:
                self.whole, self.missing = False, error
                continue
            except PackageError:  # a file without words, too large or broken
                continue
            characters += len(content.text)
            yield chosen.title or content.title or _stem(chosen.name), content

    def rise(self) -> Content | None:
        """The course of a Rise export, None for any other package."""
        candidates = (name for name in self._archive.names() if may_be_rise(name))
        for name in islice(candidates, _MOST_CANDIDATES):
            with suppress(PackageError):
                if found := read_rise(self._archive.read(name)):
                    return found
        return None

    def _files(self) -> Iterator[_Chosen]:
        names = frozenset(self._archive.names())
        done: set[str] = set()
        for chosen in self._in_manifest(names) if _MANIFEST in names else ():
            if chosen.name not in done:
                done.add(chosen.name)
                yield chosen
        if not done:
            yield from (_Chosen(name) for name in sorted(names) if _is_words(name))

    def _in_manifest(self, names: frozenset[str]) -> Iterator[_Chosen]:
        file = f"{self._archive.path}: {_MANIFEST}"
        try:
            _, root = parse_xml(self._archive.read(_MANIFEST), file, self._limits)
        except PackageError:  # the files are there even if their list is not
            return
        listed = child(root, "resources")
        base = posixpath.join(attribute(root, "base"), attribute(listed, "base"))
        resources = {
            attribute(one, "identifier"): _file_names(one, base, names)
            for one in reversed(children(listed, "resource"))  # the first of a name counts
        }
        organizations = children(child(root, "organizations"), "organization")
        hidden: set[str] = set()
        titles = [found for one in organizations for found in _items(one, hidden)]
        for reference, title in titles:
            for number, name in enumerate(resources.get(reference, ())):
                yield _Chosen(name, title if number == 0 else "")
        for reference, found in reversed(resources.items()):
            if reference not in hidden:
                yield from (_Chosen(name) for name in found)


def _items(parent: Element, hidden: set[str], *, shown: bool = True) -> Iterator[tuple[str, str]]:
    """What the items below lead to, with their titles, in order; what is hidden is noted."""
    for element in children(parent, "item"):  # no deeper than XML may be
        seen = shown and attribute(element, "isvisible").lower() != "false"
        reference = attribute(element, "identifierref")
        if reference and seen:
            yield reference, shortened(clean_line(text(child(element, "title"))), 200)
        elif reference:
            hidden.add(reference)
        yield from _items(element, hidden, shown=seen)


def _file_names(resource: Element, base: str, names: frozenset[str]) -> tuple[str, ...]:
    """The files of a resource that have words, the one that opens it first."""
    base = posixpath.join(base, attribute(resource, "base"))
    listed = (attribute(file, "href") for file in children(resource, "file"))
    found: Mapping[str, None] = dict.fromkeys(
        name
        for href in (attribute(resource, "href"), *listed)
        if href and (name := _name(posixpath.join(base, href), names)) and _is_words(name)
    )
    return tuple(islice(found, MOST_FILES))


def _name(href: str, names: frozenset[str]) -> str | None:
    bare = href.partition("?")[0].partition("#")[0]
    return name_in_archive(posixpath.normpath(bare), names)


def _is_words(name: str) -> bool:
    folders = name.lower().split("/")[:-1]
    return is_readable(name) and not _PLAYERS.intersection(folders)


def _stem(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name))[0]
