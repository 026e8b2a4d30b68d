"""Compares the signs of vectors: the fewer differ, the smaller the angle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lti_tool.recommender.vectors.codes import Words

Numbers = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint16]

_WINDOW = 16_384
"""Rows at a time, so that what lies between two steps stays in the processor's cache."""

_SAMPLE = 20_000
"""Rows by which the limit is estimated."""

_MARGIN = 1.2
"""How many more than wanted the estimate aims at, so that few are too few."""


def nearest_by_sign(signs: Words, wanted: Words, count: int) -> Numbers:
    """The rows with the fewest signs that differ: `count`, or some fewer in a large index.

    `signs` is (words, rows), `wanted` (words,). At least a third of `count` comes, and all rows
    when there are not more than `count`. The rows are in ascending order.
    """
    rows = signs.shape[1]
    if rows <= count:
        return np.arange(rows)
    differing = _count_differing(signs, wanted)
    near = np.flatnonzero(differing <= _estimate_limit(differing, count))
    if len(near) < count // 3:
        near = np.argpartition(differing, count)[:count]
    elif len(near) > 2 * count:
        near = near[np.argpartition(differing[near], count)[:count]]
    return np.sort(near)


def _count_differing(signs: Words, wanted: Words) -> Counts:
    rows = signs.shape[1]
    differing = np.zeros(rows, np.uint16)
    words = np.empty(_WINDOW, np.uint64)
    ones = np.empty(_WINDOW, np.uint8)
    for start in range(0, rows, _WINDOW):
        window = differing[start : start + _WINDOW]
        size = len(window)
        for plane, word in zip(signs, wanted, strict=True):
            np.bitwise_xor(plane[start : start + size], word, out=words[:size])
            np.bitwise_count(words[:size], out=ones[:size])
            window += ones[:size]
    return differing


def _estimate_limit(differing: Counts, count: int) -> int:
    sample = differing[:: max(1, len(differing) // _SAMPLE)]
    rank = min(len(sample) - 1, int(len(sample) * count / len(differing) * _MARGIN))
    return int(np.partition(sample, rank)[rank])
