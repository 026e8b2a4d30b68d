"""What archives of every format have in common: checked names, and reading within bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from catalogue_sync.errors import PackageError, UnsafePackage
from catalogue_sync.limits import Limits

SMALL = 2**20
"""Below this unpacked size a high ratio can do no harm: small XML packs very well."""


class Archive(ABC):
    """An archive that was checked before anything in it is read; nothing is ever extracted.

    Archives inside it are never opened. Names are exact: two that differ only in case are two
    files. Made by `archive.open_archive`.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        self._left = limits.package_read

    def __contains__(self, name: str) -> bool:
        return name in self._sizes()

    def names(self) -> tuple[str, ...]:
        """The names of all entries, in the order of the archive."""
        return tuple(self._sizes())

    def size(self, name: str) -> int:
        """The bytes that an entry has unpacked, as the archive declares; 0 when it has none."""
        return self._sizes().get(name, 0)

    def read(self, name: str) -> bytes:
        """The bytes of an entry.

        Raises `PackageError` when there is no such entry or it is damaged, `UnsafePackage`
        when it, or all that was read so far, is larger than the limits allow.
        """
        size = self._sizes().get(name)
        if size is None:
            raise PackageError(f"{self.path}: the archive has no {name[:500]!r}")
        most = min(self._limits.package_entry, self._left)
        if size > most:
            raise UnsafePackage(
                f"{self.path}: {name!r} is {size:,} bytes unpacked; {most:,} may be read"
            )
        data = self._unpack(name, size)
        self._left -= len(data)
        return data

    @abstractmethod
    def _sizes(self) -> Mapping[str, int]:
        """The declared size of every entry by its name, in the order of the archive."""

    @abstractmethod
    def _unpack(self, name: str, size: int) -> bytes:
        """The `size` bytes of an entry that is there; raises `PackageError`."""


def check_name(path: Path, name: str, raw: str = "") -> None:
    """Refuse a name that leads anywhere but into the archive; `raw` is it as it was written."""
    shown = f"{path}: the archive's entry {name[:200]!r}"
    if "\\" in name or "\0" in name or "\\" in raw or "\0" in raw:
        raise UnsafePackage(f"{shown} has a backslash or NUL in its name")
    if name.startswith("/") or name[1:2] == ":":
        raise UnsafePackage(f"{shown} has an absolute name")
    if ".." in name.split("/"):
        raise UnsafePackage(f"{shown} leads out of the archive")


def check_count(path: Path, count: int, limits: Limits) -> None:
    """Refuse more entries than are allowed."""
    if count > limits.package_entries:
        raise UnsafePackage(
            f"{path}: the archive has {count:,} entries; {limits.package_entries:,} is the most"
        )


def check_growth(path: Path, unpacked: int, packed: int, limits: Limits) -> None:
    """Refuse what is too large unpacked, or out of all proportion to what it is packed."""
    if unpacked > limits.package_unpacked:
        raise UnsafePackage(
            f"{path}: the archive is {unpacked:,} bytes unpacked; "
            f"{limits.package_unpacked:,} is the most"
        )
    if unpacked > SMALL and unpacked > packed * limits.package_ratio:
        raise UnsafePackage(
            f"{path}: the archive grows {unpacked // max(packed, 1):,} times when "
            f"unpacked; {limits.package_ratio} times is the most"
        )
