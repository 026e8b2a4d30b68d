"""The vectors of a catalogue, to be searched: every vector is looked at, none is missed by a cell.

The signs of all vectors are compared first (48 bytes each, counted in words of 64), then the
best thousand are measured by their codes. docs/adr/0013-vectors-compared-by-sign.md has the
figures, and what else was tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lti_tool.recommender.vectors.building import building_in
from lti_tool.recommender.vectors.codes import (
    Floats,
    from_codes,
    inverse_lengths,
    to_codes,
    to_signs,
)
from lti_tool.recommender.vectors.errors import VectorsRefused
from lti_tool.recommender.vectors.layout import (
    HEADER,
    Arrays,
    Buffer,
    Header,
    Numbers,
    arrays_of,
    checksum_of,
    read_header,
    reserve,
    write_header,
)
from lti_tool.recommender.vectors.scanning import nearest_by_sign
from lti_tool.recommender.vectors.texts import text_key

Batch = tuple[Numbers, Floats]

CANDIDATES = 1_000
"""Vectors that are measured by their codes after the signs were compared."""

_COPIED = 16_384


class VectorIndex:
    """One model's vectors by module number. It never changes; threads may share it.

    In memory, or in a file that is mapped: then only what is searched is read, and the system
    may drop it again. A module without a vector is simply never found.
    """

    def __init__(self, header: Header, buffer: Buffer) -> None:
        """Use `build` or `open`."""
        self._header = header
        self._all = arrays_of(buffer, header)
        whole, count = self._all, header.count
        self._arrays = Arrays(
            whole.numbers[:count],
            whole.scales[:count],
            whole.signs[:, :count],
            whole.codes[:count],
        )
        numbers = self._arrays.numbers
        self._order: Numbers | None = None
        self._sorted = numbers
        if np.any(numbers[1:] <= numbers[:-1]):
            self._order = np.argsort(numbers)
            self._sorted = numbers[self._order]

    @classmethod
    def build(
        cls,
        model_name: str,
        dimensions: int,
        batches: Iterable[Batch],
        *,
        capacity: int,
        folder: Path | None = None,
        mark: str = "",
    ) -> VectorIndex:
        """An index of batches of (numbers, vectors of unit length), each number once.

        `capacity` is how many may come at most. With a `folder` it is made in a file there,
        which replaces the one of the same model when it is complete, never before; indexes
        that are open keep the old one. `mark` says which catalogue the numbers belong to.

        Raises `ValueError` for more than `capacity` or a number twice, `OSError` when the disk
        has no room.
        """
        header = Header(
            model_name=model_name, dimensions=dimensions, capacity=capacity, count=0, mark=mark
        )
        return _build(header, map(_encode, batches), folder)

    @classmethod
    def open(cls, folder: Path, model_name: str, *, mark: str = "") -> VectorIndex:
        """The index that `build` left in a folder, after its checksum was compared.

        Raises `VectorsRefused` when there is none, it is damaged (`vectors-damaged`), or it
        belongs to another model or catalogue (`vectors-other`): build it anew.
        """
        path = _file(folder, model_name)
        header = read_header(path)
        if (header.model_name, header.mark) != (model_name, mark):
            raise VectorsRefused(
                f"{path} belongs to {header.model_name} and {header.mark!r}.", code="vectors-other"
            )
        if checksum_of(path) != header.checksum:
            raise VectorsRefused(f"{path} is damaged: its checksum differs.")
        return _map(path, header)

    def following(
        self,
        batches: Iterable[Batch] = (),
        *,
        removed: Iterable[int] = (),
        more: int = 0,
        folder: Path | None = None,
        mark: str = "",
    ) -> VectorIndex:
        """A successor without the `removed` numbers, with `batches` of new ones, at most `more`.

        The rest is copied, not computed: some 0.1 s for 100,000 vectors. A changed module is
        removed under its number and comes again, under the same or another.
        """
        gone = np.fromiter(removed, np.int64)
        kept = ~np.isin(self._arrays.numbers, gone)
        rest = self._copy(np.flatnonzero(kept))
        header = replace(
            self._header, capacity=int(kept.sum()) + more, count=0, checksum=0, mark=mark
        )
        return _build(header, chain(rest, map(_encode, batches)), folder)

    def __len__(self) -> int:
        return self._header.count

    @property
    def model_name(self) -> str:
        """The name of the model that made the vectors."""
        return self._header.model_name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self._header.dimensions

    @property
    def numbers(self) -> Numbers:
        """The numbers of the modules that have a vector, ascending; not to be written to."""
        return self._sorted

    def search(self, vector: Floats, limit: int) -> tuple[Numbers, Floats]:
        """The numbers and cosines of the `limit` nearest, nearest first.

        `vector` has unit length. Of the true fifty, 49 are found (ADR 13).
        """
        arrays = self._arrays
        rows = nearest_by_sign(arrays.signs, to_signs(to_codes(vector[None]))[0], self._wide(limit))
        cosines = (arrays.codes[rows].astype(np.float32) @ vector) * arrays.scales[rows]
        # Equal cosines stand in the order of the rows, so that the same question has one answer.
        best = np.argsort(-cosines, kind="stable")[:limit]
        return arrays.numbers[rows[best]], cosines[best]

    def rows(self, numbers: npt.ArrayLike) -> Floats:
        """The vectors of these modules, one a row; zeros for one that has none."""
        wanted = np.asarray(numbers, np.int64)
        vectors = np.zeros((len(wanted), self.dimensions), np.float32)
        if len(self) and len(wanted):
            places = np.minimum(np.searchsorted(self._sorted, wanted), len(self) - 1)
            there = self._sorted[places] == wanted
            rows = places[there] if self._order is None else self._order[places[there]]
            vectors[there] = from_codes(self._arrays.codes[rows])
        return vectors

    def _wide(self, limit: int) -> int:
        return max(CANDIDATES, 4 * limit)

    def _copy(self, rows: Numbers) -> Iterator[Arrays]:
        own = self._arrays
        for start in range(0, len(rows), _COPIED):
            some = rows[start : start + _COPIED]
            yield Arrays(own.numbers[some], own.scales[some], own.signs[:, some], own.codes[some])


def _encode(batch: Batch) -> Arrays:
    numbers, vectors = batch
    codes = to_codes(vectors)
    scales = inverse_lengths(codes.astype(np.float32))
    return Arrays(np.asarray(numbers, np.int64), scales, to_signs(codes).T, codes)


def _build(header: Header, batches: Iterable[Arrays], folder: Path | None) -> VectorIndex:
    if folder is None:
        buffer = np.empty(header.size, np.uint8)
        count = _fill(arrays_of(buffer, header), batches)
        return VectorIndex(replace(header, count=count), buffer)
    path = _file(folder, header.model_name)
    with building_in(folder) as room:
        new = room / path.name
        reserve(new, HEADER + header.size)
        if header.size:
            mapped = np.memmap(new, np.uint8, "r+", offset=HEADER)
            header = replace(header, count=_fill(arrays_of(mapped, header), batches))
            mapped.flush()
            del mapped
        header = replace(header, checksum=checksum_of(new))
        write_header(new, header)
        new.replace(path)
    return _map(path, header)


def _map(path: Path, header: Header) -> VectorIndex:
    if not header.size:
        return VectorIndex(header, np.empty(0, np.uint8))
    return VectorIndex(header, np.memmap(path, np.uint8, "r", offset=HEADER))


def _file(folder: Path, model_name: str) -> Path:
    return folder / f"{text_key(model_name)}.vectors"


def _fill(arrays: Arrays, batches: Iterable[Arrays]) -> int:
    """Write the batches one after another, and return how many rows there are."""
    count = 0
    for batch in batches:
        end = count + len(batch.numbers)
        if end > len(arrays.numbers):
            raise ValueError(f"more than {len(arrays.numbers)} vectors came")
        arrays.numbers[count:end] = batch.numbers
        arrays.scales[count:end] = batch.scales
        arrays.signs[:, count:end] = batch.signs
        arrays.codes[count:end] = batch.codes
        count = end
    if len(np.unique(arrays.numbers[:count])) < count:
        raise ValueError("a module number came twice")
    return count
