"""Vectors of modules: made once for each text, kept, and searched.

    for progress in fill_vectors(model, texts, cache): ...
    batches = read_vectors(model, numbered_texts, cache)
    index = VectorIndex.build(model.name, model.dimensions, batches, capacity=len(modules))
    numbers, cosines = index.search(model.embed_needs(["..."])[0], 50)

Importing this needs no extra; what calculates is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from lti_tool.recommender.vectors.errors import VectorsRefused
from lti_tool.recommender.vectors.texts import embedded_text, text_key

if TYPE_CHECKING:
    from lti_tool.recommender.vectors.cache import FolderCache, VectorCache
    from lti_tool.recommender.vectors.filling import Progress, fill_vectors, read_vectors
    from lti_tool.recommender.vectors.index import VectorIndex
    from lti_tool.recommender.vectors.memory import MemoryCache

__all__ = [
    "FolderCache",
    "MemoryCache",
    "Progress",
    "VectorCache",
    "VectorIndex",
    "VectorsRefused",
    "embedded_text",
    "fill_vectors",
    "read_vectors",
    "text_key",
]

_PLACES = {
    "FolderCache": "cache",
    "MemoryCache": "memory",
    "VectorCache": "cache",
    "Progress": "filling",
    "fill_vectors": "filling",
    "read_vectors": "filling",
    "VectorIndex": "index",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
