"""Connections whose answers have a deadline, headers and body together.

A timeout of a socket bounds one wait, so a site that sends a byte now and then never meets
it, least of all in its headers, which are read before anybody can look at a clock. Here each
wait for an answer is given no more than what is left of the whole.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
WHOLE_SECONDS = 180.0
"""The longest wait for a connection, for the next bytes, and for a whole answer."""


def open_pool() -> urllib3.PoolManager:
    """Connections, kept open between requests, that these three bound; nothing is retried."""
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False
    )
    pool.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
    return pool


class _TimedStream(io.RawIOBase):
    """What a site sends, until `ends` (time.monotonic) and no longer."""

    def __init__(self, peer: socket.socket, stream: io.RawIOBase, ends: float) -> None:
        self._peer = peer
        self._stream = stream
        self._ends = ends
        self._patience = peer.gettimeout()

    def readable(self) -> bool:
        """It is read only."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for the next bytes as long as there is time."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._peer.settimeout(left if self._patience is None else min(left, self._patience))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._stream.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """A response whose headers and body come until `ends` (time.monotonic) and no longer.

    Without `ends` its time is `WHOLE_SECONDS` from when its request was sent.
    """

    def __init__(
        self, sock: socket.socket, *args: Any, ends: float | None = None, **named: Any
    ) -> None:
        super().__init__(sock, *args, **named)
        stream: Any = self.fp.detach()
        ends = time.monotonic() + WHOLE_SECONDS if ends is None else ends
        self.fp = io.BufferedReader(_TimedStream(sock, stream, ends))


class _Connection(HTTPConnection):
    response_class = TimedResponse


class _TlsConnection(HTTPSConnection):
    response_class = TimedResponse


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
