"""A scriptable LRS on 127.0.0.1: keeps statements in memory and fails as it is told to.

    with ScriptableLrs() as lrs:
        lrs.fail_next(Answer(503), CommitThenDrop())
        ...
        assert list(lrs.statements) == [...]

`stop()` and `start()` keep the memory and the port, so an LRS can go away and come back.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

Statement = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """Store nothing; answer with this status, headers and body."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Store nothing and answer nothing, until the LRS is stopped."""


@dataclass(frozen=True)
class Drop:
    """Store nothing; break the connection off."""


@dataclass(frozen=True)
class CommitThenDrop:
    """Store the batch, then break the connection off without an answer."""


@dataclass(frozen=True)
class CommitThenHang:
    """Store the batch, then answer nothing until the LRS is stopped."""


@dataclass(frozen=True)
class CommitThenAnswer:
    """Store the batch, then answer with this status and body, whatever they mean."""

    status: int
    body: str = ""
    cut_at: int | None = None
    """Send only so many bytes of the body, then break off."""


@dataclass(frozen=True)
class Drip:
    """Store nothing; answer a byte at a time, `pause` seconds apart, with no end in sight."""

    part: str
    """`status`: the first line; `headers`; `body`; or `continue`: 100 over and over."""
    pause: float = 0.05


Fault = Answer | Hang | Drop | Drip | CommitThenDrop | CommitThenHang | CommitThenAnswer


@dataclass(frozen=True)
class Request:
    """One request as it came in, and the status of its answer (0: none)."""

    method: str
    path: str
    headers: dict[str, str]
    ids: tuple[str, ...]
    status: int
    connection: int


DRIPS = {
    "status": (b"HTTP/1.1 200 ", b"O"),
    "headers": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
"""What of an answer comes at once, and what drips after it, over and over."""

MOST_DRIPS = 200


class ScriptableLrs:
    """A small xAPI 1.0.3 / 2.0.0 statements resource over real HTTP."""

    def __init__(
        self, user: str = "needle", password: str = "pässwörd", *, on_known: str = "conflict"
    ) -> None:
        """`on_known` says how a statement that is already held is answered: `conflict`
        (409 for the whole batch), `no_content` (204), `all_ids` or `new_ids` (200)."""
        self.user = user
        self.password = password
        self.on_known = on_known
        self.statements: dict[str, Statement] = {}
        self.requests: list[Request] = []
        self.refused_ids: set[str] = set()
        self.fault_for: Callable[[list[str]], Fault | None] = lambda _ids: None
        self.always: Fault | None = None
        self.reading: Answer | None = None
        self.unseen = 0
        """So many GETs of a statement that is held do not show it yet."""
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        """The xAPI endpoint."""
        return f"http://127.0.0.1:{self._port}/xapi"

    def fail_next(self, *faults: Fault) -> None:
        """Let the next POSTs fail, one fault each, in this order."""
        self._faults.extend(faults)

    def posts(self) -> list[Request]:
        """The POSTs that came in."""
        return [request for request in self.requests if request.method == "POST"]

    def __enter__(self) -> ScriptableLrs:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Answer, on the port it had before if it had one."""
        self.stopping.clear()
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections and break off those that are open; keep what is stored."""
        if self._server is None or self._thread is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.break_off()
        self._server.server_close()
        self._thread.join(10)
        self._server = None

    def next_fault(self, ids: list[str]) -> Fault | None:
        """The fault that a POST of these ids shall meet, if any."""
        with self._lock:
            if self._faults:
                return self._faults.popleft()
        return self.always or self.fault_for(ids)

    def store(self, batch: list[Statement]) -> Answer:
        """Keep a batch, all of it or nothing, and say so as this LRS does."""
        ids = [str(statement.get("id", uuid.uuid4())) for statement in batch]
        problem = _problem(batch, ids)
        if problem:
            return Answer(400, problem)
        refused = [one for one in ids if one in self.refused_ids]
        if refused:
            return Answer(400, f"statement {refused[0]} is not to this LRS's taste")
        with self._lock:
            return self._store_checked(batch, ids)

    def _store_checked(self, batch: list[Statement], ids: list[str]) -> Answer:
        known = [one for one in ids if one in self.statements]
        for one, statement in zip(ids, batch, strict=True):
            if one in known and _essence(self.statements[one]) != _essence(statement):
                return Answer(409, f"another statement has the id {one}")
        if known and self.on_known == "conflict":
            return Answer(409, "a statement with such an id exists")
        stored = datetime.now(UTC).isoformat()
        for one, statement in zip(ids, batch, strict=True):
            self.statements.setdefault(one, statement | {"id": one, "stored": stored,
                                                         "version": "1.0.0"})
        if known and self.on_known == "no_content":
            return Answer(204)
        told = [one for one in ids if one not in known] if self.on_known == "new_ids" else ids
        return Answer(200, json.dumps(told), {"Content-Type": "application/json"})


def _problem(batch: list[Statement], ids: list[str]) -> str:
    if len(set(ids)) != len(ids):
        return "an id occurs twice in the batch"
    for statement in batch:
        if not {"actor", "verb", "object"} <= set(statement):
            return "a statement lacks its actor, verb or object"
    return ""


def _essence(statement: Statement) -> Statement:
    return {k: v for k, v in statement.items() if k not in ("stored", "version", "authority")}


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], lrs: ScriptableLrs) -> None:
        super().__init__(address, _Handler)
        self.lrs = lrs
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self.connections = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._open_lock:
            self._open.add(connection)
            self.connections += 1
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def break_off(self) -> None:
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.number = self.server.connections

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        if length is None:
            self._note((), 411)
            self._answer(Answer(411, "Content-Length is missing"))
            self.close_connection = True
            return
        raw = self.rfile.read(int(length))
        answer = self._refusal()
        if answer is not None:
            self._note((), answer.status)
            self._answer(answer)
            return
        value = json.loads(raw)
        batch: list[Statement] = value if isinstance(value, list) else [value]
        self._take(batch)

    def _take(self, batch: list[Statement]) -> None:
        ids = [str(statement.get("id", "")) for statement in batch]
        fault = self.server.lrs.next_fault(ids)
        if isinstance(fault, Answer):
            answer = fault
        elif isinstance(fault, Drip):
            self._note(tuple(ids), 0)
            self._drip(fault)
            return
        elif isinstance(fault, Hang | Drop):
            self._note(tuple(ids), 0)
            self._break_off(hang=isinstance(fault, Hang))
            return
        else:
            answer = self.server.lrs.store(batch)
        if isinstance(fault, CommitThenDrop | CommitThenHang):
            self._note(tuple(ids), 0)
            self._break_off(hang=isinstance(fault, CommitThenHang))
            return
        if isinstance(fault, CommitThenAnswer):
            self._note(tuple(ids), fault.status)
            self._answer(Answer(fault.status, fault.body), fault.cut_at)
            return
        self._note(tuple(ids), answer.status)
        self._answer(answer)

    def do_GET(self) -> None:
        answer = self._refusal() or self.server.lrs.reading or self._read()
        self._note((), answer.status)
        self._answer(answer)

    def _read(self) -> Answer:
        parts = urlsplit(self.path)
        if not parts.path.endswith("/statements"):
            return Answer(404)
        wanted = parse_qs(parts.query).get("statementId", [""])[0]
        statement = self.server.lrs.statements.get(wanted)
        if statement is not None and self.server.lrs.unseen > 0:
            self.server.lrs.unseen -= 1
            return Answer(404, "not to be seen yet")
        if statement is None:
            return Answer(404, "no such statement")
        return Answer(200, json.dumps(statement), {"Content-Type": "application/json"})

    def _refusal(self) -> Answer | None:
        lrs = self.server.lrs
        expected = base64.b64encode(f"{lrs.user}:{lrs.password}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            return Answer(401, "who are you?")
        if self.headers.get("X-Experience-API-Version") not in ("1.0.3", "2.0.0"):
            return Answer(400, "the version header is missing")
        return None

    def _answer(self, answer: Answer, cut_at: int | None = None) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if cut_at is None else body[:cut_at])
        if cut_at is not None:
            self._break_off(hang=False)

    def _drip(self, drip: Drip) -> None:
        start, dripped = DRIPS[drip.part]
        self.close_connection = True
        with contextlib.suppress(OSError):  # the client has had enough
            self.wfile.write(start)
            for byte in itertools.islice(itertools.cycle(dripped), MOST_DRIPS):
                if self.server.lrs.stopping.wait(drip.pause):
                    return
                self.wfile.write(bytes([byte]))

    def _break_off(self, *, hang: bool) -> None:
        if hang:
            self.server.lrs.stopping.wait(60)
        self.close_connection = True

    def _note(self, ids: tuple[str, ...], status: int) -> None:
        self.server.lrs.requests.append(
            Request(self.command, self.path, dict(self.headers), ids, status, self.number)
        )
