"""What a statement adds to the transaction of the action that it tells of.

    python benchmarks/enqueue.py [--quick] [--rounds N]

An action is a transaction of its own that inserts one row, on the tool's own engine: SQLite
in a file with every commit on the disk, and PostgreSQL when NEEDLE_TEST_POSTGRES_URL names a
server. In rounds, by turns, it is made without statements (the baseline), with 1, 3, 10 and
100 of them built and added one by one (`outbox.add`) or at once (`outbox.add_all`), and with as
many bare INSERTs of the same bytes, frozen before. All have one commit, so that a statement
costs what is added, over the number of statements: the median over the rounds of the
difference to the baseline of the same round, by the clock and in this process's CPU (a
database that is another process is not in that).

Then the parts of the cost, without any commit: building the statement, freezing it (with its
checks), the policy, and the rest of `outbox.add`, which is the insert. An LRS is set up, so each
statement gets its row of delivery as well.

The last line is JSON: µs a statement that `add` adds with 3 in a transaction, `add_all` with 100,
and what a hundred added are over as many bare INSERTs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sqlalchemy as sa

from benchmarks.lrs import stores
from benchmarks.lrs.servers import Server
from benchmarks.lrs.statements import build, freeze_many
from lti_tool.storage.database import connect
from xapi import outbox
from xapi.policy import PSEUDONYM
from xapi.statements import freeze

TYPICAL, MANY = 3, 100
"""Statements of an action that tells of more than one thing; and enough to tell parts apart."""

WAYS = ("add", "add_all", "bare INSERT")
SIZES = (1, TYPICAL, 10, MANY)

NOWHERE = Server("nowhere", "http://127.0.0.1:9/xapi", "needle", "secret", lambda: None)

_metadata = sa.MetaData()
_action = sa.Table(
    "benchmark_action", _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("words", sa.Text, nullable=False),
)
_bare = sa.Table(
    "benchmark_bare", _metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
_INSERT_ACTION = sa.insert(_action).values(words="I have to talk with somebody about this")
_INSERT_BARE = sa.insert(_bare)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """µs by the clock, and of this process's CPU."""

    wall: float
    cpu: float

    def over(self, base: Cost, number: int) -> Cost:
        """What each of so many statements adds to the baseline."""
        return Cost((self.wall - base.wall) / number, (self.cpu - base.cpu) / number)


Work = Callable[[sa.Connection], object]


def main() -> None:
    """Measure each database, print tables, and a line of JSON last."""
    asked = _arguments()
    summary: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        for kind in stores.kinds():
            with stores.database(kind, Path(name)) as url, _engine(url) as engine:
                summary |= _measure(kind, engine, asked.rounds)
    if len(stores.kinds()) == 1:
        print("NEEDLE_TEST_POSTGRES_URL is not set: PostgreSQL is not measured")
    print(json.dumps(summary))


