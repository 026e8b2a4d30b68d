"""A platform's configuration, read with its types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from lti_tool.errors import RegistrationFailed
from lti_tool.lti import claims
from lti_tool.lti.platforms import Profile, profile_of
from lti_tool.lti.registration import is_safe, origin_of

LONGEST_URL = 500
_LONGEST_NAME = 200
_MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A kind of message that the platform sends, and where it can place it."""

    type: str
    placements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformConfiguration:
    """What a platform says of itself (LTI dynamic registration 1.0, section 3.5).

    Every address is https, or http on this machine, and at most `LONGEST_URL` characters.
    `scopes` and `messages` are empty when the platform does not say which it has.
    """

    issuer: str
    authorization_url: str
    token_url: str
    key_set_url: str
    registration_url: str
    family: str = ""
    version: str = ""
    account: str = ""
    scopes: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    algorithms: tuple[str, ...] = ()

    @property
    def profile(self) -> Profile:
        """What this kind of platform does otherwise."""
        return profile_of(self.family, self.issuer)

    @property
    def origin(self) -> str:
        """Where people's browsers are sent to: the likely origin of the platform's pages."""
        return origin_of(self.authorization_url)

    def to_json(self) -> dict[str, object]:
        """The same as plain values that `from_json` reads."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, object]) -> PlatformConfiguration:
        """What `to_json` wrote, and JSON carried."""
        messages = cast("list[dict[str, object]]", values["messages"])
        kept = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name != "messages"
        }
        return PlatformConfiguration(
            **kept,  # type: ignore[arg-type]
            messages=tuple(
                Message(
                    type=str(one["type"]),
                    placements=tuple(cast("list[str]", one["placements"])),
                )
                for one in messages
            ),
        )


def read_document(document: object) -> PlatformConfiguration:
    """The configuration in a JSON document.

    Raises `RegistrationFailed` (`registration-configuration`), naming the member, for what
    is missing or of another type.
    """
    if not isinstance(document, dict):
        raise malformed("it is no JSON object")
    platform = document.get(claims.PLATFORM_CONFIGURATION, {})
    if not isinstance(platform, dict):
        raise malformed(f"{claims.PLATFORM_CONFIGURATION} is no JSON object")
    family = _name(platform.get("product_family_code"), 60)
    issuer = _issuer(document)
    account = profile_of(family, issuer).account_claim
    return PlatformConfiguration(
        issuer=issuer,
        authorization_url=_url(document, "authorization_endpoint"),
        token_url=_url(document, "token_endpoint"),
        key_set_url=_url(document, "jwks_uri"),
        registration_url=_url(document, "registration_endpoint"),
        family=family,
        version=_name(platform.get("version"), _LONGEST_NAME),
        account=_name(platform.get(account), _LONGEST_NAME) if account else "",
        scopes=_texts(document, "scopes_supported"),
        messages=_messages(platform),
        algorithms=_texts(document, "id_token_signing_alg_values_supported"),
    )


def malformed(reason: str) -> RegistrationFailed:
    """The error of a configuration that cannot be read."""
    return RegistrationFailed(
        f"The LMS's configuration cannot be used: {reason}.",
        step="reading",
        mend="The LMS does not follow LTI dynamic registration 1.0 here; register by hand.",
        code="registration-configuration",
    )


def _issuer(document: Mapping[str, object]) -> str:
    issuer = document.get("issuer")
    if not isinstance(issuer, str) or not _is_usable(issuer):
        raise malformed("issuer is no https address")
    return issuer


def _url(document: Mapping[str, object], member: str) -> str:
    url = document.get(member)
    if not isinstance(url, str) or not url:
        raise malformed(f"{member} is missing")
    if not _is_usable(url) or "#" in url:
        raise malformed(f"{member} is no https address ({url[:100]!r})")
    return url


def _is_usable(url: str) -> bool:
    return url.isprintable() and len(url) <= LONGEST_URL and is_safe(url)


def _texts(document: Mapping[str, object], member: str) -> tuple[str, ...]:
    """A list of strings that may be missing; one string with blanks is taken as a list."""
    value = document.get(member)
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split()
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
        raise malformed(f"{member} is no list of strings")
    texts = [one for one in value if isinstance(one, str)]
    return tuple(one for one in texts if one.isprintable() and len(one) <= LONGEST_URL)


def _messages(platform: Mapping[str, object]) -> tuple[Message, ...]:
    value = platform.get("messages_supported")
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
        raise malformed("messages_supported is no list")
    return tuple(
        Message(type=one["type"][:100], placements=_texts(one, "placements"))
        for one in value
        if isinstance(one, dict) and isinstance(one.get("type"), str)
    )


def _name(value: object, limit: int) -> str:
    """Words for people to read; what is none is left out, because nothing hangs on it."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:limit]
