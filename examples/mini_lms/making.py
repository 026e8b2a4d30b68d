"""How a launch for trying a tool is made out of a good one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from examples.mini_lms.keys import SigningKey

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"

Claims = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """All that a launch can be made of.

    `claims` are those of a good LtiResourceLinkRequest with the nonce of the tool's login.
    `key` is published, `other_key` is not; `weak_key` is published too, and has 1024 bits.
    `earlier_token` is an id_token that this tool has accepted, if there was one.
    """

    claims: Mapping[str, object]
    key: SigningKey
    other_key: SigningKey
    weak_key: SigningKey
    now: datetime
    earlier_token: str | None = None

    def seconds(self, offset: int = 0) -> int:
        """The time, moved by `offset` seconds, as a NumericDate (RFC 7519, section 2)."""
        return int(self.now.timestamp()) + offset

    def header(self) -> dict[str, object]:
        """The header of a good token."""
        return {"typ": "JWT", "alg": "RS256", "kid": self.key.kid}


Maker = Callable[[Making], str]
"""Makes the id_token to post."""


class NeedsEarlierToken(Exception):
    """A launch replays an earlier token, and there is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLaunch:
    """One launch to try a tool with: `make` gives the id_token to post, whatever it is.

    `why` says what is wrong with it, or why it must work. `needs_earlier` launches replay
    `Making.earlier_token`; without one, `make` raises `NeedsEarlierToken`.
    """

    title: str
    why: str
    make: Maker
    accepts: bool = False
    needs_earlier: bool = False


def with_claims(**changes: object) -> Maker:
    """A launch with these claims changed; the names are those of `named`."""
    changed = {named(name): value for name, value in changes.items()}
    return lambda launch: launch.key.sign({**launch.claims, **changed})


def without_claims(*names: str) -> Maker:
    """A launch without these claims; the names are those of `named`."""
    gone = {named(name) for name in names}
    return lambda launch: launch.key.sign(
        {name: value for name, value in launch.claims.items() if name not in gone}
    )


def timed(**offsets: int) -> Maker:
    """A launch with times so many seconds from now."""
    return lambda launch: launch.key.sign(
        {**launch.claims, **{name: launch.seconds(by) for name, by in offsets.items()}}
    )


def named(short: str) -> str:
    """The whole name of a claim: those of OpenID Connect and whole ones stay as they are."""
    return short if short in OPENID or ":" in short else CLAIM + short


OPENID = frozenset({"iss", "aud", "azp", "sub", "exp", "iat", "nbf", "nonce", "name",
                    "given_name", "family_name", "middle_name", "email", "locale", "picture"})
"""The claims whose names are short."""
