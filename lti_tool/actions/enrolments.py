"""In which courses people are: asked behind their backs, and kept for minutes, in memory only."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

KEPT_SECONDS = 600.0
"""How long an answer is believed: whoever enrols meanwhile is known soon enough."""

KEPT_AFTER_TROUBLE = 60.0
"""Seconds until an LMS that gave no answer is asked again."""

HOME_SECONDS = 60.0
"""How long it is believed which sources read an LMS."""

MOST_KEPT = 20_000
MOST_AT_ONCE = 4
MOST_WAITING = 1_000
"""People whose courses are kept, asked for at the same time, and waiting to be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What is known of a person's courses.

    `home` are the sources that read the LMS of the person's launch, `courses` has the ids of
    the person's courses by source, as far as sources could say; `trouble` is True when one
    could not.
    """

    home: frozenset[str] = frozenset()
    courses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    trouble: bool = False


NOTHING_KNOWN = Enrolment()

Key = tuple[str, uuid.UUID, uuid.UUID]
"""Organisation, registration and person; never what the LMS calls the person."""

Look = Callable[[], Iterator[Enrolment]]
"""Asks; yields whenever more is known, everything that is known."""


class _Kept:
    """What is known of one person, and whether it is still being asked."""

    __slots__ = ("done", "enrolment", "until")

    def __init__(self, until: float) -> None:
        self.enrolment = NOTHING_KNOWN
        self.done = threading.Event()
        self.until = until


class Enrolments:
    """What is known of people's courses, by any number of threads; nothing is on disk.

    Whoever asks for one person at the same time asks the LMS once. A few threads ask, as
    daemons: an LMS that does not answer holds up nobody but them.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._waiting: deque[tuple[_Kept, Look]] = deque()
        self._workers: set[threading.Thread] = set()
        self._home: dict[uuid.UUID, tuple[float, frozenset[str]]] = {}

    def find(self, key: Key, look: Look, *, wait: float) -> Enrolment:
        """What is known of a person after at most `wait` seconds; `look` is begun if need be."""
        kept = self._begin(key, look)
        kept.done.wait(wait)
        return kept.enrolment

    def home(
        self, registration_id: uuid.UUID, find: Callable[[], frozenset[str]]
    ) -> frozenset[str]:
        """The sources that read the LMS of a registration; found anew once a minute."""
        names = self.known_home(registration_id)
        if names is None:
            names = find()
            self._home[registration_id] = (self._monotonic() + HOME_SECONDS, names)
        return names

    def known_home(self, registration_id: uuid.UUID) -> frozenset[str] | None:
        """The same without looking; None when it was not found lately."""
        until, names = self._home.get(registration_id, (0.0, frozenset()))
        return names if self._monotonic() < until else None

    def forget(self, person_id: uuid.UUID) -> None:
        """Drop what is known of a person; an answer that is under way is dropped too."""
        with self._lock:
            for key in [key for key in self._kept if key[2] == person_id]:
                del self._kept[key]

    def __len__(self) -> int:
        """Of how many people something is kept."""
        return len(self._kept)

    def close(self, seconds: float = 1.0) -> None:
        """Ask for nobody else, and wait a moment for those that are being asked for."""
        with self._lock:
            for kept, _ in self._waiting:
                kept.done.set()
            self._waiting.clear()
            workers = list(self._workers)
        for worker in workers:
            worker.join(seconds)

    def _begin(self, key: Key, look: Look) -> _Kept:
        with self._lock:
            kept = self._kept.get(key)
            now = self._monotonic()
            if kept is not None and now < kept.until:
                return kept
            kept = _Kept(now + KEPT_SECONDS)
            if len(self._waiting) >= MOST_WAITING:
                kept.done.set()
                return kept
            self._kept[key] = kept
            self._kept.move_to_end(key)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            self._waiting.append((kept, look))
            if len(self._workers) < MOST_AT_ONCE:
                worker = threading.Thread(target=self._work, name="enrolments", daemon=True)
                self._workers.add(worker)
                worker.start()
        return kept

    def _work(self) -> None:
        try:
            while (next_one := self._next()) is not None:
                self._look(*next_one)
        finally:
            with self._lock:
                self._workers.discard(threading.current_thread())

    def _next(self) -> tuple[_Kept, Look] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            # Under the lock, so that whoever comes next sees that this thread is leaving.
            self._workers.discard(threading.current_thread())
            return None

    def _look(self, kept: _Kept, look: Look) -> None:
        trouble = True
        try:
            for enrolment in look():
                kept.enrolment = enrolment
            trouble = kept.enrolment.trouble
        finally:
            lasts = KEPT_AFTER_TROUBLE if trouble else KEPT_SECONDS
            kept.until = self._monotonic() + lasts
            kept.done.set()
