"""The tool's own keys: published at /lti/jwks.json, signing, and rotated with an overlap.

The keys without a registration sign for every registration that has none of its own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK

from lti_tool.errors import InputError
from lti_tool.sealing import Sealer
from lti_tool.storage.database import reading
from lti_tool.storage.keys import (
    Jwk,
    StoredKey,
    begin_signing,
    delete_retired_keys,
    find_sealed_private_key,
    insert_key,
    list_keys,
    lock_keys,
    retire_keys,
)

KEY_BITS = 2048

SIGN_AFTER = timedelta(hours=24)
"""From a new key's publication until it signs.

Platforms keep a copy of our key set; a day is longer than any that is known to us keeps it.
"""

RETIRE_AFTER = timedelta(hours=1)
"""From the last signature of a key until it is no longer published.

No token of ours lives longer than 5 minutes. The rest is for platforms that allow leeway,
check late, or have another clock, and for a node of ours that has.
"""

JWKS_SECONDS = 300
"""How long a copy of the published set may be kept: a new key is published long before it
signs, and an old one long after, so that a short while does no harm and spares every launch's
platform a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key that may sign now."""

    kid: str
    private_key: str = field(repr=False)

    def sign(self, claims: Mapping[str, object]) -> str:
        """The claims as a JSON Web Token, RS256, that names the key (RFC 7519; RFC 7515, 4.1.4)."""
        return jwt.encode(
            dict(claims), self.private_key, algorithm="RS256", headers={"kid": self.kid}
        )


def tool_keys(engine: sa.Engine, sealer: Sealer, now: datetime) -> dict[str, list[Jwk]]:
    """The tool's public key set (RFC 7517, section 5); a key is made at first use.

    Each key has `kid` (its RFC 7638 thumbprint), `alg` RS256 and `use` sig. Keys that wait
    to sign are in it, and those that have signed lately; retired ones are deleted in
    passing. Any number of processes at once end with one key.
    """
    return {"keys": [dict(one.public_jwk) for one in published_keys(engine, sealer, now)]}


def published_keys(engine: sa.Engine, sealer: Sealer, now: datetime) -> list[StoredKey]:
    """The keys that `tool_keys` publishes, those that signed first in front; never none."""
    with reading(engine) as connection:
        found = list_keys(connection)
    if _can_sign(found, None, now) and not any(_is_retired(one, now) for one in found):
        return found
    with engine.begin() as connection:
        lock_keys(connection)
        delete_retired_keys(connection, now=now)
        if not _can_sign(list_keys(connection), None, now):
            _make_key(connection, sealer, now, signs_from=now, registration_id=None)
        return list_keys(connection)


def signing_key(
    engine: sa.Engine, sealer: Sealer, now: datetime, registration_id: uuid.UUID | None
) -> SigningKey:
    """The key that signs now for this registration: its own, or else the shared one.

    Raises `SealedElsewhere` when it was sealed with another NEEDLE_SECRET_KEY.
    """
    found = published_keys(engine, sealer, now)
    able = _can_sign(found, registration_id, now) or _can_sign(found, None, now)
    kid = able[-1].kid
    with reading(engine) as connection:
        sealed = find_sealed_private_key(connection, kid)
    if sealed is None:
        # Another process has just rotated at once and deleted it: there is a newer one.
        return signing_key(engine, sealer, now, registration_id)
    return SigningKey(kid=kid, private_key=sealer.open(sealed))


def rotate_keys(
    engine: sa.Engine,
    sealer: Sealer,
    now: datetime,
    *,
    registration_id: uuid.UUID | None = None,
    sign_after: timedelta = SIGN_AFTER,
    at_once: bool = False,
) -> StoredKey:
    """Publish a new key now, sign with it from `now + sign_after` on, and retire the old one.

    The old one is published until `RETIRE_AFTER` its last signature. `at_once` signs with
    the new key now; where one waits already, it is that one. A registration that has no key
    of its own gets one. Raises `InputError` (`key-waiting`) when a key waits already.
    """
    published_keys(engine, sealer, now)
    with engine.begin() as connection:
        lock_keys(connection)
        chain = [one for one in list_keys(connection) if one.registration_id == registration_id]
        waiting = [one for one in chain if one.signs_from > now]
        if waiting and not at_once:
            raise _waits_already(waiting[-1])
        signs_from = now if at_once else now + sign_after
        if waiting:
            kid = waiting[-1].kid
            begin_signing(connection, kid, at=now)
        else:
            kid = _make_key(
                connection, sealer, now, signs_from=signs_from, registration_id=registration_id
            )
        old = [one.kid for one in chain if one.kid != kid]
        retire_keys(connection, old, at=signs_from + RETIRE_AFTER)
        return next(one for one in list_keys(connection) if one.kid == kid)


def state_of(key: StoredKey, keys: Sequence[StoredKey], now: datetime) -> str:
    """`waits` until it signs, `signs` while it does, `retires` when a newer one does."""
    if key.signs_from > now:
        return "waits"
    return "signs" if _can_sign(keys, key.registration_id, now)[-1:] == [key] else "retires"


def _can_sign(
    keys: Sequence[StoredKey], registration_id: uuid.UUID | None, now: datetime
) -> list[StoredKey]:
    """The keys of one registration (None: the shared ones) that may sign, newest last."""
    return [
        one
        for one in keys
        if one.registration_id == registration_id
        and one.signs_from <= now
        and not _is_retired(one, now)
    ]


def _is_retired(key: StoredKey, now: datetime) -> bool:
    return key.retires_at is not None and key.retires_at <= now


def _waits_already(waiting: StoredKey) -> InputError:
    return InputError(
        f"Key {waiting.kid} is published already and signs from "
        f"{waiting.signs_from:%Y-%m-%d %H:%M} UTC on.",
        mend="Wait until then, or sign with it at once: needle keys rotate --now",
        code="key-waiting",
    )


def _make_key(
    connection: sa.Connection,
    sealer: Sealer,
    now: datetime,
    *,
    signs_from: datetime,
    registration_id: uuid.UUID | None,
) -> str:
    """Make and store a key; its kid."""
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    plain = private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
    public = JWK.from_pyca(private_key.public_key())
    kid: str = public.thumbprint()
    insert_key(
        connection,
        kid=kid,
        sealed_private_key=sealer.seal(plain),
        public_jwk={**json.loads(public.export_public()), "kid": kid, "alg": "RS256", "use": "sig"},
        now=now,
        signs_from=signs_from,
        registration_id=registration_id,
    )
    return kid
