"""What helped is learned from: counted with each answer, read by the ranking, shown and reset."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from lti_tool.domain.launch import Session
from lti_tool.domain.placement import ModuleKey
from lti_tool.recommender.use import (
    LEAST_TOLD,
    NOTHING_USED,
    PersonalUse,
    Used,
    UseModel,
    Votes,
)
from lti_tool.storage import uses
from lti_tool.storage.database import reading

if TYPE_CHECKING:
    from lti_tool.actions.runtime import Runtime

KEPT_SECONDS = 30.0
"""How long a model is taken as it is before the database is asked whether anything changed."""

SLOW_SECONDS = 0.1
"""A model that took longer is read again behind the learners' backs: the old one answers."""

TENS = 10
"""Told numbers of people are rounded down to so many: nobody can see one answer more or less."""

SHIFT_STEP = 0.02
"""Shifts are told in steps of this much, for the same reason: one answer moves them by less."""


@dataclass(slots=True)
class _Kept:
    until: float
    version: int
    model: UseModel
    seconds: float


class Learning:
    """The model of each organisation in memory, by any number of threads.

    It is read again, once, when something was said since it was read last; meanwhile the
    others get the one before.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def model(self, engine: sa.Engine, organisation: str) -> UseModel:
        """What is learned in an organisation, at most `KEPT_SECONDS` ago."""
        kept = self._kept.get(organisation)
        if kept is not None and self._monotonic() < kept.until:
            return kept.model
        with self._guard:
            lock = self._locks.setdefault(organisation, threading.Lock())
        if kept is None:
            with lock:
                return self._read(engine, organisation)
        if not lock.acquire(blocking=False):
            return kept.model
        if kept.seconds > SLOW_SECONDS:
            threading.Thread(
                target=self._read_and_release, args=(engine, organisation, lock), daemon=True
            ).start()
            return kept.model
        try:
            return self._read(engine, organisation)
        finally:
            lock.release()

    def forget(self, organisation: str) -> None:
        """Read the model anew at the next need."""
        self._kept.pop(organisation, None)

    def _read_and_release(self, engine: sa.Engine, organisation: str, lock: threading.Lock) -> None:
        try:
            self._read(engine, organisation)
        finally:
            lock.release()

    def _read(self, engine: sa.Engine, organisation: str) -> UseModel:
        kept = self._kept.get(organisation)
        if kept is not None and self._monotonic() < kept.until:
            return kept.model
        began = self._monotonic()
        with reading(engine) as connection:
            # Before the counts: what is said between the two is read once more, never missed.
            version = uses.version(connection, organisation)
            if kept is not None and kept.version == version:
                model, seconds = kept.model, kept.seconds
            else:
                model = _model(uses.read_counts(connection, organisation))
                seconds = self._monotonic() - began
        until = self._monotonic() + KEPT_SECONDS
        self._kept[organisation] = _Kept(until, version, model, seconds)
        return model


def personal_use(runtime: Runtime, session: Session) -> PersonalUse:
    """What this person opened and judged before; nothing for a guest."""
    if session.person_id is None:
        return NOTHING_USED
    with reading(runtime.engine) as connection:
        rows = uses.used_by(connection, session.person_id)
    used: dict[ModuleKey, list[Used]] = {}
    for key, helped, likeness in rows:
        used.setdefault(key, []).append(Used(helped, likeness))
    return PersonalUse(used)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedModule:
    """A module that ten people or more judged, for needs of one likeness or (`ANY`) for any.

    `people` is rounded down to tens; `shift` is what is added to its score (the best of an
    answer has about 1), in steps of `SHIFT_STEP`.
    """

    source: str
    identifier: str
    title: str
    likeness: str
    people: int
    shift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What an organisation's use has taught: modules with the largest shifts first.

    `others` is how many more modules somebody judged: of those nothing is told one by one.
    """

    since: datetime | None
    modules: tuple[LearnedModule, ...]
    others: int


def show_use(runtime: Runtime, organisation: str) -> Learned:
    """What is learned in an organisation, as far as it names nobody."""
    with reading(runtime.engine) as connection:
        model = _model(uses.read_counts(connection, organisation))
        since = uses.learns_since(connection, organisation)
    catalogue = Catalogue(runtime.engine, organisation)
    modules = [
        _learned(catalogue, model, key, likeness)
        for key, of_module in model.counts.items()
        for likeness, votes in of_module.items()
        if votes.people >= LEAST_TOLD
    ]
    told = {(module.source, module.identifier) for module in modules}
    return Learned(
        since=since,
        modules=tuple(sorted(modules, key=lambda one: (-abs(one.shift), one.title, one.likeness))),
        others=sum(key not in told for key in model.counts),
    )


def reset_use(runtime: Runtime, organisation: str) -> None:
    """Learning begins anew: only what is said from now on moves the ranking.

    What people said stays theirs, and is neither changed nor deleted.
    """
    with runtime.engine.begin() as connection:
        uses.begin_anew(connection, organisation, now=runtime.now())
    runtime.learning.forget(organisation)


def recount(connection: sa.Connection, judged: Iterable[tuple[str, ModuleKey]]) -> None:
    """Count again what is said of these (organisation, module), in the caller's transaction."""
    by_organisation: dict[str, list[ModuleKey]] = {}
    for organisation, key in judged:
        by_organisation.setdefault(organisation, []).append(key)
    for organisation in sorted(by_organisation):
        uses.count_anew(connection, organisation, by_organisation[organisation])


def _learned(catalogue: Catalogue, model: UseModel, key: ModuleKey, likeness: str) -> LearnedModule:
    found = catalogue.find(*key)
    people = model.votes(key, likeness).people
    return LearnedModule(
        source=key[0],
        identifier=key[1],
        title=found.module.title if found else key[1],
        likeness=likeness,
        people=people - people % TENS,
        shift=_in_steps(model.shift(key, likeness)),
    )


def _in_steps(shift: float) -> float:
    return round(round(shift / SHIFT_STEP) * SHIFT_STEP, 2) or 0.0


def _model(counts: uses.Counts) -> UseModel:
    return UseModel.of(
        {
            key: {likeness: Votes(*votes) for likeness, votes in of_module.items()}
            for key, of_module in counts.items()
        }
    )
