"""Read learning modules from where a company keeps them, and keep a catalogue in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalogue_sync.module import Module
    from catalogue_sync.records import Refused
    from catalogue_sync.surroundings import Surroundings

__all__ = ["read_package", "read_source"]


def read_package(
    path: str | Path,
    *,
    source: str = "package",
    open_with: str | None = None,
    language: str | None = None,
    on_refused: Callable[[Refused], None] | None = None,
) -> Iterator[Module]:
    """The modules of a package file, one by one, without a database.

    Reads Common Cartridge 1.0 to 1.4 and Thin, Canvas course exports, SCORM 1.2 and 2004, cmi5,
    tincan.xml and Moodle backups, recognised by what is in the file: an archive, or the bare
    XML that describes one. `open_with` is a URL pattern that gives modules their address (see
    `packages.opening.OpenWith`). `language`, a tag such as `nl`, is of what does not say its
    own, and is chosen where words stand in several. `on_refused` is told of each part that was
    set aside, and why.

    Raises `PackageError` when the file cannot be read, `InvalidSettings` for a bad pattern;
    both when the first module is asked for.
    """
    # Imported here so that the package's name alone costs nothing.
    from dataclasses import replace

    from catalogue_sync.packages.opening import OpenWith
    from catalogue_sync.packages.reading import read_any
    from catalogue_sync.records import Refused

    pattern = OpenWith(open_with) if open_with else None
    records = read_any(Path(path), source=source, open_with=pattern, language=language)
    for record in records:
        if not isinstance(record, Refused):
            yield record if record.language else replace(record, language=language)
        elif on_refused is not None:
            on_refused(record)


def read_source(
    kind: str,
    *,
    secret: str | None = None,
    source: str = "source",
    surroundings: Surroundings | None = None,
    on_refused: Callable[[Refused], None] | None = None,
    on_warning: Callable[[str], None] | None = None,
    **settings: str,
) -> Iterator[Module]:
    """The modules of any kind of source, one by one, without a database.

    `kind` and `settings` are those that docs/sources.md lists. `surroundings` gives other
    limits and networks (without them only addresses in the public internet are called).
    `on_refused` is told of each record that was set aside, and why; `on_warning`, at the end, of
    what an administrator of the source would have to mend.

    Raises `InvalidSettings`, `SourceError` and `PackageError`, when the first module is asked
    for or later, at what cannot be read.
    """
    from datetime import UTC, datetime

    from catalogue_sync.module import Module
    from catalogue_sync.records import Built, Reading, Refused
    from catalogue_sync.remarks import Remarks
    from catalogue_sync.sources import open_source

    opened = open_source(kind, source, settings, secret, surroundings)
    warnings = Remarks()
    for batch in opened.read(Reading(now=datetime.now(UTC))):
        built = batch.build() if batch.build is not None else Built(())
        warnings.add((*batch.warnings, *built.warnings))
        for record in (*batch.records, *built.records):
            if isinstance(record, Module):
                yield record
            elif isinstance(record, Refused) and on_refused is not None:
                on_refused(record)
    if on_warning is not None:
        for warning in warnings.said():
            on_warning(warning)
