"""Access tokens of the services, each for one tool, some scopes and one hour."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFETIME = timedelta(hours=1)
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token is good for."""

    client_id: str
    scopes: frozenset[str]
    until: datetime


class AccessTokens:
    """The tokens given out, as hashes, in this process's memory; used from many threads."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._seen: dict[tuple[str, str], None] = {}

    def give(self, client_id: str, scopes: frozenset[str]) -> str:
        """A new token."""
        token = secrets.token_hex(16)
        grant = Grant(client_id=client_id, scopes=scopes, until=self._now() + LIFETIME)
        with self._lock:
            while len(self._grants) >= MOST_KEPT:
                del self._grants[next(iter(self._grants))]
            self._grants[_hash(token)] = grant
        return token

    def find(self, token: str) -> Grant | None:
        """What a token is good for; None for an unknown or expired one."""
        with self._lock:
            grant = self._grants.get(_hash(token))
        return grant if grant and self._now() < grant.until else None

    def revoke_all(self) -> None:
        """End every token, as a restart of an LMS may."""
        with self._lock:
            self._grants.clear()

    def use_assertion(self, client_id: str, jti: str) -> bool:
        """Whether this assertion comes for the first time (RFC 7523, section 3)."""
        with self._lock:
            while len(self._seen) >= MOST_KEPT:
                del self._seen[next(iter(self._seen))]
            if (client_id, jti) in self._seen:
                return False
            self._seen[client_id, jti] = None
            return True


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
