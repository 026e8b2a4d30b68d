"""One request and its answer, under one deadline, with a checked address and nowhere else.

Every call to a platform goes through here. A timeout of a socket bounds one wait, so a peer
that sends a byte now and then never meets it: here each wait is given only what is left of
the whole. The host's name is looked up once, each of its addresses is checked
(`catalogue_sync.transport.addresses`), and the connection is made to one of those, so that
a name that changes its answer in between gains nothing. Proxies that the environment names are
not used: behind one, the address that is called could not be checked.
"""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as PoolTimeout

from catalogue_sync.transport.addresses import (
    ForbiddenAddress,
    Network,
    Resolve,
    find_addresses,
    is_on_this_machine,
    look_up,
)
from catalogue_sync.transport.guarded import connect_to
from catalogue_sync.transport.timed import TimedResponse

__all__ = ["MOST_BYTES", "SECONDS", "Answer", "ForbiddenAddress", "TooLong", "explain", "send"]

SECONDS = 5.0
MOST_BYTES = 1024 * 1024

_MOST_BYTES_OF_ERROR = 64 * 1024
_NOTHING: Mapping[str, str] = MappingProxyType({})
_DEFAULTS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Needle"}


class TooLong(HTTPError):
    """The answer has more bytes than were asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: its status, its headers by lower-case names, its body as it was sent.

    The headers' values are as they were sent too; of a header that came twice, both, with a
    comma between them (RFC 9110, section 5.3).
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    method: str,
    url: str,
    *,
    networks: Sequence[Network],
    headers: Mapping[str, str] = _NOTHING,
    body: bytes | None = None,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
    resolve: Resolve = look_up,
) -> Answer:
    """Send one request within `seconds`, name look-up to last byte; follow no redirect.

    `url` is https, or http on this machine. Its host must be in the public internet or in
    one of `networks`. `headers` win over our own (`User-Agent`, `Accept` JSON). The body of
    a status below 200 or above 299 is cut at 64 KiB, any other is whole. Raises
    `ForbiddenAddress` (with `mend`), `TooLong` for more than `most_bytes`, and other
    `urllib3.exceptions.HTTPError` and `OSError`, whose `TimeoutError` is one.
    """
    ends = time.monotonic() + seconds
    parts = _parse(url)
    host, is_https = parts.host or "", parts.scheme == "https"
    port = parts.port or (443 if is_https else 80)
    addresses = _find(host, port, networks, ends, resolve)
    kind = _HttpsPool if is_https else _HttpPool
    named = {name.lower() for name in headers}
    merged = {**{k: v for k, v in _DEFAULTS.items() if k.lower() not in named}, **headers}
    # A pool of its own: nothing of the exchange outlives it.
    with (
        kind(host, port, timeout=_left(ends), retries=False, ends=ends, to=addresses) as pool,
        pool.urlopen(
            method,
            parts.request_uri,
            body=body,
            headers=merged,
            redirect=False,
            preload_content=False,
            decode_content=False,
        ) as answer,
    ):
        kept = {name.lower(): answer.headers[name] for name in answer.headers}
        return Answer(answer.status, MappingProxyType(kept), _read(answer, most_bytes))


def explain(error: HTTPError | OSError | ValueError, seconds: float | None = None) -> str:
    """Why `send` came to nothing, in words for an administrator, without a full stop.

    `seconds` is what the exchange was given, if that is to be told. The order counts: some
    errors of urllib3 are timeouts by class only.
    """
    match error:
        case ForbiddenAddress() | TooLong():
            return str(error)
        case SSLError():
            return f"its certificate or TLS is not good ({_certificate(error)})"
        case NameResolutionError():
            return "the name of its host is not known"
        case NewConnectionError():
            return "nothing accepts a connection there"
        case PoolTimeout() | TimeoutError():
            limit = "too long" if seconds is None else f"longer than {seconds:.0f} s"
            return f"the answer takes {limit}"
        case _:
            return f"there is no good answer ({type(error).__name__})"


def _certificate(error: SSLError) -> str:
    reason = str(error.args[0] if error.args else error)
    return reason.split("(_ssl.c")[0].strip()[:200]


def _parse(url: str) -> urllib3.util.Url:
    """The parts of an address that may be called; raises `HTTPError`."""
    parts = urllib3.util.parse_url(url)
    host = parts.host or ""
    if parts.scheme not in ("https", "http") or not host or parts.auth is not None:
        raise ForbiddenAddress(
            host or "what was named",
            "no plain https address",
            mend="Write an address such as https://lms.example.org/path, without a password.",
        )
    if parts.scheme == "http" and not is_on_this_machine(host):
        raise ForbiddenAddress(
            host,
            "to be called by http, which anybody on the way can read and change",
            mend="Use the LMS's https address; http serves only for trying out on this machine.",
        )
    return parts


def _find(
    host: str, port: int, networks: Sequence[Network], ends: float, resolve: Resolve
) -> list[str]:
    try:
        return find_addresses(host, port, networks=networks, seconds=_left(ends), resolve=resolve)
    except socket.gaierror as error:
        raise NameResolutionError(host, _nobody(host), error) from error
    except UnicodeError as error:
        raise NewConnectionError(_nobody(host), "no such name can be") from error


def _nobody(host: str) -> HTTPConnection:
    """A connection that was never made: some errors of urllib3 ask for one."""
    return HTTPConnection(host)


def _read(answer: urllib3.BaseHTTPResponse, most_bytes: int) -> bytes:
    is_good = 200 <= answer.status < 300
    most = most_bytes if is_good else min(most_bytes, _MOST_BYTES_OF_ERROR)
    body = bytearray()
    while part := answer.read1(16 * 1024):
        body += part
        if len(body) > most and is_good:
            raise TooLong(f"the answer is longer than {most_bytes} bytes")
        if len(body) > most:
            break
    return bytes(body[:most])


def _left(ends: float) -> float:
    """Seconds until `ends` (time.monotonic); raises `TimeoutError` when there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    return left


class _TimedConnection(HTTPConnection):
    """A connection for one exchange that is over at `ends`, to one of the addresses `to`."""

    def __init__(self, *args: Any, ends: float, to: Sequence[str], **named: Any) -> None:
        super().__init__(*args, **named)
        self._ends = ends
        self._to = to
        self.response_class = functools.partial(TimedResponse, ends=ends)  # type: ignore[assignment]

    def _new_conn(self) -> socket.socket:
        try:
            connected = connect_to(self._to, self.port, self._ends)
            # TLS is agreed on under what is left.
            connected.settimeout(_left(self._ends))
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "it does not answer") from error
        except OSError as error:
            raise NewConnectionError(self, "the connection failed") from error
        return connected


class _TimedTls(_TimedConnection, HTTPSConnection):
    """The same over TLS, which checks the certificate for the host's name."""


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedTls
