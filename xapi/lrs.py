"""An LRS as a sender meets it: every answer becomes a typed outcome.

Nothing here raises for what an LRS does: an LRS that hangs, drops or talks nonsense is an
outcome as well, since delivery has a next step for each (see decision.py).
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType

from xapi.exchange import Answer, Exchange, NoAnswer

_REJECTED = (400, 413, 422)
_BUSY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Stored:
    """The LRS has the whole batch: it names statements of it, and no others."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """The LRS says that it stored, but names none of our statements: look before believing."""

    words: str


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


Outcome = Stored | Unproven | Conflict | Rejected | Barred | Unavailable | Unclear
Reading = Found | Absent | Barred | Unavailable | Unclear


class LrsClient:
    """One LRS over a connection that is kept; close it, or use it as a context manager.

    `url` is the xAPI endpoint; `version` is sent as X-Experience-API-Version; `connect`,
    `read` and `whole` are seconds to connect, between bytes, and for a whole exchange. One
    thread at a time may use it.
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
        headers = {
            "Authorization": f"Basic {credentials}",
            "X-Experience-API-Version": version,
            "Accept": "application/json",
            "User-Agent": "needle-xapi",
        }
        self._exchange = Exchange(headers, connect=connect, read=read, whole=whole)

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
        self._exchange.close()

    def post_statements(
        self, bodies: Sequence[bytes], ids: Iterable[uuid.UUID] | None = None
    ) -> Outcome:
        """Send frozen statements as one batch, all or nothing (xAPI part 3, 2.1.2).

        `ids` are theirs, by which an answer is judged; without, they are read from `bodies`.
        """
        answer = self._exchange.request(
            "POST", self._statements, b"[" + b",".join(bodies) + b"]")
        if isinstance(answer, NoAnswer):
            return Unavailable(answer.words)
        sent = _ids_in(bodies) if ids is None else {str(one) for one in ids}
        return _outcome(answer, sent)

    def get_statement(self, identifier: uuid.UUID) -> Reading:
        """The statement of that id as the LRS holds it (xAPI part 3, 2.1.3)."""
        answer = self._exchange.request(
            "GET", f"{self._statements}?statementId={identifier}", None)
        if isinstance(answer, NoAnswer):
            return Unavailable(answer.words)
        return _reading(answer, identifier)


def _ids_in(bodies: Sequence[bytes]) -> set[str]:
    return {str(json.loads(body).get("id", "")).lower() for body in bodies}


def _outcome(answer: Answer, sent: set[str]) -> Outcome:
    if answer.status in (200, 201, 204):
        return _success(answer, sent)
    if answer.status == 409:
        return Conflict(answer.words(), answer.resent)
    if answer.status in _REJECTED:
        return Rejected(answer.words())
    return _no(answer)


def _success(answer: Answer, sent: set[str]) -> Stored | Unproven | Unclear:
    """What a 2xx is worth: the ids of all, or (Ralph) of the new ones when others were stored
    before, are proof; no ids and other ids are none."""
    if answer.status == 204:
        return Unproven("the LRS answered 204, without ids")
    value = answer.json()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return Unclear(_not_an_lrs(answer))
    if not value:
        return Unproven(f"the LRS answered {answer.status} with an empty list of ids")
    if {one.lower() for one in value} <= sent:
        return Stored()
    return Unproven(f"the LRS answered {answer.status} with ids that were not sent")


def _reading(answer: Answer, identifier: uuid.UUID) -> Reading:
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


def _no(answer: Answer) -> Barred | Unavailable:
    if answer.status in _BUSY or answer.status >= 500:
        return Unavailable(answer.words(), answer.status, answer.retry_after())
    if 300 <= answer.status < 400:
        return Barred(f"the LRS's address answers {answer.status}, a redirect, which is not "
                      "followed: set the address it leads to")
    return Barred(answer.words())


def _not_an_lrs(answer: Answer) -> str:
    return (f"what answers at the LRS's address says {answer.status} but not in the words of "
            "an LRS: is the address right?")
