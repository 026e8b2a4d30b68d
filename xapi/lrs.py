"""An LRS as a sender meets it: statements go there, and answers become typed outcomes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType

from xapi.exchange import Answer, Exchange, NoAnswer
from xapi.oauth import NoToken, TokenSource
from xapi.outcomes import (
    About,
    Absent,
    Barred,
    Conflict,
    Description,
    Found,
    Outcome,
    Reading,
    Rejected,
    Stored,
    Unavailable,
    Unclear,
    Unproven,
    description_of,
    ids_in,
    outcome_of,
    reading_of,
)
from xapi.reach import Reach, basic
from xapi.timed import Deadline

__all__ = [
    "About",
    "Absent",
    "Barred",
    "Conflict",
    "Description",
    "Found",
    "LrsClient",
    "Outcome",
    "Reading",
    "Rejected",
    "Stored",
    "Unavailable",
    "Unclear",
    "Unproven",
]

_JSON = {"Content-Type": "application/json"}


class LrsClient:
    """One LRS over a connection that is kept; close it, or use it as a context manager.

    `url` is the xAPI endpoint; `version` is sent as X-Experience-API-Version; `connect`,
    `read` and `whole` are seconds to connect, between bytes, and for a whole exchange, a
    token's and a proxy's part of it included. `reach` says how it is reached; with `oauth2`
    the user and password are client id and secret. `monotonic` gives seconds of a clock that
    is never put back, for how long a token lasts. One thread at a time may use it.
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
        reach: Reach = Reach(),  # noqa: B008 - frozen
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.version = version
        self._other_versions: str | None = None
        self._url = url.rstrip("/")
        self._statements = self._url + "/statements"
        headers = {
            "X-Experience-API-Version": version,
            "Accept": "application/json",
            "User-Agent": "needle-xapi",
        }
        self._tokens: TokenSource | None = None
        self._deadline = Deadline(read, whole)
        if reach.token_url is None:
            headers["Authorization"] = basic(username, password)
        else:
            self._tokens = TokenSource(
                reach, username, password, connect=connect, deadline=self._deadline,
                monotonic=monotonic,
            )
        self._exchange = Exchange(headers, connect=connect, deadline=self._deadline, reach=reach)

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
        if self._tokens is not None:
            self._tokens.close()

    def post_statements(
        self, bodies: Sequence[bytes], ids: Iterable[uuid.UUID] | None = None
    ) -> Outcome:
        """Send frozen statements as one batch, all or nothing (xAPI part 3, 2.1.2).

        `ids` are theirs, by which an answer is judged; without, they are read from `bodies`.
        """
        answer = self._ask("POST", self._statements, b"[" + b",".join(bodies) + b"]")
        if isinstance(answer, NoToken):
            return answer.outcome
        return outcome_of(answer, ids_in(bodies) if ids is None else {str(one) for one in ids})

    def get_statement(self, identifier: uuid.UUID) -> Reading:
        """The statement of that id as the LRS holds it (xAPI part 3, 2.1.3)."""
        return self._read("statementId", identifier)

    def get_voided(self, identifier: uuid.UUID) -> Reading:
        """The voided statement of that id as the LRS still holds it (xAPI part 3, 2.1.4)."""
        return self._read("voidedStatementId", identifier)

    def about(self) -> Description:
        """What the LRS says of itself (xAPI part 3, 2.8.1); many say nothing: `Absent`."""
        answer = self._ask("GET", f"{self._url}/about", None)
        return answer.outcome if isinstance(answer, NoToken) else description_of(answer)

    @property
    def has_told_versions(self) -> bool:
        """Whether `speaks_other_versions` is known, and asks no more."""
        return self._other_versions is not None

    def speaks_other_versions(self) -> str:
        """The versions that the LRS says it speaks when ours is not among them; else nothing.

        It is asked until it has answered once.
        """
        if self._other_versions is None:
            told = self.about()
            if isinstance(told, About):
                others = "" if told.speaks(self.version) else ", ".join(
                    one[:20] for one in told.versions[:10])
                self._other_versions = others
            elif isinstance(told, Absent):
                self._other_versions = ""
        return self._other_versions or ""

    def _read(self, parameter: str, identifier: uuid.UUID) -> Reading:
        answer = self._ask("GET", f"{self._statements}?{parameter}={identifier}", None)
        if isinstance(answer, NoToken):
            return answer.outcome
        return reading_of(answer, identifier)

    def _ask(self, method: str, url: str, body: bytes | None) -> Answer | NoAnswer | NoToken:
        """One exchange; when a token is not taken (401), once more with a new one."""
        self._deadline.start()
        headers = {} if body is None else _JSON
        if self._tokens is None:
            return self._exchange.request(method, url, body, headers)
        answer = self._with_token(self._tokens, method, url, body, headers)
        if isinstance(answer, Answer) and answer.status == 401:
            self._tokens.forget()
            answer = self._with_token(self._tokens, method, url, body, headers)
        return answer

    def _with_token(
        self, tokens: TokenSource, method: str, url: str, body: bytes | None,
        headers: dict[str, str],
    ) -> Answer | NoAnswer | NoToken:
        token = tokens.token()
        if isinstance(token, NoToken):
            return token
        return self._exchange.request(
            method, url, body, headers | {"Authorization": token.authorization})
