"""Vectors of an organisation's modules: read from the database, and made where they miss."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lti_tool.actions.indexing.cache import DatabaseCache
from lti_tool.actions.indexing.node import Node
from lti_tool.actions.indexing.states import LOG, State, follow_vectors
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.meaning import Meaning
from lti_tool.recommender.models import EmbeddingModel
from lti_tool.recommender.vectors import (
    VectorIndex,
    VectorsRefused,
    embedded_text,
    read_vectors,
    text_key,
)

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

LOOKED_UP = 512
"""Modules that are looked up in the database at once."""

EMBEDDED = 32
"""Texts that are claimed, embedded and kept at once: about a second of one core."""

SWAPPED, MOST_SWAPPED = 2_000, 20_000
SWAPPED_SHARE = 0.2
SWAPPED_SECONDS = 60.0
"""New vectors begin to answer when they are this share of those there are (each swap copies
them), within these bounds, or after so long."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Filled:
    """What one step of filling did: modules looked at, and texts embedded."""

    done: int
    embedded: int


def open_meaning(state: State, model: EmbeddingModel) -> Meaning | None:
    """The vectors that this node kept; None when it has none that can be used."""
    if state.folder is None or not state.folder.exists():
        return None
    try:
        return Meaning(model, VectorIndex.open(state.folder, model.name, mark=state.mark))
    except VectorsRefused as error:
        LOG.info("vectors are read anew from the database: %s", error)
        return None


def read_meaning(state: State, model: EmbeddingModel, cache: DatabaseCache) -> Meaning:
    """All vectors that the database has of these modules."""
    if state.folder is not None:
        try:
            return Meaning(model, _read_all(state, model, cache, state.folder))
        except OSError as error:
            LOG.warning(
                "vectors are kept in memory, for %s cannot be written (%s)", state.folder, error
            )
    return Meaning(model, _read_all(state, model, cache, None))


def _read_all(
    state: State, model: EmbeddingModel, cache: DatabaseCache, folder: Path | None
) -> VectorIndex:
    texts = ((number, embedded_text(module)) for number, module in state.index.modules())
    return VectorIndex.build(
        model.name,
        model.dimensions,
        read_vectors(model, texts, cache),
        capacity=len(state.index),
        folder=folder,
        mark=state.mark,
    )


def missing_numbers(index: ModuleIndex, vectors: VectorIndex) -> list[int]:
    """The modules that have no vector."""
    live = np.flatnonzero([index.is_live(number) for number in range(index.capacity)])
    return [int(number) for number in np.setdiff1d(live, vectors.numbers, assume_unique=True)]


def fill_meaning(
    node: Node,
    role: str,
    meaning: Meaning,
    cache: DatabaseCache,
    *,
    embeds: bool,
    stopped: Callable[[], bool],
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Filled]:
    """Give modules without a vector theirs, and let them answer from time to time.

    With `embeds` what nobody has made is made, unless another process makes it now; else only
    what others made is taken. It ends early when `stopped`, or when the index was built anew.
    """
    state = node.state
    if state is None:
        return
    pending: list[tuple[Numbers, Floats]] = []
    swapped_at, waiting = monotonic(), 0
    for numbers in _batched(missing_numbers(state.index, meaning.vectors), LOOKED_UP):
        maker = _Maker(state.index, meaning.model, cache, embeds=embeds, stopped=stopped)
        for batch, embedded in maker.make(numbers):
            if len(batch[0]):
                pending.append(batch)
                waiting += len(batch[0])
            yield Filled(len(batch[0]), embedded)
            late = monotonic() - swapped_at > SWAPPED_SECONDS
            if waiting and (late or waiting >= _enough(meaning.vectors)):
                swapped = _swap(node, state, role, meaning, pending)
                if swapped is None:
                    return
                meaning, pending, waiting, swapped_at = swapped, [], 0, monotonic()
        if stopped():
            break
    if waiting:
        _swap(node, state, role, meaning, pending)


def _enough(vectors: VectorIndex) -> float:
    return max(SWAPPED, min(MOST_SWAPPED, SWAPPED_SHARE * len(vectors)))


class _Maker:
    """Finds or makes the vectors of some modules."""

    def __init__(
        self,
        index: ModuleIndex,
        model: EmbeddingModel,
        cache: DatabaseCache,
        *,
        embeds: bool,
        stopped: Callable[[], bool],
    ) -> None:
        self._index = index
        self._model = model
        self._cache = cache
        self._embeds = embeds
        self._stopped = stopped

    def make(self, numbers: Sequence[int]) -> Iterator[tuple[tuple[Numbers, Floats], int]]:
        """(Numbers, vectors) of what was found, then of what was made, with how many of it."""
        texts = {number: embedded_text(self._index.module(number)) for number in numbers}
        keys = {number: text_key(text) for number, text in texts.items()}
        by_key = {keys[number]: text for number, text in texts.items()}
        found = self._cache.get(self._model.name, list(by_key))
        yield _rows(keys, found), 0
        if not self._embeds:
            return
        for some in _batched([key for key in by_key if key not in found], EMBEDDED):
            if self._stopped():
                return
            made = self._embed({key: by_key[key] for key in some})
            yield _rows(keys, made), len(made)

    def _embed(self, texts: dict[str, str]) -> dict[str, Floats]:
        """The vectors of those texts that nobody else makes now."""
        name = self._model.name
        claimed = sorted(self._cache.claim(name, list(texts)))
        if not claimed:
            return {}
        try:
            vectors = self._model.embed_modules([texts[key] for key in claimed])
            made = dict(zip(claimed, vectors, strict=True))
            self._cache.put(name, made)
        except BaseException:
            self._cache.give_back(name, claimed)
            raise
        return made


def _swap(
    node: Node,
    state: State,
    role: str,
    meaning: Meaning,
    pending: list[tuple[Numbers, Floats]],
) -> Meaning | None:
    """The vectors with those that came; None when their numbers stand for nothing any more."""
    vectors = follow_vectors(meaning.vectors, pending, folder=state.folder, mark=state.mark)
    following = Meaning(meaning.model, vectors)
    return following if node.swap_meaning(state, role, following) else None


def _rows(keys: dict[int, str], found: dict[str, Floats]) -> tuple[Numbers, Floats]:
    """Numbers and vectors of the modules whose text has a vector."""
    kept = [(number, found[key]) for number, key in keys.items() if key in found]
    if not kept:
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)
    return np.array([number for number, _ in kept], np.int64), np.stack([row for _, row in kept])


def _batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
