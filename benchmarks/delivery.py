"""How near the worker comes to what an LRS can take, beside other ways to send the same.

    python benchmarks/delivery.py [--quick] [--statements N] [--rounds N]

The same statements go to the same LRS by every contender, in turn, in rounds; each round
begins with another one. The limit is bodies encoded before, 100 statements each, over one
connection. Measured against Ralph where this Python has it (the extra `peers`), as it comes and
with an index (lrs/ralph_program.py), else against a server that waits as long as Ralph took (5 ms
a request and 0.35 ms a statement); then against a server that answers at once, which leaves
the sender's own cost. The worker reads an outbox in SQLite and, when NEEDLE_TEST_POSTGRES_URL
names a server, in PostgreSQL; filling it is not counted (see enqueue.py). Contenders with one
request each send a twentieth of the statements, 200 at most.

A ratio is the median of the ratios of each round. Client CPU is this process's, all threads;
the LRS and PostgreSQL are others. The last line is JSON: `of_limit` is the worker's rate
over the limit's, on the worst database, against Ralph or the slow server; `over_tincan_single`
over tincan.RemoteLRS's, whose statements were built before as the worker's were;
`client_us_per_statement` the worker's CPU against the server that answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.lrs import stores
from benchmarks.lrs.senders import (
    UNPREPARED,
    Sender,
    SenderError,
    limit,
    requests_single,
    tincan_batched,
    tincan_single,
    urllib3_single,
    worker,
)
from benchmarks.lrs.servers import Server, has_ralph, null_server, ralph_server, slow_server
from benchmarks.lrs.statements import Frozen, freeze_many
from lti_tool.storage.database import connect

BATCH = 100
AIM_UNPREPARED, AIM_OF_LIMIT, AIM_OVER_TINCAN = 0.85, 0.95, 18.0
SINGLE = "tincan one by one, built before"


@dataclass(frozen=True, slots=True)
class Run:
    """One contender in one round: statements a second, and client CPU in µs a statement."""

    rate: float
    cpu: float


Runs = dict[str, list[Run]]


def main() -> None:
    """Measure, print a table for each LRS, and a line of JSON last."""
    asked = _arguments()
    statements = freeze_many(asked.statements)
    size = sum(len(one.body) for one in statements) // len(statements)
    print(f"{len(statements):,} statements of {size:,} bytes, {asked.rounds} rounds")
    results: dict[str, dict[str, float]] = {}
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        senders = _contenders(folder, opened)
        servers = [*_like_ralph(folder, opened), opened.enter_context(null_server())]
        for server in servers:
            runs = _measure(server, senders, statements, asked.rounds)
            results[server.name] = _shown(server.name, runs)
    print(json.dumps(_summary(results, servers[0].name)))


def _contenders(folder: Path, opened: contextlib.ExitStack) -> list[Sender]:
    workers = []
    for kind in stores.kinds():
        engine = connect(opened.enter_context(stores.database(kind, folder)))
        opened.callback(engine.dispose)
        workers += [worker(kind, engine, BATCH, ahead=ahead) for ahead in (True, False)]
    if len(stores.kinds()) == 1:
        print("NEEDLE_TEST_POSTGRES_URL is not set: PostgreSQL is not measured")
    return [
        limit(BATCH), *workers, tincan_batched(build=True), tincan_batched(build=False),
        tincan_single(build=True), tincan_single(build=False), requests_single(),
        urllib3_single(),
    ]


def _like_ralph(folder: Path, opened: contextlib.ExitStack) -> list[Server]:
    if has_ralph():
        return [opened.enter_context(ralph_server(folder / "ralph")),
                opened.enter_context(ralph_server(folder / "indexed", indexed=True))]
    print("Ralph is not installed in this Python (pip install 'needle-lti[peers]'): a server "
          "that waits as long takes its place")
    return [opened.enter_context(slow_server())]


def _measure(
    server: Server, senders: Sequence[Sender], statements: Sequence[Frozen], rounds: int
) -> Runs:
    runs: Runs = defaultdict(list)
    for sender in senders:  # the first time costs imports, connections and caches
        _run(server, sender, statements[: 10 if sender.one_by_one else 2 * BATCH])
    for number in range(rounds):
        turn = number % len(senders)
        for sender in [*senders[turn:], *senders[:turn]]:
            some = statements[: min(200, max(50, len(statements) // 20))]
            runs[sender.name].append(
                _run(server, sender, some if sender.one_by_one else statements))
    return runs


def _run(server: Server, sender: Sender, statements: Sequence[Frozen]) -> Run:
    server.empty()
    send = sender.ready(server, statements)
    cpu, began = time.process_time(), time.perf_counter()
    arrived = send()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if arrived != len(statements):
        raise SenderError(f"{sender.name}: {arrived} of {len(statements)} statements arrived")
    return Run(arrived / seconds, cpu / arrived * 1e6)


def _shown(name: str, runs: Runs) -> dict[str, float]:
    """Print a table; the ratios and CPU that the summary needs, by contender and figure."""
    baseline = runs[f"limit, {BATCH} a batch"]
    print(f"\n{name} server: medians; in brackets the least and the most of the rounds")
    print(f"{'':<34}{'statements/s':>13}{'of the limit':>27}{'client µs':>11}")
    found: dict[str, float] = {}
    for contender, those in runs.items():
        ratios = sorted(one.rate / best.rate for one, best in zip(those, baseline, strict=True))
        rate, cpu = median(one.rate for one in those), median(one.cpu for one in those)
        spread = f"{median(ratios):.3f} ({ratios[0]:.3f}–{ratios[-1]:.3f})"
        print(f"{contender:<34}{rate:>13,.0f}{spread:>27}{cpu:>11,.1f}")
        found[f"{contender} of_limit"] = median(ratios)
        found[f"{contender} cpu"] = cpu
        found[f"{contender} over_single"] = median(
            one.rate / single.rate for one, single in zip(those, runs[SINGLE], strict=True))
        found[f"{contender} over_built"] = median(
            one.rate / single.rate
            for one, single in zip(those, runs["tincan one by one"], strict=True))
    return found


def _summary(results: dict[str, dict[str, float]], lrs: str) -> dict[str, object]:
    """The keys of the last line; prints whether each aim is met."""
    real, null = results[lrs], results["null"]
    kinds = stores.kinds()
    of_limit = min(real[f"worker, {kind} of_limit"] for kind in kinds)
    unprepared = min(real[f"worker, {kind}{UNPREPARED} of_limit"] for kind in kinds)
    over = min(real[f"worker, {kind} over_single"] for kind in kinds)
    built = min(real[f"worker, {kind} over_built"] for kind in kinds)
    best = real[f"limit, {BATCH} a batch over_single"]
    cpu = max(null[f"worker, {kind} cpu"] for kind in kinds)
    print()
    for what, value, aim in (("of the limit, the next batch prepared", of_limit, AIM_OF_LIMIT),
                             ("of the limit, nothing prepared", unprepared, AIM_UNPREPARED),
                             ("times tincan one by one", over, AIM_OVER_TINCAN)):
        print(f"{lrs}: {value:.2f} {what}; aim {aim:g}: {'met' if value >= aim else 'NOT met'}")
    print(f"{lrs}: the limit itself is {best:.1f} times tincan one by one")
    summary: dict[str, object] = {
        "of_limit": round(of_limit, 3), "over_tincan_single": round(over, 1),
        "client_us_per_statement": round(cpu, 1), "lrs": lrs,
        "of_limit_nothing_prepared": round(unprepared, 3),
        "over_tincan_single_with_building": round(built, 1),
    }
    for kind in kinds:
        summary[f"client_us_per_statement_{kind}"] = round(null[f"worker, {kind} cpu"], 1)
        for name, those in results.items():
            key = f"of_limit_{name.replace(' ', '_')}_{kind}"
            summary[key] = round(those[f"worker, {kind} of_limit"], 3)
    return summary


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="under 50 seconds")
    parser.add_argument("--statements", type=int, help="how many each contender sends")
    parser.add_argument("--rounds", type=int, help="how often each contender has its turn")
    asked = parser.parse_args()
    asked.statements = asked.statements or (2000 if asked.quick else 5000)
    asked.rounds = asked.rounds or (2 if asked.quick else 9)
    return asked


if __name__ == "__main__":
    main()
