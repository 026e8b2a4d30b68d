"""Where the arrays of an index stand, in memory or in a file that is mapped into it.

A file is a header of 4,096 bytes (magic, checksum, length, and a JSON object), then the module
numbers, one over the length of each row of codes, the signs in planes of 64 dimensions, and
the codes row by row. Numbers are little-endian.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lti_tool.recommender.vectors.codes import Codes, Floats, Words
from lti_tool.recommender.vectors.errors import VectorsRefused

Numbers = npt.NDArray[np.int64]
Buffer = npt.NDArray[np.uint8]

MAGIC = b"NEEDLEV1"
HEADER = 4_096
_FIXED = struct.Struct("<8sII")
_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file holds: whose vectors, how many, for which catalogue."""

    model_name: str
    dimensions: int
    capacity: int
    count: int
    mark: str
    checksum: int = 0

    @property
    def size(self) -> int:
        """Bytes of the arrays after the header."""
        row = 8 + 4 + 8 * self.words + self.dimensions
        return self.capacity * row

    @property
    def words(self) -> int:
        """Words of 64 signs of one vector."""
        return -(-self.dimensions // 64)


@dataclass(frozen=True, slots=True)
class Arrays:
    """What is kept of vectors: by row, and for `signs` (words, rows)."""

    numbers: Numbers
    scales: Floats
    signs: Words
    codes: Codes


def arrays_of(buffer: Buffer, header: Header) -> Arrays:
    """The four arrays in a buffer of `header.size` bytes."""
    rows, place = header.capacity, 0

    def take(kind: str, *shape: int) -> Buffer:
        nonlocal place
        start = place
        place += int(np.prod(shape)) * np.dtype(kind).itemsize
        return buffer[start:place].view(kind).reshape(shape)

    # What holds the widest numbers comes first, so that each stands at a multiple of its width.
    return Arrays(
        numbers=take("<i8", rows).view(np.int64),
        signs=take("<u8", header.words, rows).view(np.uint64),
        scales=take("<f4", rows).view(np.float32),
        codes=take("i1", rows, header.dimensions).view(np.int8),
    )


def write_header(path: Path, header: Header) -> None:
    """Write the header of a file whose arrays are complete, and see it on the disk."""
    told = json.dumps(asdict(header)).encode()
    with path.open("r+b") as file:
        file.write(_FIXED.pack(MAGIC, zlib.crc32(told), len(told)) + told)
        file.flush()
        os.fsync(file.fileno())


def read_header(path: Path) -> Header:
    """The header of a file. Raises `VectorsRefused` for one that is not whole."""
    try:
        with path.open("rb") as file:
            raw = file.read(HEADER)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise VectorsRefused(f"{path} cannot be read: {error}.") from error
    if len(raw) < HEADER:
        raise VectorsRefused(f"{path} is too short for vectors.")
    magic, checksum, length = _FIXED.unpack_from(raw)
    told = raw[_FIXED.size : _FIXED.size + length]
    if magic != MAGIC or zlib.crc32(told) != checksum:
        raise VectorsRefused(f"{path} has no whole header.")
    header = Header(**json.loads(told))
    if size != HEADER + header.size:
        raise VectorsRefused(f"{path} has {size} bytes instead of {HEADER + header.size}.")
    return header


def checksum_of(path: Path) -> int:
    """The checksum of a file's arrays, read in pieces so that memory stays flat."""
    checksum = 0
    with path.open("rb") as file:
        file.seek(HEADER)
        while chunk := file.read(_CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return checksum


def reserve(path: Path, size: int) -> None:
    """Make an empty file of a size; raises `OSError` when the disk has no room for it.

    Writing through a mapping into a full disk would end the process.
    """
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
