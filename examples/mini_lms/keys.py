"""The LMS's signing key: made at the start, published, never written down."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


class SigningKey:
    """An RSA key of 2048 bits with a name; signs with RS256 (LTI 1.3 Security 1.0, 5.1)."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = secrets.token_hex(10)

    def key_set(self) -> dict[str, object]:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        public = json.loads(RSAAlgorithm.to_jwk(self._private.public_key()))
        return {"keys": [{"kty": "RSA", "alg": "RS256", "kid": self.kid, "use": "sig",
                          "e": public["e"], "n": public["n"]}]}

    def sign(self, claims: Mapping[str, object]) -> str:
        """A compact JWT of `claims`."""
        return jwt.encode(dict(claims), self._private, algorithm="RS256",
                          headers={"kid": self.kid})
