"""Delivery of the outbox to every LRS: once, or for as long as a program runs.

See decision.py for what an LRS's answer leads to, and docs/xapi.md for what is promised.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from contextlib import closing

import sqlalchemy as sa

from xapi import batches
from xapi.courier import Clock, Courier, DeliverySummary
from xapi.decision import Pace
from xapi.outbox import Cipher, utc_now

__all__ = ["Clock", "Deliverer", "DeliverySummary", "deliver_once"]

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
    is then taken up at once, and not only when its lease ends.
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
    ) -> None:
        self._engine = engine
        self._alone = alone
        self._pace = pace or Pace()
        self._courier = Courier(engine, cipher, clock, self._pace, draw)
        self._nudge = threading.Event()
        self._running = False
        self._last_trouble: str | None = None

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

        After `stop.set()` call `wake()` to end a pause between polls at once; a request
        under way is awaited. Whatever fails, a database that is away for a while included,
        is tried again, less and less often (see `last_trouble`).
        """
        failures, impatient = 0, True
        self._running = True
        try:
            with closing(self._courier):
                while not stop.is_set():
                    if self._pass(stop, impatient=impatient):
                        failures, impatient = 0, False
                        rest = self._pace.poll
                    else:
                        rest = self._pace.wait(failures, 1.0)
                        failures += 1
                    self._nudge.wait(rest)
                    self._nudge.clear()
        finally:
            self._running = False

    def _pass(self, stop: threading.Event, *, impatient: bool) -> bool:
        """One pass; False, and `last_trouble` says why, when it came to no end.

        An error's text can hold a statement: only its kind is told.
        """
        try:
            if self._alone and impatient:
                self._take_back()
            self._courier.deliver_due(stop, impatient=impatient)
        except sa.exc.SQLAlchemyError as error:
            self._last_trouble = f"delivery waits for the database ({type(error).__name__})"
            log.warning("%s", self._last_trouble)
        except Exception as error:  # noqa: BLE001 - the thread must outlive what nobody foresaw
            self._last_trouble = (
                f"delivery failed in a way that was not foreseen ({type(error).__name__})")
            log.error("%s; it goes on", self._last_trouble)
        else:
            self._last_trouble = None
            return True
        return False

    def _take_back(self) -> None:
        with self._engine.begin() as connection:
            batches.take_back(connection)
