"""Whether a worker, and whoever looks at it, feels how many statements wait.

    python benchmarks/waiting.py [--quick] [--large N]

A queue of 10,000 and one of 1,000,000 statements (--quick: 100,000) are made by SQL, in SQLite
and, when NEEDLE_TEST_POSTGRES_URL names a server, in PostgreSQL. Then a worker, a process
of its own, delivers for as long from each, to a server that answers at once: what the
database takes for a batch of 100 and what the whole batch takes (the middle of all, from commit
to commit: a batch has one), and the highest memory of the process (the system's own figure).
In the same process before it, nothing delivered yet: `outbox.counts`,
`read_figures`, and the time to add a second LRS and to queue 1,000 earlier statements for it.

Last a queue drains whole (20,000 with --quick, else 200,000): the last twentieth over the first
twentieth of its time by commits. On PostgreSQL its statistics are from before and nothing is
vacuumed meanwhile, which is the worst case. The last line is JSON; ratios are large over small.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sqlalchemy as sa

from benchmarks.lrs import stores
from benchmarks.lrs.queues import analyse, queue
from benchmarks.lrs.servers import Server, null_server
from lti_tool.storage.database import connect
from xapi import outbox
from xapi.batches import begin
from xapi.delivery import deliver_once
from xapi.due import read_lrs
from xapi.figures import read_figures
from xapi.filling import fill
from xapi.lrs_rows import switch_off
from xapi.outbox import utc_now

BATCH = 100
SECONDS = 2.0
"""How long is delivered from each queue, at most."""

CHUNKS = 20
"""Chunks of earlier statements that are queued for the second LRS, to time one."""

Measured = dict[str, float]


class Stopwatch:
    """What the database takes, and when each transaction ended; made on an engine."""

    def __init__(self, engine: sa.Engine) -> None:
        self.seconds = 0.0
        self.commits: list[float] = []
        self.spent: list[float] = []
        sa.event.listen(engine, "before_cursor_execute", self._begin)
        sa.event.listen(engine, "after_cursor_execute", self._end)
        sa.event.listen(engine, "commit", self._commit)

    def _begin(self, connection: sa.Connection, *_: object) -> None:
        connection.info["began"] = time.perf_counter()

    def _end(self, connection: sa.Connection, *_: object) -> None:
        self.seconds += time.perf_counter() - connection.info["began"]

    def _commit(self, _connection: sa.Connection) -> None:
        self.commits.append(time.perf_counter())
        self.spent.append(self.seconds)

    def between(self) -> tuple[list[float], list[float]]:
        """ms from commit to commit, and ms of the database's own of each."""
        return _steps(self.commits), _steps(self.spent)


def main() -> None:
    """Measure each database, print a table, and a line of JSON last."""
    asked = _arguments()
    if asked.run:
        print(json.dumps(_run(*asked.run)))
        return
    if len(stores.kinds()) == 1:
        print("NEEDLE_TEST_POSTGRES_URL is not set: PostgreSQL is not measured")
    summary: Measured = {}
    with tempfile.TemporaryDirectory() as name, null_server() as server:
        for kind in stores.kinds():
            found = _sizes(kind, Path(name), server, (asked.small, asked.large))
            found["drain_last_over_first"] = _drain(kind, Path(name), server, asked.drain)
            summary |= {f"{what}_{kind}": round(value, 2) for what, value in found.items()}
    print(json.dumps(summary))


def _sizes(kind: str, folder: Path, server: Server, sizes: tuple[int, int]) -> Measured:
    small, large = (_one(kind, folder, server, size) for size in sizes)
    print(f"\n{kind}{sizes[0]:>32,}{sizes[1]:>14,}{'ratio':>10}")
    for what, value in small.items():
        print(f"{what:<28}{value:>14,.2f}{large[what]:>14,.2f}{large[what] / value:>10.2f}")
    return {f"{key}_large_over_small": large[what] / small[what] for key, what in (
        ("database_a_batch", "database, ms a batch"), ("batch", "whole, ms a batch"),
        ("memory", "memory, MiB"), ("counts", "counts, ms"), ("figures", "figures, ms"),
        ("filling", "1,000 queued, ms"), ("new_lrs", "new LRS, ms"))}


