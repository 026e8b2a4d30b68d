"""Any package: which format a file has, by what is in it, and its modules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, Protocol
from xml.parsers import expat

from catalogue_sync.errors import InvalidXML, UnsupportedPackage
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import Module
from catalogue_sync.packages.archive import Archive, open_archive
from catalogue_sync.packages.cmi5 import COURSE_STRUCTURE, read_cmi5
from catalogue_sync.packages.common_cartridge import read_cartridge
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.package_file import folder_of, is_bare, read_bytes
from catalogue_sync.packages.scorm import MANIFEST, read_scorm
from catalogue_sync.packages.tincan import ACTIVITIES, read_tincan
from catalogue_sync.packages.xml import LONGEST_NAMESPACE, MOST_ATTRIBUTES
from catalogue_sync.records import Refused

CARTRIDGE, SCORM, CMI5, TINCAN, MOODLE_BACKUP = (
    "cartridge", "scorm", "cmi5", "tincan", "moodle-backup",
)  # fmt: skip
FORMATS = (CARTRIDGE, SCORM, CMI5, TINCAN, MOODLE_BACKUP)
"""What a package can be, as the kinds of source are called."""

_BACKUP = "moodle_backup.xml"
_GZIP = b"\x1f\x8b"
_ROOTS = {"courseStructure": CMI5, "tincan": TINCAN}
_PIECE = 65_536


def read_any(
    path: Path, *, source: str, open_with: OpenWith | None = None, language: str | None = None,
    contents: bool = True, format: str | None = None,  # noqa: A002  # the word for it
    limits: Limits = STANDARD,
) -> Iterator[Module | Refused]:  # fmt: skip
    """The modules of a package of any format, and what had to be set aside.

    `format` is one of `FORMATS`, None to recognise it. `language` chooses among words in
    several. With `contents` off, what is inside modules is not read.

    Raises `PackageError` (`UnsafePackage`, `UnsupportedPackage`, `InvalidXML`), some of it
    before the first record is asked for.
    """
    read = _reader(format or format_of(path, limits))
    return read(
        path, source=source, open_with=open_with, language=language, contents=contents,
        limits=limits,
    )  # fmt: skip


def format_of(path: Path, limits: Limits = STANDARD) -> str:
    """The format of a package, one of `FORMATS`, by what is in the file rather than its name.

    Raises `UnsupportedPackage` for anything else, `PackageError` for what cannot be opened.
    """
    if is_bare(path):
        return _format_of_xml(read_bytes(path, limits.xml_bytes + 1), str(path), limits)
    if read_bytes(path, 2) == _GZIP:
        return MOODLE_BACKUP
    with open_archive(path, limits) as archive:
        return _format_of_archive(archive, path, limits)


def _format_of_archive(archive: Archive, path: Path, limits: Limits) -> str:
    names = archive.names()
    if MANIFEST in archive:
        return _format_of_xml(archive.read(MANIFEST), f"{path}: {MANIFEST}", limits)
    if COURSE_STRUCTURE in archive:
        return CMI5
    if folder_of(ACTIVITIES, names) is not None:
        return TINCAN
    if _BACKUP in archive:
        return MOODLE_BACKUP
    for name in (MANIFEST, COURSE_STRUCTURE, _BACKUP):
        folder = folder_of(name, names)
        if folder:
            raise UnsupportedPackage(
                f"{path} has its {name} in the folder {folder[:200]!r}, where no system looks for "
                "it. Pack what is in that folder, without the folder"
            )
    raise UnsupportedPackage(
        f"{path} is no package that can be read: it has no {MANIFEST} (Common Cartridge, SCORM), "
        f"{COURSE_STRUCTURE}, {ACTIVITIES} or {_BACKUP}"
    )


def _format_of_xml(data: bytes, file: str, limits: Limits) -> str:
    """The format of a description by its root element, for a manifest by its namespaces."""
    root, is_scorm = _signs(data, file, limits)
    if root in _ROOTS:
        return _ROOTS[root]
    if root != "manifest":
        raise UnsupportedPackage(
            f"{file} is no package that can be read: its root element is <{root[:80]}>"
        )
    return SCORM if is_scorm else CARTRIDGE


class _Enough(Exception):
    """What was read so far decides."""


def _signs(data: bytes, file: str, limits: Limits) -> tuple[str, bool]:
    """The root element's name, and whether anything says SCORM; read no further than needed."""
    if len(data) > limits.xml_bytes:
        raise InvalidXML(f"{file}: more than {limits.xml_bytes:,} bytes of XML")
    data = data.lstrip(b" \t\r\n")
    scan = _Scan(file)
    try:
        for start in range(0, len(data), _PIECE):
            scan.parser.Parse(data[start : start + _PIECE], False)
    except _Enough:
        pass
    except (expat.ExpatError, ValueError, LookupError) as error:
        # What comes later is for the reader to complain of, which knows the place.
        if not scan.root:
            raise InvalidXML(f"{file}: the XML is broken: {error}") from error
    if not scan.root:
        raise InvalidXML(f"{file}: the XML is broken: it has no element")
    return scan.root, scan.is_scorm


class _Scan:
    """Reads the signs of a format from XML, without building anything."""

    def __init__(self, file: str) -> None:
        self.root = ""
        self.is_scorm = False
        self._file = file
        self._in_schema = False
        self._schema = ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words
        self.parser.StartNamespaceDeclHandler = self._namespace
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(attributes) > MOST_ATTRIBUTES:
            self._refuse(f"an element with more than {MOST_ATTRIBUTES:,} attributes")
        local = name.rpartition(" ")[2]
        if not self.root:
            self.root = local
            if local != "manifest":
                raise _Enough
        self._in_schema = local == "schema"

    def _end(self, name: str) -> None:
        if self._in_schema:
            self._in_schema = False
            if "scorm" in self._schema.lower():
                self.is_scorm = True
            if self.is_scorm or "cartridge" in self._schema.lower():
                raise _Enough

    def _words(self, words: str) -> None:
        if self._in_schema and len(self._schema) < 1_000:
            self._schema += words

    def _namespace(self, _prefix: str | None, uri: str | None) -> None:
        # `xmlns=""` takes a namespace away, and has none.
        if uri and len(uri) > LONGEST_NAMESPACE:
            self._refuse(f"a namespace of over {LONGEST_NAMESPACE:,} characters")
        if uri and ("adlcp" in uri or "adlseq" in uri):
            self.is_scorm = True

    def _entity(self, *_declaration: object) -> None:
        self._refuse("the file declares an entity, which is never needed here")

    def _refuse(self, reason: str) -> NoReturn:
        raise InvalidXML(f"{self._file}: {reason}")


class _Read(Protocol):
    """What every reader of packages is."""

    def __call__(
        self, path: Path, *, source: str, open_with: OpenWith | None, language: str | None,
        contents: bool, limits: Limits,
    ) -> Iterator[Module | Refused]: ...  # fmt: skip


def _reader(found: str) -> _Read:
    if found == MOODLE_BACKUP:
        # Imported here: it is the largest reader, and most packages are none of its.
        from catalogue_sync.packages.moodle_backup import read_backup

        return read_backup
    readers: dict[str, _Read] = {
        CARTRIDGE: read_cartridge, SCORM: read_scorm, CMI5: read_cmi5, TINCAN: read_tincan,
    }  # fmt: skip
    return readers[found]
