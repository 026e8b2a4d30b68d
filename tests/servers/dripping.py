"""A local server that never quite stops answering: piece after piece, until it is left."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

DRIPS = {
    "status": (b"HTTP/1.1 200 ", b"O"),
    "headers": (HEAD + b"X-Slow: ", b"a"),
    "many headers": (HEAD, b"X: a\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "size of a chunk": (CHUNKED, b"0"),
    "chunks": (CHUNKED, b"1\r\n \r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"X: a\r\n"),
}
"""By what drips: what is sent at once, and what then comes again and again."""


class DrippingServer(socketserver.ThreadingTCPServer):
    """`asked` counts the connections; each ends when the client leaves, or after 30 s."""

    daemon_threads = True

    def __init__(self, beginning: bytes, piece: bytes, pause: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.beginning = beginning
        self.piece = piece
        self.pause = pause
        self.asked = 0
        self.ended = threading.Event()
        self.address = f"127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.BaseRequestHandler):
    server: DrippingServer
    request: socket.socket

    def handle(self) -> None:
        self.server.asked += 1
        gives_up = time.monotonic() + 30
        with contextlib.suppress(OSError):
            self.request.settimeout(5)
            self.request.recv(65_536)
            self.request.sendall(self.server.beginning)
            while time.monotonic() < gives_up and not self.server.ended.wait(self.server.pause):
                self.request.sendall(self.server.piece)


@contextlib.contextmanager
def serve_drip(
    beginning: bytes = DRIPS["headers"][0],
    piece: bytes = DRIPS["headers"][1],
    *,
    pause: float = 0.05,
) -> Iterator[DrippingServer]:
    """Such a server on a free port of 127.0.0.1, until the end of the block."""
    server = DrippingServer(beginning, piece, pause)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
