"""Meaning: a model together with the vectors it made of a catalogue's modules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lti_tool.recommender.use import Likeness

if TYPE_CHECKING:
    from lti_tool.recommender.models import EmbeddingModel
    from lti_tool.recommender.models.model import Floats
    from lti_tool.recommender.vectors import VectorIndex

MOST_READ_FOR_CENTRE = 4_096
"""Modules whose mean stands for that of all."""

USUAL_COUNTS = 200
"""The modules that a usual catalogue's mean counts for in that of this one."""


class Meaning:
    """A model, and the vectors of modules by their number in the index. It never changes.

    Cosines are taken around the catalogue's own mean: what all modules have in common tells
    none of them apart. Where an adapter was learnt for the model, it turns the vector of what
    people ask towards those of what answers it. `close` and `far` are the cosines that decide
    what is shown; without an adapter words do.
    """

    def __init__(self, model: EmbeddingModel, vectors: VectorIndex) -> None:
        from lti_tool.recommender.learned import load_adapter

        self.model = model
        self.vectors = vectors
        self.likeness = _likeness(model)
        self._adapter = load_adapter(model.name, model.dimensions)
        self._centre = self._find_centre()
        self.close = math.inf if self._adapter is None else self._adapter.close
        self.far = -math.inf if self._adapter is None else self._adapter.far

    def reads(self, language: str) -> bool:
        """Whether the model was made for a language (a primary subtag)."""
        languages = self.model.languages
        return languages is None or language in languages

    def read(self, text: str) -> Floats:
        """The vector of a need as the model makes it, of unit length."""
        made: Floats = self.model.embed_needs([text])[0]
        return made

    def query(self, vector: Floats, *, adapt: float = 1.0, centre: bool = True) -> Floats:
        """What a need's vector is compared by: adapted, around the mean, of unit length."""
        if self._adapter is not None and adapt:
            vector = _unit(vector + adapt * (vector @ self._adapter.matrix))
        return _unit(vector - self._centre) if centre else vector

    def find(self, query: Floats, limit: int) -> list[int]:
        """The numbers of the modules nearest to a query, the nearest first."""
        return [int(number) for number in self.vectors.search(query, limit)[0]]

    def rows(self, numbers: Sequence[int], *, centre: bool = True) -> Floats:
        """The modules' vectors around the mean, of unit length; zeros where there is none."""
        import numpy as np

        found = self.vectors.rows(numbers)
        missing = ~found.any(axis=1)
        centred = found - self._centre if centre else found
        rows: Floats = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
        rows[missing] = 0
        return rows

    def _find_centre(self) -> Floats:
        import numpy as np

        numbers = self.vectors.numbers
        step = max(1, len(numbers) // MOST_READ_FOR_CENTRE)
        rows = self.vectors.rows(numbers[::step])
        usual = np.zeros(self.model.dimensions, np.float32)
        if self._adapter is not None:
            usual = self._adapter.centre
        counted = len(rows) + USUAL_COUNTS
        centre: Floats = (rows.sum(axis=0) + USUAL_COUNTS * usual) / counted
        return centre.astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """What needs are compared by: `english` for its languages, `multilingual` for all others.

    Without any, a need is met by its words alone.
    """

    english: Meaning | None = None
    multilingual: Meaning | None = None

    def __bool__(self) -> bool:
        return self.english is not None or self.multilingual is not None

    def __iter__(self) -> Iterator[Meaning]:
        for meaning in (self.english, self.multilingual):
            if meaning is not None:
                yield meaning

    def of(self, language: str) -> Meaning | None:
        """The one for needs in a language (a primary subtag); of two that read it, the first.

        A model that does not read it is better than none: names of programs and loan words
        are the same everywhere.
        """
        for meaning in self:
            if meaning.reads(language):
                return meaning
        return next(iter(self), None)


NO_MEANINGS = Meanings()
"""Words alone."""


_likenesses: dict[str, Likeness] = {}


def _likeness(model: EmbeddingModel) -> Likeness:
    """The likeness of needs by a model; made once in a process, as it takes a second."""
    made = _likenesses.get(model.name)
    if made is None:
        made = _likenesses[model.name] = Likeness(model)
        made.prepare()
    return made


def _unit(vector: Floats) -> Floats:
    import numpy as np

    unit: Floats = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return unit
