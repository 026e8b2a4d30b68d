"""What the small servers of the tests have in common: a thread, from `with` to its end."""

from __future__ import annotations

import ssl
import threading
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class QuietServer(ThreadingHTTPServer):
    """Says nothing of a connection that broke, which is what these tests are about."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


class Serving:
    """Answers from `with` to its end; `stopping` is set before it ends."""

    def __init__(self, server: QuietServer, tls: ssl.SSLContext | None = None) -> None:
        self.stopping = threading.Event()
        self._server = server
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,))

    @property
    def place(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
