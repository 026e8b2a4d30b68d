"""An HTTP proxy on 127.0.0.1: CONNECT, and whole addresses; it may ask for a password.

    with LocalProxy(user="pröxy", password="gehéim") as proxy:
        ...
        assert [one.target for one in proxy.requests] == ["127.0.0.1:8443"]
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.servers.serving import QuietServer, Serving


@dataclass(frozen=True)
class Proxied:
    """One request as the proxy saw it."""

    method: str
    target: str
    headers: dict[str, str]


class LocalProxy(Serving):
    """`refusal`: a status that every request is answered; `drip`: the answer to CONNECT comes a
    byte at a time, without an end."""

    def __init__(
        self, user: str = "", password: str = "", *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.user = user
        self.password = password
        self.refusal = 0
        self.drip = False
        self.requests: list[Proxied] = []
        super().__init__(_Server(self), tls)

    def takes(self, authorization: str | None) -> bool:
        """Whether a request with this Proxy-Authorization may go through."""
        secret = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return not self.user or authorization == f"Basic {secret}"


class _Server(QuietServer):
    def __init__(self, proxy: LocalProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_CONNECT(self) -> None:
        if self.server.proxy.drip:
            self._drip()
            return
        if self._refuse():
            return
        host, _, port = self.path.rpartition(":")
        try:
            upstream = socket.create_connection((host, int(port)), 5)
        except OSError:
            self._answer(502, b"")
            return
        with upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _carry(self.connection, upstream, self.server.proxy.stopping)
        self.close_connection = True

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._refuse():
            return
        parts = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items()
                   if not name.lower().startswith("proxy-")}
        upstream = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        with contextlib.closing(upstream):
            try:
                upstream.request(self.command, f"{parts.path}?{parts.query}".rstrip("?"),
                                 body or None, headers)
                answer = upstream.getresponse()
                self._answer(answer.status, answer.read())
            except OSError:
                self._answer(502, b"")

    def do_GET(self) -> None:
        self._forward()

    def do_POST(self) -> None:
        self._forward()

    def _refuse(self) -> bool:
        proxy = self.server.proxy
        proxy.requests.append(Proxied(self.command, self.path, dict(self.headers)))
        status = proxy.refusal or (
            0 if proxy.takes(self.headers.get("Proxy-Authorization")) else 407)
        if status:
            self._answer(status, b"")
        return bool(status)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):  # the client has had enough
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.server.proxy.stopping.is_set():
                self.wfile.write(b"x")
                time.sleep(0.05)


def _carry(client: socket.socket, upstream: socket.socket, stopping: threading.Event) -> None:
    """Carry bytes both ways until either side ends."""
    other = {client: upstream, upstream: client}
    while not stopping.is_set():
        # TLS may hold bytes that the system no longer tells of.
        held = [one for one in other if isinstance(one, ssl.SSLSocket) and one.pending()]
        for ready in held or select.select([client, upstream], [], [], 0.05)[0]:
            try:
                data = ready.recv(65_536)
            except OSError:
                return
            if not data:
                return
            other[ready].sendall(data)
