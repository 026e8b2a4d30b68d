"""Whether a statement that an LRS holds is the one that was sent.

An LRS adds to a statement (stored, authority, version) and may write its times, lists and
defaults another way; xAPI part 2, 2.3.1 says what is not part of a statement's identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

_ACTIVITY_LISTS = frozenset({"category", "grouping", "other", "parent"})
_ADDED = frozenset({"stored", "authority", "version", "attachments"})


def is_same(held: Mapping[str, object], sent: Mapping[str, object]) -> bool:
    """Whether `held`, read from an LRS, is `sent`, as far as a statement's identity goes."""
    try:
        return _canonical(held) == _canonical(sent)
    except RecursionError:
        # Nested deeper than anything that could have been sent.
        return False


def _canonical(statement: Mapping[str, object]) -> dict[str, object]:
    kept = {key: value for key, value in statement.items() if key not in _ADDED}
    if isinstance(kept.get("timestamp"), str):
        kept["timestamp"] = _moment(str(kept["timestamp"]))
    if isinstance(kept.get("id"), str):
        kept["id"] = str(kept["id"]).lower()
    return {key: _plain(value, key) for key, value in kept.items()}


def _plain(value: object, key: str) -> object:
    if key in _ACTIVITY_LISTS and isinstance(value, Mapping):
        return [_plain(value, "")]
    if isinstance(value, Mapping):
        return {
            inner: _plain(part, inner)
            for inner, part in value.items()
            if not _is_default_or_description(inner, part)
        }
    if isinstance(value, list):
        return [_plain(part, "") for part in value]
    if key == "registration" and isinstance(value, str):
        return value.lower()
    return value


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
