"""Delivery: claim a batch, send it, settle it, for every LRS in turn.

Claim and settle are transactions of their own, and nothing is held while an LRS is waited
for. See decision.py for what an answer leads to, and docs/xapi.md for what is promised.
"""

from __future__ import annotations

import json
import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from xapi import batches
from xapi.batches import Batch, DueLrs
from xapi.decision import (
    Case,
    Decision,
    Deliver,
    Finding,
    Pace,
    Pause,
    Postpone,
    Probe,
    Refuse,
    Split,
    Wait,
    decide,
    decide_after_probe,
)
from xapi.equivalence import is_same
from xapi.lrs import Absent, Barred, Found, LrsClient, Outcome, Stored, Unavailable
from xapi.outbox import Cipher, utc_now
from xapi.schema import State

MOST_BATCHES = 10_000
"""Batches that one pass sends before it returns, so that a pass always ends."""

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What one pass did: statements settled, and the LRSs that could not be served.

    `unreachable` and `paused` hold (name, reason) of each; the paused need a person.
    """

    delivered: int = 0
    refused: int = 0
    unreachable: tuple[tuple[str, str], ...] = ()
    paused: tuple[tuple[str, str], ...] = ()


class _Tally:
    def __init__(self) -> None:
        self.delivered = 0
        self.refused = 0
        self.unreachable: dict[str, str] = {}
        self.paused: dict[str, str] = {}

    def summary(self) -> DeliverySummary:
        return DeliverySummary(self.delivered, self.refused, tuple(self.unreachable.items()),
                               tuple(self.paused.items()))


class _Courier:
    """Carries batches; keeps a client, with its open connections, for each LRS."""

    def __init__(
        self,
        engine: sa.Engine,
        cipher: Cipher,
        clock: Clock,
        pace: Pace,
        draw: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._cipher = cipher
        self._clock = clock
        self._pace = pace
        self._draw = draw
        self._clients: dict[int, tuple[DueLrs, LrsClient]] = {}

    def close(self) -> None:
        for _, client in self._clients.values():
            client.close()
        self._clients.clear()

    def deliver_due(self, stop: threading.Event, *, impatient: bool) -> DeliverySummary:
        """Send what is due, LRS by LRS in turn, until nothing is, or `stop` is set."""
        tally = _Tally()
        # The option keeps this look from waiting for a writer; see the host's own engine.
        reading = self._engine.execution_options(postgresql_readonly=True)
        with reading.begin() as connection:
            due = deque(batches.due_lrss(connection, self._clock(), impatient=impatient))
        for _ in range(MOST_BATCHES):
            if not due or stop.is_set():
                break
            lrs = due.popleft()
            if self._deliver_batch(lrs, tally):
                due.append(lrs)
        return tally.summary()

    def _deliver_batch(self, lrs: DueLrs, tally: _Tally) -> bool:
        """Carry one batch to its decision; False when this LRS has had enough for now."""
        with self._engine.begin() as connection:
            batch = batches.claim(connection, lrs.id, self._clock(), self._pace)
        if batch is None:
            return False
        decision = self._exchange(lrs, batch)
        with self._engine.begin() as connection:
            self._apply(connection, lrs, batch, decision, tally)
        return not isinstance(decision, Wait | Pause)

    def _exchange(self, lrs: DueLrs, batch: Batch) -> Decision:
        try:
            client = self._client(lrs)
        except ValueError:
            return Pause(self._pace.pause, "the LRS's password in the database cannot be "
                                           "opened: enter it again")
        case = Case(size=len(batch.members), attempts=batch.attempts,
                    failures=lrs.failures, draw=self._draw())
        outcome: Outcome = Stored()
        if batch.members:
            outcome = client.post_statements([member.body for member in batch.members])
        decision = decide(outcome, case, self._pace)
        if isinstance(decision, Probe):
            finding = _look(client, batch)
            decision = decide_after_probe(finding, outcome, case, self._pace)
        return decision

    def _apply(
        self,
        connection: sa.Connection,
        lrs: DueLrs,
        batch: Batch,
        decision: Decision,
        tally: _Tally,
    ) -> None:
        now = self._clock()
        match decision:
            case Deliver():
                batches.note_answer(connection, lrs.id)
                if batches.settle(connection, batch, State.DELIVERED, now, None):
                    tally.delivered += len(batch.members)
            case Refuse(reason):
                batches.note_answer(connection, lrs.id)
                if batches.settle(connection, batch, State.REFUSED, now, reason):
                    tally.refused += len(batch.members)
                log.warning("LRS %s refused a statement; see the outbox", lrs.name)
            case Split():
                batches.split(connection, batch)
            case Postpone(seconds, reason):
                later = now + timedelta(seconds=seconds)
                batches.give_back(connection, batch, now, not_before=later, reason=reason)
            case Wait(seconds, reason) | Pause(seconds, reason):
                paused = isinstance(decision, Pause)
                batches.give_back(connection, batch, now)
                batches.note_trouble(connection, lrs.id, reason, now, seconds, pause=paused)
                (tally.paused if paused else tally.unreachable)[lrs.name] = reason
                log.warning("LRS %s is %s for %.0f s", lrs.name,
                            "paused" if paused else "left alone", seconds)

    def _client(self, lrs: DueLrs) -> LrsClient:
        """The client of an LRS, made anew when its row has changed."""
        known = self._clients.get(lrs.id)
        if known is not None and _reach(known[0]) == _reach(lrs):
            return known[1]
        password = self._cipher.open(lrs.sealed_password)
        if known is not None:
            known[1].close()
        client = LrsClient(lrs.url, lrs.username, password, lrs.version,
                           connect=self._pace.connect, read=self._pace.read)
        self._clients[lrs.id] = (lrs, client)
        return client


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
    courier = _Courier(engine, cipher, clock, pace or Pace(), draw)
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
        self._courier = _Courier(engine, cipher, clock, self._pace, draw)
        self._nudge = threading.Event()

    def wake(self) -> None:
        """Look at once for what is due, rather than at the next poll. Any thread may call."""
        self._nudge.set()

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set, and close every connection at the end.

        After `stop.set()` call `wake()` to end a pause between polls at once; a request
        under way is awaited. A database that is away for a while is waited for.
        """
        failures, impatient = 0, True
        with closing(self._courier):
            while not stop.is_set():
                try:
                    if self._alone and impatient:
                        self._take_back()
                    self._courier.deliver_due(stop, impatient=impatient)
                    failures, impatient = 0, False
                except sa.exc.DBAPIError as error:
                    # The error's text holds the statement's parameters: only its kind is logged.
                    log.warning("delivery waits for the database (%s)", type(error).__name__)
                    failures += 1
                rest = self._pace.wait(failures, 1.0) if failures else self._pace.poll
                self._nudge.wait(rest)
                self._nudge.clear()

    def _take_back(self) -> None:
        with self._engine.begin() as connection:
            batches.take_back(connection)


def _reach(lrs: DueLrs) -> tuple[str, str, str, str]:
    return (lrs.url, lrs.version, lrs.username, lrs.sealed_password)


def _look(client: LrsClient, batch: Batch) -> Finding | Barred | Unavailable:
    """What the LRS holds of the batch's first and last statement.

    An LRS stores a batch whole or not at all, and members are frozen in the order they
    were added: if both ends are there as sent, the batch is.
    """
    for member in {batch.members[0].id: batch.members[0],
                   batch.members[-1].id: batch.members[-1]}.values():
        reading = client.get_statement(member.id)
        if isinstance(reading, Absent):
            return Finding.MISSING
        if not isinstance(reading, Found):
            return reading if isinstance(reading, Barred | Unavailable) else Unavailable(
                reading.words)
        if not is_same(reading.statement, json.loads(member.body)):
            return Finding.OTHER
    return Finding.SAME
