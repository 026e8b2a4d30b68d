"""Delivery of the outbox to every LRS: once, or for as long as a program runs.

See decision.py for what an LRS's answer leads to, and docs/xapi.md for what is promised.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import sqlalchemy as sa

from xapi import batches, retention
from xapi.courier import Courier, DeliverySummary
from xapi.decision import Pace
from xapi.lanes import Clock
from xapi.outbox import Cipher, utc_now

__all__ = ["Clock", "Deliverer", "DeliverySummary", "deliver_once"]

LONGEST_DEAF = 0.5
"""Seconds after which a stop is seen that nobody woke this for."""

RETAIN_EVERY = timedelta(minutes=10)
MOST_JUMP = timedelta(minutes=5)
"""By how much the clock may differ from what really passed before nothing is let go of."""

CHUNK = 1_000
"""Statements that give up their bodies in one transaction."""

MOST_CHUNKS = 20
"""Chunks between two looks for what is due."""

log = logging.getLogger(__name__)


def deliver_once(
    engine: sa.Engine,
    cipher: Cipher,
    *,
    clock: Clock = utc_now,
    pace: Pace | None = None,
    draw: Callable[[], float] = random.random,
    stop: threading.Event | None = None,
    impatient: bool = False,
) -> DeliverySummary:
    """Deliver what is due until nothing due is left, `stop` is set, or every LRS balks.

    `clock` gives aware UTC; `draw` a number from 0 to 1, to spread retries; `impatient`
    tries paused and waiting LRSs too, as a person who starts this by hand wants. The
    engine's tables must be there (`schema.migrate`).
    """
    courier = Courier(engine, cipher, clock, pace or Pace(), draw)
    with closing(courier):
        return courier.deliver_due(stop or threading.Event(), impatient=impatient)


class Deliverer:
    """Delivers for as long as a program runs, in a thread or a process of its own.

    `alone` says that no other worker serves this database: what a killed one had under way
    is then taken up at once, and not only when its lease ends. With `keep`, what every LRS
    has gives up its body so long after it was added (see retention.py): ten minutes after the
    start first, and not within ten minutes of a jump of the clock, which `timer` (seconds
    that really pass) shows.
    """

    def __init__(
        self,
        engine: sa.Engine,
        cipher: Cipher,
        *,
        clock: Clock = utc_now,
        pace: Pace | None = None,
        draw: Callable[[], float] = random.random,
        alone: bool = False,
        keep: timedelta | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._timer = timer
        self._alone = alone
        self._keep = keep
        self._pace = pace or Pace()
        self._nudge = threading.Event()
        self._courier = Courier(engine, cipher, clock, self._pace, draw,
                                on_failure=self._nudge.set)
        self._running = False
        self._last_trouble: str | None = None
        self._failures = 0
        self._retained_at: tuple[datetime, float] | None = None

    @property
    def is_running(self) -> bool:
        """Whether `run` is under way."""
        return self._running

    @property
    def last_trouble(self) -> str | None:
        """Why the last pass came to no end, in words for a person; None when it did.

        What is wrong with one LRS is not here but in its row (`lrs_rows.lrss`).
        """
        return self._last_trouble

    def wake(self) -> None:
        """Look at once for what is due, rather than at the next poll. Any thread may call."""
        self._nudge.set()

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set, and close every connection at the end.

        It ends within half a second, or at once after `wake()`, but for requests under way,
        which are awaited. Whatever fails, a database that is away for a while included, is
        tried again, less and less often (see `last_trouble`).
        """
        impatient = True
        self._running = True
        try:
            with closing(self._courier):
                while not stop.is_set():
                    if self._pass(stop, impatient=impatient):
                        impatient = False
                    self._rest(stop)
        finally:
            self._running = False

    def _rest(self, stop: threading.Event) -> None:
        """Until the next poll, a nudge, or a stop, which a signal's handler may have set."""
        left = self._pace.wait(self._failures - 1, 1.0) if self._failures else self._pace.poll
        while left > 0 and not stop.is_set() and not self._nudge.wait(min(left, LONGEST_DEAF)):
            left -= LONGEST_DEAF
        self._nudge.clear()

    def _pass(self, stop: threading.Event, *, impatient: bool) -> bool:
        """One look for what is due; False, and `last_trouble` says why, when it failed.

        It fails as well when the database ended a turn since the last look.
        """
        try:
            news = self._courier.take_news()
            if news.failure is not None:
                raise news.failure
            if self._alone and impatient:
                self._take_back()
            if not self._courier.start_due(stop, impatient=impatient) or news.went_well:
                self._last_trouble, self._failures = None, 0
            self._retain(stop)
        except sa.exc.SQLAlchemyError as error:
            self._fail(f"delivery waits for the database ({type(error).__name__})")
            log.warning("%s", self._last_trouble)
        except Exception as error:  # noqa: BLE001 - the thread must outlive what nobody foresaw
            # An error's text can hold a statement: only its kind is told.
            self._fail(f"delivery failed in a way that was not foreseen ({type(error).__name__})")
            log.error("%s; it goes on", self._last_trouble)
        else:
            return True
        return False

    def _fail(self, trouble: str) -> None:
        self._last_trouble = trouble
        self._failures += 1

    def _retain(self, stop: threading.Event) -> None:
        """Every ten minutes, let go of the bodies whose time is over, some at a time."""
        now, seconds = self._clock(), self._timer()
        if self._keep is None or not self._is_time_to_retain(now, seconds):
            return
        for _ in range(MOST_CHUNKS):
            with self._engine.begin() as connection:
                emptied = retention.empty_delivered(connection, now - self._keep, CHUNK)
            if emptied < CHUNK:
                self._retained_at = now, seconds
                return
            if stop.is_set():
                return

    def _is_time_to_retain(self, now: datetime, seconds: float) -> bool:
        """Whether ten minutes passed, by the clock too; a clock that jumped begins them anew."""
        if self._retained_at is None:
            self._retained_at = now, seconds
            return False
        at, since = self._retained_at
        passed = timedelta(seconds=seconds - since)
        if abs(now - at - passed) > MOST_JUMP:
            log.warning("the clock jumped: no statement gives up its body for ten minutes")
            self._retained_at = now, seconds
            return False
        return passed >= RETAIN_EVERY

    def _take_back(self) -> None:
        with self._engine.begin() as connection:
            batches.take_back(connection)
