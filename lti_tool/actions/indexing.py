"""Search indexes: one an organisation, a cache that follows the catalogue's version."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from lti_tool.recommender import Recommender

SLOW_BUILD_SECONDS = 0.5
"""An index that took longer is rebuilt behind the learners' backs: the old one answers."""


@dataclass(frozen=True, slots=True)
class _Built:
    version: int
    recommender: Recommender
    seconds: float


class Indexes:
    """Gives each organisation's recommender, rebuilt when its catalogue has changed."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._built: dict[str, _Built] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def recommender(self, organisation: str) -> Recommender:
        """The recommender over this organisation's catalogue as it is now.

        While a large catalogue is indexed anew, the index of the version before answers.
        """
        version = Catalogue(self._engine, organisation).version()
        built = self._built.get(organisation)
        if built is not None and built.version == version:
            return built.recommender
        lock = self._lock(organisation)
        if built is None:
            with lock:
                return self._build(organisation).recommender
        if not lock.acquire(blocking=False):
            return built.recommender
        if built.seconds > SLOW_BUILD_SECONDS:
            threading.Thread(
                target=self._build_and_release, args=(organisation, lock), daemon=True
            ).start()
            return built.recommender
        try:
            return self._build(organisation).recommender
        finally:
            lock.release()

    def _build_and_release(self, organisation: str, lock: threading.Lock) -> None:
        try:
            self._build(organisation)
        finally:
            lock.release()

    def _build(self, organisation: str) -> _Built:
        catalogue = Catalogue(self._engine, organisation)
        version = catalogue.version()
        built = self._built.get(organisation)
        if built is not None and built.version == version:
            return built
        began = time.monotonic()
        recommender = Recommender.over(catalogue.modules(recommendable=True))
        built = _Built(version, recommender, time.monotonic() - began)
        self._built[organisation] = built
        return built

    def _lock(self, organisation: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(organisation, threading.Lock())
