"""The transport to an LRS: pooled, timed, capped; every answer becomes a typed outcome.

Nothing here raises for what an LRS does: an LRS that hangs, drops or talks nonsense is an
outcome as well, since delivery has a next step for each (see decision.py).
"""

from __future__ import annotations

import base64
import json
import time
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import TracebackType

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

MOST_ANSWER_BYTES = 8 * 1024 * 1024
"""Bytes of an LRS's answer that are read; a longer one is an outcome of its own."""

_MOST_WORDS = 300
_REJECTED = (400, 413, 422)
_BUSY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Stored:
    """The LRS has the whole batch."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The LRS has at least one of these ids already, and says nothing of which (409).

    `resent`: the request was sent twice, so that the first one may have stored them.
    """

    words: str
    resent: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The LRS says that a statement of the batch is wrong or too large."""

    words: str


@dataclass(frozen=True, slots=True)
class Barred:
    """The LRS, or what answers at its address, will not take statements from us at all."""

    words: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The LRS did not answer, or says to come back; `retry_after` in seconds, if it says.

    `status` is None when no answer came at all.
    """

    words: str
    status: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """The LRS says it is well, but not in the words of an LRS: look before believing."""

    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """A statement as the LRS holds it."""

    statement: dict[str, object]


@dataclass(frozen=True, slots=True)
class Absent:
    """The LRS does not hold the statement."""


Outcome = Stored | Conflict | Rejected | Barred | Unavailable | Unclear
Reading = Found | Absent | Barred | Unavailable | Unclear


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes
    resent: bool

    def words(self) -> str:
        """What the LRS says, on one line, short, without control characters."""
        text = self.body[: 4 * _MOST_WORDS].decode("utf-8", "replace")
        kept = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
        said = " ".join(kept.split())[:_MOST_WORDS]
        return f"the LRS answered {self.status}" + (f": {said}" if said else "")

    def json(self) -> object:
        """The body as JSON, or None when it is none."""
        try:
            value: object = json.loads(self.body)
        except ValueError:
            return None
        return value


class LrsClient:
    """One LRS over a pool of connections; close it, or use it as a context manager.

    `url` is the xAPI endpoint; `version` is sent as X-Experience-API-Version; `connect`,
    `read` and `whole` are seconds to connect, between bytes, and for a whole answer.
    Redirects are not followed: they would carry the password elsewhere.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        version: str,
        *,
        connect: float = 5.0,
        read: float = 30.0,
        whole: float = 60.0,
    ) -> None:
        self._statements = url.rstrip("/") + "/statements"
        credentials = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "X-Experience-API-Version": version,
            "Accept": "application/json",
            "User-Agent": "needle-xapi",
        }
        self._whole = whole
        self._pool = urllib3.PoolManager(
            num_pools=1, maxsize=2, retries=False,
            timeout=urllib3.Timeout(connect=connect, read=read),
        )

    def __enter__(self) -> LrsClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def post_statements(self, bodies: Sequence[bytes]) -> Outcome:
        """Send frozen statements as one batch, all or nothing (xAPI part 3, 2.1.2)."""
        answer = self._request("POST", self._statements, b"[" + b",".join(bodies) + b"]")
        return answer if isinstance(answer, Unavailable) else _outcome(answer)

    def get_statement(self, identifier: uuid.UUID) -> Reading:
        """The statement of that id as the LRS holds it (xAPI part 3, 2.1.3)."""
        answer = self._request("GET", f"{self._statements}?statementId={identifier}", None)
        return answer if isinstance(answer, Unavailable) else _reading(answer, identifier)

    def _request(self, method: str, url: str, body: bytes | None) -> _Answer | Unavailable:
        """Send; once more at once when the connection broke, as idle ones do on any LRS.

        Sending twice doubles nothing: ids are fixed before.
        """
        try:
            return self._exchange(method, url, body, resent=False)
        except ProtocolError:
            pass
        except HTTPError as error:
            return Unavailable(_trouble(error))
        try:
            return self._exchange(method, url, body, resent=True)
        except HTTPError as error:
            return Unavailable(_trouble(error))

    def _exchange(self, method: str, url: str, body: bytes | None, *, resent: bool) -> _Answer:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        deadline = time.monotonic() + self._whole
        response = self._pool.urlopen(
            method, url, body=body, headers=headers, redirect=False, preload_content=False
        )
        try:
            content = _read(response, url, deadline)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return _Answer(response.status, response.headers, content, resent)


def _read(response: urllib3.BaseHTTPResponse, url: str, deadline: float) -> bytes:
    parts = []
    size = 0
    while part := response.read(65_536, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER_BYTES:
            raise HTTPError("the LRS's answer is too long")
        if time.monotonic() > deadline:
            raise ReadTimeoutError(None, url, "the LRS's answer takes too long")  # type: ignore[arg-type]
    return b"".join(parts)


def _trouble(error: HTTPError) -> str:
    """What went wrong, by kind: the library's own messages name addresses and objects."""
    kinds = {
        "NewConnectionError": "the LRS cannot be reached: it refuses connections",
        "NameResolutionError": "the LRS cannot be reached: its host name is not known",
        "ConnectTimeoutError": "the LRS cannot be reached: it does not answer",
        "ReadTimeoutError": "the LRS does not answer in time",
        "SSLError": "the LRS's TLS certificate is not trusted, or TLS failed",
        "ProtocolError": "the LRS breaks the connection off",
        "IncompleteRead": "the LRS breaks the connection off",
    }
    return kinds.get(type(error).__name__, str(error) if type(error) is HTTPError
                     else f"the exchange with the LRS failed ({type(error).__name__})")


