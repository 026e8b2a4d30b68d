"""Zip files, read without trusting them (PKWARE APPNOTE 6.3.10)."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from catalogue_sync.errors import PackageError, UnsafePackage, UnsupportedPackage
from catalogue_sync.limits import Limits
from catalogue_sync.packages.entries import Archive, check_count, check_growth, check_name

# What zipfile and the unpackers beneath it raise for bytes that make no sense.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, NotImplementedError, OSError, RuntimeError, ValueError,
)  # fmt: skip

# The others can be made to allocate gigabytes before the first byte is there.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UTF_8, _ENCRYPTED = 0x800, 0x1
_LOCAL_HEADER = 30
_DIRECTORY_ENTRY = struct.Struct("<4s24xHHH12x")
_DIRECTORY_END = struct.Struct("<4s8xLLH")
_END_64 = struct.Struct("<4s36xQQ")
_LOCATOR_64 = 20
_SPECIAL = (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK)
_LONGEST_ENTRY = 1_000
"""Bytes of the directory that an entry takes on average at most."""


class ZipArchive(Archive):
    """A zip file; every entry is checked when it is made."""

    def __init__(self, path: Path, opened: zipfile.ZipFile, limits: Limits) -> None:
        super().__init__(path, limits)
        self._zip = opened
        self._entries: dict[str, zipfile.ZipInfo] = {}
        entries = opened.infolist()
        check_count(path, len(entries), limits)
        for entry in entries:
            name = _name(entry)
            self._check_entry(entry, name)
            self._entries[name] = entry
        length = path.stat().st_size
        self._check_places(entries, opened.start_dir, length)
        packed = min(sum(entry.compress_size for entry in entries), length)
        check_growth(path, sum(entry.file_size for entry in entries), packed, limits)
        self._lengths = {name: entry.file_size for name, entry in self._entries.items()}

    def _sizes(self) -> Mapping[str, int]:
        return self._lengths

    def _unpack(self, name: str, size: int) -> bytes:
        entry = self._entries[name]
        if entry.compress_type not in _METHODS:
            raise UnsupportedPackage(
                f"{self.path}: {name!r} is packed by method {entry.compress_type}, which course "
                "packages do not use; export the package again"
            )
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(size + 1)
        except DAMAGED as error:
            raise PackageError(f"{self.path}: {name!r} cannot be unpacked: {error}") from error
        if len(data) != size:
            raise UnsafePackage(f"{self.path}: {name!r} is not as large unpacked as it says")
        return data

    def _check_entry(self, entry: zipfile.ZipInfo, name: str) -> None:
        check_name(self.path, name, entry.orig_filename)
        shown = f"{self.path}: the archive's entry {name[:200]!r}"
        mode = entry.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise UnsafePackage(f"{shown} is a symbolic link")
        if stat.S_IFMT(mode) in _SPECIAL:
            raise UnsafePackage(f"{shown} is no file but a device")
        if entry.flag_bits & _ENCRYPTED:
            raise UnsupportedPackage(f"{shown} is encrypted; export the package without a password")
        if name in self._entries and not name.endswith("/"):
            raise UnsafePackage(f"{shown} is there twice")

    def _check_places(self, entries: list[zipfile.ZipInfo], end: int, length: int) -> None:
        """Refuse entries that share bytes: so a small file can hold the same gigabyte often."""
        taken = 0
        for entry in sorted(entries, key=lambda one: one.header_offset):
            shown = f"{self.path}: the archive's entry {entry.filename[:200]!r}"
            if entry.header_offset < taken:
                raise UnsafePackage(f"{shown} overlaps another one")
            taken = entry.header_offset + _LOCAL_HEADER + entry.compress_size
            if taken > min(end, length):
                raise UnsafePackage(f"{shown} says that it is longer than the file")


def open_zip(file: BinaryIO, path: Path, limits: Limits) -> ZipArchive:
    """The zip file, checked; the caller closes `file`.

    Raises `PackageError`, `UnsafePackage`, `UnsupportedPackage`.
    """
    try:
        _check_directory(file, path, limits)
        opened = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise PackageError(
            f"{path} is not a zip file or a tar.gz, or a damaged one ({error}); export it again"
        ) from error
    except DAMAGED as error:
        raise PackageError(f"{path} cannot be opened: {error}") from error
    return ZipArchive(path, opened, limits)


def _check_directory(file: BinaryIO, path: Path, limits: Limits) -> None:
    """Count the entries of the central directory, which zipfile would read whole, however long.

    What is not found here is left to zipfile, which says what is wrong.
    """
    length = file.seek(0, 2)
    start = max(0, length - 65_536 - _DIRECTORY_END.size)
    file.seek(start)
    tail = file.read()
    last = len(tail) - _DIRECTORY_END.size
    if last < 0:
        return
    is_last = tail[last:].startswith(b"PK\x05\x06") and tail.endswith(b"\0\0")
    at = last if is_last else tail.rfind(b"PK\x05\x06")
    if not 0 <= at <= last:
        return
    size = _DIRECTORY_END.unpack_from(tail, at)[1]
    before = start + at
    end_64 = before - _LOCATOR_64 - 56
    if end_64 >= 0:
        file.seek(end_64)
        record = file.read(56 + _LOCATOR_64)
        if record[:4] == b"PK\x06\x06" and record[56:60] == b"PK\x06\x07":
            size, before = _END_64.unpack_from(record)[1], end_64
    if size > before:
        return
    if size > limits.package_entries * _LONGEST_ENTRY:
        raise UnsafePackage(f"{path}: the archive's directory has {size:,} bytes: too many")
    file.seek(before - size)
    check_count(path, _count(file.read(size), limits.package_entries), limits)


def _count(directory: bytes, most: int) -> int:
    """How many entries a central directory has; it is not counted on past `most`."""
    place = count = 0
    while place + 46 <= len(directory) and count <= most:
        mark, *lengths = _DIRECTORY_ENTRY.unpack_from(directory, place)
        if mark != b"PK\x01\x02":
            break
        place += 46 + sum(lengths)
        count += 1
    return count


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; many programs write it in UTF-8 without saying so."""
    name = entry.filename
    if entry.flag_bits & _UTF_8 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name
