"""One organisation's search on this node: built, opened, followed, and swapped in one step."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Module
from lti_tool.actions.indexing.node_folder import Build, NodeFolder, builds_in, open_node
from lti_tool.actions.indexing.states import LOG, State, first_state
from lti_tool.recommender import Tuning
from lti_tool.recommender.index import ModuleIndex, UnusableIndex
from lti_tool.recommender.meaning import Meaning
from lti_tool.storage.database import reading
from lti_tool.storage.vectors import organisation_mark

GROWN = 1_000
"""An index that doubled, and grew by so many, is built anew: it is smaller and faster then."""

OnProgress = Callable[[int], None]
Dress = Callable[[State], State]


class Node:
    """Holds the state that answers for one organisation; any number of threads may read it.

    Who changes it holds `lock`. Without a `cache` everything is in memory.
    """

    def __init__(self, engine: sa.Engine, organisation: str, cache: Path | None) -> None:
        self.organisation = organisation
        self.catalogue = Catalogue(engine, organisation)
        self.lock = threading.Lock()
        self.state: State | None = None
        self._engine = engine
        self._cache = None if cache is None else cache / organisation
        self._folder: NodeFolder | None = None

    def bring_up_to_date(
        self, *, dress: Dress | None = None, on_progress: OnProgress | None = None
    ) -> State:
        """The state of the catalogue as it is now. `lock` must be held.

        What is built anew is handed to `dress`, which may add what it knows of vectors, before
        it answers.
        """
        state = self.state
        if state is not None and state.version == self.catalogue.version():
            return state
        if state is None:
            state = self._open()
            if state is not None and dress is not None:
                state = dress(state)
        followed = None if state is None else self._follow(state)
        if followed is None:
            built = self.build(on_progress)
            followed = built if dress is None else dress(built)
        self.take(followed)
        return followed

    def build(self, on_progress: OnProgress | None = None) -> State:
        """A state of words that is built anew; it does not answer yet. `lock` must be held."""
        began = time.monotonic()
        facts = self._facts()
        version = self.catalogue.version()
        build, index = self._build_in_folder(version, facts, on_progress)
        if index is None:
            index = self._read_all(version, None, on_progress)
        return first_state(index, facts=facts, seconds=time.monotonic() - began, build=build)

    def take(self, state: State) -> None:
        """Let a state answer from now on, and throw away the builds before it. Hold `lock`."""
        self.state = state
        if self._folder is not None:
            self._folder.keep_only(state.build)

    def swap_meaning(self, build_of: State, role: str, meaning: Meaning) -> bool:
        """Let vectors of `build_of`'s numbers answer; False when those numbers are gone."""
        with self.lock:
            state = self.state
            if state is None or state.token is not build_of.token:
                return False
            # What was removed meanwhile is left out.
            self.state = state.with_meaning(role, meaning).with_index(state.index, state.seconds)
            return True

    def close(self) -> None:
        """Let another process have this node's folder."""
        with self.lock:
            folder, self._folder = self._folder, None
            self._cache = None
            if folder is not None:
                folder.close()

    def _open(self) -> State | None:
        """The state that an earlier process left; None when there is none that can be used."""
        facts = self._facts()
        for build in self._known_builds():
            began = time.monotonic()
            if build.facts() != facts:
                LOG.info("the index in %s is of another catalogue: built anew", build.path)
                continue
            try:
                index = ModuleIndex.open(build.words)
            except UnusableIndex as error:
                LOG.warning("an index is built anew: %s", error)
                continue
            if index.title_weight != Tuning().title or index.version > self.catalogue.version():
                continue
            seconds = time.monotonic() - began
            return first_state(index, facts=facts, seconds=seconds, build=build)
        return None

    def _known_builds(self) -> Iterator[Build]:
        if self._cache is None:
            return iter(())
        try:
            self._folder = self._folder or open_node(self._cache)
        except OSError as error:
            LOG.warning("search is kept in memory, for %s cannot be used (%s)", self._cache, error)
            self._cache = None
            return iter(())
        return self._folder.builds()

    def _build_in_folder(
        self, version: int, facts: dict[str, str], on_progress: OnProgress | None
    ) -> tuple[Build | None, ModuleIndex | None]:
        if self._folder is None and self._cache is not None:
            list(self._known_builds())
        if self._folder is None:
            return None, None
        try:
            build = self._folder.new_build(facts)
            return build, self._read_all(version, build.words, on_progress)
        except (OSError, ValueError, UnusableIndex) as error:
            LOG.warning(
                "search is kept in memory, for %s cannot be written (%s)", self._folder.path, error
            )
            self._folder.keep_only(None if self.state is None else self.state.build)
            return None, None

    def _read_all(
        self, version: int, folder: Path | None, on_progress: OnProgress | None
    ) -> ModuleIndex:
        return ModuleIndex(
            self.catalogue.modules(recommendable=True),
            title_weight=Tuning().title,
            folder=folder,
            version=version,
            on_progress=on_progress,
        )

    def _follow(self, state: State) -> State | None:
        """The state after the catalogue's changes; None when it is better built anew."""
        began = time.monotonic()
        version = self.catalogue.version()
        if version < state.version or self._facts() != state.facts:
            return None
        if version == state.version:
            return state
        removed: list[tuple[str, str]] = []
        try:
            changed = self._changed(state.version, removed)
            index = state.index.following(changed, removed, version=version)
        except (OSError, ValueError, UnusableIndex) as error:
            LOG.warning("an index is built anew: %s", error)
            return None
        if index.worn or len(index) > 2 * state.built + GROWN or not self._is_whole(index):
            return None
        return state.with_index(index, time.monotonic() - began)

    def _changed(self, since: int, removed: list[tuple[str, str]]) -> Iterator[Module]:
        """What was added or changed; the keys of what was removed are put into `removed`."""
        for entry in self.catalogue.changes(since):
            if entry.removed_at is None:
                yield entry.module
            else:
                removed.append((entry.module.source, entry.module.identifier))

    def _is_whole(self, index: ModuleIndex) -> bool:
        """Whether it has as many modules as the catalogue, unless that changed meanwhile.

        It has not when the database was put back to an earlier day.
        """
        count = self.catalogue.count(recommendable=True)
        return count == len(index) or self.catalogue.version() != index.version

    def _facts(self) -> dict[str, str]:
        """What an index depends on besides the modules' versions: whose it is, and skills."""
        skills = json.dumps(sorted(self.catalogue.skill_names().items()))
        with reading(self._engine) as connection:
            mark = organisation_mark(connection, self.organisation)
        return {
            "skills": hashlib.sha256(skills.encode()).hexdigest()[:32],
            # Another database's organisation of this name has another one.
            "organisation": hashlib.sha256(b"index\0" + mark.encode()).hexdigest()[:32],
        }


def kept_indexes(cache: Path, organisation: str) -> Iterator[ModuleIndex]:
    """The indexes that processes of this machine keep, the newest of each, for who only looks."""
    for lock in sorted((cache / organisation).glob("node-*.lock")):
        for build in builds_in(lock.with_suffix("")):
            try:
                yield ModuleIndex.open(build.words)
                break
            except UnusableIndex:
                continue
