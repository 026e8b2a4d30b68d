"""Zip files, read without trusting them."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalogue_sync.errors import PackageError, UnsafePackage, UnsupportedPackage


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may be: sizes in bytes, `ratio` is unpacked over packed size.

    `unpacked` bounds what the archive declares in all, `read` what is unpacked of it in all,
    `entry` what is unpacked of one entry.
    """

    entries: int = 50_000
    unpacked: int = 8 * 2**30
    ratio: int = 200
    read: int = 256 * 2**20
    entry: int = 16 * 2**20


# What zipfile and the unpackers beneath it raise for bytes that make no sense.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, OSError, RuntimeError, ValueError,
)  # fmt: skip

_SMALL = 2**20
"""Below this unpacked size a high ratio can do no harm: small XML packs very well."""


class Archive:
    """A zip file that was checked before anything in it is read; nothing is ever extracted.

    Archives inside it are never opened. Made by `open_archive`.
    """

    def __init__(self, path: Path, opened: zipfile.ZipFile, limits: Limits) -> None:
        self.path = path
        self._zip = opened
        self._limits = limits
        self._left = limits.read
        self._entries: dict[str, zipfile.ZipInfo] = {}
        entries = opened.infolist()
        if len(entries) > limits.entries:
            raise UnsafePackage(
                f"{path}: the archive has {len(entries):,} entries; {limits.entries:,} is the most"
            )
        for entry in entries:
            self._check_entry(entry)
            self._entries[entry.filename] = entry
        self._check_size(entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def names(self) -> tuple[str, ...]:
        """The names of all entries, in the order of the archive."""
        return tuple(self._entries)

    def read(self, name: str) -> bytes:
        """The bytes of an entry.

        Raises `PackageError` when there is no such entry or it is damaged, `UnsafePackage`
        when it, or all that was read so far, is larger than the limits allow.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise PackageError(f"{self.path}: the archive has no {name!r}")
        most = min(self._limits.entry, self._left)
        if entry.file_size > most:
            raise UnsafePackage(
                f"{self.path}: {name!r} is {entry.file_size:,} bytes unpacked; {most:,} may be read"
            )
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(entry.file_size + 1)
        except _DAMAGED as error:
            raise PackageError(f"{self.path}: {name!r} cannot be unpacked: {error}") from error
        if len(data) > entry.file_size:
            raise UnsafePackage(f"{self.path}: {name!r} is larger unpacked than it says")
        self._left -= len(data)
        return data

    def _check_entry(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        shown = f"{self.path}: the archive's entry {name[:200]!r}"
        if "\\" in name or "\0" in name or "\\" in entry.orig_filename:
            raise UnsafePackage(f"{shown} has a backslash or NUL in its name")
        if name.startswith("/") or name[1:2] == ":":
            raise UnsafePackage(f"{shown} has an absolute name")
        if ".." in name.split("/"):
            raise UnsafePackage(f"{shown} leads out of the archive")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise UnsafePackage(f"{shown} is a symbolic link")
        if entry.flag_bits & 0x1:
            raise UnsupportedPackage(f"{shown} is encrypted; export the package without a password")
        if name in self._entries and not name.endswith("/"):
            raise UnsafePackage(f"{shown} is there twice")

    def _check_size(self, entries: list[zipfile.ZipInfo]) -> None:
        unpacked = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        if unpacked > self._limits.unpacked:
            raise UnsafePackage(
                f"{self.path}: the archive is {unpacked:,} bytes unpacked; "
                f"{self._limits.unpacked:,} is the most"
            )
        if unpacked > _SMALL and unpacked > packed * self._limits.ratio:
            raise UnsafePackage(
                f"{self.path}: the archive grows {unpacked // max(packed, 1):,} times when "
                f"unpacked; {self._limits.ratio} times is the most"
            )


@contextmanager
def open_archive(path: Path, limits: Limits | None = None) -> Iterator[Archive]:
    """A checked zip file, closed at the end.

    Raises `PackageError` when the file cannot be opened or is not a zip file, `UnsafePackage`
    when it could do harm, `UnsupportedPackage` when it is encrypted.
    """
    try:
        opened = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise PackageError(
            f"{path} is not a zip file, or a damaged one ({error}); export it again"
        ) from error
    except _DAMAGED as error:
        raise PackageError(f"{path} cannot be opened: {error}") from error
    with opened:
        yield Archive(path, opened, limits or Limits())
