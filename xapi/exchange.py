"""One exchange with an LRS over HTTP: pooled, capped, and over by a deadline.

A timeout between two bytes does not bound an answer that drips, headers included; so the
socket's timeout shrinks with the time that is left of the whole exchange.
"""

from __future__ import annotations

import functools
import http.client
import io
import json
import socket
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError

MOST_ANSWER_BYTES = 8 * 1024 * 1024
"""Bytes of an LRS's answer that are read; a longer one is no answer."""

_MOST_WORDS = 300
_LATE = "the LRS does not answer in time"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an LRS answered; `resent`: to the second of two requests."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    resent: bool

    def words(self) -> str:
        """What the LRS says, on one line, short, without control characters."""
        text = self.body[: 4 * _MOST_WORDS].decode("utf-8", "replace")
        kept = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
        said = " ".join(kept.split())[:_MOST_WORDS]
        return f"the LRS answered {self.status}" + (f": {said}" if said else "")

    def json(self) -> object:
        """The body as JSON, or None when it is none, or nested too deeply to be read."""
        try:
            value: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value

    def retry_after(self) -> float | None:
        """Seconds to wait by Retry-After, a number or a date (RFC 9110, 10.2.3)."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            until = parsedate_to_datetime(value)
            sent = parsedate_to_datetime(self.headers.get("Date", ""))
        except (ValueError, OverflowError):
            return None
        # A date in "-0000" comes back naive, and means UTC.
        until, sent = (at if at.tzinfo else at.replace(tzinfo=UTC) for at in (until, sent))
        return max(0.0, (until - sent).total_seconds())


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There was no answer, or none that could be read to its end; `words` say why."""

    words: str


class Exchange:
    """Requests to one LRS, one at a time, over a connection that is kept.

    `headers` go with each; `connect`, `read` and `whole` are seconds to connect, between
    bytes, and for a request with its whole answer. (Looking a host name up, and trying each
    of its addresses, is bounded by the system and by `connect` alone.) Redirects are not
    followed: they would carry the password elsewhere.
    """

    def __init__(
        self, headers: Mapping[str, str], *, connect: float, read: float, whole: float
    ) -> None:
        self._headers = dict(headers)
        self._connect = connect
        self._deadline = _Deadline(read, whole)
        self._pool = _TimedPools(self._deadline)

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def request(self, method: str, url: str, body: bytes | None) -> Answer | NoAnswer:
        """Send; once more at once when the connection broke, as idle ones do on any LRS.

        Both together end by the deadline. Sending twice doubles nothing, since ids are
        fixed before.
        """
        self._deadline.start()
        try:
            return self._send(method, url, body, resent=False)
        except ProtocolError:
            if self._deadline.left() <= 0:
                return NoAnswer(_LATE)
        except HTTPError as error:
            return NoAnswer(_trouble(error))
        try:
            return self._send(method, url, body, resent=True)
        except HTTPError as error:
            return NoAnswer(_trouble(error))

    def _send(self, method: str, url: str, body: bytes | None, *, resent: bool) -> Answer:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = self._pool.urlopen(
            method, url, body=body, headers=headers, redirect=False, preload_content=False,
            retries=False, timeout=urllib3.Timeout(connect=self._connect, read=self._deadline.read),
        )
        try:
            content = _read(response)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return Answer(response.status, response.headers, content, resent)


class _Deadline:
    """When the exchange under way must be over."""

    def __init__(self, read: float, whole: float) -> None:
        self.read = read
        self._whole = whole
        self._ends = 0.0

    def start(self) -> None:
        self._ends = time.monotonic() + self._whole

    def left(self) -> float:
        return self._ends - time.monotonic()

    def limit(self, sock: socket.socket) -> None:
        """Let the socket's next step take no longer than what is left; none left: raise."""
        left = self.left()
        if left <= 0:
            raise TimeoutError(_LATE)
        sock.settimeout(min(self.read, left))


class _TimedReader(io.RawIOBase):
    """A socket's bytes, each step within the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: _Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._deadline.limit(self._sock)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(
        self, deadline: _Deadline, sock: socket.socket, *place: Any, **other: Any
    ) -> None:
        super().__init__(sock, *place, **other)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, deadline))


class _PlainConnection(HTTPConnection):
    def __init__(self, *place: Any, deadline: _Deadline, **other: Any) -> None:
        super().__init__(*place, **other)
        self._deadline = deadline
        self.response_class = functools.partial(  # type: ignore[assignment]
            _TimedResponse, deadline)

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self._deadline.limit(self.sock)
        super().send(data)


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same over TLS, whose handshake the time to connect bounds."""


class _TimedPools(urllib3.PoolManager):
    """Makes pools whose connections keep the deadline."""

    def __init__(self, deadline: _Deadline) -> None:
        super().__init__(num_pools=1, maxsize=1)
        self._deadline = deadline

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> urllib3.HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.ConnectionCls = _TlsConnection if scheme == "https" else _PlainConnection
        pool.conn_kw["deadline"] = self._deadline
        return pool


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    parts = []
    size = 0
    while part := response.read(65_536, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER_BYTES:
            raise HTTPError("the LRS's answer is too long")
    return b"".join(parts)


def _trouble(error: HTTPError) -> str:
    """What went wrong, by kind: the library's own messages name addresses and objects."""
    kinds = {
        "NewConnectionError": "the LRS cannot be reached: it refuses connections",
        "NameResolutionError": "the LRS cannot be reached: its host name is not known",
        "ConnectTimeoutError": "the LRS cannot be reached: it does not answer",
        "ReadTimeoutError": _LATE,
        "SSLError": "the LRS's TLS certificate is not trusted, or TLS failed",
        "ProtocolError": "the LRS breaks the connection off",
        "IncompleteRead": "the LRS breaks the connection off",
    }
    return kinds.get(type(error).__name__, str(error) if type(error) is HTTPError
                     else f"the exchange with the LRS failed ({type(error).__name__})")
