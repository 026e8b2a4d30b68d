"""Access tokens for a platform's services (LTI security framework 1.0, section 4.1)."""

from __future__ import annotations

import json
import re
import secrets
import threading
import uuid
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from catalogue_sync.transport.addresses import Network
from lti_tool.domain.launch import Registration
from lti_tool.errors import ServiceRefused
from lti_tool.lti import exchange
from lti_tool.lti.exchange import Answer
from lti_tool.lti.services import refusals

ASSERTION_LIFE = timedelta(minutes=5)
MOST_BYTES = 64 * 1024
MOST_TOKENS = 1000
EARLY = timedelta(seconds=60)
"""A token is not used in its last minute: the request that carries it takes time too."""

_DEFAULT_LIFE = 3600
_LONGEST_LIFE = 24 * 3600
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_WHAT = "The token service of the LMS"
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


class Signer(Protocol):
    """What signs as the tool: `lti_tool.lti.keys.SigningKey`."""

    def sign(self, claims: Mapping[str, object]) -> str:
        """The claims as a signed token that names its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A bearer token; `scopes` are those that the platform granted, maybe not all asked for."""

    value: str = field(repr=False)
    scopes: frozenset[str]
    expires_at: datetime


def fetch_token(
    registration: Registration,
    scopes: Iterable[str],
    *,
    signer: Signer,
    networks: Sequence[Network],
    now: datetime,
    audience: str = "",
) -> AccessToken:
    """A new access token for `scopes`, by the client credentials grant.

    The tool proves itself with a signed assertion (`private_key_jwt`) for `audience`, by
    default the token URL letter for letter as it was registered: Canvas refuses a slash too
    many. A platform may grant fewer scopes. Raises `ServiceRefused`: `service-not-granted`
    when it grants none, `service-keys-unreachable` when it seems not to reach our keys,
    `service-client-refused` when it does not accept the assertion, and those of any service.
    """
    asked = sorted(set(scopes))
    url = registration.token_url
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": signer.sign(_assertion(registration.client_id, audience or url, now)),
        "scope": " ".join(asked),
    }
    try:
        answer = exchange.send(
            "POST",
            url,
            networks=networks,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode("ascii"),
            most_bytes=MOST_BYTES,
        )
    except (HTTPError, OSError) as error:
        raise refusals.unanswered(_WHAT, url, error) from error
    told = _read_object(answer.body)
    if not 200 <= answer.status < 300:
        raise _refused(url, answer, told, asked, now)
    return _read_token(url, told, asked, now)


def _assertion(client_id: str, audience: str, now: datetime) -> dict[str, object]:
    issued = int(now.timestamp())
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(ASSERTION_LIFE.total_seconds()),
        "jti": secrets.token_urlsafe(24),
    }


def _read_object(body: bytes) -> dict[str, object] | None:
    """The JSON object of an answer, whatever type it says it has; None when there is none.

    Moodle sends its answers as text/html.
    """
    try:
        told: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _read_token(
    url: str, told: dict[str, object] | None, asked: list[str], now: datetime
) -> AccessToken:
    value = told.get("access_token") if told is not None else None
    if told is None or not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]+", value):
        raise refusals.malformed(_WHAT, url, "there is no access token in it")
    kind = told.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise refusals.malformed(_WHAT, url, "the token is no bearer token")
    granted = told.get("scope")
    scopes = granted.split() if isinstance(granted, str) and granted.strip() else asked
    return AccessToken(
        value=value,
        scopes=frozenset(scopes),
        expires_at=now + timedelta(seconds=_read_life(told.get("expires_in"))),
    )


def _read_life(told: object) -> float:
    """Seconds; some platforms send them as text, some not at all."""
    if isinstance(told, str) and re.fullmatch(r"\d{1,9}", told.strip()):
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int | float) or told != told:
        return _DEFAULT_LIFE
    return min(max(told, 0), _LONGEST_LIFE)


def _refused(
    url: str, answer: Answer, told: dict[str, object] | None, asked: list[str], now: datetime
) -> ServiceRefused:
    """The refusal of a token, with the likely setting."""
    if refusals.is_too_often(answer) or answer.status >= 500:
        return refusals.refused(_WHAT, url, answer, now)
    if answer.status == 404 and told is None:
        return _keys_unreachable(url)
    name = _shown(told, "error")
    if name == "invalid_scope":
        return refusals.not_granted("this service", " ".join(asked))
    reason = ", ".join(part for part in (name, _shown(told, "error_description")) if part)
    return ServiceRefused(
        f"{_WHAT} at {refusals.where(url)} did not accept this tool"
        + (f": {reason}." if reason else f" (status {answer.status})."),
        mend="Check in the LMS: the client id, the address of this tool's keys "
        "(/lti/jwks.json) and, here, --token-url, letter for letter. After a change of keys, "
        "and with clocks that differ, it is right again a little later.",
        code="service-client-refused",
        answered=answer.status,
    )


def _keys_unreachable(url: str) -> ServiceRefused:
    return ServiceRefused(
        f"{_WHAT} at {refusals.where(url)} answered with a page (404) instead of a token. "
        "Moodle does so when it cannot read this tool's keys.",
        mend="From the LMS's server, /lti/jwks.json below NEEDLE_PUBLIC_URL must be reachable "
        "(Moodle: Site administration > General > HTTP security can block hosts and ports). "
        "Then check --token-url.",
        code="service-keys-unreachable",
        answered=404,
    )


def _shown(told: dict[str, object] | None, name: str) -> str:
    """A part of an OAuth error as it may be shown; it is about the client, not a person."""
    text = (told or {}).get(name)
    return _UNPRINTABLE.sub(" ", text).strip()[:160] if isinstance(text, str) else ""


class TokenCache:
    """Access tokens of one process, by registration and scopes; safe for threads.

    Never by issuer: one issuer may have many clients, and a token is for one. The least
    recently used is forgotten when there are more than `most`. Several threads that need
    the same token wait for one fetch.
    """

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._most = most
        self._held: OrderedDict[tuple[uuid.UUID, frozenset[str]], AccessToken] = OrderedDict()
        self._guard = threading.Lock()
        self._fetching: weakref.WeakValueDictionary[
            tuple[uuid.UUID, frozenset[str]], threading.Lock
        ] = weakref.WeakValueDictionary()

    def find(
        self,
        registration_id: uuid.UUID,
        scopes: Iterable[str],
        *,
        now: Callable[[], datetime],
        fetch: Callable[[], AccessToken],
    ) -> AccessToken:
        """The token that is held, or else what `fetch` brings; raises what `fetch` raises."""
        key = (registration_id, frozenset(scopes))
        held = self._look(key, now())
        if held is not None:
            return held
        with self._guard:
            lock = self._fetching.setdefault(key, threading.Lock())
        with lock:
            held = self._look(key, now())
            if held is None:
                held = fetch()
                self._keep(key, held)
        return held

    def drop(self, registration_id: uuid.UUID, scopes: Iterable[str], token: AccessToken) -> None:
        """Forget a token that the platform no longer takes, unless a newer one is held."""
        key = (registration_id, frozenset(scopes))
        with self._guard:
            if self._held.get(key) is token:
                del self._held[key]

    def _look(self, key: tuple[uuid.UUID, frozenset[str]], now: datetime) -> AccessToken | None:
        with self._guard:
            held = self._held.get(key)
            if held is None or held.expires_at - EARLY <= now:
                return None
            self._held.move_to_end(key)
            return held

    def _keep(self, key: tuple[uuid.UUID, frozenset[str]], token: AccessToken) -> None:
        with self._guard:
            self._held[key] = token
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
