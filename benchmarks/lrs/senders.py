"""Ways to send the same statements to an LRS, from the least that can be done to our worker.

Each makes ready what it does not count, and gives what is timed: a function that sends
everything and says how many statements arrived.
"""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa
import tincan
import urllib3

from benchmarks.lrs import stores
from benchmarks.lrs.servers import Server
from benchmarks.lrs.statements import Frozen
from xapi.decision import Pace
from xapi.delivery import deliver_once

SECONDS = 60.0
TINCAN_BATCH = 50
UNPREPARED = ", nothing prepared"

Send = Callable[[], int]
Ready = Callable[[Server, Sequence[Frozen]], Send]


@dataclass(frozen=True, slots=True)
class Sender:
    """A contender: its name, how it is made ready, and whether it makes a request each."""

    name: str
    ready: Ready
    one_by_one: bool = False


class SenderError(Exception):
    """A contender did not deliver what it was given; the figures would mean nothing."""


def limit(size: int) -> Sender:
    """Bodies encoded before, one connection: what no sender can beat."""

    def ready(server: Server, statements: Sequence[Frozen]) -> Send:
        parts = urlsplit(server.url)
        headers, path = _headers(server), parts.path + "/statements"
        batches = [statements[at : at + size] for at in range(0, len(statements), size)]
        bodies = [b"[" + b",".join(one.body for one in batch) + b"]" for batch in batches]

        def send() -> int:
            connection = http.client.HTTPConnection(
                str(parts.hostname), parts.port, timeout=SECONDS)
            for body in bodies:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
                _check(answer.status)
            connection.close()
            return len(statements)

        return send

    return Sender(f"limit, {size} a batch", ready)


def worker(kind: str, engine: sa.Engine, size: int, *, ahead: bool) -> Sender:
    """Our worker, from an outbox that was filled before; `ahead`: as it comes, with the next
    batch prepared while one is in flight."""
    pace = Pace(batch_statements=size, ahead=ahead)

    def ready(server: Server, statements: Sequence[Frozen]) -> Send:
        lrs = stores.set_server(engine, server)
        stores.fill(engine, lrs, statements)

        def send() -> int:
            return deliver_once(engine, stores.PlainCipher(), pace=pace).delivered

        return send

    return Sender(f"worker, {kind}" + ("" if ahead else UNPREPARED), ready)


def tincan_single(*, build: bool) -> Sender:
    """tincan's RemoteLRS, a request for each statement; `build`: its objects are made as well."""

    def ready(server: Server, statements: Sequence[Frozen]) -> Send:
        remote = _remote(server)
        make = _maker(statements, build=build)

        def send() -> int:
            for statement in make():
                _check(remote.save_statement(statement).response.status)
            return len(statements)

        return send

    return Sender(f"tincan one by one{_built(build)}", ready, one_by_one=True)


def tincan_batched(*, build: bool) -> Sender:
    """tincan's RemoteLRS in batches of 50; `build`: its objects are made as well."""

    def ready(server: Server, statements: Sequence[Frozen]) -> Send:
        remote = _remote(server)
        parts = [statements[at : at + TINCAN_BATCH]
                 for at in range(0, len(statements), TINCAN_BATCH)]
        makers = [_maker(part, build=build) for part in parts]

        def send() -> int:
            for make in makers:
                _check(remote.save_statements(make()).response.status)
            return len(statements)

        return send

    return Sender(f"tincan, {TINCAN_BATCH} a batch{_built(build)}", ready)


def requests_single() -> Sender:
    """requests with a session, a dict encoded and sent at a time."""

    def ready(server: Server, statements: Sequence[Frozen]) -> Send:
        values = [json.loads(one.body) for one in statements]
        headers, url = _headers(server), server.url + "/statements"

        def send() -> int:
            with requests.Session() as session:
                for value in values:
                    answer = session.post(url, json=value, headers=headers, timeout=SECONDS)
                    _check(answer.status_code)
            return len(values)

        return send

    return Sender("requests one by one", ready, one_by_one=True)


def urllib3_single() -> Sender:
    """urllib3 with a pool, a dict encoded and sent at a time."""

    def ready(server: Server, statements: Sequence[Frozen]) -> Send:
        values = [json.loads(one.body) for one in statements]
        headers, url = _headers(server), server.url + "/statements"

        def send() -> int:
            with urllib3.PoolManager() as pool:
                for value in values:
                    body = json.dumps(value).encode("utf-8")
                    _check(pool.request("POST", url, body=body, headers=headers,
                                        timeout=SECONDS, retries=False).status)
            return len(values)

        return send

    return Sender("urllib3 one by one", ready, one_by_one=True)


def _headers(server: Server) -> dict[str, str]:
    credentials = base64.b64encode(f"{server.user}:{server.password}".encode()).decode("ascii")
    return {
        "Authorization": f"Basic {credentials}",
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }


def _remote(server: Server) -> tincan.RemoteLRS:
    return tincan.RemoteLRS(endpoint=server.url + "/", version="1.0.3",
                            username=server.user, password=server.password)


def _maker(
    statements: Sequence[Frozen], *, build: bool
) -> Callable[[], list[tincan.Statement]]:
    """What gives tincan's objects: made when asked for, or all made before."""
    # tincan changes the dicts it is given, so each gets one of its own.
    values = [json.loads(one.body) for one in statements]
    if build:
        return lambda: [_statement(value) for value in values]
    made = [_statement(value) for value in values]
    return lambda: made


def _statement(value: dict[str, object]) -> tincan.Statement:
    statement = tincan.Statement(value)
    statement.version = None  # it says 1.0.3 by itself, which a statement may not
    return statement


def _built(build: bool) -> str:
    return "" if build else ", built before"


def _check(status: int) -> None:
    if status not in (200, 204):
        raise SenderError(f"the LRS answered {status} to a statement that is right")
