"""One state of an organisation's search: what answers until the next one replaces it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lti_tool.actions.indexing.node_folder import Build
from lti_tool.recommender import Recommender, Tuning
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.meaning import Meaning, Meanings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lti_tool.recommender.vectors import VectorIndex

    Numbers = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float32]

LOG = logging.getLogger("lti_tool.indexing")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An index of words, the vectors there are of its modules, and what answers with both.

    `facts` are what else the build depends on, `built` how many modules it had when it was
    built, `seconds` how long the last change took. Without a `build` it is in memory. States
    with one `token` number their modules alike.
    """

    index: ModuleIndex
    meanings: Meanings
    recommender: Recommender
    facts: dict[str, str]
    built: int
    seconds: float
    build: Build | None
    token: object = field(default_factory=object)

    @property
    def version(self) -> int:
        """The catalogue's version that it holds."""
        return self.index.version

    def meaning(self, role: str) -> Meaning | None:
        """The meaning of that role: `english` or `multilingual`."""
        return self.meanings.english if role == "english" else self.meanings.multilingual

    def with_index(self, index: ModuleIndex, seconds: float) -> State:
        """The state after the catalogue changed; vectors of what is gone are left out."""
        meanings = Meanings(
            english=self._living(self.meanings.english, index),
            multilingual=self._living(self.meanings.multilingual, index),
        )
        return replace(
            self,
            index=index,
            meanings=meanings,
            recommender=_joined(index, meanings),
            seconds=seconds,
        )

    def with_meaning(self, role: str, meaning: Meaning | None) -> State:
        """The state with other vectors of one role."""
        if role == "english":
            meanings = replace(self.meanings, english=meaning)
        else:
            meanings = replace(self.meanings, multilingual=meaning)
        return replace(self, meanings=meanings, recommender=_joined(self.index, meanings))

    def _living(self, meaning: Meaning | None, index: ModuleIndex) -> Meaning | None:
        if meaning is None:
            return None
        dead = [number for number in meaning.vectors.numbers.tolist() if not index.is_live(number)]
        if not dead:
            return meaning
        vectors = follow_vectors(meaning.vectors, removed=dead, folder=self.folder, mark=self.mark)
        return Meaning(meaning.model, vectors)

    @property
    def folder(self) -> Path | None:
        """Where vectors of this state lie; None for memory."""
        return None if self.build is None else self.build.vectors

    @property
    def mark(self) -> str:
        """What vectors of this state's numbers are marked with."""
        return "" if self.build is None else self.build.mark


def follow_vectors(
    vectors: VectorIndex,
    batches: Sequence[tuple[Numbers, Floats]] = (),
    *,
    removed: Sequence[int] = (),
    folder: Path | None,
    mark: str,
) -> VectorIndex:
    """The vectors without `removed` and with `batches`; in memory where the disk refuses."""
    more = sum(len(numbers) for numbers, _ in batches)
    if folder is not None:
        try:
            return vectors.following(batches, removed=removed, more=more, folder=folder, mark=mark)
        except OSError as error:
            LOG.warning("vectors are kept in memory, for %s cannot be written (%s)", folder, error)
    return vectors.following(batches, removed=removed, more=more, mark=mark)


def first_state(
    index: ModuleIndex, *, facts: dict[str, str], seconds: float, build: Build | None
) -> State:
    """The state of an index that has just been built or opened; it knows words only."""
    meanings = Meanings()
    return State(
        index=index,
        meanings=meanings,
        recommender=_joined(index, meanings),
        facts=facts,
        built=len(index),
        seconds=seconds,
        build=build,
    )


def _joined(index: ModuleIndex, meanings: Meanings) -> Recommender:
    """The one place where words and meanings become a recommender."""
    return Recommender(index, Tuning(), meanings)
