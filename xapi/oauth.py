"""Tokens for an LRS by OAuth 2 client credentials (RFC 6749, 4.4)."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

from xapi.exchange import Answer, Exchange, NoAnswer
from xapi.outcomes import Barred, Unavailable, no_answer
from xapi.reach import Reach, basic
from xapi.timed import Deadline

EARLY = 30.0
"""Seconds before its end from which a token is not used any more."""

_WHO = "the address that gives tokens"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_WORD = re.compile(r"[a-z_]{1,40}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; how it goes into a request is all that is asked of it."""

    authorization: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoToken:
    """Why there is no token."""

    outcome: Barred | Unavailable


class TokenSource:
    """Gives the token of one client, fetched when it is needed and kept while it lasts.

    `deadline` is that of the exchange with the LRS which the token is for; `monotonic` gives
    seconds of a clock that is never put back. Raises `ValueError` for a reach without the
    address that gives tokens.
    """

    def __init__(
        self,
        reach: Reach,
        client_id: str,
        client_secret: str,
        *,
        connect: float,
        deadline: Deadline,
        monotonic: Callable[[], float],
    ) -> None:
        if reach.token_url is None:
            raise ValueError("a token is asked for at an address")
        self._url = reach.token_url
        form = {"grant_type": "client_credentials"} | (
            {"scope": reach.scope} if reach.scope else {})
        self._form = urllib.parse.urlencode(form).encode("ascii")
        headers = {
            # Both are written as in a form first, so that a colon is no separator (2.3.1).
            "Authorization": basic(*map(urllib.parse.quote_plus, (client_id, client_secret))),
            "Accept": "application/json",
            "User-Agent": "needle-xapi",
        }
        self._exchange = Exchange(
            headers, connect=connect, deadline=deadline, reach=reach, who=_WHO)
        self._monotonic = monotonic
        self._kept: Token | None = None
        self._ends: float | None = None

    def close(self) -> None:
        """Close every connection, and forget the token."""
        self.forget()
        self._exchange.close()

    def forget(self) -> None:
        """Fetch another token next time: the LRS did not take this one."""
        self._kept = None

    def token(self) -> Token | NoToken:
        """The token that is kept while it lasts, or a new one."""
        lasts = self._ends is None or self._monotonic() < self._ends
        if self._kept is not None and lasts:
            return self._kept
        self._kept = None
        asked_at = self._monotonic()
        answer = self._exchange.request("POST", self._url, self._form, _FORM)
        if isinstance(answer, NoAnswer):
            return NoToken(no_answer(answer))
        if answer.status != 200:
            return NoToken(_refusal(answer))
        return self._keep(answer, asked_at)

    def _keep(self, answer: Answer, asked_at: float) -> Token | NoToken:
        value = answer.json()
        values = value if isinstance(value, dict) else {}
        text = values.get("access_token")
        kind = str(values.get("token_type", "")).lower()
        if not isinstance(text, str) or kind != "bearer" or not _TOKEN.fullmatch(text):
            return NoToken(Unavailable(
                f"{_WHO} answers 200, but with no bearer token: is the address right?"))
        seconds = _seconds(values.get("expires_in"))
        # Without an end it is used until the LRS does not take it.
        self._ends = None if seconds is None else asked_at + seconds - EARLY
        self._kept = Token(f"Bearer {text}")
        return self._kept


def _seconds(value: object) -> float | None:
    """How long a token lasts; some servers write the number as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float) and 0 <= value < 1e9:
        return float(value)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return float(value[:9])
    return None


_MENDS = {
    "invalid_client": "set the client's id and secret again",
    "invalid_scope": "set another scope",
    "unauthorized_client": "let this client use client credentials, where it is registered",
    "unsupported_grant_type": "let it give tokens for client credentials",
}
"""What to do next, by the error's word (RFC 6749, 5.2)."""


def _refusal(answer: Answer) -> Barred | Unavailable:
    """Why there is no token; only the error's own word is told, never what else is said."""
    if answer.status >= 500 or answer.status in (408, 425, 429):
        return Unavailable(f"{_WHO} answered {answer.status}", answer.status, answer.retry_after())
    if 300 <= answer.status < 400:
        return Barred(f"{_WHO} answers {answer.status}, a redirect, which is not followed: set "
                      "the address it leads to")
    value = answer.json()
    word = value.get("error") if isinstance(value, dict) else None
    known = word if isinstance(word, str) and _WORD.fullmatch(word) else None
    said = f"{_WHO} answered {answer.status}" + (f" ({known})" if known else "")
    if known is None and answer.status == 401:
        known = "invalid_client"
    return Barred(f"{said}: {_MENDS.get(known or '', 'is it the right address?')}")
