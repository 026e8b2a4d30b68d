"""Read learning modules from where a company keeps them, and keep a catalogue in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalogue_sync.module import Module
    from catalogue_sync.records import Refused

__all__ = ["read_package"]


def read_package(
    path: str | Path,
    *,
    source: str = "package",
    open_with: str | None = None,
    on_refused: Callable[[Refused], None] | None = None,
) -> Iterator[Module]:
    """The modules of a package file, one by one, without a database.

    Reads Common Cartridge (.imscc, .zip, or a bare imsmanifest.xml). `open_with` is a URL
    pattern that gives modules their address (see `packages.opening.OpenWith`); `on_refused`
    is told of each part that was set aside, and why.

    Raises `PackageError` when the file cannot be read, `InvalidSettings` for a bad pattern;
    both when the first module is asked for.
    """
    # Imported here so that the package's name alone costs nothing.
    from catalogue_sync.packages.common_cartridge import read_cartridge
    from catalogue_sync.packages.opening import OpenWith
    from catalogue_sync.records import Refused

    pattern = OpenWith(open_with) if open_with else None
    for record in read_cartridge(Path(path), source=source, open_with=pattern):
        if not isinstance(record, Refused):
            yield record
        elif on_refused is not None:
            on_refused(record)
