"""The LMS's signing keys: made at the start, published, never written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from jwt.algorithms import RSAAlgorithm


class SigningKey:
    """An RSA key with a name; signs with RS256 (LTI 1.3 Security 1.0, section 5.1).

    `bits` under 2048 makes a key that no tool may trust.
    """

    def __init__(self, *, bits: int = 2048) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        self.kid = secrets.token_hex(10)

    def public(self) -> dict[str, object]:
        """The public key as a JSON Web Key (RFC 7517)."""
        public = json.loads(RSAAlgorithm.to_jwk(self._private.public_key()))
        return {"kty": "RSA", "alg": "RS256", "kid": self.kid, "use": "sig",
                "e": public["e"], "n": public["n"]}

    def key_set(self) -> dict[str, object]:
        """The public key alone in a JSON Web Key Set."""
        return {"keys": [self.public()]}

    def public_pem(self) -> bytes:
        """The public key as a PEM text."""
        return self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, claims: Mapping[str, object]) -> str:
        """A compact JWT of `claims` (RFC 7519)."""
        return self.sign_as({"typ": "JWT", "alg": "RS256", "kid": self.kid}, claims)

    def sign_as(self, header: Mapping[str, object], payload: object) -> str:
        """A compact JWS of any header and payload, whatever the header says of itself.

        An `alg` of `none` leaves the signature empty, `HS256` makes one with the public key
        as the secret; anything else is signed with RSA and SHA-256.
        """
        signed = f"{_encode(header)}.{_encode(payload)}"
        return f"{signed}.{_base64(self._signature(header.get('alg'), signed.encode()))}"

    def _signature(self, algorithm: object, signed: bytes) -> bytes:
        if algorithm == "none":
            return b""
        if algorithm == "HS256":
            return hmac.digest(self.public_pem(), signed, hashlib.sha256)
        return self._private.sign(signed, padding.PKCS1v15(), hashes.SHA256())


def _encode(value: object) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
