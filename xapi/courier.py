"""The lanes of one worker: each LRS that is due is served in a thread, so many at once.

Nothing is held while an LRS is waited for, so an LRS that hangs hinders no other.
"""

from __future__ import annotations

import dataclasses
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from xapi.decision import Pace, Pause, Wait
from xapi.due import DueLrs, due_lrss
from xapi.lanes import MOST_BATCHES, Bench, Clock, Lane, Turn
from xapi.lrs import LrsClient
from xapi.lrs_rows import client_of
from xapi.outbox import Cipher
from xapi.tally import SLOTS, Figures

FAIR_BATCHES = 100
"""Batches after which a lane makes room, when more LRSs are due than lanes there are."""


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What one pass did: statements settled, and the LRSs that could not be served.

    `unreachable` and `paused` hold (name, reason) of each; the paused need a person.
    """

    delivered: int = 0
    refused: int = 0
    unreachable: tuple[tuple[str, str], ...] = ()
    paused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """How turns ended: `failure` is the newest one's, if it had one; and if any went well."""

    failure: Exception | None = None
    went_well: bool = False


class Courier:
    """One worker's lanes; keeps a client, with its open connections, for each LRS.

    `on_failure` is called, in a lane's thread, when the database ended that lane's turn.
    """

    def __init__(
        self,
        engine: sa.Engine,
        cipher: Cipher,
        clock: Clock,
        pace: Pace,
        draw: Callable[[], float],
        *,
        timer: Callable[[], float] = time.monotonic,
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        # An engine of one connection, as for a database in memory, is for one thread.
        self._is_threaded = not isinstance(
            engine.pool, sa.pool.StaticPool | sa.pool.SingletonThreadPool)
        if not self._is_threaded:
            pace = dataclasses.replace(pace, ahead=False)
        self._cipher = cipher
        self._bench = Bench(engine=engine, clock=clock, pace=pace, draw=draw, timer=timer,
                            client=self._client, worker=uuid.uuid4(),
                            slot=secrets.randbelow(SLOTS))
        self._on_failure = on_failure
        self._clients: dict[int, tuple[DueLrs, LrsClient]] = {}
        self._halt = threading.Event()
        self._changed = threading.Condition()
        self._queue: deque[DueLrs] = deque()
        self._carried: dict[int, int] = {}
        """The LRSs that wait for a lane or have one, and the batches of theirs so far."""
        self._asked_again: set[int] = set()
        self._threads = 0
        self._news = News()
        self._figures = Figures()
        self._troubles: dict[int, tuple[str, Wait | Pause]] = {}

    def close(self) -> None:
        """End every turn after the request it has under way, and every connection."""
        self._halt.set()
        self._await_lanes()
        for _, client in self._clients.values():
            client.close()
        self._clients.clear()
        self._halt.clear()

    def deliver_due(self, stop: threading.Event, *, impatient: bool) -> DeliverySummary:
        """Send what is due until nothing is, or `stop` is set, and wait for it.

        Raises what the database raised, after every lane has ended.
        """
        self._figures, self._news = Figures(), News()
        self._troubles.clear()
        threads = self._enqueue(impatient=impatient)
        self._start(stop, threads - 1)
        if threads:
            self._work(stop)
        self._await_lanes()
        if self._news.failure is not None:
            raise self._news.failure
        return self._summary()

    def start_due(self, stop: threading.Event, *, impatient: bool) -> bool:
        """Give each LRS that is due and has no lane one, and go on; whether any has one now."""
        threads = self._enqueue(impatient=impatient)
        if self._is_threaded:
            self._start(stop, threads)
        elif threads:
            self._work(stop)
        with self._changed:
            return bool(self._carried)

    def take_news(self) -> News:
        """How turns ended since this was asked last."""
        with self._changed:
            news, self._news = self._news, News()
        return news

    def _summary(self) -> DeliverySummary:
        def told(kind: type[Wait | Pause]) -> tuple[tuple[str, str], ...]:
            return tuple((name, trouble.reason) for _, (name, trouble)
                         in sorted(self._troubles.items()) if isinstance(trouble, kind))

        return DeliverySummary(self._figures.delivered, self._figures.refused,
                               unreachable=told(Wait), paused=told(Pause))

    def _enqueue(self, *, impatient: bool) -> int:
        """Queue what is due and is not here yet; how many threads are to be started."""
        # The option keeps this look from waiting for a writer; see the host's own engine.
        reading = self._bench.engine.execution_options(postgresql_readonly=True)
        with reading.begin() as connection:
            due = due_lrss(connection, self._bench.clock(), impatient=impatient)
        with self._changed:
            for lrs in due:
                if lrs.id in self._carried:
                    self._asked_again.add(lrs.id)
                else:
                    self._carried[lrs.id] = 0
                    self._queue.append(lrs)
            most = self._bench.pace.lanes if self._is_threaded else 1
            new = max(0, min(len(self._queue), most - self._threads))
            self._threads += new
        return new

    def _start(self, stop: threading.Event, threads: int) -> None:
        for started in range(threads):
            thread = threading.Thread(target=self._work, args=(stop,), name="xapi-lane")
            try:
                thread.start()
            except RuntimeError:
                with self._changed:
                    self._threads -= threads - started
                raise

    def _await_lanes(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._threads == 0)

    def _work(self, stop: threading.Event) -> None:
        """Serve LRSs in turn until none waits for a lane."""
        while (lrs := self._next(stop)) is not None:
            try:
                turn = Lane(self._bench, lrs, lambda sent: self._goes_on(stop, sent)).run()
            except Exception as error:  # noqa: BLE001 - told to whoever waits for the lanes
                self._end(lrs, Turn(lrs, has_failed=True), error, stop)
                self._on_failure()
            except BaseException:
                self._leave(lrs)
                raise
            else:
                self._end(lrs, turn, None, stop)

    def _next(self, stop: threading.Event) -> DueLrs | None:
        with self._changed:
            if stop.is_set() or self._halt.is_set():
                for lrs in self._queue:
                    del self._carried[lrs.id]
                self._queue.clear()
            if self._queue:
                return self._queue.popleft()
            self._threads -= 1
            self._changed.notify_all()
            return None

    def _goes_on(self, stop: threading.Event, sent: int) -> bool:
        """Whether a turn goes on; after so many batches it makes room for who waits."""
        if stop.is_set() or self._halt.is_set():
            return False
        return sent < FAIR_BATCHES or not self._queue

    def _end(
        self, lrs: DueLrs, turn: Turn, failure: Exception | None, stop: threading.Event
    ) -> None:
        if turn.has_failed or turn.is_gone:
            self._drop_client(lrs)
        with self._changed:
            self._figures += turn.figures
            self._news = News(failure, self._news.went_well or failure is None)
            self._troubles.pop(lrs.id, None)
            if turn.trouble is not None:
                self._troubles[lrs.id] = (lrs.name, turn.trouble)
            self._carried[lrs.id] += turn.sent
            asked = lrs.id in self._asked_again
            self._asked_again.discard(lrs.id)
            if ((turn.has_more or asked) and failure is None and turn.trouble is None
                    and self._carried[lrs.id] < MOST_BATCHES):
                self._queue.append(lrs)
            else:
                del self._carried[lrs.id]

    def _leave(self, lrs: DueLrs) -> None:
        """This thread is told to end, and the program with it: so are the other lanes."""
        self._halt.set()
        with self._changed:
            self._carried.pop(lrs.id, None)
            self._threads -= 1
            self._changed.notify_all()

    def _client(self, lrs: DueLrs) -> LrsClient:
        """The client of an LRS, made anew when its row has changed."""
        known = self._clients.get(lrs.id)
        if known is not None and _reach(known[0]) == _reach(lrs):
            return known[1]
        client = client_of(lrs, self._cipher, self._bench.pace)
        self._drop_client(lrs)
        self._clients[lrs.id] = (lrs, client)
        return client

    def _drop_client(self, lrs: DueLrs) -> None:
        known = self._clients.pop(lrs.id, None)
        if known is not None:
            known[1].close()


def _reach(lrs: DueLrs) -> tuple[str | None, ...]:
    return (lrs.url, lrs.version, lrs.auth, lrs.username, lrs.sealed_password, lrs.token_url,
            lrs.scope, lrs.ca_pem, lrs.sealed_proxy)