def _outcome(answer: _Answer) -> Outcome:
    if answer.status == 204:
        return Stored()
    if answer.status in (200, 201):
        return Stored() if _is_id_list(answer.json()) else Unclear(_not_an_lrs(answer))
    if answer.status == 409:
        return Conflict(answer.words(), answer.resent)
    if answer.status in _REJECTED:
        return Rejected(answer.words())
    return _no(answer)


def _reading(answer: _Answer, identifier: uuid.UUID) -> Reading:
    if answer.status == 404:
        return Absent()
    if answer.status != 200:
        return _no(answer)
    value = answer.json()
    # Ralph answers with a list: of the one statement, or an empty one rather than 404.
    if isinstance(value, dict) and isinstance(value.get("statements"), list):
        if value["statements"] == []:
            return Absent()
        value = value["statements"][0]
    if isinstance(value, dict) and str(value.get("id", "")).lower() == str(identifier):
        return Found(value)
    return Unclear(_not_an_lrs(answer))


def _no(answer: _Answer) -> Barred | Unavailable:
    if answer.status in _BUSY or answer.status >= 500:
        return Unavailable(answer.words(), answer.status, _retry_after(answer.headers))
    if 300 <= answer.status < 400:
        return Barred(f"the LRS's address answers {answer.status}, a redirect, which is not "
                      "followed: set the address it leads to")
    return Barred(answer.words())


def _is_id_list(value: object) -> bool:
    """A list of ids: of all, or (Ralph) of the new ones only, when others were stored before."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _not_an_lrs(answer: _Answer) -> str:
    return (f"what answers at the LRS's address says {answer.status} but not in the words of "
            "an LRS: is the address right?")


def _retry_after(headers: urllib3.HTTPHeaderDict) -> float | None:
    """Seconds to wait by Retry-After, a number or a date (RFC 9110, 10.2.3)."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until = parsedate_to_datetime(value)
        sent = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    # A date in "-0000" comes back naive, and means UTC.
    until, sent = (at if at.tzinfo else at.replace(tzinfo=UTC) for at in (until, sent))
    return max(0.0, (until - sent).total_seconds())
