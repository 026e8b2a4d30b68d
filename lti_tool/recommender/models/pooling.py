"""From token ids to vectors: batches by length, the mean over each text's tokens, unit length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

BATCH = 16
"""Texts that are embedded at once, at most."""

_PADDING = 1.25
"""How much longer than the shortest of its batch a text may be: the rest would be padding."""

Encoder = Callable[[Ids, Ids], Floats]
"""Token ids and mask (texts, tokens) in, the last layer (texts, tokens, dimensions) out."""


def embed_tokens(encode: Encoder, tokens: Sequence[Sequence[int]], dimensions: int) -> Floats:
    """Vectors of unit length for texts given as token ids, in their order.

    Every text has at least one token. What stands in the same batch does not change a vector.
    """
    vectors = np.empty((len(tokens), dimensions), np.float32)
    for batch in _batches(tokens):
        ids, mask = _fill([tokens[number] for number in batch])
        vectors[batch] = _pool(encode(ids, mask), mask)
    return vectors


def to_unit_length(vectors: Floats) -> Floats:
    """Each row divided by its length; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def _batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    batch: list[int] = []
    for number in sorted(range(len(tokens)), key=lambda number: len(tokens[number])):
        longest = _PADDING * len(tokens[batch[0]]) if batch else 0
        if len(batch) == BATCH or (batch and len(tokens[number]) > longest):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _fill(tokens: Sequence[Sequence[int]]) -> tuple[Ids, Ids]:
    ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
    mask = np.zeros_like(ids)
    for row, one in enumerate(tokens):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return ids, mask


def _pool(layer: Floats, mask: Ids) -> Floats:
    kept = mask[:, :, None].astype(np.float32)
    return to_unit_length((layer * kept).sum(axis=1) / kept.sum(axis=1))
