"""A cache that lives as long as its process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats


class MemoryCache:
    """Keeps vectors in memory; for small catalogues and for trying things."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Floats] = {}

    def get(self, model_name: str, keys: Sequence[str]) -> dict[str, Floats]:
        """The vectors that are kept, by key."""
        found = ((key, self._kept.get((model_name, key))) for key in keys)
        return {key: vector for key, vector in found if vector is not None}

    def put(self, model_name: str, vectors: Mapping[str, Floats]) -> None:
        """Keep vectors by key."""
        for key, vector in vectors.items():
            self._kept[model_name, key] = vector
