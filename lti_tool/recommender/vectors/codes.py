"""Vectors in one byte a dimension: a quarter of the room, and the ranking stays.

A vector of unit length is divided by its largest component, so that this becomes 127. Its
length need not be kept, for it is one.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Codes: TypeAlias = npt.NDArray[np.int8]
Words: TypeAlias = npt.NDArray[np.uint64]


def to_codes(vectors: Floats) -> Codes:
    """Rows of whole numbers from -127 to 127; a row of zeros stays one."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    scaled = vectors * (127 / np.where(largest > 0, largest, 1))
    return np.rint(scaled).astype(np.int8)


def from_codes(codes: Codes) -> Floats:
    """Rows of unit length; `to_codes` makes the same codes of them again."""
    whole = codes.astype(np.float32)
    return np.asarray(whole * inverse_lengths(whole)[:, None], np.float32)


def inverse_lengths(whole: Floats) -> Floats:
    """One over the length of each row; 0 for a row of zeros."""
    lengths: Floats = np.linalg.norm(whole, axis=1)
    return np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def to_signs(codes: Codes) -> Words:
    """The signs of each row, 64 in a word, filled up with zeros."""
    packed = np.packbits(codes > 0, axis=1)
    missing = -packed.shape[1] % 8
    return np.pad(packed, ((0, 0), (0, missing))).view(np.uint64)
