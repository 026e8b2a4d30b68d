"""The key sets of the tools: fetched when they are needed, and what they have signed."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

import jwt

from examples.mini_lms.errors import KeysUnreachable, SignatureRefused

TIMEOUT_SECONDS = 5.0
MOST_BYTES = 100_000
ALGORITHMS = ["RS256"]
LEEWAY_SECONDS = 10


class ToolKeys:
    """Key sets by address; one is kept until a token needs a key that it does not have."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sets: dict[str, jwt.PyJWKSet] = {}

    def verify(
        self, token: str, *, url: str, issuer: str, audiences: tuple[str, ...]
    ) -> Mapping[str, object]:
        """The claims of a token that a key at `url` has signed for one of `audiences`.

        iss, aud, exp and iat are required. Raises `KeysUnreachable` when the set cannot be
        fetched, and `SignatureRefused` for a token that fails a check.
        """
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(kid, str):
                raise SignatureRefused("the header has no kid")
            claims: Mapping[str, object] = jwt.decode(
                token, self._find(url, kid).key, algorithms=ALGORITHMS, issuer=issuer,
                audience=list(audiences), leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise SignatureRefused(str(error)) from error
        return claims

    def _find(self, url: str, kid: str) -> jwt.PyJWK:
        with self._lock:
            kept = self._sets.get(url)
        if kept is None or kid not in {key.key_id for key in kept.keys}:
            kept = _fetch(url)
            with self._lock:
                self._sets[url] = kept
        for key in kept.keys:
            if key.key_id == kid:
                return key
        raise SignatureRefused(f"no key {kid[:80]!r} is published at {url}")


def read_unverified_subject(token: str) -> str:
    """The `sub` of a token whose signature nobody has looked at yet.

    Raises `SignatureRefused` when it is no token.
    """
    try:
        subject = jwt.decode(token, options={"verify_signature": False}).get("sub")
    except jwt.PyJWTError as error:
        raise SignatureRefused(str(error)) from error
    if not isinstance(subject, str):
        raise SignatureRefused("sub is missing")
    return subject


def _fetch(url: str) -> jwt.PyJWKSet:
    try:
        status, body = _get(url)
        if status != 200:
            raise KeysUnreachable(f"{url} answered with status {status}")
        return jwt.PyJWKSet.from_dict(json.loads(body))
    except (OSError, http.client.HTTPException, ValueError, AttributeError,
            jwt.PyJWTError) as error:
        raise KeysUnreachable(f"{url}: {error}") from error


def _get(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    # Names under localhost are this machine's (RFC 6761, section 6.3); not every resolver
    # knows it.
    address = "127.0.0.1" if host.endswith(".localhost") else host
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(address, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target or "/",
                           headers={"Host": parts.netloc, "Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES + 1)
    finally:
        connection.close()
    if len(body) > MOST_BYTES:
        raise KeysUnreachable(f"{url} sent more than {MOST_BYTES} bytes")
    return answer.status, body
