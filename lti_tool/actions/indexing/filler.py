"""Brings models and a node's modules together: reads vectors, makes them, tells how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lti_tool.actions.indexing.coverage import models_of
from lti_tool.actions.indexing.node import Node
from lti_tool.actions.indexing.settings import IndexSettings
from lti_tool.actions.indexing.states import LOG, State
from lti_tool.recommender.models import EmbeddingModel, ModelRefused, Models, load_models
from lti_tool.storage.database import forgetting
from lti_tool.storage.vectors import Filling, forget_fillings, tell_filling

if TYPE_CHECKING:
    from lti_tool.actions.indexing.cache import DatabaseCache
    from lti_tool.recommender.meaning import Meaning

TOLD_SECONDS = 5.0
"""How often other processes are told how far it is."""

FOLLOWED_SECONDS = 2.0
FOLLOWED_SHARE = 10
"""While vectors are made the catalogue is looked at so often, and less when following is slow:
so many times what it took last."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the vectors of one model are: modules that have one, of all, and how many were
    embedded by this process."""

    model: str
    done: int
    modules: int
    embedded: int


class Filler:
    """The models of this process, loaded once, and what they make of modules."""

    def __init__(
        self,
        engine: sa.Engine,
        settings: IndexSettings,
        now: Callable[[], datetime],
        models: Models | None = None,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._now = now
        self._models = models
        self._loading = threading.Lock()
        self._failed: set[str] = set()
        self._told: dict[tuple[str, str], tuple[int, int, int]] = {}

    @property
    def has_model(self) -> bool:
        """Whether any model is asked for."""
        return self._settings.has_model or self._models is not None

    @property
    def is_loaded(self) -> bool:
        """Whether the models were loaded."""
        return self._models is not None

    def models(self) -> Models:
        """The models that the settings name, loaded when they are first asked for."""
        with self._loading:
            if self._models is None:
                self._models = load_models(
                    english=self._settings.english,
                    multilingual=self._settings.multilingual,
                    threads=self._settings.threads,
                )
                for trouble in self._models.troubles:
                    LOG.warning("%s %s", trouble.what, trouble.mend)
            return self._models

    def dress(self, state: State) -> State:
        """The state with all vectors that this node or the database has of its modules."""
        for role, model in self._able(state).items():
            state = state.with_meaning(role, self._find(state, model)[0])
        # What was kept on the node may hold modules that are gone.
        return state.with_index(state.index, state.seconds)

    def read(self, node: Node) -> bool:
        """Let the vectors that there are answer, where none did yet.

        Gives whether that is all that the database has: the node's own files may lag behind.
        """
        state, is_all = node.state, True
        if state is None:
            return False
        for role, model in self._able(state).items():
            meaning, is_new = state.meaning(role), False
            if meaning is None:
                meaning, is_new = self._find(state, model)
                node.swap_meaning(state, role, meaning)
            is_all &= is_new
        return is_all

    def _find(self, state: State, model: EmbeddingModel) -> tuple[Meaning, bool]:
        """Vectors, and whether they were read from the database just now."""
        from lti_tool.actions.indexing.filling import open_meaning, read_meaning

        kept = open_meaning(state, model)
        return kept or read_meaning(state, model, self._cache()), kept is None

    def fill(self, node: Node, *, embeds: bool, stopped: Callable[[], bool]) -> Iterator[Progress]:
        """Take what others made and, with `embeds`, make what nobody has made, model by model.

        The catalogue is followed meanwhile. It ends when every module was looked at.
        """
        state = node.state
        for role, model in {} if state is None else self._able(state).items():
            try:
                yield from self._fill_role(node, role, model, embeds=embeds, stopped=stopped)
            except ModelRefused as error:
                LOG.warning("no vectors are made any more: %s %s", error, error.mend)
                self._failed.add(role)

    def is_lacking(self, node: Node) -> bool:
        """Whether any module has no vector of any model."""
        state = node.state
        if state is None:
            return True
        meanings = [state.meaning(role) for role in self._able(state)]
        return any(one is None or len(one.vectors) < len(state.index) for one in meanings)

    def _fill_role(
        self,
        node: Node,
        role: str,
        model: EmbeddingModel,
        *,
        embeds: bool,
        stopped: Callable[[], bool],
    ) -> Iterator[Progress]:
        from lti_tool.actions.indexing.filling import fill_meaning

        state = node.state
        meaning = None if state is None else state.meaning(role)
        if state is None or meaning is None:
            return
        if len(meaning.vectors) == len(state.index):
            self._tell(node, model.name, state, 0)
            return
        token, had, made = state.token, len(meaning.vectors), 0

        def ended() -> bool:
            return stopped() or node.state is None or node.state.token is not token

        told_at = followed_at = time.monotonic()
        steps = fill_meaning(node, role, meaning, self._cache(), embeds=embeds, stopped=ended)
        for step in steps:
            had, made = had + step.done, made + step.embedded
            yield Progress(model.name, min(had, len(state.index)), len(state.index), made)
            now = time.monotonic()
            if made and now - told_at > TOLD_SECONDS:
                told_at = now
                self._tell(node, model.name, state, len(state.index) - had)
            if now - followed_at > max(FOLLOWED_SECONDS, FOLLOWED_SHARE * state.seconds):
                followed_at = now
                self.follow(node)
        state = node.state
        meaning = None if state is None else state.meaning(role)
        if state is not None and meaning is not None and embeds:
            lacking = len(state.index) - len(meaning.vectors)
            self._tell(node, model.name, state, lacking)

    def follow(self, node: Node) -> None:
        """Bring a node's words up to date, with the vectors there are if they are built anew."""
        with node.lock:
            node.bring_up_to_date(dress=self.dress)

    def _tell(self, node: Node, model: str, state: State, missing: int) -> None:
        figures = (state.version, len(state.index), max(0, missing))
        if self._told.get((node.organisation, model)) == figures:
            return
        self._told[node.organisation, model] = figures
        told = Filling(model, *figures, self._now())
        used = [one.name for one in models_of(self.models()).values()]
        with forgetting(self._engine) as connection:
            tell_filling(connection, node.organisation, told)
            forget_fillings(connection, node.organisation, used)

    def _able(self, state: State) -> dict[str, EmbeddingModel]:
        """The models by role, first the one that reads what most modules are written in."""
        found = {
            role: model
            for role, model in models_of(self.models()).items()
            if role not in self._failed
        }
        english = found.get("english")
        commonest = next(iter(state.index.every_language), "en")
        if english is None or english.languages is None or commonest in english.languages:
            return found
        return dict(reversed(found.items()))

    def _cache(self) -> DatabaseCache:
        from lti_tool.actions.indexing.cache import DatabaseCache

        return DatabaseCache(self._engine, self._now)
