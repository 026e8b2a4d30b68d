"""One pass of delivery: claim a batch, send it, settle it, for every LRS in turn.

Claim and settle are transactions of their own, and nothing is held while an LRS is waited
for. What goes wrong with one LRS, foreseen or not, ends that LRS's turn and no other's.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable
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
from xapi.outbox import Cipher
from xapi.schema import State

MOST_BATCHES = 10_000
"""Batches that one pass sends before it returns, so that a pass always ends."""

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_DATABASE_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""The database's trouble, and no LRS's: a pass ends with it."""


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


class Courier:
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
        """Close every connection to an LRS."""
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
        batch = None
        try:
            with self._engine.begin() as connection:
                batch = batches.claim(connection, lrs.id, self._clock(), self._pace)
            if batch is None:
                return False
            decision = self._exchange(lrs, batch)
            with self._engine.begin() as connection:
                self._apply(connection, lrs, batch, decision, tally)
        except _DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - no other LRS must suffer from it
            self._stumble(lrs, batch, error, tally)
            return False
        return not isinstance(decision, Wait | Pause)

    def _stumble(
        self, lrs: DueLrs, batch: Batch | None, error: Exception, tally: _Tally
    ) -> None:
        """After something unforeseen: give the batch back and leave the LRS alone a while.

        Only the error's kind is told: its text may hold a statement.
        """
        kind = type(error).__name__
        log.error("delivery to LRS %s failed in a way that was not foreseen (%s)", lrs.name, kind)
        known = self._clients.pop(lrs.id, None)
        if known is not None:
            known[1].close()
        wait = Wait(self._pace.wait(lrs.failures, self._draw()),
                    f"delivery failed in a way that was not foreseen ({kind})")
        with self._engine.begin() as connection:
            self._let_go(connection, lrs, batch, wait, tally)

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
            outcome = client.post_statements([member.body for member in batch.members],
                                             [member.id for member in batch.members])
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
            case Wait() | Pause():
                self._let_go(connection, lrs, batch, decision, tally)

    def _let_go(
        self,
        connection: sa.Connection,
        lrs: DueLrs,
        batch: Batch | None,
        decision: Wait | Pause,
        tally: _Tally,
    ) -> None:
        """Give the batch back, if there is one, and note the LRS's trouble."""
        now, paused = self._clock(), isinstance(decision, Pause)
        if batch is not None:
            batches.give_back(connection, batch, now)
        batches.note_trouble(connection, lrs.id, decision.reason, now, decision.seconds,
                             pause=paused)
        (tally.paused if paused else tally.unreachable)[lrs.name] = decision.reason
        log.warning("LRS %s is %s for %.0f s", lrs.name,
                    "paused" if paused else "left alone", decision.seconds)

    def _client(self, lrs: DueLrs) -> LrsClient:
        """The client of an LRS, made anew when its row has changed."""
        known = self._clients.get(lrs.id)
        if known is not None and _reach(known[0]) == _reach(lrs):
            return known[1]
        password = self._cipher.open(lrs.sealed_password)
        if known is not None:
            known[1].close()
        client = LrsClient(lrs.url, lrs.username, password, lrs.version,
                           connect=self._pace.connect, read=self._pace.read,
                           whole=self._pace.whole)
        self._clients[lrs.id] = (lrs, client)
        return client


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
