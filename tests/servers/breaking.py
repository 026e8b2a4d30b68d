"""A proxy on 127.0.0.1 before another server there, that breaks exchanges as it is told to.

    with Breaking("127.0.0.1", port) as proxy:
        proxy.break_next("drop the answer")

What is asked of it goes on to that server whole; what comes back is broken or not.
"""

from __future__ import annotations

import contextlib
import http.client
from collections import deque
from http.server import BaseHTTPRequestHandler

from tests.servers.serving import QuietServer, Serving

BREAKS = ("drop the request", "drop the answer", "cut the answer", "hold the answer", "be late")
"""Not forwarded; forwarded and then dropped, cut in the middle of its body, or held until the
proxy stops; and answered after `Breaking.pause` seconds."""


class Breaking(Serving):
    """The proxy; `url` leads to the same paths as those of the server behind it."""

    def __init__(self, host: str, port: int) -> None:
        self.behind = (host, port)
        self.pause = 0.2
        self.broken: list[str] = []
        self._breaks: deque[str] = deque()
        super().__init__(_Server(("127.0.0.1", 0), self))
        self.url = f"http://{self.place}"

    def break_next(self, *breaks: str) -> None:
        """Break the next POSTs, one each, in this order."""
        assert set(breaks) <= set(BREAKS)
        self._breaks.extend(breaks)

    def mend(self) -> None:
        """Break nothing more."""
        self._breaks.clear()

    def next_break(self) -> str:
        """How the POST that comes in now is broken; empty: not at all."""
        found = self._breaks.popleft() if self._breaks else ""
        if found:
            self.broken.append(found)
        return found


class _Server(QuietServer):
    def __init__(self, address: tuple[str, int], proxy: Breaking) -> None:
        super().__init__(address, _Handler)
        self.proxy = proxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        self._pass_on("")

    def do_POST(self) -> None:
        self._pass_on(self.server.proxy.next_break())

    def _pass_on(self, broken: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if broken == "drop the request":
            self.close_connection = True
            return
        try:
            answer, said = self._ask(body)
        except OSError:  # the server behind is away, so this one is too
            self.close_connection = True
            return
        if broken == "be late":
            self.server.proxy.stopping.wait(self.server.proxy.pause)
        if broken == "hold the answer":
            self.server.proxy.stopping.wait(60)
        if broken in ("drop the answer", "hold the answer"):
            self.close_connection = True
            return
        self._answer(answer, said, cut=broken == "cut the answer")

    def _ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        host, port = self.server.proxy.behind
        with contextlib.closing(http.client.HTTPConnection(host, port, timeout=30)) as behind:
            behind.request(self.command, self.path, body or None, dict(self.headers))
            answer = behind.getresponse()
            return answer, answer.read()

    def _answer(self, answer: http.client.HTTPResponse, said: bytes, *, cut: bool) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "date",
                                    "server"):
                self.send_header(name, value)
        # A body that is not there cannot be cut: then it is announced, and never comes.
        if answer.status != 204 or cut:
            self.send_header("Content-Length", str(len(said) or 10 * cut))
        self.end_headers()
        self.wfile.write(said[: len(said) // 2] if cut else said)
        if cut:
            self.close_connection = True
