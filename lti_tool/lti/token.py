"""The id_token: taken apart, and its signature, parties and times checked.

Pure rules (but for the key, which is handed in): LTI security framework 1.0, section 5.1.3.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from lti_tool.config import ALGORITHMS, Config
from lti_tool.domain.launch import Registration
from lti_tool.errors import LaunchRefused
from lti_tool.lti.platform_key import load_key
from lti_tool.lti.typed_claims import (
    malformed,
    missing,
    moment,
    optional_text,
    required_moment,
    required_text,
)
from lti_tool.storage.keys import Jwk

LONGEST_TOKEN = 128 * 1024


def read_part(token: str, index: int) -> dict[str, object]:
    """Part `index` of a signed token (0: header, 1: claims), not yet to be believed.

    Raises `LaunchRefused` (`token-malformed`) for what is no token of three parts.
    """
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3 or not token.isascii():
        raise _malformed()
    try:
        return _read_object(_decode(parts[index]))
    except ValueError:
        raise _malformed() from None


@dataclass(frozen=True, slots=True)
class Signature:
    """What a token's header says of its signature: the algorithm, and the key's `kid`."""

    algorithm: str
    kid: str


def read_signature(header: Mapping[str, object], allowed: Collection[str]) -> Signature:
    """How a token is signed, whose algorithm must be one of `allowed`.

    Raises `LaunchRefused`: `algorithm`, `key-unnamed`, and `token-malformed` for a header
    that asks for what nobody here understands (`crit`; RFC 7515, section 4.1.11).
    """
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in allowed or algorithm not in ALGORITHMS:
        shown = algorithm[:20] if isinstance(algorithm, str) else "none"
        raise LaunchRefused(
            f"The LMS signed the launch with {shown!r}.",
            mend=f"Set the LMS to sign with {' or '.join(allowed)}, or add its algorithm to "
            "NEEDLE_ALGORITHMS.",
            code="algorithm",
        )
    if "crit" in header:
        raise _malformed()
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid or len(kid) > 500:
        raise LaunchRefused(
            "The launch does not say which of the LMS's keys signed it.",
            mend="The LMS must send a kid in the header of its id_token.",
            code="key-unnamed",
        )
    return Signature(algorithm, kid)


def verify(token: str, jwk: Jwk, algorithm: str) -> None:
    """Raise `LaunchRefused` unless the signature of `token` by `jwk` is good.

    `algorithm` is the header's, and allowed. `key-weak` is for a key that must not sign a
    launch, or not with that algorithm; else `signature`.
    """
    key = load_key(jwk, algorithm)
    signed, _, signature = token.rpartition(".")
    try:
        good = jwt.get_algorithm_by_name(algorithm).verify(
            signed.encode("ascii"), key, _decode(signature)
        )
    except ValueError:
        good = False
    if not good:
        raise LaunchRefused(
            "The signature of the launch is not that of the LMS.",
            mend="Check that --key-set-url is that of the LMS that sends the launches.",
            code="signature",
        )


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


def _decode(part: str) -> bytes:
    """The bytes of a token's part; raises ValueError for what is not base64url."""
    padded = part + "=" * (-len(part) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


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


def _malformed() -> LaunchRefused:
    return LaunchRefused(
        "What the LMS sent is not a launch message.",
        mend="Check that the tool is set up as an LTI 1.3 tool, then open it again.",
        code="token-malformed",
    )