@contextlib.contextmanager
def _engine(url: str) -> Iterator[sa.Engine]:
    engine = connect(url)
    stores.set_server(engine, NOWHERE)
    _metadata.create_all(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def _measure(kind: str, engine: sa.Engine, rounds: int) -> dict[str, float]:
    _transactions(engine, 5)  # imports, connections, caches
    alone, costs = _transactions(engine, rounds)
    print(f"{kind}: the transaction alone takes {alone:,.0f} µs; {rounds} rounds; µs each")
    print(f"{'statements':>12}" + "".join(f"{way:>14}{'CPU':>8}" for way in WAYS))
    for size in SIZES:
        those = [costs[way, size] for way in WAYS]
        print(f"{size:>12}" + "".join(f"{one.wall:>14,.0f}{one.cpu:>8,.0f}" for one in those))
    parts = _parts(engine, rounds)
    print("  parts, µs each: " + ", ".join(f"{what} {each:,.0f}" for what, each in parts.items()))
    print()
    return {
        f"added_us_{kind}": round(costs["add", TYPICAL].wall, 1),
        f"added_cpu_us_{kind}": round(costs["add", TYPICAL].cpu, 1),
        f"added_at_once_us_{kind}": round(costs["add_all", MANY].wall, 1),
        f"added_over_bare_insert_{kind}": round(
            costs["add", MANY].wall / costs["bare INSERT", MANY].wall, 2),
        f"building_us_{kind}": round(parts["building"], 1),
        f"inserting_us_{kind}": round(parts["inserting"], 1),
    }


def _transactions(
    engine: sa.Engine, rounds: int
) -> tuple[float, dict[tuple[str, int], Cost]]:
    """µs of the transaction alone, and what a statement adds, by way and number of them."""
    alone: list[float] = []
    costs: dict[tuple[str, int], list[Cost]] = defaultdict(list)
    for number in range(rounds):
        for size in SIZES:
            first = number * 10_000 + size
            frozen = [{"id": one.id, "body": one.body} for one in freeze_many(size)]
            works: list[Work] = [_nothing, _adding(first, size), _adding_all(first, size),
                                 _inserting(frozen)]
            turn = number % len(works)
            took = {work: _cost(engine, work) for work in [*works[turn:], *works[:turn]]}
            base = took[_nothing]
            alone.append(base.wall)
            for way, work in zip(WAYS, works[1:], strict=True):
                costs[way, size].append(took[work].over(base, size))
    return median(alone), {which: _middle(those) for which, those in costs.items()}


def _middle(costs: Sequence[Cost]) -> Cost:
    return Cost(median(one.wall for one in costs), median(one.cpu for one in costs))


def _nothing(connection: sa.Connection) -> None:
    """The action tells of nothing."""


def _adding(first: int, size: int) -> Work:
    def work(connection: sa.Connection) -> None:
        for number in range(first, first + size):
            outbox.add(connection, build(number), organisation=stores.ORGANISATION)

    return work


def _adding_all(first: int, size: int) -> Work:
    def work(connection: sa.Connection) -> None:
        statements = [build(number) for number in range(first, first + size)]
        outbox.add_all(connection, statements, organisation=stores.ORGANISATION)

    return work


def _inserting(rows: list[dict[str, object]]) -> Work:
    def work(connection: sa.Connection) -> None:
        for row in rows:
            connection.execute(_INSERT_BARE, row)

    return work


def _cost(engine: sa.Engine, work: Work) -> Cost:
    began, cpu = time.perf_counter(), time.process_time()
    with engine.begin() as connection:
        connection.execute(_INSERT_ACTION)
        work(connection)
    return Cost((time.perf_counter() - began) * 1e6, (time.process_time() - cpu) * 1e6)


def _parts(engine: sa.Engine, rounds: int) -> dict[str, float]:
    """µs of each part of the cost of a statement."""
    count = 4 * rounds
    statements, building = _each([lambda n=n: build(n) for n in range(count)])
    bodies, freezing = _each([lambda one=one: freeze(one) for one in statements])
    values = [json.loads(body) for body in bodies]
    _, checking = _each([lambda one=one: PSEUDONYM.check(one) for one in values])
    with engine.connect() as connection, connection.begin() as transaction:
        _, adding = _each([
            lambda one=one: outbox.add(connection, one, organisation=stores.ORGANISATION)
            for one in statements
        ])
        transaction.rollback()
    return {"building": building, "freezing": freezing, "policy": checking,
            "inserting": adding - freezing - checking}


def _each(steps: Sequence[Callable[[], T]]) -> tuple[list[T], float]:
    results, seconds = [], []
    for step in steps:
        began = time.perf_counter()
        results.append(step())
        seconds.append(time.perf_counter() - began)
    return results, median(seconds) * 1e6


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="under 50 seconds")
    parser.add_argument("--rounds", type=int, help="how often each has its turn")
    asked = parser.parse_args()
    asked.rounds = asked.rounds or (15 if asked.quick else 300)
    return asked


if __name__ == "__main__":
    main()
