"""Which needs are alike: those that lie nearest to the same landmark."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from lti_tool.recommender.models.model import EmbeddingModel
from lti_tool.recommender.use.landmarks import LINES, SET

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

ANY = ""
"""The likeness of every need, for when no model tells more."""


def _read_landmarks() -> dict[int, tuple[str, ...]]:
    read: dict[int, list[str]] = defaultdict(list)
    for line in LINES.strip().splitlines():
        number, _, text = line.partition(" ")
        read[int(number)].append(text)
    return {number: tuple(texts) for number, texts in sorted(read.items())}


_LANDMARKS = _read_landmarks()


class Likeness:
    """Tells the likeness of needs by one embedding model.

    The landmarks are short needs written for this project, so nothing of what a person wrote
    is kept: a need is told by one of a few dozen numbers. They are embedded at the first need,
    which takes seconds. Models mean the same by a number, but often disagree on a need.
    """

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self._made: tuple[Floats, Floats] | None = None
        self._making = threading.Lock()

    def __len__(self) -> int:
        """How many there are."""
        return len(_LANDMARKS)

    def prepare(self) -> None:
        """Embed the landmarks now, so that no need waits for it."""
        self._landmarks()

    def of(self, vector: Floats) -> str:
        """The likeness of a need with this vector of unit length (from the same model)."""
        centres, middle = self._landmarks()
        nearest = int((centres @ (vector - middle)).argmax())
        return f"{SET}-{list(_LANDMARKS)[nearest]}"

    def _landmarks(self) -> tuple[Floats, Floats]:
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> tuple[Floats, Floats]:
        """One vector of unit length a landmark, and the middle from which it is measured."""
        import numpy as np

        texts = [text for texts in _LANDMARKS.values() for text in texts]
        vectors = self._model.embed_needs(texts)
        # Vectors of one model share a part, some models' a large one: it says nothing.
        middle: Floats = vectors.mean(axis=0)
        vectors = vectors - middle
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        sizes = [len(texts) for texts in _LANDMARKS.values()]
        parts = np.split(vectors, np.cumsum(sizes)[:-1])
        centres = np.stack([part.mean(axis=0) for part in parts])
        return centres / np.linalg.norm(centres, axis=1, keepdims=True), middle


def landmark_text(likeness: str) -> str | None:
    """A need, of this project's own, that stands for a likeness; None for `ANY` or another set."""
    made_of, _, number = likeness.partition("-")
    known = made_of == SET and number.isdecimal()
    return _LANDMARKS.get(int(number), (None,))[0] if known else None
