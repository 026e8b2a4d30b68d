"""A platform's public key, from its JSON Web Key: only one that may sign a launch."""

from __future__ import annotations

import functools
import json

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lti_tool.errors import LaunchRefused
from lti_tool.storage.keys import Jwk

LEAST_KEY_BITS = 2048

PublicKey = RSAPublicKey | EllipticCurvePublicKey

_KINDS = {"RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "ES256": "EC"}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a private or secret key (RFC 7518, section 6)."""


def load_key(jwk: Jwk, algorithm: str) -> PublicKey:
    """The public key in `jwk`, for signatures of that algorithm.

    RSA of at least `LEAST_KEY_BITS`, or EC on the curve P-256. Raises `LaunchRefused`
    (`key-weak`) saying what is wrong with the key.
    """
    kind = _KINDS.get(algorithm)
    if jwk.get("kty") != kind or jwk.get("use", "sig") != "sig":
        raise _weak(f"it is not an {kind} key for signatures")
    if jwk.get("alg", algorithm) != algorithm:
        raise _weak(f"it is for another algorithm than the launch's, {algorithm}")
    if not _PRIVATE.isdisjoint(jwk):
        raise _weak("its private half stands in the key set")
    return _parse(json.dumps(jwk, sort_keys=True), algorithm)


# What a key is read from is its own name in this cache, so a changed key is read anew.
@functools.lru_cache(maxsize=256)
def _parse(text: str, algorithm: str) -> PublicKey:
    try:
        key = jwt.PyJWK(json.loads(text), algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, KeyError, TypeError):
        raise _weak("it cannot be read") from None
    if isinstance(key, RSAPublicKey):
        if key.key_size < LEAST_KEY_BITS:
            raise _weak(f"it has {key.key_size} bits, and at least {LEAST_KEY_BITS} are needed")
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise _weak("it is not a public key on the curve P-256")


def _weak(reason: str) -> LaunchRefused:
    return LaunchRefused(
        f"The LMS's key cannot be trusted with a launch: {reason}.",
        mend=f"Give the LMS an RSA key of at least {LEAST_KEY_BITS} bits for RS256.",
        code="key-weak",
    )
