"""The tool's own keys, as platforms read them at /lti/jwks.json."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK

from lti_tool.sealing import Sealer
from lti_tool.storage.database import reading
from lti_tool.storage.keys import Jwk, insert_key, list_public_keys, lock_keys

KEY_BITS = 2048


def tool_keys(engine: sa.Engine, sealer: Sealer, now: datetime) -> dict[str, list[Jwk]]:
    """The tool's public key set (RFC 7517, section 5); a key is made at first use.

    Each key has `kid` (its RFC 7638 thumbprint), `alg` RS256 and `use` sig. The private
    half is sealed in the database. Any number of processes at once end with one key.
    """
    with reading(engine) as connection:
        found = list_public_keys(connection)
    if found:
        return {"keys": found}
    with engine.begin() as connection:
        lock_keys(connection)
        found = list_public_keys(connection)
        if not found:
            found = [_make_key(connection, sealer, now)]
    return {"keys": found}


def _make_key(connection: sa.Connection, sealer: Sealer, now: datetime) -> Jwk:
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    plain = private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
    public = JWK.from_pyca(private_key.public_key())
    kid: str = public.thumbprint()
    jwk: Jwk = {**json.loads(public.export_public()), "kid": kid, "alg": "RS256", "use": "sig"}
    insert_key(
        connection,
        kid=kid,
        sealed_private_key=sealer.seal(plain),
        public_jwk=jwk,
        now=now,
        signs_from=now,
    )
    return jwk
