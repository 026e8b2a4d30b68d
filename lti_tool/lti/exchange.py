"""One GET under one deadline: connecting, TLS, headers and body together.

A timeout of a socket bounds one wait, so a peer that sends a byte now and then never meets
it, least of all in its headers, which are read before anybody can look at a clock. Here each
wait is given only what is left of the whole.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

_MOST_ADDRESSES = 4
"""Of one host; they share the time, so that one that is silent leaves some to the next."""


class TooLong(HTTPError):
    """The answer has more bytes than were asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: its status, and its whole body as it was sent."""

    status: int
    body: bytes


def get(url: str, headers: Mapping[str, str], *, seconds: float, most_bytes: int) -> Answer:
    """GET `url`, an address of http or https, within `seconds`; no redirect is followed.

    Only the system's own looking up of the host's name is not bounded by `seconds`. The body
    of another status than 200 is left unread. Raises `urllib3.exceptions.HTTPError`, of
    which `TooLong` is one, and `OSError`.
    """
    ends = time.monotonic() + seconds
    parts = urllib3.util.parse_url(url)
    kind = _HttpsPool if parts.scheme == "https" else _HttpPool
    # A pool of its own: nothing of the exchange outlives it.
    with (
        kind(parts.host or "", parts.port, timeout=seconds, retries=False, ends=ends) as pool,
        pool.urlopen(
            "GET", parts.request_uri, headers=headers, redirect=False, preload_content=False
        ) as answer,
    ):
        return Answer(answer.status, _read(answer, most_bytes) if answer.status == 200 else b"")


def _read(answer: urllib3.BaseHTTPResponse, most_bytes: int) -> bytes:
    body = bytearray()
    while part := answer.read1(16 * 1024):
        body += part
        if len(body) > most_bytes:
            raise TooLong(f"the answer is longer than {most_bytes} bytes")
    return bytes(body)


def _left(ends: float) -> float:
    """Seconds until `ends` (time.monotonic); raises `TimeoutError` when there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    return left


class _TimedStream(io.RawIOBase):
    """What a peer sends, until `ends` and no longer."""

    def __init__(self, peer: socket.socket, stream: io.RawIOBase, ends: float) -> None:
        self._peer = peer
        self._stream = stream
        self._ends = ends

    def readable(self) -> bool:
        """It is read only."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for the next bytes as long as there is time."""
        self._peer.settimeout(_left(self._ends))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._stream.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """A response whose headers and body are read through `_TimedStream`."""

    def __init__(self, sock: socket.socket, *args: Any, ends: float, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        stream: Any = self.fp.detach()
        self.fp = io.BufferedReader(_TimedStream(sock, stream, ends))


class _TimedConnection(HTTPConnection):
    """A connection for one exchange that is over at `ends`."""

    def __init__(self, *args: Any, ends: float, **named: Any) -> None:
        super().__init__(*args, **named)
        self._ends = ends
        self.response_class = functools.partial(_TimedResponse, ends=ends)  # type: ignore[assignment]

    def _new_conn(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self.host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise NewConnectionError(self, "no such name can be") from error
        addresses = [(one[0], one[4]) for one in found[:_MOST_ADDRESSES]]
        try:
            connected = _connect(addresses, self._ends)
            # TLS is agreed on under what is left.
            connected.settimeout(_left(self._ends))
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "it does not answer") from error
        except OSError as error:
            raise NewConnectionError(self, "the connection failed") from error
        return connected


def _connect(addresses: Sequence[tuple[int, Any]], ends: float) -> socket.socket:
    """Connect to the first of the addresses that answers; raises `OSError`."""
    trouble: OSError = OSError("the host has no address")
    for tried, (family, address) in enumerate(addresses):
        share = _left(ends) / (len(addresses) - tried)
        try:
            connecting = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            # Such as IPv6 on a machine without.
            trouble = error
            continue
        try:
            connecting.settimeout(share)
            connecting.connect(address)
        except OSError as error:
            connecting.close()
            trouble = error
        else:
            return connecting
    raise trouble


class _TimedTls(_TimedConnection, HTTPSConnection):
    """The same over TLS."""


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedTls
