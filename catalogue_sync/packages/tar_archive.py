"""Tar files, packed by gzip or not, read without trusting them (POSIX.1-2001, pax and GNU).

Read by hand: the standard library's reader takes a header's word for how much it reads.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from catalogue_sync.errors import PackageError, UnsafePackage, UnsupportedPackage
from catalogue_sync.limits import MIB, Limits
from catalogue_sync.packages.entries import Archive, check_count, check_growth, check_name

_BLOCK = 512
_PIECE = 16 * 1024
_LONGEST_NAME = 64 * 1024
"""Bytes of a header that only holds a long name and the like."""
_MOST_RECORDS = 64
"""Records of one pax header."""
_MOST_DESCRIBED = 4 * MIB
"""Bytes of all headers that only describe others."""
_MOST_UNCHECKED = 64 * MIB
"""Bytes unpacked before they are compared with what they were unpacked from."""
_MOST_MARKS = 256

_FILES, _FOLDER, _DESCRIPTIONS = b"0\0" + b"7", b"5", b"xgLK"
_REFUSED = {
    ord("1"): "a link", ord("2"): "a symbolic link", ord("3"): "a device", ord("4"): "a device",
    ord("6"): "a pipe", ord("S"): "a sparse file", ord("V"): "a volume's label",
    ord("M"): "a part of another volume's file",
}  # fmt: skip


class _Bytes(Protocol):
    """What a tar file is made of, read forwards, and from any place again."""

    def go_to(self, place: int) -> None:
        """Go on reading there."""

    def read(self, length: int) -> bytes:
        """So many bytes, fewer only at the end."""


class _Unpacked:
    """The bytes of a gzip file, which can be gone back to without unpacking all again.

    While it is read for the first time, marks are kept from which unpacking can go on.
    """

    def __init__(self, file: BinaryIO, path: Path, limits: Limits) -> None:
        self._file, self._path, self._limits = file, path, limits
        self._length = file.seek(0, 2)
        self._place = self._packed = 0
        self._unpacker = zlib.decompressobj(wbits=31)
        self._marks: list[tuple[int, int, zlib._Decompress]] = []
        self._between = MIB

    def go_to(self, place: int) -> None:
        """Go on reading there."""
        best = max((mark for mark in self._marks if mark[0] <= place), default=None,
                   key=lambda mark: mark[0])  # fmt: skip
        if place < self._place or (best is not None and best[0] > self._place):
            if best is None:
                self._place, self._packed = 0, 0
                self._unpacker = zlib.decompressobj(wbits=31)
            else:
                self._place, self._packed, self._unpacker = best[0], best[1], best[2].copy()
        while self._place < place and self._next(min(place - self._place, _PIECE * 16)):
            pass

    def read(self, length: int) -> bytes:
        """So many bytes, fewer only at the end."""
        pieces: list[bytes] = []
        while length > 0 and (piece := self._next(length)):
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)

    def _next(self, most: int) -> bytes:
        """Some bytes, at most `most`; none at the end."""
        self._mark()
        try:
            return self._unpack(most)
        except zlib.error as error:
            raise PackageError(
                f"{self._path} cannot be unpacked: {error}; export it again"
            ) from error

    def _unpack(self, most: int) -> bytes:
        while True:
            packed = self._unpacker.unconsumed_tail
            if self._unpacker.eof:
                packed = self._unpacker.unused_data or self._more()
                if not packed.startswith(b"\x1f"):
                    return b""
                self._unpacker = zlib.decompressobj(wbits=31)
            packed = packed or self._more()
            piece = self._unpacker.decompress(packed, most)
            if piece:
                self._place += len(piece)
                self._check()
                return piece
            if not packed and not self._unpacker.eof:
                raise PackageError(f"{self._path} ends too early; export it again")

    def _more(self) -> bytes:
        self._file.seek(self._packed)
        packed = self._file.read(_PIECE)
        self._packed += len(packed)
        return packed

    def _check(self) -> None:
        if self._place > _MOST_UNCHECKED:
            check_growth(self._path, self._place, self._packed, self._limits)

    def _mark(self) -> None:
        """Keep a mark now and then, and fewer of them the longer the file is."""
        last = self._marks[-1][0] if self._marks else 0
        if self._place < last + self._between or self._unpacker.eof:
            return
        self._marks.append((self._place, self._packed, self._unpacker.copy()))
        if len(self._marks) >= _MOST_MARKS:
            self._marks = self._marks[1::2]
            self._between *= 2


class _Plain:
    """The bytes of a tar file that is not packed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)

    def go_to(self, place: int) -> None:
        """Go on reading there."""
        self._file.seek(place)

    def read(self, length: int) -> bytes:
        """So many bytes, fewer only at the end."""
        return self._file.read(length)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A header, and where in the tar file what it stands for begins."""

    name: str
    size: int
    type: int
    begins: int


class TarArchive(Archive):
    """A tar file, read through once when it is made, so that every entry is known."""

    def __init__(self, path: Path, data: _Bytes, packed: int, limits: Limits) -> None:
        super().__init__(path, limits)
        self._data = data
        self._places: dict[str, int] = {}
        self._lengths: dict[str, int] = {}
        unpacked = 0
        for count, entry in enumerate(_entries(path, data, limits), start=1):
            check_count(path, count, limits)
            unpacked += entry.size
            check_growth(path, unpacked, unpacked, limits)
            self._add(entry)
        check_growth(path, unpacked, packed, limits)

    def _sizes(self) -> Mapping[str, int]:
        return self._lengths

    def _unpack(self, name: str, size: int) -> bytes:
        self._data.go_to(self._places[name])
        data = self._data.read(size)
        if len(data) != size:
            raise PackageError(f"{self.path}: {name!r} ends too early; export the package again")
        return data

    def _add(self, entry: _Entry) -> None:
        name = entry.name.removeprefix("./")
        shown = f"{self.path}: the archive's entry {name[:200]!r}"
        kind = _REFUSED.get(entry.type)
        if kind is not None:
            raise UnsafePackage(f"{shown} is {kind}, not a file")
        check_name(self.path, name)
        if entry.type == _FOLDER[0] or name.endswith("/") or name in ("", "."):
            return
        if name in self._places:
            raise UnsafePackage(f"{shown} is there twice")
        if entry.type in _FILES:
            self._places[name], self._lengths[name] = entry.begins, entry.size


def is_tar(start: bytes) -> bool:
    """Whether a file that begins so is a tar file, packed by gzip or not."""
    return start.startswith(b"\x1f\x8b") or start[257:262] == b"ustar"


def open_tar(file: BinaryIO, path: Path, limits: Limits) -> TarArchive:
    """The tar file, checked; the caller closes `file`.

    Raises `PackageError`, `UnsafePackage`, `UnsupportedPackage`.
    """
    length = file.seek(0, 2)
    file.seek(0)
    is_packed = file.read(2) == b"\x1f\x8b"
    data: _Bytes = _Unpacked(file, path, limits) if is_packed else _Plain(file)
    return TarArchive(path, data, length, limits)


def _entries(path: Path, data: _Bytes, limits: Limits) -> Iterator[_Entry]:
    """The entries in order; what stands in between (long names, pax) is applied to them."""
    place = headers = described = 0
    said: dict[str, str] = {}
    while True:
        data.go_to(place)
        block = data.read(_BLOCK)
        if not any(block):
            if not headers:
                raise PackageError(f"{path} is no tar file, or an empty one; export it again")
            return
        headers += 1
        check_count(path, headers // 3, limits)
        entry = _header(path, block, place + _BLOCK, said)
        if entry.type in _DESCRIPTIONS:
            said = _told(path, data, entry, said)
            described += entry.size
            if described > _MOST_DESCRIBED:
                raise UnsafePackage(
                    f"{path}: the archive describes its files in over {_MOST_DESCRIBED:,} bytes"
                )
        else:
            yield entry
            said = {}
        place = entry.begins + -(-entry.size // _BLOCK) * _BLOCK


def _header(path: Path, block: bytes, begins: int, said: Mapping[str, str]) -> _Entry:
    damaged = PackageError(f"{path}: the archive is damaged at byte {begins:,}; export it again")
    if len(block) < _BLOCK:
        raise damaged
    blank = block[:148] + b" " * 8 + block[156:]
    checksum = _number(block[148:156])
    if checksum != sum(blank):
        raise damaged
    size = _number(block[124:136])
    if size is None:
        raise damaged
    name, kind = _text(block[:100]), block[156]
    if kind in _DESCRIPTIONS:
        return _Entry(name, size, kind, begins)
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    name = said.get("path") or (f"{prefix}/{name}" if prefix else name)
    kind = ord("S") if "sparse" in said else kind
    size = int(said.get("size", size))
    return _Entry(name, 0 if kind in b"123456" else size, kind, begins)


def _told(path: Path, data: _Bytes, entry: _Entry, said: Mapping[str, str]) -> dict[str, str]:
    """What a header that only describes the next one says of it."""
    if entry.size > _LONGEST_NAME:
        raise UnsafePackage(f"{path}: a name or description in the archive is too long")
    raw = data.read(entry.size)
    if len(raw) < entry.size:
        raise PackageError(f"{path} ends too early; export it again")
    if entry.type == ord("L"):
        return {**said, "path": _text(raw)}
    return {**said, **_pax(path, raw)} if entry.type == ord("x") else dict(said)


def _pax(path: Path, raw: bytes) -> dict[str, str]:
    """The records of a pax header that matter here: `length key=value` on lines."""
    said: dict[str, str] = {}
    place = records = 0
    while place < len(raw):
        records += 1
        if records > _MOST_RECORDS:
            raise UnsafePackage(f"{path}: the archive says over {_MOST_RECORDS} things of a file")
        digits, blank, _ = raw[place : place + 20].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        if not blank or not len(digits) < length <= len(raw) - place:
            raise UnsupportedPackage(f"{path}: the archive's description of a file is damaged")
        record = raw[place + len(digits) + 1 : place + length - 1]
        place += length
        key, _, value = record.partition(b"=")
        if key == b"path" or (key == b"size" and value.isdigit() and len(value) < 20):
            said[key.decode()] = _text(value)
        elif key.startswith(b"GNU.sparse."):
            said["sparse"] = "yes"
    return said


def _number(field: bytes) -> int | None:
    """A number in octal digits, or GNU's binary form; None where it is none."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not digits:
        return 0
    return int(digits, 8) if all(digit in b"01234567" for digit in digits) else None


def _text(field: bytes) -> str:
    """A name: UTF-8, or what else every byte can be."""
    raw = field.partition(b"\0")[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
