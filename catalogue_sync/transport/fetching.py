"""What others' servers answer: asked politely, within bounds, from checked addresses only."""

from __future__ import annotations

import email.utils
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import quote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from catalogue_sync.errors import (
    AccessRefused,
    AddressRefused,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
    SourceError,
    SourceUnreachable,
)
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import ForbiddenAddress, is_on_this_machine
from catalogue_sync.transport.guarded import open_pool
from catalogue_sync.transport.secrecy import Secrets
from catalogue_sync.transport.unpacking import PIECE, Unpacking

USER_AGENT = "needle-catalogue-sync"
LONGEST_PAUSE = 120.0
"""Seconds that are waited at most when a server asks for patience (`Retry-After`)."""

_TRY_AGAIN = frozenset({429, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ELSEWHERE = frozenset({"accept", "if-none-match", "if-modified-since"})
"""Headers of one request that are no secret, and go along to another origin."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: the address that gave it, its status, headers (names in lower case), body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def not_modified(self) -> bool:
        """Whether the server says that nothing changed (RFC 9110, section 15.4.5)."""
        return self.status == 304

    @property
    def media_type(self) -> str:
        """Its media type in lower case, without parameters; empty when it has none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is read piece by piece, while its connection is open."""

    url: str
    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


class Fetcher:
    """Requests to the addresses of one source.

    `headers` go with every request; to another origin go none of them, and none of one request
    that could be a secret: that reaches only the origin that was asked first. `secrets` are
    those that travel in addresses or bodies; no message holds one of them or of `headers`.
    Redirects of reading requests are followed, each address checked anew, and never from https
    to http. A request is tried again after 429, 502, 503, 504 or a broken connection, as long
    as `limits.tries` allows, and as late as the server asks.

    Every request raises `AddressRefused` (not in the public internet or an allowed network),
    `SourceUnreachable`, `AccessRefused` (401, 403), `RequestRefused` (any other status above
    399, its number as `code`), `InvalidAnswer` (too long, endless redirects). Making one raises
    `InvalidSettings` for a header that cannot be sent.
    """

    def __init__(
        self, surroundings: Surroundings, *, headers: Mapping[str, str] = _NOTHING,
        secrets: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.limits = surroundings.limits
        self._secrets = Secrets([*secrets, *_secrets_of(headers)])
        self._headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        self._own = dict(headers)
        for name, value in self._own.items():
            if not value.isascii() or not value.isprintable():
                raise InvalidSettings(
                    f"the secret, sent as {name}, has characters that cannot be sent: give it "
                    "without line breaks and in plain letters, digits and signs"
                )
        self._surroundings = surroundings
        self._pool = open_pool(
            surroundings.allowed, seconds=self.limits.seconds, resolve=surroundings.resolve
        )
        self._streams = open_pool(
            surroundings.allowed, seconds=self.limits.stream_seconds, resolve=surroundings.resolve
        )

    def shown(self, url: str) -> str:
        """An address as messages show it, without the secrets that a server may put into it."""
        return self.hidden(shown(self.hidden(url)))

    def hidden(self, text: str) -> str:
        """`text` without the secrets that travel with these requests."""
        return self._secrets.hidden(text)

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        self._pool.clear()
        self._streams.clear()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = _NOTHING,
        etag: str = "",
        last_modified: str = "",
        most_bytes: int | None = None,
    ) -> Fetched:
        """The whole answer at `url`, of at most `most_bytes` (`limits.answer_bytes`).

        With `etag` or `last_modified` of an earlier answer the server may say `not_modified`.
        """
        asked = dict(headers)
        if etag:
            asked["If-None-Match"] = etag
        if last_modified:
            asked["If-Modified-Since"] = last_modified
        return self._whole("GET", url, asked, None, most_bytes)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] = _NOTHING,
        most_bytes: int | None = None,
    ) -> Fetched:
        """The whole answer to a request with a body; a redirect is an answer, not followed.

        It is tried again as a reading one is: nothing that is asked here changes anything.
        """
        return self._whole("POST", url, dict(headers), body, most_bytes)

    @contextmanager
    def stream(self, url: str, *, headers: Mapping[str, str] = _NOTHING) -> Iterator[Stream]:
        """An answer as it comes, of at most `limits.stream_bytes` in `limits.stream_seconds`."""
        final, response = self._answer(self._streams, "GET", url, dict(headers), None)
        try:
            pieces = self._pieces(final, response, self.limits.stream_bytes)
            yield Stream(final, response.status, _lower(response), pieces)
        finally:
            response.close()

    def _whole(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None,
        most_bytes: int | None,
    ) -> Fetched:  # fmt: skip
        most = self.limits.answer_bytes if most_bytes is None else most_bytes
        problem = ""
        for attempt in range(self.limits.tries):
            if attempt:
                self._surroundings.sleep(0.5 * 4 ** (attempt - 1))
            final, response = self._answer(self._pool, method, url, headers, body)
            try:
                # Pieces can be of a byte each, which a list would keep at fifty times their size.
                received = bytearray()
                for piece in self._pieces(final, response, most):
                    received += piece
            except SourceUnreachable as error:
                response.close()
                # One silence may pass; a site that used up the whole time is not asked again.
                if isinstance(error.__cause__, TimeoutError):
                    raise
                problem = str(error)
                continue
            except BaseException:
                response.close()
                raise
            response.release_conn()
            return Fetched(final, response.status, _lower(response), bytes(received))
        raise SourceUnreachable(problem)

    def _answer(
        self, pool: urllib3.PoolManager, method: str, url: str, headers: dict[str, str],
        body: bytes | None,
    ) -> tuple[str, urllib3.BaseHTTPResponse]:  # fmt: skip
        """The response with which a chain of redirects ends, its body unread."""
        first = origin_of(url)
        for _ in range(self.limits.redirects + 1):
            at_home = origin_of(url) == first
            own = self._own if at_home else {}
            of_this = {n: v for n, v in headers.items() if at_home or n.lower() in _ELSEWHERE}
            asked = {"Accept": "*/*"} | self._headers | own | of_this
            response = self._patiently(pool, method, url, asked, body)
            if response.status not in _REDIRECTS or method != "GET":
                self._raise_for_status(url, response)
                return url, response
            target = _target(url, self.shown(url), response.headers.get("Location", ""))
            response.close()
            if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                raise InvalidAnswer(
                    f"{self.shown(url)} sends on from https to an address without it"
                )
            url = target
        raise InvalidAnswer(
            f"{self.shown(url)}: more than {self.limits.redirects} redirects; give the last address"
        )

    def _patiently(
        self, pool: urllib3.PoolManager, method: str, url: str, headers: dict[str, str],
        body: bytes | None,
    ) -> urllib3.BaseHTTPResponse:  # fmt: skip
        problem, pause = "", 0.0
        ends = self._surroundings.monotonic() + self.limits.seconds
        for attempt in range(self.limits.tries):
            if attempt:
                self._surroundings.sleep(max(pause, 0.5 * 4 ** (attempt - 1)))
            try:
                response = self._once(pool, method, url, headers, body)
            except HTTPError as error:
                problem = plain_reason(error)
                # One silence may pass; a site that used up the whole time is not asked again.
                if self._surroundings.monotonic() >= ends:
                    break
                continue
            if response.status not in _TRY_AGAIN:
                return response
            problem = f"it answered with status {response.status}"
            pause = _pause(response.headers.get("Retry-After", ""))
            response.close()
        raise SourceUnreachable(
            f"{self.shown(url)} cannot be read: {problem}. Check the address and that the site is "
            "up, and sync again"
        )

    def _once(
        self, pool: urllib3.PoolManager, method: str, url: str, headers: dict[str, str],
        body: bytes | None,
    ) -> urllib3.BaseHTTPResponse:  # fmt: skip
        check_address(url, self.shown(url))
        try:
            return pool.urlopen(
                method, url, body=body, headers=headers, redirect=False, retries=False,
                preload_content=False, decode_content=False,
            )  # fmt: skip
        except ForbiddenAddress as error:
            raise AddressRefused(self.hidden(f"{error}. {error.mend}")) from error

    def _pieces(self, url: str, response: urllib3.BaseHTTPResponse, most: int) -> Iterator[bytes]:
        """The body piece by piece, unpacked where it was packed unasked."""
        place = self.shown(url)
        unpack = Unpacking(place, response.headers.get("Content-Encoding", ""))
        length = packed = 0
        try:
            raw = response.read1(PIECE)
            while raw:
                packed += len(raw)
                _check_length(packed, most, place)
                for piece in unpack.unpack(raw):
                    length += len(piece)
                    _check_length(length, most, place)
                    yield piece
                raw = response.read1(PIECE)
            if length:
                unpack.finish()
        except TimeoutError as error:
            raise _too_slow(place) from error
        except urllib3.exceptions.TimeoutError as error:
            raise _too_slow(place) from TimeoutError(str(error))
        except (HTTPError, OSError) as error:
            raise SourceUnreachable(
                f"{place}: the connection broke before the answer ended. Sync again"
            ) from error

    def _raise_for_status(self, url: str, response: urllib3.BaseHTTPResponse) -> None:
        if response.status < 400:
            return
        error: SourceError = RequestRefused(
            f"{self.shown(url)} answered with status {response.status}", code=str(response.status)
        )
        if response.status in (401, 403):
            error = AccessRefused(
                f"{self.shown(url)} refuses access (status {response.status}). Check the secret "
                "of the source and what its account may read"
            )
        response.close()
        raise error


def check_address(url: str, place: str = "") -> None:
    """Refuse what cannot be called at all. Raises `AddressRefused`, naming `place`."""
    place = place or shown(url)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise AddressRefused("an address that is none; write one such as https://host/path") from (
            error
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressRefused(f"{place} is no http:// or https:// address")
    if parts.username or parts.password:
        raise AddressRefused(
            f"{place}: an address must not hold a user name or password; they are secrets"
        )


def require_https(url: str, name: str = "url") -> str:
    """`url` if a secret may travel to it: https, or http on this machine.

    Raises `AddressRefused`, with the name of the setting.
    """
    check_address(url)
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_on_this_machine(parts.hostname or ""):
        raise AddressRefused(
            f"{name} must begin with https:// (over http the secret could be read on its way)"
        )
    return url


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address; empty ones for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return parts.scheme, parts.hostname or "", port
    except ValueError:
        return "", "", 0


def shown(url: str) -> str:
    """An address as messages show it: without query and fragment, which can hold secrets."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that is none"
    host = f"[{host}]" if ":" in host else host
    return _printable(f"{parts.scheme}://{host}{port}{parts.path}"[:300])


def _printable(text: str) -> str:
    """Percent-encodes what a terminal would obey, and what turns the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else quote(c, safe="", errors="replace") for c in text)


def _secrets_of(headers: Mapping[str, str]) -> Iterator[str]:
    """The values of headers that can be secrets, without the word before one (`Bearer`)."""
    for name, value in headers.items():
        if name.lower() not in _ELSEWHERE:
            yield value
            yield value.rpartition(" ")[2]


def plain_reason(error: HTTPError) -> str:
    """Why a request came to nothing, in a few plain words."""
    match error:
        case urllib3.exceptions.NameResolutionError():
            return "its name is not known"
        case urllib3.exceptions.NewConnectionError():
            return "nothing accepts a connection there"
        case urllib3.exceptions.TimeoutError():
            return "no answer in time"
        case urllib3.exceptions.SSLError():
            return "its certificate cannot be trusted"
        case _:
            return "the connection failed"


def _target(url: str, place: str, location: str) -> str:
    """Where a redirect leads. Raises `AddressRefused`, and `InvalidAnswer` for one to nowhere."""
    if not location:
        raise InvalidAnswer(f"{place} answers with a redirect that names no address")
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise AddressRefused(f"{place} redirects to an address that is none") from error


def _check_length(length: int, most: int, place: str) -> None:
    if length > most:
        raise InvalidAnswer(f"{place}: the answer is larger than {most:,} bytes, the most")


def _too_slow(place: str) -> SourceUnreachable:
    return SourceUnreachable(f"{place}: the answer took too long. Sync again later")


def _lower(response: urllib3.BaseHTTPResponse) -> Mapping[str, str]:
    return MappingProxyType({name.lower(): response.headers[name] for name in response.headers})


def _pause(retry_after: str) -> float:
    """Seconds to wait: a number, or a date (RFC 9110, section 10.2.3)."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0.0
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return min(max(0.0, (when - datetime.now(UTC)).total_seconds()), LONGEST_PAUSE)
