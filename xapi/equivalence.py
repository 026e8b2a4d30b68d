"""Whether a statement that an LRS holds is the one that was sent.

An LRS adds to a statement (stored, authority, version) and may write its times, lists and
defaults another way; xAPI part 2, 2.3.1 says what is not part of a statement's identity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

_ACTIVITY_LISTS = frozenset({"category", "grouping", "other", "parent"})
_ADDED = frozenset({"stored", "authority", "version", "attachments"})
_BEYOND_HUNDREDTHS = re.compile(r"([.,][0-9]{2})[0-9]+(S)$")


def is_same(held: Mapping[str, object], sent: Mapping[str, object]) -> bool:
    """Whether `held`, read from an LRS, is `sent`, as far as a statement's identity goes."""
    try:
        return _canonical(held) == _canonical(sent)
    except RecursionError:
        # Nested deeper than anything that could have been sent.
        return False


def _canonical(statement: Mapping[str, object]) -> object:
    kept = {key: value for key, value in statement.items() if key not in _ADDED}
    if isinstance(kept.get("id"), str):
        kept["id"] = str(kept["id"]).lower()
    return _plain(kept, "")


def _plain(value: object, key: str) -> object:
    if key == "extensions":
        # What is in there has a meaning that only its author knows.
        return value
    if key in _ACTIVITY_LISTS and isinstance(value, Mapping):
        return [_plain(value, "")]
    if isinstance(value, Mapping):
        return _plain_parts(value)
    if isinstance(value, list):
        parts = [_plain(part, "") for part in value]
        return sorted(parts, key=_as_text) if key == "member" else parts
    return _plain_text(value, key) if isinstance(value, str) else value


def _plain_parts(value: Mapping[str, object]) -> dict[str, object]:
    plain = {
        inner: _plain(part, inner)
        for inner, part in value.items()
        if not _is_default_or_description(inner, part)
    }
    if plain.get("objectType") == "StatementRef":
        plain["id"] = str(plain.get("id")).lower()
    return plain


def _plain_text(text: str, key: str) -> object:
    """Times, and text in which case, or a hundredth's parts, have no meaning."""
    if key == "timestamp":
        return _moment(text)
    if key == "duration":
        # Otherwise it is compared as text; an LRS may cut it to 0.01 s (4.6).
        return _BEYOND_HUNDREDTHS.sub(r"\1\2", text)
    if key in ("registration", "language"):
        return text.lower()
    if key == "mbox":
        name, at, domain = text.rpartition("@")
        return name + at + domain.lower()
    return text


def _as_text(part: object) -> str:
    return json.dumps(part, sort_keys=True, default=str)


def _is_default_or_description(key: str, value: object) -> bool:
    """Defaults may be left out; a verb's display and an activity's definition do not count."""
    if key in ("display", "definition"):
        return True
    return key == "objectType" and value in ("Activity", "Agent")


def _moment(text: str) -> object:
    """The instant, to the millisecond, which is all that an LRS must keep."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        # Before year 1 or after year 9999 once it is in UTC.
        return text
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