def _one(kind: str, folder: Path, server: Server, size: int) -> Measured:
    with stores.database(kind, folder) as url:
        engine = connect(url)
        lrs = stores.set_server(engine, server)
        began = time.perf_counter()
        queue(engine, lrs, size)
        print(f"{kind}: {size:,} queued in {time.perf_counter() - began:.0f} s", flush=True)
        engine.dispose()
        return _apart(url, server)


def _drain(kind: str, folder: Path, server: Server, size: int) -> float:
    with stores.database(kind, folder) as url:
        engine = connect(url)
        lrs = stores.set_server(engine, server)
        queue(engine, lrs, size)
        analyse(engine)
        watch = Stopwatch(engine)
        done = deliver_once(engine, stores.PlainCipher())
        engine.dispose()
    if done.delivered != size:
        raise SystemExit(f"{kind}: {done.delivered} of {size} were delivered")
    part = len(watch.commits) // 20
    first = watch.commits[part] - watch.commits[0]
    last = watch.commits[-1] - watch.commits[-1 - part]
    print(f"{kind}: of {size:,} the first twentieth took {first * 1000:,.0f} ms and the last "
          f"{last * 1000:,.0f} ms: {last / first:.2f}")
    return last / first


def _apart(url: str, server: Server) -> Measured:
    """What a worker in a process of its own measured."""
    command = [sys.executable, __file__, "--run", url, server.url]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def _run(url: str, server_url: str) -> Measured:
    """Look, fill a second LRS a little, and deliver for a while; in this process."""
    engine = connect(url)
    looks = {"counts, ms": _timed(engine, outbox.counts),
             "figures, ms": _timed(engine, lambda connection: read_figures(connection, utc_now()))}
    server = Server("null", server_url, "needle", "secret", lambda: None)
    filling = _fill_second(engine, server)
    watch, stop = Stopwatch(engine), threading.Event()
    timer = threading.Timer(SECONDS, stop.set)
    timer.start()
    done = deliver_once(engine, stores.PlainCipher(), stop=stop)
    timer.cancel()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.dispose()
    whole, database = watch.between()
    return {"batches": done.delivered / BATCH, "database, ms a batch": median(database),
            "whole, ms a batch": median(whole), "slowest batch, ms": max(whole),
            "memory, MiB": memory, **looks, **filling}


def _fill_second(engine: sa.Engine, server: Server) -> Measured:
    """Add a second LRS and queue some of the earlier statements for it; then switch it off."""
    began = time.perf_counter()
    key = stores.set_server(engine, server, "second")
    adding = time.perf_counter() - began
    took = []
    more = True
    while more and len(took) < CHUNKS:
        began = time.perf_counter()
        with engine.begin() as connection:
            begin(connection)  # as a worker's transaction does
            lrs = read_lrs(connection, key)
            assert lrs is not None
            more = fill(connection, lrs)
        took.append(time.perf_counter() - began)
    with engine.begin() as connection:
        switch_off(connection, organisation=stores.ORGANISATION, name="second")
    return {"new LRS, ms": adding * 1000, "1,000 queued, ms": median(took) * 1000}


def _steps(marks: list[float]) -> list[float]:
    return [(after - before) * 1000 for before, after in itertools.pairwise(marks)]


def _timed(engine: sa.Engine, look: Callable[[sa.Connection], object]) -> float:
    """ms, in the middle of three."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with engine.begin() as connection:
            look(connection)
        took.append(time.perf_counter() - began)
    return median(took) * 1000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small queues, under 50 seconds")
    parser.add_argument("--large", type=int, help="statements in the large queue")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.small = 10_000
    asked.large = asked.large or (100_000 if asked.quick else 1_000_000)
    asked.drain = 20_000 if asked.quick else 200_000
    return asked


if __name__ == "__main__":
    main()
