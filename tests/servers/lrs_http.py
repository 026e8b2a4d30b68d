"""The HTTP side of the scriptable LRS: requests in, answers or faults out."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.lrs_faults import (
    DRIPS,
    MOST_DRIPS,
    Answer,
    CommitThenAnswer,
    CommitThenDrop,
    CommitThenHang,
    Drip,
    Drop,
    Hang,
    Request,
)

if TYPE_CHECKING:
    from tests.servers.lrs import ScriptableLrs


class Server(ThreadingHTTPServer):
    """Threads on 127.0.0.1 that can be broken off in the middle of an exchange."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], lrs: ScriptableLrs) -> None:
        super().__init__(address, Handler)
        self.lrs = lrs
        self._open: set[socket.socket] = set()
        self.connections = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        self.connections += 1
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def break_off(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One connection to the LRS."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: Server

    def setup(self) -> None:
        super().setup()
        self.number = self.server.connections

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate((timestamp or time.time()) + self.server.lrs.clock_ahead, usegmt=True)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        if length is None:
            self._note((), 411)
            self._answer(Answer(411, "Content-Length is missing"))
            self.close_connection = True
            return
        raw = self.rfile.read(int(length))
        answer = self._refusal() or self._refused_body(raw)
        if answer is not None:
            self._note((), answer.status)
            self._answer(answer)
            return
        value = json.loads(raw)
        self._take(value if isinstance(value, list) else [value])

    def _refused_body(self, raw: bytes) -> Answer | None:
        lrs = self.server.lrs
        if not urlsplit(self.path).path.endswith("/statements"):
            return Answer(404, "there is nothing at this path")
        if lrs.most_bytes is not None and len(raw) > lrs.most_bytes:
            return Answer(lrs.oversize_status, f"{len(raw)} bytes are too many")
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if lrs.version is not None and kind != "application/json":
            return Answer(400, "the body is not application/json")
        try:
            json.loads(raw)
        except ValueError:
            return Answer(400, "the body is not JSON")
        return None

    def _take(self, batch: list[Any]) -> None:
        ids = tuple(str(one.get("id", "")) if isinstance(one, dict) else "" for one in batch)
        fault = self.server.lrs.next_fault(list(ids))
        if isinstance(fault, Drip):
            self._note(ids, 0)
            self._drip(fault)
            return
        if isinstance(fault, Hang | Drop):
            self._note(ids, 0)
            self._break_off(hang=isinstance(fault, Hang))
            return
        answer = fault if isinstance(fault, Answer) else self.server.lrs.store(batch)
        if isinstance(fault, CommitThenDrop | CommitThenHang):
            self._note(ids, 0)
            self._break_off(hang=isinstance(fault, CommitThenHang))
            return
        if isinstance(fault, CommitThenAnswer):
            self._note(ids, fault.status)
            self._answer(Answer(fault.status, fault.body), fault.cut_at)
            return
        self._note(ids, answer.status)
        self._answer(answer)

    def do_GET(self) -> None:
        lrs = self.server.lrs
        if urlsplit(self.path).path.endswith("/about"):
            answer = lrs.tell_about()
        else:
            answer = self._refusal() or lrs.reading or self._read()
        self._note((), answer.status)
        self._answer(answer)

    def _read(self) -> Answer:
        parts = urlsplit(self.path)
        if not parts.path.endswith("/statements"):
            return Answer(404)
        asked = parse_qs(parts.query)
        if len({"statementId", "voidedStatementId"} & set(asked)) != 1:
            return Answer(400, "ask for one statement")
        voided = "voidedStatementId" in asked
        wanted = asked["voidedStatementId" if voided else "statementId"][0]
        return self.server.lrs.show(wanted, voided=voided)

    def _refusal(self) -> Answer | None:
        lrs = self.server.lrs
        if self.headers.get("Authorization") not in lrs.accepted():
            return Answer(401, "who are you?")
        return lrs.refused_version(self.headers.get("X-Experience-API-Version"))

    def _answer(self, answer: Answer, cut_at: int | None = None) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        asked = self.headers.get("X-Experience-API-Version") or "1.0.3"
        self.send_header("X-Experience-API-Version", self.server.lrs.version or asked)
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
