"""Fills a cache with the vectors of texts, and reads them back for an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lti_tool.recommender.models.model import EmbeddingModel
from lti_tool.recommender.vectors.cache import VectorCache
from lti_tool.recommender.vectors.codes import Floats
from lti_tool.recommender.vectors.texts import text_key

Numbers = npt.NDArray[np.int64]
_Item = TypeVar("_Item")

LOOKED_UP = 2_048
"""Texts that are looked up in the cache at once."""

EMBEDDED = 128
"""Texts that are embedded, and then kept, at once: about two seconds of one core."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: texts that are done, and how many of those had to be embedded."""

    done: int
    embedded: int


def fill_vectors(
    model: EmbeddingModel, texts: Iterable[str], cache: VectorCache
) -> Iterator[Progress]:
    """Embed what the cache does not have yet; stop whenever you like, nothing is lost.

    Yields after each step. Only the texts of one step are in memory; a text that comes twice
    is embedded once.
    """
    done = embedded = 0
    for step in _batched(texts, LOOKED_UP):
        by_key = {text_key(text): text for text in step}
        known = cache.get(model.name, list(by_key))
        missing = [key for key in by_key if key not in known]
        done += len(step) - len(missing)
        for keys in _batched(missing, EMBEDDED):
            vectors = model.embed_modules([by_key[key] for key in keys])
            cache.put(model.name, dict(zip(keys, vectors, strict=True)))
            done += len(keys)
            embedded += len(keys)
            yield Progress(done, embedded)
        if not missing:
            yield Progress(done, embedded)


def read_vectors(
    model: EmbeddingModel, texts: Iterable[tuple[int, str]], cache: VectorCache
) -> Iterator[tuple[Numbers, Floats]]:
    """The vectors that the cache has for (module number, text), in batches for an index."""
    for step in _batched(texts, LOOKED_UP):
        keys = [text_key(text) for _, text in step]
        found = cache.get(model.name, list(dict.fromkeys(keys)))
        kept = [
            (number, found[key])
            for (number, _), key in zip(step, keys, strict=True)
            if key in found
        ]
        if kept:
            numbers = np.array([number for number, _ in kept], np.int64)
            yield numbers, np.stack([vector for _, vector in kept])


def _batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
