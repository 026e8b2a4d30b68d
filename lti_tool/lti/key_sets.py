"""The platforms' key sets: fetched with care, kept for when the platform is away."""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import urllib3

from catalogue_sync.transport.addresses import Network
from lti_tool.errors import LaunchRefused
from lti_tool.lti import exchange
from lti_tool.lti.registration import is_safe
from lti_tool.storage.database import reading
from lti_tool.storage.keys import Jwk, StoredKeySet, find_key_set, put_key_set

TIMEOUT_SECONDS = 5.0
"""For a whole exchange, from the looking up of the host's name to the last byte."""

WAIT_SECONDS = 4.0
"""For another launch's exchange to end, before a launch goes on without one of its own.

Long enough for a busy LMS when a class opens the tool for the first time. A platform that
does not answer at all can hold waiting launches for so long once in `RETRY_AFTER`.
"""

MOST_BYTES = 256 * 1024
MOST_KEYS = 100
MOST_FETCHES = 2
"""At once in this process: slow platforms must leave threads to everybody else."""

RETRY_AFTER = timedelta(seconds=30)
"""A platform is asked no more often than this, however many unknown keys are named."""

REFRESH_AFTER = timedelta(hours=1)
"""A set this old is read again even if it has the key, so that a withdrawn key dies."""

# One fetch of a key set at a time in this process: who waited finds what the first one
# brought. A lock lives as long as somebody holds it or waits for it.
_LOCKS: weakref.WeakValueDictionary[str, threading.Lock] = weakref.WeakValueDictionary()
_LOCKS_GUARD = threading.Lock()

_SLOTS = threading.BoundedSemaphore(MOST_FETCHES)

# The members of a public key (RFC 7517, section 4; RFC 7518, section 6); others are not kept.
_MEMBERS = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")


def find_platform_key(
    engine: sa.Engine, url: str, kid: str, now: datetime, *, networks: Sequence[Network] = ()
) -> Jwk:
    """The key `kid` of the key set at `url`, in the public internet or one of `networks`.

    A key that is not in the stored set makes the set be read again, at most once in
    `RETRY_AFTER`; a failed reading changes nothing, and the last good set serves. Who finds
    a reading under way waits for `WAIT_SECONDS` at most, and with a stored key not at all.
    Raises `LaunchRefused`: `keys-unreachable` when no set was ever read, or none can be
    read now; `keys-forbidden` when the address is one that the tool does not call;
    `key-unknown` when the set has no such key.
    """
    stored = _read(engine, url)
    known = find_stored_key(stored, kid, now)
    if known is not None:
        return known
    if not _is_due(stored, kid, now):
        return _choose(stored, url, kid)
    patience = WAIT_SECONDS if _find(stored, kid) is None else 0.0
    until = time.monotonic() + patience
    lock = _lock_of(url)
    if not lock.acquire(timeout=patience):
        return _choose_meanwhile(engine, url, kid, now)
    try:
        stored = _read(engine, url)
        if _is_due(stored, kid, now):
            if not _SLOTS.acquire(timeout=max(0.0, until - time.monotonic())):
                return _choose_meanwhile(engine, url, kid, now)
            try:
                stored = _refresh(engine, url, stored, now, networks)
            finally:
                _SLOTS.release()
    finally:
        lock.release()
    return _choose(stored, url, kid)


def find_stored_key(stored: StoredKeySet | None, kid: str, now: datetime) -> Jwk | None:
    """The key `kid` of a stored set that will do as it is; None: ask `find_platform_key`."""
    return None if _is_due(stored, kid, now) else _find(stored, kid)


def fetch_key_set(url: str, *, networks: Sequence[Network] = ()) -> list[Jwk]:
    """Read and check the key set at `url`.

    https only, but for this machine; no redirect is followed; `TIMEOUT_SECONDS` bounds the
    exchange, and `MOST_BYTES` the answer. Raises `LaunchRefused`: `keys-forbidden` for an
    address that is neither public nor in `networks`, else `keys-unreachable`.
    """
    if not is_safe(url):
        raise _unreachable(url, "the address is neither https nor on this machine")
    try:
        answer = exchange.send(
            "GET", url, networks=networks, seconds=TIMEOUT_SECONDS, most_bytes=MOST_BYTES
        )
    except exchange.ForbiddenAddress as error:
        raise _forbidden(url, error) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _unreachable(url, exchange.explain(error, TIMEOUT_SECONDS)) from error
    if answer.status != 200:
        raise _unreachable(url, f"it answers with status {answer.status}")
    return _parse(url, answer.body)


