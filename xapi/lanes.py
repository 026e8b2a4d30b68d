"""A lane: one LRS's turn, in which a batch is sent while the next one is prepared.

While a request is in flight a second thread settles the batch before it and claims the one
after it, in one transaction; so no work of the database lies between two requests. A crash
finds at most two batches of a lane frozen, which are sent again as they were.
"""

from __future__ import annotations

import logging
import time
import unicodedata
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from xapi import batches
from xapi.batches import Batch
from xapi.decision import (
    Case,
    Decision,
    Deliver,
    Pace,
    Pause,
    Postpone,
    Probe,
    Refuse,
    Split,
    Wait,
)
from xapi.due import DueLrs, note_answer, note_trouble, read_lrs
from xapi.filling import fill
from xapi.lrs import LrsClient
from xapi.schema import State
from xapi.sending import send_batch
from xapi.tally import Figures, add_figures

MOST_BATCHES = 10_000
"""Batches that a turn sends before it ends, so that it always does."""

LONGEST_HEAD_START = 0.005
"""Seconds that a request has to leave, before the next batch is prepared."""

FLOOR_BATCHES = 50
"""After so many batches new statements are looked for from the beginning again."""

DATABASE_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""The database's trouble, and no LRS's."""

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the lanes of one worker have in common; `slot` is its row of the figures."""

    engine: sa.Engine
    clock: Clock
    pace: Pace
    draw: Callable[[], float]
    client: Callable[[DueLrs], LrsClient]
    worker: uuid.UUID
    slot: int
    timer: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Turn:
    """What came of an LRS's turn.

    `sent` are the batches; `has_more`: it was ended while there may have been more;
    `is_gone`: the LRS was switched off or removed; `has_failed`: in a way nobody foresaw.
    """

    lrs: DueLrs
    figures: Figures = field(default_factory=Figures)
    trouble: Wait | Pause | None = None
    sent: int = 0
    has_more: bool = False
    is_gone: bool = False
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch, what its answer leads to, and what the exchange took."""

    batch: Batch
    decision: Decision
    figures: Figures


class Lane:
    """Serves one LRS until nothing for it is due, it balks, or `goes_on` says no.

    `goes_on` is asked between two batches, with the number that were sent.
    """

    def __init__(self, bench: Bench, lrs: DueLrs, goes_on: Callable[[int], bool]) -> None:
        self._bench = bench
        self._lrs = lrs
        self._goes_on = goes_on
        self._turn = Turn(lrs)
        self._floor = 0
        self._at_hand: Batch | None = None
        self._behind: Future[Batch | None] | None = None

    def run(self) -> Turn:
        """Serve the LRS; raises only what the database, or the host's own clock, raises."""
        began = self._bench.timer()
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="xapi-prepare") as second:
                try:
                    self._serve(second)
                except DATABASE_AWAY:
                    raise
                except Exception as error:  # noqa: BLE001 - no other LRS must suffer from it
                    self._stumble(error)
        finally:
            self._log_end(began)
        return self._turn

    def _log_end(self, began: float) -> None:
        """What came of the turn; what was refused in one line, however much it was."""
        done = self._turn.figures
        if done.refused:
            log.warning("LRS %s refused %s", self._called(),
                        "a statement" if done.refused == 1 else f"{done.refused} statements",
                        extra=self._told(refused=done.refused))
        if done.exchanges:
            log.info("a turn of LRS %s is over: %d delivered, %d refused",
                     self._called(), done.delivered, done.refused,
                     extra=self._told(delivered=done.delivered, refused=done.refused,
                                      exchanges=done.exchanges,
                                      seconds=round(self._bench.timer() - began, 3)))

    def _serve(self, second: ThreadPoolExecutor) -> None:
        unsettled: list[_Sent] = []
        batch = self._first()
        while batch is not None:
            self._at_hand = batch
            if self._bench.pace.ahead and not (batch.is_last and not self._lrs.is_filling):
                self._behind = second.submit(self._prepare, unsettled)
                unsettled = []
            sent = self._send(batch)
            prepared, self._behind = self._prepared(), None
            unsettled = [*unsettled, sent]
            if prepared is None or not self._is_next(sent):
                batch = self._advance(unsettled, unsent=prepared,
                                      claims=self._may_claim_after(sent))
                unsettled = []
            elif self._renewed(prepared):
                batch = prepared
            else:
                batch = self._advance(unsettled)
                unsettled = []
        self._at_hand = None

    def _first(self) -> Batch | None:
        """The first batch of the turn, when the leases of an earlier turn are over.

        A worker has one lane for an LRS, so what it had leased is in nobody's hand any more.
        """
        with self._bench.engine.begin() as connection:
            batches.begin(connection)
            batches.take_back(connection, self._lrs.id, self._bench.worker)
        return self._advance([])

    def _prepare(self, unsettled: Sequence[_Sent]) -> Batch | None:
        """What the second thread does while a request is in flight.

        The request shall have left before it: two threads that both have work to do slow each
        other down. An LRS that answers fast is not kept waiting for that.
        """
        if unsettled:
            time.sleep(min(LONGEST_HEAD_START, unsettled[-1].figures.seconds / 10))
        return self._advance(unsettled)

    def _prepared(self) -> Batch | None:
        return None if self._behind is None else self._behind.result()

    def _is_next(self, sent: _Sent) -> bool:
        """Whether what was prepared may be sent right after this."""
        return isinstance(sent.decision, Deliver | Refuse) and self._may_claim_after(sent)

    def _may_claim_after(self, sent: _Sent) -> bool:
        if isinstance(sent.decision, Wait | Pause):
            return False
        self._turn.has_more = not self._goes_on(self._turn.sent)
        return not self._turn.has_more

    def _renewed(self, batch: Batch) -> bool:
        """Whether the batch is ours for as long as an exchange may take."""
        now, pace = self._bench.clock(), self._bench.pace
        rested = (now - batch.claimed_at).total_seconds()
        if 0 <= rested <= pace.lease - pace.whole:
            return True
        with self._bench.engine.begin() as connection:
            return batches.renew(connection, batch, now, pace)

    def _advance(
        self, sent: Sequence[_Sent], *, unsent: Batch | None = None, claims: bool = True
    ) -> Batch | None:
        """Settle what was sent, give back what was not, and claim the next batch."""
        while True:
            with self._bench.engine.begin() as connection:
                batches.begin(connection)
                lrs = read_lrs(connection, self._lrs.id)
                # First, as it locks statements: who forgets some locks them before batches too.
                fills = claims and lrs is not None and lrs.is_filling and fill(connection, lrs)
                figures = Figures()
                for one in sent:
                    figures += self._apply(connection, lrs or self._lrs, one)
                if unsent is not None:
                    batches.give_back(connection, unsent, self._bench.clock(), unsent=True)
                batch = self._claim(connection) if claims and lrs is not None else None
            self._turn.figures += figures
            self._lrs = lrs or self._lrs
            self._turn.is_gone = lrs is None
            if batch is not None or not fills or not self._goes_on(self._turn.sent):
                return batch
            sent, unsent = (), None

    def _claim(self, connection: sa.Connection) -> Batch | None:
        if self._turn.sent % FLOOR_BATCHES == 0:
            self._floor = 0
        batch = batches.claim(connection, self._lrs.id, self._bench.clock(), self._bench.pace,
                              self._bench.worker, self._floor)
        if batch is not None and batch.attempts == 1 and batch.members:
            self._floor = max(self._floor, batch.members[-1].seq)
        return batch

    def _send(self, batch: Batch) -> _Sent:
        """Exchange with the LRS until the batch's decision is known."""
        self._turn.sent += 1
        bench, lrs = self._bench, self._lrs
        try:
            client = bench.client(lrs)
        except ValueError:
            return _Sent(batch, Pause(bench.pace.pause, "the LRS's password in the database "
                                      "cannot be opened: enter it again"), Figures())
        case = Case(size=len(batch.members), attempts=batch.attempts, failures=lrs.failures,
                    draw=bench.draw(), voids=batch.voids)
        began = bench.timer()
        decision, exchanges = send_batch(client, batch, case, bench.pace)
        return _Sent(batch, decision,
                     Figures(exchanges=exchanges, seconds=bench.timer() - began))

    def _apply(self, connection: sa.Connection, lrs: DueLrs, sent: _Sent) -> Figures:
        """Do what the answer leads to; what that adds to the figures."""
        batch, figures, now = sent.batch, sent.figures, self._bench.clock()
        size = len(batch.members)
        match sent.decision:
            case Deliver():
                note_answer(connection, lrs)
                ours = batches.settle(connection, batch, State.DELIVERED, now, None)
                figures += Figures(delivered=size)
            case Refuse(reason):
                note_answer(connection, lrs)
                ours = batches.settle(connection, batch, State.REFUSED, now, reason)
                figures += Figures(refused=size)
            case Split():
                ours = batches.split(connection, batch)
                log.info("a batch for LRS %s is taken apart", self._called(),
                         extra=self._told(batch))
            case Postpone(seconds, reason):
                later = now + timedelta(seconds=seconds)
                ours = batches.give_back(connection, batch, now, not_before=later, reason=reason)
                log.warning("a batch for LRS %s is put off for %.0f s", self._called(), seconds,
                            extra=self._told(batch))
            case Wait() | Pause() as trouble:
                self._note(connection, trouble, batch)
                ours = batches.give_back(connection, batch, now)
            case Probe():
                raise AssertionError("a look at the LRS leads to a decision")
        if not ours:
            return Figures()
        add_figures(connection, lrs.id, self._bench.slot, figures)
        return figures

    def _note(self, connection: sa.Connection, trouble: Wait | Pause, batch: Batch | None) -> None:
        paused = isinstance(trouble, Pause)
        note_trouble(connection, self._lrs.id, trouble.reason, self._bench.clock(),
                     trouble.seconds, pause=paused)
        self._turn.trouble = trouble
        log.warning("LRS %s is %s for %.0f s", self._called(),
                    "paused" if paused else "left alone", trouble.seconds,
                    extra=self._told(batch))

    def _stumble(self, error: Exception) -> None:
        """After something unforeseen: give everything back and leave the LRS alone a while.

        Only the error's kind is told: its text may hold a statement.
        """
        kind = type(error).__name__
        self._turn.has_failed = True
        log.error("delivery to LRS %s failed in a way that was not foreseen (%s)",
                  self._called(), kind, extra=self._told(self._at_hand))
        trouble = Wait(self._bench.pace.wait(self._lrs.failures, self._bench.draw()),
                       f"delivery failed in a way that was not foreseen ({kind})")
        prepared = self._prepared_or_none()
        with self._bench.engine.begin() as connection:
            batches.begin(connection)
            self._note(connection, trouble, None)
            if prepared is not None:
                batches.give_back(connection, prepared, self._bench.clock(), unsent=True)
            batches.take_back(connection, self._lrs.id, self._bench.worker)

    def _prepared_or_none(self) -> Batch | None:
        try:
            return self._prepared()
        except Exception as error:  # noqa: BLE001 - what is leased is taken back all the same
            log.debug("the next batch was not prepared (%s)", type(error).__name__)
            return None

    def _called(self) -> str:
        """The LRS in a line of the log, which its name cannot break."""
        return f"{_in_line(self._lrs.name)} ({_in_line(self._lrs.organisation)})"

    def _told(self, batch: Batch | None = None, **more: object) -> dict[str, object]:
        """What a line of the log says beside its words: never a body, a name, a password."""
        of = {} if batch is None else {"batch": str(batch.id), "statements": len(batch.members)}
        return {"lrs": self._lrs.name, "organisation": self._lrs.organisation, **of, **more}


def _in_line(text: str) -> str:
    """A name for a line of the log: no line break, nothing that a terminal obeys, not long."""
    return "".join("?" if unicodedata.category(one) in _UNPRINTED else one for one in text[:100])


_UNPRINTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
