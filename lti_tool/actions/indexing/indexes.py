"""The recommender of each organisation, which follows its catalogue while learners ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from lti_tool.actions.indexing.filler import Filler, Progress
from lti_tool.actions.indexing.node import Node, OnProgress
from lti_tool.actions.indexing.settings import IndexSettings
from lti_tool.actions.indexing.states import LOG, State
from lti_tool.actions.indexing.worker import Worker, lower_priority
from lti_tool.recommender import Recommender
from lti_tool.recommender.models import Models
from lti_tool.storage.database import reading
from lti_tool.storage.organisations import list_organisations

SLOW_SECONDS = 0.5
"""An index whose last change took longer is changed behind the learners' backs: the old one
answers."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Indexes:
    """Gives each organisation's recommender, which follows its catalogue.

    Made of an engine alone it knows words only, in memory, and has no thread.
    """

    def __init__(
        self,
        engine: sa.Engine,
        settings: IndexSettings | None = None,
        *,
        models: Models | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Use `models`, or load those that the settings name when they are first needed."""
        self.settings = settings or IndexSettings()
        self._engine = engine
        self._nodes: dict[str, Node] = {}
        self._guard = threading.Lock()
        self._filler = Filler(engine, self.settings, now, models)
        self._worker: Worker | None = None

    def recommender(self, organisation: str) -> Recommender:
        """The recommender over this organisation's catalogue as it is now.

        The first one knows words only. While a large catalogue is indexed anew, the index of
        the version before answers.
        """
        node = self.node(organisation)
        state = node.state
        if state is None:
            with node.lock:
                state = node.bring_up_to_date()
            self._wake()
        elif state.version != node.catalogue.version():
            state = self._follow(node, state)
        return state.recommender

    def prepare(self, organisation: str, *, on_progress: OnProgress | None = None) -> Recommender:
        """The recommender with every vector that there is now; none is made.

        It takes as long as reading them does: for commands, not while a learner waits.
        `on_progress` hears how many modules were indexed by their words.
        """
        node = self.node(organisation)
        with node.lock:
            state = node.bring_up_to_date(on_progress=on_progress)
        if self._filler.has_model and not self._filler.read(node):
            for _ in self._filler.fill(node, embeds=False, stopped=_never):
                pass
        return (node.state or state).recommender

    def fill(
        self,
        organisation: str,
        *,
        stopped: Callable[[], bool] = lambda: False,
        on_progress: OnProgress | None = None,
    ) -> Iterator[Progress]:
        """Make the vectors that are missing, model by model, until none is or `stopped`.

        What another process makes at that moment is left to it.
        """
        node = self.node(organisation)
        with node.lock:
            node.bring_up_to_date(on_progress=on_progress)
        if self._filler.has_model:
            self._filler.read(node)
            yield from self._filler.fill(node, embeds=True, stopped=stopped)

    def is_lacking(self, organisation: str) -> bool:
        """Whether a module has no vector of a model that is there."""
        return self._filler.has_model and self._filler.is_lacking(self.node(organisation))

    def organisations(self) -> list[str]:
        """Every organisation of the database, the oldest first."""
        with reading(self._engine) as connection:
            return list_organisations(connection)

    def models(self) -> Models:
        """The models that the settings name, loaded when they are first asked for."""
        return self._filler.models()

    def work_in_background(self) -> None:
        """From now on a thread keeps every organisation's index up to date, until `close`."""
        with self._guard:
            if self._worker is None:
                self._worker = Worker(self.keep_up)
                self._worker.start()

    def keep_up(self, stopped: Callable[[], bool]) -> bool:
        """Bring every organisation up to date; gives whether vectors are still missing.

        First everybody's words, then the vectors that there are, then those to be made.
        """
        organisations = self.organisations()
        for organisation in organisations:
            node = self.node(organisation)
            with node.lock:
                dress = self._filler.dress if self._filler.is_loaded else None
                node.bring_up_to_date(dress=dress)
        if not self._filler.has_model:
            return False
        self._filler.models()
        lower_priority()
        for organisation in organisations:
            self._filler.read(self.node(organisation))
        for organisation in organisations:
            node = self.node(organisation)
            embeds = self.settings.embeds
            for _ in self._filler.fill(node, embeds=embeds, stopped=stopped):
                pass
        return any(map(self.is_lacking, organisations))

    def close(self) -> None:
        """End the thread, and let other processes have this node's files."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()
        for node in list(self._nodes.values()):
            node.close()

    def _follow(self, node: Node, state: State) -> State:
        """The next state, or the one that is there while another thread makes the next."""
        if not node.lock.acquire(blocking=False):
            return state
        if state.seconds <= SLOW_SECONDS:
            try:
                return self._bring(node)
            finally:
                node.lock.release()
                self._wake()
        if self._worker is not None:
            node.lock.release()
            self._wake()
            return state
        threading.Thread(target=self._bring_and_release, args=(node,), daemon=True).start()
        return state

    def _bring(self, node: Node) -> State:
        dress = self._filler.dress if self._filler.is_loaded else None
        return node.bring_up_to_date(dress=dress)

    def _bring_and_release(self, node: Node) -> None:
        try:
            self._bring(node)
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            LOG.warning("an index cannot follow now (%s)", type(error).__name__)
        finally:
            node.lock.release()

    def _wake(self) -> None:
        if self._worker is not None:
            self._worker.wake()

    def node(self, organisation: str) -> Node:
        """An organisation's search on this node."""
        with self._guard:
            node = self._nodes.get(organisation)
            if node is None:
                node = Node(self._engine, organisation, self.settings.cache)
                self._nodes[organisation] = node
            return node


def _never() -> bool:
    return False
