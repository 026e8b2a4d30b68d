"""Connections that are made only to addresses that may be called.

Each new connection looks its host's name up once, checks every address that it has, and
connects to one of those: a name that changes its answer in between gains nothing. Proxies
that the environment names are not used: behind one, the address could not be checked.
"""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Sequence
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from catalogue_sync.transport.addresses import Network, Resolve, find_addresses, look_up
from catalogue_sync.transport.timed import TimedResponse

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
"""The longest wait for a connection, and for the next bytes."""

MOST_ADDRESSES = 4
"""Of one host; they share the time, so that one that is silent leaves some to the next."""


def open_pool(
    networks: Sequence[Network], *, seconds: float, resolve: Resolve = look_up
) -> urllib3.PoolManager:
    """Connections, kept open between requests, into the public internet and `networks`.

    An answer has `seconds` from its request to its last byte. Nothing is retried or followed.
    A request raises `ForbiddenAddress` for a host that may not be called.
    """

    def connect(connection: HTTPConnection) -> socket.socket:
        ends = time.monotonic() + CONNECT_SECONDS
        host = connection._dns_host
        try:
            addresses = find_addresses(
                host, connection.port, networks=networks, seconds=CONNECT_SECONDS, resolve=resolve
            )
            return connect_to(addresses, connection.port, ends)
        except socket.gaierror as error:
            raise NameResolutionError(host, connection, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, "it does not answer") from error
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(connection, "the connection failed") from error

    timed: Any = functools.partial(TimedResponse, seconds=seconds)

    class GuardedConnection(HTTPConnection):
        response_class = timed

        def _new_conn(self) -> socket.socket:
            return connect(self)

    class GuardedTls(HTTPSConnection):
        response_class = timed

        def _new_conn(self) -> socket.socket:
            return connect(self)

    class HttpPool(urllib3.HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class HttpsPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = GuardedTls

    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=min(READ_SECONDS, seconds)),
        retries=False,
    )
    pool.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}
    return pool


def connect_to(addresses: Sequence[str], port: int, ends: float) -> socket.socket:
    """Connect to the first of the addresses that answers before `ends` (time.monotonic).

    Raises `OSError`, whose `TimeoutError` is one.
    """
    trouble: OSError = OSError("the host has no address")
    tried = addresses[:MOST_ADDRESSES]
    for number, address in enumerate(tried):
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the exchange took too long")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            connecting = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            # Such as IPv6 on a machine without.
            trouble = error
            continue
        try:
            connecting.settimeout(left / (len(tried) - number))
            connecting.connect((address, port))
            # A small request must not wait for the answer to the one before.
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connecting.close()
            trouble = error
        else:
            return connecting
    raise trouble
