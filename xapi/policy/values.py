"""What may stand in a field: one predicate for each kind of value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from xapi import forms
from xapi.statements import LONGEST_NAME, LONGEST_WORDS

TOOL_NAME = "needle"
"""The account name of the tool itself, the actor that recommends and voids."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_E_MAIL = re.compile(r"[^\s@]@[^\s@]")
_E_MAIL_IN_ADDRESS = re.compile(r"[^\s@/?#=&]@[^\s@/]+\.[^\s@./]")
_NO_ADDRESSES = ("data:", "javascript:", "mailto:", "sms:", "tel:")
_SECRETS = frozenset({
    "access_token", "api_key", "apikey", "key", "pass", "password", "pwd", "secret", "sesskey",
    "sig", "signature", "token", "wstoken",
})
"""What a query calls what opens a door."""

_DURATION = re.compile(
    r"P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
)


def looks_like_email(text: str) -> bool:
    """Whether `text` reads as an e-mail address; such a name is never an actor's account."""
    return text.strip().lower().startswith("mailto:") or holds_email(text)


def holds_email(text: str) -> bool:
    """Whether an e-mail address stands anywhere in `text`, in whatever disguise is common."""
    return _E_MAIL.search(_undisguised(text)) is not None


def _undisguised(text: str) -> str:
    return unicodedata.normalize("NFKC", unquote(text))


def matches(pattern: str) -> Callable[[object], bool]:
    """Texts that match the whole of a pattern."""
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def one_of(*allowed: object) -> Callable[[object], bool]:
    """These values alone, of these types: True is no 1."""
    known = {(type(one), one) for one in allowed}
    return lambda value: isinstance(value, Hashable) and (type(value), value) in known


def is_uuid(value: object) -> bool:
    """A UUID in lower case, with hyphens."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def is_urn(value: object) -> bool:
    """An identifier made of a UUID, of something that has no address."""
    return isinstance(value, str) and value.startswith("urn:uuid:") and is_uuid(value[9:])


def is_time(value: object) -> bool:
    """A time that says how far from UTC it is."""
    try:
        return isinstance(value, str) and forms.is_aware(datetime.fromisoformat(value))
    except ValueError:
        return False


def is_duration(value: object) -> bool:
    """A span of time as ISO 8601 writes it, in days and parts of a day."""
    return isinstance(value, str) and _DURATION.fullmatch(value) is not None


def is_iri(value: object) -> bool:
    """An IRI that holds no e-mail address, user, password or token, and is not itself a text.

    (An address of the web may well have an @ in it.)
    """
    if not isinstance(value, str) or not forms.is_iri(value):
        return False
    if value.lower().startswith(_NO_ADDRESSES) or _E_MAIL_IN_ADDRESS.search(_undisguised(value)):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    keys = {key.lower() for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return "@" not in parts.netloc and not keys & _SECRETS


def is_web_address(value: object) -> bool:
    """An http or https address without a user in it."""
    if not isinstance(value, str) or not forms.is_iri(value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and "@" not in parts.netloc


def is_name(value: object) -> bool:
    """The name of an activity or a platform."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


def is_words(value: object) -> bool:
    """What somebody wrote, without an e-mail address in it."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_WORDS and not holds_email(value)


def is_tag(value: object) -> bool:
    """A language tag."""
    return isinstance(value, str) and forms.is_language_tag(value)


def is_minutes(value: object) -> bool:
    """Whole minutes, 1 to 600."""
    return type(value) is int and 1 <= value <= 600


def is_score(value: object) -> bool:
    """A scaled score, -1 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value <= 1


def is_account_name(value: object) -> bool:
    """The name that a platform has for a learner, unless that is an e-mail address."""
    return isinstance(value, str) and 0 < len(value) <= 255 and not looks_like_email(value)
