"""A package file as a source: Common Cartridge, SCORM, cmi5, tincan.xml, Moodle backup."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from catalogue_sync.errors import PackageError
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import LONGEST, Module, Provenance
from catalogue_sync.packages import reading as packages
from catalogue_sync.packages.inside import without_unread
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.plain_text import clean_line, shortened
from catalogue_sync.records import Batch, Built, Reading, Refused
from catalogue_sync.sources.defaults import provenance_of
from catalogue_sync.sources.document import told
from catalogue_sync.sources.kinds import (
    CONTENTS,
    LANGUAGE,
    LICENCE,
    PROVENANCE,
    Opening,
    Setting,
    SourceKind,
    is_on,
)
from catalogue_sync.surroundings import Surroundings

OPEN_WITH = Setting(
    "open_with", "URL that opens a module, with {identifier}, {title}, {href} or {kind} in it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How packages are read, and what is said of modules that do not say it themselves.

    `language` is also the one that is chosen where words stand in several. `format` is one of
    `packages.reading.FORMATS`, None to recognise it.
    """

    open_with: OpenWith | None = None
    language: str | None = None
    provenance: Provenance = Provenance.UNKNOWN
    licence: str | None = None
    contents: bool = True
    format: str | None = None
    limits: Limits = STANDARD

    def read(self, path: Path, source: str) -> Iterator[Module | Refused]:
        """The modules of one package. Raises `PackageError`."""
        records = packages.read_any(
            path, source=source, open_with=self.open_with, language=self.language,
            contents=self.contents, format=self.format, limits=self.limits,
        )  # fmt: skip
        for record in records:
            yield record if isinstance(record, Refused) else self._completed(record)

    def _completed(self, module: Module) -> Module:
        said = module.provenance is not Provenance.UNKNOWN
        return replace(
            module,
            language=module.language or self.language,
            provenance=module.provenance if said else self.provenance,
            licence=module.licence or self.licence,
        )


def manner_of(
    settings: Mapping[str, str],
    surroundings: Surroundings,
    *,
    format: str | None = None,  # noqa: A002
) -> Manner:
    """The manner that settings ask for, but for `open_with`. Raises `InvalidSettings`."""
    return Manner(
        language=settings.get("language", "").strip()[: LONGEST["language"]] or None,
        provenance=provenance_of(settings),
        licence=shortened(clean_line(settings.get("licence", "")), LONGEST["licence"]) or None,
        contents=is_on(settings, "contents", default=True) and surroundings.contents,
        format=format,
        limits=surroundings.limits,
    )


class PackageSource:
    """One package file; it is read when its bytes are others than last time."""

    hint_when_missing = "Check that the file is the whole course, exported anew."

    def __init__(self, name: str, path: Path, manner: Manner) -> None:
        self.name = name
        self._path = path
        self._manner = manner

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads the file once."""
        return told(self._build(digest_of(self._path)).warnings)

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The file's modules in their order, in one batch; there is no cursor."""
        digest = digest_of(self._path)
        build = partial(self._build, digest)
        yield Batch(share=1.0, complete=True, digest=digest, build=build)

    def _build(self, digest: str) -> Built:
        records, unread = without_unread(self._manner.read(self._path, self.name))
        return Built(
            records,
            warnings=(*self._warnings(records), *unread),
            again=digest_of(self._path) != digest,  # it was replaced while it was read
        )

    def _warnings(self, records: tuple[Module | Refused, ...]) -> Iterator[str]:
        modules = [record for record in records if isinstance(record, Module)]
        without = sum(module.open_url is None for module in modules)
        if not modules:
            yield f"{self._path.name} holds no module that a learner could open"
        if without:
            yield (
                f"{without} of {len(modules)} modules have no address to open, so they are "
                "never recommended. Give open_with, a URL pattern of the LMS that holds them"
            )


def digest_of(path: Path) -> str:
    """64 hex digits (SHA-256) over a file's bytes. Raises `PackageError`."""
    try:
        if path.exists() and not path.is_file():
            raise PackageError(f"{path} is no file")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackageError(f"{path} cannot be opened: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the path
        raise PackageError(f"{str(path)!r} is no path of a file") from error


def _opening(format: str | None) -> Opening:  # noqa: A002
    def open_package(
        name: str, settings: Mapping[str, str], _secret: str | None, surroundings: Surroundings
    ) -> PackageSource:
        manner = manner_of(settings, surroundings, format=format)
        pattern = settings.get("open_with", "").strip()
        manner = replace(manner, open_with=OpenWith(pattern) if pattern else None)
        return PackageSource(name, Path(settings["path"]), manner)

    return open_package


def _kind(name: str, help: str, format: str | None) -> SourceKind:  # noqa: A002
    path = Setting("path", "path of the file", required=True, is_path=True)
    settings = (path, OPEN_WITH, LANGUAGE, PROVENANCE, LICENCE, CONTENTS)
    return SourceKind(name, help, settings, _opening(format))


KINDS = (
    _kind(
        packages.CARTRIDGE,
        "A Common Cartridge or Canvas export (.imscc, .zip).",
        packages.CARTRIDGE,
    ),
    _kind(packages.SCORM, "A SCORM 1.2 or 2004 package (.zip, or imsmanifest.xml).",
          packages.SCORM),
    _kind(packages.CMI5, "A cmi5 course (.zip, or a bare cmi5.xml).", packages.CMI5),
    _kind(packages.TINCAN, "A Tin Can (xAPI) package (.zip, or a bare tincan.xml).",
          packages.TINCAN),
    _kind(packages.MOODLE_BACKUP, "A course backup of Moodle (.mbz).", packages.MOODLE_BACKUP),
    _kind("package", "A cartridge, SCORM, cmi5, Tin Can or Moodle backup.", None),
)  # fmt: skip
