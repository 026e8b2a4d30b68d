"""One exchange with an LRS over HTTP: pooled, capped, and over by a deadline."""

from __future__ import annotations

import http.client
import json
import ssl
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, ProxyError, SSLError

from xapi.echoes import Sent
from xapi.markup import MOST_MARKUP, is_markup, title_of
from xapi.reach import Reach
from xapi.timed import Deadline, ProxyRefusal, timed_pools

MOST_ANSWER_BYTES = 8 * 1024 * 1024
"""Bytes of an LRS's answer that are read; a longer one is no answer."""

_MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What an LRS answered, to what was sent; `resent`: to the second of two requests."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    resent: bool
    sent: Sent = field(default=Sent(), repr=False)

    def words(self) -> str:
        """What the LRS says, on one line, short, without control characters; of a web page,
        which is what a wrong address gives, only the title; nothing secret or of a learner
        that it quotes of what was sent."""
        text = self.body[: 4 * MOST_MARKUP].decode("utf-8", "replace")
        if is_markup(text, self.headers.get("Content-Type", "")):
            text = title_of(text)
        text = self.sent.left_out_of(" ".join(text.split()))[: 4 * _MOST_WORDS]
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
        until, sent = _date(value), self.date()
        if until is None or sent is None:
            return None
        return max(0.0, (until - sent).total_seconds())

    def date(self) -> datetime | None:
        """When it was sent, by the sender's clock (Date), aware; None when it does not say."""
        return _date(self.headers.get("Date", ""))


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There was no answer, or none that could be read to its end; `words` say why.

    `is_lasting`: a person must mend it; to wait does not help.
    """

    words: str
    is_lasting: bool = False


class Exchange:
    """Requests to one server, one at a time, over a connection that is kept.

    `headers` go with each; `connect` is seconds to connect; `deadline`, which the caller
    starts, ends each request with its whole answer. (Looking a host name up, and trying each
    of its addresses, is bounded by the system and by `connect` alone.) `who` is the server in
    words. Redirects are not followed: they would carry the password elsewhere.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        connect: float,
        deadline: Deadline,
        reach: Reach,
        who: str = "the LRS",
    ) -> None:
        self._headers = dict(headers)
        self._connect = connect
        self._deadline = deadline
        self._who = who
        proxy = reach.read_proxy
        self._by_proxy = proxy is not None
        self._proxy_authorization = (proxy.authorization if proxy else None) or ""
        self._pool = timed_pools(deadline, reach)

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer | NoAnswer:
        """Send; once more at once when the connection broke, as idle ones do on any LRS.

        Both together end by the deadline. Sending twice doubles nothing, since ids are
        fixed before. `headers` go with this request besides.
        """
        sent = self._headers | dict(headers or {})
        if self._deadline.left() <= 0:
            return self._late()
        try:
            return self._judged(self._send(method, url, body, sent, resent=False))
        except HTTPError as error:
            if not _has_broken(error):
                return self._failure(error)
        if self._deadline.left() <= 0:
            return self._late()
        try:
            return self._judged(self._send(method, url, body, sent, resent=True))
        except HTTPError as error:
            return self._failure(error)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], *, resent: bool
    ) -> Answer:
        timeout = urllib3.Timeout(
            connect=max(0.001, min(self._connect, self._deadline.left())), read=self._deadline.read)
        response = self._pool.urlopen(
            method, url, body=body, headers=headers, redirect=False, preload_content=False,
            retries=False, timeout=timeout,
        )
        try:
            if response.status < 200:
                # The answer itself would come after it, and be taken for the next one's.
                raise HTTPError(f"{self._who} answers {response.status}, which is not an end")
            content = _read(response, self._who)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        secrets = (headers.get("Authorization", ""), self._proxy_authorization)
        return Answer(response.status, response.headers, content, resent, Sent(secrets, body))

    def _judged(self, answer: Answer) -> Answer | NoAnswer:
        """A proxy's own refusal is none of the server's answers (RFC 9110, 15.5.8)."""
        if answer.status == 407 and self._by_proxy:
            return _proxy_answered(407)
        return answer

    def _late(self) -> NoAnswer:
        return NoAnswer(f"{self._who} does not answer in time")

    def _failure(self, error: HTTPError) -> NoAnswer:
        if isinstance(error, ProxyRefusal):
            return _proxy_answered(error.status)
        cause = _certificate_error(error)
        if cause is not None:
            to = "the proxy" if isinstance(error, ProxyError) else self._who
            return NoAnswer(_distrusted(cause, to), is_lasting=True)
        if _has_broken(error):
            return NoAnswer(f"{self._who} breaks the connection off")
        if isinstance(error, ProxyError):
            return NoAnswer("the proxy cannot be reached: is its address right, and does it run?")
        return NoAnswer(_trouble(error, self._who))


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date in "-0000" comes back naive, and means UTC.
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _read(response: urllib3.BaseHTTPResponse, who: str) -> bytes:
    parts = []
    size = 0
    while part := response.read(65_536, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > MOST_ANSWER_BYTES:
            raise HTTPError(f"{who}'s answer is too long")
    return b"".join(parts)


def _proxy_answered(status: int) -> NoAnswer:
    if status == 407:
        return NoAnswer("the proxy asks for a password, or for another one: set the proxy's "
                        "address with its user and password", is_lasting=True)
    if status >= 500 or status in (408, 429):
        return NoAnswer(f"the proxy cannot reach what it shall (it answered {status})")
    return NoAnswer(f"the proxy does not let us through (it answered {status}): let its keeper "
                    "allow this address, or set another proxy", is_lasting=True)


def _certificate_error(error: HTTPError) -> ssl.SSLCertVerificationError | None:
    """What was wrong with a certificate, wherever the libraries put it."""
    found: object = error
    for _ in range(4):
        if isinstance(found, ssl.SSLCertVerificationError):
            return found
        if isinstance(found, ProxyError):
            found = found.original_error
        elif isinstance(found, SSLError) and found.args:
            found = found.args[0]
    return None


def _has_broken(error: HTTPError) -> bool:
    """Whether a connection broke that was there; over TLS or a proxy it has other names."""
    if isinstance(error, SSLError):
        return bool(error.args) and isinstance(
            error.args[0], ssl.SSLEOFError | ssl.SSLZeroReturnError)
    if isinstance(error, ProxyError) and not isinstance(error, ProxyRefusal):
        inner = error.original_error
        return isinstance(inner, OSError | http.client.HTTPException) or (
            isinstance(inner, SSLError) and _has_broken(inner))
    return isinstance(error, ProtocolError)


_WRONG_HOST = (62, 64)
_EXPIRED = 10
_NOT_YET = 9


def _distrusted(error: ssl.SSLCertVerificationError, who: str) -> str:
    """OpenSSL's numbers for what is wrong with a certificate (X509_V_ERR_...)."""
    code = error.verify_code
    if code == _EXPIRED:
        return f"{who}'s TLS certificate has expired: let its keeper renew it"
    if code == _NOT_YET:
        return f"{who}'s TLS certificate is not valid yet: is this machine's clock right?"
    if code in _WRONG_HOST:
        return (f"{who}'s TLS certificate is for another name: set the address by the name that "
                "the certificate has")
    return (f"{who}'s TLS certificate is of an authority that is not known here: set the "
            "authority's certificate, if it is one of your own")


def _trouble(error: HTTPError, who: str) -> str:
    """What went wrong, by kind: the library's own messages name addresses and objects."""
    kinds = {
        "NewConnectionError": f"{who} cannot be reached: it refuses connections",
        "NameResolutionError": f"{who} cannot be reached: its host name is not known",
        "ConnectTimeoutError": f"{who} cannot be reached: it does not answer",
        "ReadTimeoutError": f"{who} does not answer in time",
        "SSLError": f"{who} and we cannot agree on TLS: does its address speak https, with TLS "
                    "1.2 or later?",
        "IncompleteRead": f"{who} breaks the connection off",
    }
    return kinds.get(type(error).__name__, str(error) if type(error) is HTTPError
                     else f"the exchange with {who} failed ({type(error).__name__})")
