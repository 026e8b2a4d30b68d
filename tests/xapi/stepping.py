"""A worker that kills itself at a step of its own choosing: `python -m tests.xapi.stepping URL`.

Each line of input, `STEP NOW`, starts one worker on the database at URL, in a process forked
from this one, with its clock at NOW; the answer is a line with its end: `killed`, or `ended N`
when it came to its end by itself, after N steps (or, 0 being asked for, without any kill).

A step is what comes before each SQL command, before and after each commit, before a request
is sent to an LRS, between sending it and reading the answer, and after the answer.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lti_tool.storage.database import connect
from tests.xapi.samples import Cipher
from xapi.decision import Pace
from xapi.delivery import deliver_once

PACE = Pace(batch_statements=4)
"""So small that a few statements make several batches, of which one is taken apart."""


class Steps:
    """Counts, and kills this very process at the step that was asked for."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.taken = 0
        self._lock = threading.Lock()

    def take(self, *_: object) -> None:
        with self._lock:
            self.taken += 1
            if self.taken == self.last:
                os.kill(os.getpid(), signal.SIGKILL)


def _count_database(engine: sa.Engine, steps: Steps) -> None:
    sa.event.listen(engine, "before_cursor_execute", steps.take)
    commit = engine.dialect.do_commit

    def counted(connection: Any) -> None:
        steps.take()
        commit(connection)
        steps.take()

    engine.dialect.do_commit = counted  # type: ignore[method-assign]


def _count_http(steps: Steps) -> None:
    send, read = http.client.HTTPConnection.endheaders, http.client.HTTPConnection.getresponse

    def counted_send(self: Any, *rest: Any, **named: Any) -> None:
        steps.take()
        send(self, *rest, **named)

    def counted_read(self: Any) -> http.client.HTTPResponse:
        steps.take()
        answer = read(self)
        steps.take()
        return answer

    http.client.HTTPConnection.endheaders = counted_send  # type: ignore[method-assign]
    http.client.HTTPConnection.getresponse = counted_read  # type: ignore[method-assign]


def work(url: str, last: int, now: datetime) -> int:
    """Deliver what is due, to the end or to the step `last`; the steps that were taken."""
    steps = Steps(last)
    engine = connect(url)
    _count_database(engine, steps)
    _count_http(steps)
    deliver_once(engine, Cipher(), clock=lambda: now, pace=PACE, draw=lambda: 1.0)
    engine.dispose()
    return steps.taken


class Stepping:
    """The program above, running, as a test uses it."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def run(self, last: int, now: datetime) -> int | None:
        """Run one worker; the steps it took to its end, or None when it was killed."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(f"{last} {now.isoformat()}\n")
        self._program.stdin.flush()
        said = self._program.stdout.readline().split()
        assert said, "the program of the workers is gone"
        assert said[0] in ("killed", "ended"), said
        return int(said[1]) if said[0] == "ended" else None


@contextlib.contextmanager
def stepping(url: str) -> Iterator[Stepping]:
    """Workers on the database at `url`."""
    program = subprocess.Popen([sys.executable, "-m", "tests.xapi.stepping", url],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Stepping(program)
    finally:
        program.stdin.close()  # type: ignore[union-attr]
        program.wait(30)
        program.stdout.close()  # type: ignore[union-attr]


def _main() -> None:
    for line in sys.stdin:
        last, now = line.split()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            taken = work(sys.argv[1], int(last), datetime.fromisoformat(now))
            os.write(writing, str(taken).encode())
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        taken_text = os.read(reading, 20).decode()
        os.close(reading)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else f"ended {taken_text}" if status == 0
              else f"failed {status}", flush=True)


if __name__ == "__main__":
    _main()
