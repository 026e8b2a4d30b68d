"""Bytes: in memory while they grow, mapped from a file later."""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

Blob: TypeAlias = "bytearray | memoryview"

_LENGTH = struct.Struct("<Q")
_END = struct.Struct("<I")


class Texts:
    """Texts by number, one after the other in UTF-8, and where each of them ends."""

    def __init__(self, blob: Blob | None = None, ends: Blob | None = None) -> None:
        self.blob: Blob = bytearray() if blob is None else blob
        self.ends: Blob = bytearray() if ends is None else ends

    def __len__(self) -> int:
        return len(self.ends) // _END.size

    def __getitem__(self, number: int) -> str:
        start = self._end(number - 1) if number else 0
        return str(self.blob[start : self._end(number)], "utf-8")

    def append(self, text: str) -> int:
        """Add a text and give its number; only while they are in memory."""
        self.blob += text.encode()  # type: ignore[operator]
        self.ends += _END.pack(len(self.blob))  # type: ignore[operator]
        return len(self) - 1

    def copied(self) -> Texts:
        """The same texts in memory, to be added to."""
        return Texts(bytearray(self.blob), bytearray(self.ends))

    def _end(self, number: int) -> int:
        end: int = _END.unpack_from(self.ends, number * _END.size)[0]
        return end


def write_blobs(path: Path, blobs: Mapping[str, Blob]) -> None:
    """Write blobs into one file that `read_blobs` maps."""
    header = json.dumps({name: len(blob) for name, blob in blobs.items()}).encode()
    with path.open("wb") as file:
        for part in (_LENGTH.pack(len(header)), header, *blobs.values()):
            file.write(part)


def read_blobs(path: Path) -> dict[str, memoryview]:
    """Map what `write_blobs` wrote; ValueError or OSError when the file is not that."""
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    start = _LENGTH.size + int.from_bytes(view[: _LENGTH.size], "little")
    sizes: dict[str, int] = json.loads(bytes(view[_LENGTH.size : start]))
    bounds = list(accumulate(sizes.values(), initial=start))
    if bounds[-1] != len(view):
        raise ValueError(f"{path.name} has another length than its parts")
    return {
        name: view[begin:end] for name, begin, end in zip(sizes, bounds, bounds[1:], strict=False)
    }