def _lock_of(url: str) -> threading.Lock:
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(url, threading.Lock())


def _parse(url: str, body: bytes) -> list[Jwk]:
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):
        raise _unreachable(url, "the answer is not JSON") from None
    keys = answer.get("keys") if isinstance(answer, dict) else None
    if not isinstance(keys, list) or not all(isinstance(jwk, dict) for jwk in keys):
        raise _unreachable(url, "the answer is not a key set")
    if not keys or len(keys) > MOST_KEYS:
        raise _unreachable(url, f"the key set has {len(keys)} keys")
    return [_keep(jwk) for jwk in keys]


def _keep(jwk: Mapping[str, object]) -> Jwk:
    kept = {name: jwk[name] for name in _MEMBERS if isinstance(jwk.get(name), str)}
    # Who publishes a private key must be refused; that it was there is all we keep of it.
    return {**kept, "d": ""} if "d" in jwk else kept


def _read(engine: sa.Engine, url: str) -> StoredKeySet | None:
    with reading(engine) as connection:
        return find_key_set(connection, url)


def _refresh(
    engine: sa.Engine,
    url: str,
    stored: StoredKeySet | None,
    now: datetime,
    networks: Sequence[Network],
) -> StoredKeySet | None:
    try:
        keys: list[Jwk] | None = fetch_key_set(url, networks=networks)
    except LaunchRefused as refused:
        if stored is None or stored.keys is None:
            # An address that may not be called was not asked: nothing keeps it from being
            # asked as soon as the setting is mended, and until then it is told as it is.
            if refused.code != "keys-forbidden":
                _note(engine, url, None, now)
            raise
        keys = None
    _note(engine, url, keys, now)
    return _read(engine, url)


def _note(engine: sa.Engine, url: str, keys: list[Jwk] | None, now: datetime) -> None:
    with engine.begin() as connection:
        put_key_set(connection, url, keys=keys, now=now)


def _is_due(stored: StoredKeySet | None, kid: str, now: datetime) -> bool:
    """Whether the platform is to be asked before a launch with `kid` goes on."""
    if stored is None:
        return True
    if now - stored.tried_at < RETRY_AFTER:
        return False
    old = stored.fetched_at is None or now - stored.fetched_at > REFRESH_AFTER
    return old or _find(stored, kid) is None


def _find(stored: StoredKeySet | None, kid: str) -> Jwk | None:
    keys = (stored.keys if stored else None) or []
    return next((jwk for jwk in keys if jwk.get("kid") == kid), None)


def _choose(stored: StoredKeySet | None, url: str, kid: str) -> Jwk:
    if stored is None or stored.keys is None:
        raise _unreachable(url, f"the last attempt failed, less than {RETRY_AFTER.seconds} s ago")
    jwk = _find(stored, kid)
    if jwk is None:
        raise LaunchRefused(
            f"The LMS signed with a key that is not among those at {url}.",
            mend="Check --key-set-url. If the LMS has just changed its keys, try again in "
            "half a minute.",
            code="key-unknown",
        )
    return jwk


def _choose_meanwhile(engine: sa.Engine, url: str, kid: str, now: datetime) -> Jwk:
    """The key by what is stored, for a launch that cannot have the set read."""
    stored = _read(engine, url)
    if _find(stored, kid) is None and _is_due(stored, kid, now):
        raise _unreachable(url, "this tool is busy reading key sets, and one is slow")
    return _choose(stored, url, kid)


def _forbidden(url: str, error: exchange.ForbiddenAddress) -> LaunchRefused:
    return LaunchRefused(
        f"The keys of the LMS at {url} were not read: {error}.",
        mend=f"Administrator: check --key-set-url. {error.mend}",
        code="keys-forbidden",
    )


def _unreachable(url: str, reason: str) -> LaunchRefused:
    return LaunchRefused(
        f"The keys of the LMS at {url} could not be read: {reason}.",
        mend="Try again in half a minute. Administrator: check --key-set-url, and that this "
        "server can reach that address.",
        code="keys-unreachable",
    )
