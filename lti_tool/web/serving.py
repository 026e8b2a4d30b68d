"""The web server: waitress, with its threads, that stops when it is told to."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

from flask import Flask
from waitress.server import create_server

from lti_tool.config import Config
from lti_tool.errors import ConfigError
from lti_tool.web.security import MOST_BYTES

STOP_SECONDS = 5
"""How long requests under way may take once the server is to stop."""


class Server:
    """A listening server; `run` answers requests until `stop` is called from any thread."""

    def __init__(self, app: Flask, config: Config, host: str, port: int) -> None:
        """Listen on `host` and `port` (0: a free one). Raises `ConfigError`."""
        listening = _listen(host, port)
        self.port: int = listening.getsockname()[1]
        self._stopped = threading.Event()
        self._map: dict[int, object] = {}
        self._server = create_server(
            app,
            map=self._map,
            sockets=[listening],
            threads=config.threads,
            ident=None,
            # Past this, waitress itself refuses; between the two, our own page does.
            max_request_body_size=8 * MOST_BYTES,
            clear_untrusted_proxy_headers=config.trusted_proxies == 0,
        )

    def run(self) -> None:
        """Answer requests; comes back after `stop`, when those under way are answered."""
        try:
            while not self._stopped.is_set():
                self._turn(1.0)
            self._server.accepting = False
            deadline = time.monotonic() + STOP_SECONDS
            while self._is_busy() and time.monotonic() < deadline:
                self._turn(0.05)
        finally:
            self._close()

    def stop(self) -> None:
        """Make `run` come to its end; calling it again is harmless."""
        if not self._stopped.is_set():
            self._stopped.set()
            # `run` may have seen it by now, and be over.
            with contextlib.suppress(OSError):
                self._server.pull_trigger()

    def _turn(self, seconds: float) -> None:
        self._server.asyncore.loop(timeout=seconds, map=self._map, count=1)

    def _is_busy(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)

    def _close(self) -> None:
        self._server.task_dispatcher.shutdown(timeout=1)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()


def serve(
    app: Flask,
    config: Config,
    host: str,
    port: int,
    *,
    ready: Callable[[int], None] | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM; to be called from the main thread.

    `ready` is told the port once the server listens. Raises `ConfigError` (`port-taken`,
    `cannot-listen`).
    """
    server = Server(app, config, host, port)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop()

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        if ready is not None:
            ready(server.port)
        server.run()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise _cannot_listen(host, port, OSError(errno.EINVAL, "there is no such port"))
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except UnicodeError as error:
        no_name = OSError(errno.EINVAL, "no host has such a name")
        raise _cannot_listen(host, port, no_name) from error
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _cannot_listen(host: str, port: int, error: OSError) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            f"Another program already listens on {host}:{port}.",
            mend="Stop that program, or choose another port.",
            code="port-taken",
        )
    return ConfigError(
        f"Cannot listen on {host}:{port} ({error.strerror or error}).",
        mend="Choose a host name of this machine and a port from 1024 to 65535.",
        code="cannot-listen",
    )
