"""The id_token: taken apart, and its signature, parties and times checked.

Pure rules (but for the key, which is handed in): LTI security framework 1.0, section 5.1.3.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lti_tool.config import Config
from lti_tool.domain.launch import Registration
from lti_tool.errors import LaunchRefused
from lti_tool.lti.typed_claims import (
    malformed,
    missing,
    moment,
    optional_text,
    required_moment,
    required_text,
)
from lti_tool.storage.keys import Jwk

ALGORITHMS = ("RS256",)
"""The signatures that are accepted; neither the token nor a key set can add to them."""

LEAST_KEY_BITS = 2048
LONGEST_TOKEN = 128 * 1024


def read_part(token: str, index: int) -> dict[str, object]:
    """Part `index` of a signed token (0: header, 1: claims), not yet to be believed.

    Raises `LaunchRefused` (`token-malformed`) for what is no token of three parts.
    """
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3 or not token.isascii():
        raise _malformed()
    try:
        padded = parts[index] + "=" * (-len(parts[index]) % 4)
        return _read_object(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        raise _malformed() from None


def read_key_name(header: Mapping[str, object]) -> str:
    """The `kid` of a header whose algorithm is one of `ALGORITHMS`.

    Raises `LaunchRefused`: `algorithm`, `key-unnamed`.
    """
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        shown = algorithm[:20] if isinstance(algorithm, str) else "none"
        raise LaunchRefused(
            f"The LMS signed the launch with {shown!r}.",
            mend=f"Set the LMS to sign with {' or '.join(ALGORITHMS)}.",
            code="algorithm",
        )
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid or len(kid) > 500:
        raise LaunchRefused(
            "The launch does not say which of the LMS's keys signed it.",
            mend="The LMS must send a kid in the header of its id_token.",
            code="key-unnamed",
        )
    return kid


def verify(token: str, jwk: Jwk) -> dict[str, object]:
    """The claims of `token`, whose signature by `jwk` is good.

    Raises `LaunchRefused`: `key-weak` for a key that must not sign a launch, `signature`.
    """
    key = _load_key(jwk)
    try:
        payload = jwt.PyJWS().decode(token, key, algorithms=list(ALGORITHMS))
        return _read_object(payload)
    except (jwt.PyJWTError, ValueError):
        raise LaunchRefused(
            "The signature of the launch is not that of the LMS.",
            mend="Check that --key-set-url is that of the LMS that sends the launches.",
            code="signature",
        ) from None


def check_nonce(body: Mapping[str, object], nonce: str) -> None:
    """Raise `LaunchRefused` (`nonce`) unless the token answers this very login."""
    found = required_text(body, "nonce")
    if not nonce or not hmac.compare_digest(found.encode(), nonce.encode()):
        raise LaunchRefused(
            "The launch answers another login than the one it came with.",
            mend="Open Needle again from your course.",
            code="nonce",
        )


def check_parties(body: Mapping[str, object], registration: Registration) -> None:
    """Raise `LaunchRefused` unless the token is from this platform and for this tool alone.

    `issuer-other`; `audience` when `aud` names anyone besides our client id, or `azp` is
    another's (OpenID Connect Core 1.0, section 3.1.3.7).
    """
    issuer = required_text(body, "iss", 500)
    if issuer != registration.issuer:
        raise LaunchRefused(
            f"The launch is from {issuer!r}, but the login was from {registration.issuer!r}.",
            mend="Check --issuer: it must be the LMS's issuer letter for letter.",
            code="issuer-other",
        )
    audience = body.get("aud")
    entries = audience if isinstance(audience, list) else [audience]
    if audience is None:
        raise missing("aud")
    if not all(isinstance(entry, str) for entry in entries):
        raise malformed("aud", "a client id or a list of them")
    party = optional_text(body, "azp")
    if set(entries) != {registration.client_id} or party not in (None, registration.client_id):
        raise LaunchRefused(
            f"The launch is not meant for client id {registration.client_id!r} alone.",
            mend="Check --client-id, and that the tool is registered once for this LMS.",
            code="audience",
        )


def check_times(body: Mapping[str, object], config: Config, now: datetime) -> None:
    """Raise `LaunchRefused` unless the token is alive and young.

    `exp` and `iat` are required; clocks may differ by `clock_leeway_seconds`, and a token
    older than `launch_max_age_seconds` is refused even before its `exp`.
    """
    leeway = timedelta(seconds=config.clock_leeway_seconds)
    expires, issued = required_moment(body, "exp"), required_moment(body, "iat")
    valid_from = moment(body, "nbf") or issued
    if max(issued, valid_from) > now + leeway:
        raise LaunchRefused(
            "The launch comes from the future: the clocks of the LMS and of this tool differ.",
            mend="Set both servers' clocks by NTP. This server's clock says "
            f"{now:%Y-%m-%d %H:%M:%S} UTC.",
            code="token-early",
        )
    limit = timedelta(seconds=config.launch_max_age_seconds)
    if expires <= now - leeway or now - issued > limit + leeway:
        raise LaunchRefused(
            "The launch took too long and is no longer valid.",
            mend="Open Needle again from your course. If this happens every time, check the "
            f"clocks of both servers; this one says {now:%Y-%m-%d %H:%M:%S} UTC.",
            code="token-expired",
        )


def _load_key(jwk: Jwk) -> RSAPublicKey:
    try:
        if jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
            raise _weak("it is not an RSA key for signatures")
        if jwk.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
            raise _weak("it is for another algorithm")
        key = jwt.PyJWK({**jwk}, algorithm=ALGORITHMS[0]).key
    except (jwt.PyJWTError, ValueError, KeyError):
        raise _weak("it cannot be read") from None
    if not isinstance(key, RSAPublicKey):
        raise _weak("it is not a public key")
    if key.key_size < LEAST_KEY_BITS:
        raise _weak(f"it has {key.key_size} bits, and at least {LEAST_KEY_BITS} are needed")
    return key


def _read_object(text: bytes) -> dict[str, object]:
    """The JSON object in `text`; raises ValueError for everything else."""
    try:
        found: object = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the caller refuses one kind of error
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _weak(reason: str) -> LaunchRefused:
    return LaunchRefused(
        f"The LMS's key cannot be trusted with a launch: {reason}.",
        mend=f"Give the LMS an RSA key of at least {LEAST_KEY_BITS} bits for RS256.",
        code="key-weak",
    )


def _malformed() -> LaunchRefused:
    return LaunchRefused(
        "What the LMS sent is not a launch message.",
        mend="Check that the tool is set up as an LTI 1.3 tool, then open it again.",
        code="token-malformed",
    )
