"""Connections whose every step keeps within the time of one exchange.

A timeout between two bytes does not bound an answer that drips, headers included; so the
socket's timeout shrinks with the time that is left of the whole exchange: while a proxy
opens the way, while TLS is agreed, while the request is sent and the answer read.
"""

from __future__ import annotations

import functools
import http.client
import io
import re
import socket
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ProxyError

from xapi.reach import Proxy, Reach


class Deadline:
    """When the exchange under way must be over: `whole` seconds after `start`.

    `read`: longest seconds between two bytes.
    """

    def __init__(self, read: float, whole: float) -> None:
        self.read = read
        self._whole = whole
        self._ends = 0.0

    def start(self) -> None:
        """Begin to count."""
        self._ends = time.monotonic() + self._whole

    def left(self) -> float:
        """Seconds that are left; not above 0 when it is over."""
        return self._ends - time.monotonic()

    def limit(self, sock: socket.socket) -> None:
        """Let the socket's next step take no longer than what is left; none left: raise."""
        left = self.left()
        if left <= 0:
            raise TimeoutError("the exchange is over its time")
        sock.settimeout(min(self.read, left))


class ProxyRefusal(ProxyError):
    """A proxy that was reached does not open the way; `status` is what it answered."""

    def __init__(self, status: int, error: Exception) -> None:
        super().__init__("the proxy does not open the way", error)
        self.status = status


class _TimedReader(io.RawIOBase):
    """A socket's bytes, each step within the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
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
    def __init__(self, deadline: Deadline, sock: socket.socket, *place: Any, **other: Any) -> None:
        super().__init__(sock, *place, **other)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, deadline))


_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")


class _PlainConnection(HTTPConnection):
    def __init__(self, *place: Any, deadline: Deadline, **other: Any) -> None:
        super().__init__(*place, **other)
        self._deadline = deadline
        self.response_class = functools.partial(  # type: ignore[assignment]
            _TimedResponse, deadline)

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self._deadline.limit(self.sock)
        super().send(data)

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except OSError as error:
            # The standard library tells the proxy's status in the error's text alone.
            if refused := _REFUSED.match(str(error)):
                raise ProxyRefusal(int(refused[1]), error) from error
            raise
        if self.sock is not None:
            # TLS is agreed next, in what is left.
            self._deadline.limit(self.sock)


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same over TLS; the socket's timeout bounds its handshake as a whole."""


def timed_pools(deadline: Deadline, reach: Reach) -> urllib3.PoolManager:
    """What keeps one connection to one server, directly or through the proxy of `reach`."""
    proxy = reach.read_proxy
    if proxy is None:
        return _DirectPools(deadline, reach, num_pools=1, maxsize=1)
    return _proxied(deadline, reach, proxy)


def _proxied(deadline: Deadline, reach: Reach, proxy: Proxy) -> urllib3.PoolManager:
    headers = {} if proxy.authorization is None else {"Proxy-Authorization": proxy.authorization}
    context = reach.tls_context() if proxy.url.startswith("https:") else None
    return _ProxiedPools(deadline, reach, proxy_url=proxy.url, proxy_headers=headers,
                         proxy_ssl_context=context, num_pools=1, maxsize=1)


class _TimedPools(urllib3.PoolManager):
    """Makes pools whose connections keep the deadline, and trust whom `reach` trusts."""

    def __init__(self, deadline: Deadline, reach: Reach, **other: Any) -> None:
        super().__init__(**other)
        self._deadline = deadline
        self._reach = reach

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> urllib3.HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.conn_kw["deadline"] = self._deadline
        pool.ConnectionCls = _PlainConnection
        if scheme == "https":
            pool.ConnectionCls = _TlsConnection
            pool.conn_kw["ssl_context"] = self._reach.tls_context()
        return pool


class _DirectPools(_TimedPools):
    """Without a proxy."""


class _ProxiedPools(_TimedPools, urllib3.ProxyManager):
    """Through a proxy: CONNECT to what speaks TLS, the whole address for what does not."""
