"""The forms that values of a statement take: IRIs, language tags, UUIDs, times, durations.

xAPI part 2 leaves them to other standards, which each function names.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

LONGEST_IRI = 2_000
"""Characters of an IRI that this program makes itself: less than any LRS's own bound."""

# The possessive repeats (++, *+) keep a long text that is no IRI from costing more than one pass.
_IN_IRI = (
    r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF"
    r"\U00010000-\U0001FFFD\U00020000-\U0002FFFD\U00030000-\U000EFFFD-]++|%[0-9A-Fa-f]{2})"
)
_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:"
    r"(?=[^#])(?://(?:[^/?#\[\]@\s]*@)?\[[0-9A-Fa-f:.]+\](?=[:/?#]|$))?"
    rf"{_IN_IRI}*+(?:#{_IN_IRI}*+)?"
)
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")
_ANY_TAG = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"  # language, and what extends it
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"  # script, region
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"  # variants
    r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"  # extensions
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?"  # private use
    r"|[xX](?:-[A-Za-z0-9]{1,8})+|[iI]-[A-Za-z]{3,8}|sgn-(?:BE-FR|BE-NL|CH-DE)|en-GB-oed"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_N = r"[0-9]+(?:[.,][0-9]+)?"
_DURATION = re.compile(
    rf"P(?=[0-9T])(?:{_N}W|(?:{_N}Y)?(?:{_N}M)?(?:{_N}D)?"
    rf"(?:T(?=[0-9])(?:{_N}H)?(?:{_N}M)?(?:{_N}S)?)?)"
)
_EARLY_FRACTION = re.compile(r"[.,][0-9]+[A-Z].")


def is_iri(text: str, longest: int | None = LONGEST_IRI) -> bool:
    """Whether `text` is an absolute IRI (RFC 3987), of at most `longest` characters."""
    return (longest is None or len(text) <= longest) and _IRI.fullmatch(text) is not None


def is_language_tag(text: str) -> bool:
    """Whether `text` is a plain language tag: language, script and region of BCP 47 (or `und`)."""
    return _TAG.fullmatch(text) is not None


def is_well_formed_tag(text: str) -> bool:
    """Whether `text` is any language tag of BCP 47 (RFC 5646, 2.1), variants and all."""
    return _ANY_TAG.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID in its usual form with hyphens (RFC 4122), in either case."""
    return _UUID.fullmatch(text) is not None


def is_timestamp(text: str) -> bool:
    """Whether `text` is a time of RFC 3339 with its zone, on a day that exists.

    -00:00, which says that the zone is unknown, is none; nor is a leap second, which few
    programs can read.
    """
    if _TIME.fullmatch(text) is None or text.endswith("-00:00"):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_duration(text: str) -> bool:
    """Whether `text` is a duration of ISO 8601; only its last number may have a fraction."""
    return _DURATION.fullmatch(text) is not None and _EARLY_FRACTION.search(text) is None


def is_aware(moment: datetime) -> bool:
    """Whether a moment says how far from UTC it is."""
    return moment.utcoffset() is not None


def iso_duration(duration: timedelta) -> str:
    """A span of time as ISO 8601 writes it, in hundredths of a second, such as PT1H5M2.5S.

    Hours are not turned into days, which differ in length; xAPI compares no more than the
    hundredths (part 2, 4.6). Raises `ValueError` for a negative one.
    """
    hundredths = duration // timedelta(milliseconds=10)
    if hundredths < 0:
        raise ValueError("a duration cannot be negative")
    minutes, rest = divmod(hundredths, 6_000)
    hours, minutes = divmod(minutes, 60)
    seconds, rest = divmod(rest, 100)
    parts = f"{hours}H" if hours else ""
    parts += f"{minutes}M" if minutes else ""
    if rest:
        parts += f"{seconds}.{rest:02}".rstrip("0") + "S"
    elif seconds or not parts:
        parts += f"{seconds}S"
    return f"PT{parts}"
