"""Claims read with their types: what is of another type is refused, never passed on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

from lti_tool.errors import LaunchRefused

LONGEST_IDENTIFIER = 255
"""Characters; the standard's own limit for `sub`, context and link identifiers."""

LONGEST_TITLE = 500
LONGEST_URL = 4096

_VARIABLE = re.compile(r"\$[A-Z]\w*(\.\w+)+")
"""Such as `$Canvas.course.id`: what a platform leaves there for a value that it has not."""


def required_text(body: Mapping[str, object], claim: str, limit: int = LONGEST_IDENTIFIER) -> str:
    """The identifier in `claim`: plain text, not empty, at most `limit` characters.

    Raises `LaunchRefused` (`claim-missing`, `claim-malformed`) naming the claim, as every
    function here does.
    """
    found = optional_text(body, claim, limit)
    if found is None:
        raise missing(claim)
    return found


def optional_text(
    body: Mapping[str, object], claim: str, limit: int = LONGEST_IDENTIFIER
) -> str | None:
    """The text in `claim`; None when it is missing, null, empty or an unexpanded variable."""
    value = body.get(claim)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > limit or not value.isprintable():
        raise malformed(claim, f"plain text of at most {limit} characters")
    return None if _VARIABLE.fullmatch(value) else value


def title(body: Mapping[str, object], claim: str, longest: int = LONGEST_TITLE) -> str | None:
    """Words for people to read, in one line and cut to `longest`; None for none."""
    value = body.get(claim)
    if value is None:
        return None
    if not isinstance(value, str):
        raise malformed(claim, "text")
    if _VARIABLE.fullmatch(value):
        return None
    words = value
    if not value.isprintable():
        words = "".join(" " if _is_unreadable(letter) else letter for letter in value)
    return " ".join(words.split())[:longest].strip() or None


def members(body: Mapping[str, object], claim: str) -> Mapping[str, object] | None:
    """The object in `claim`; None when it is missing or null."""
    value = body.get(claim)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise malformed(claim, "an object")
    return value


def texts(body: Mapping[str, object], claim: str) -> list[str]:
    """The list of strings in `claim`, which must be there and may be empty."""
    found = optional_texts(body, claim)
    if found is None:
        raise missing(claim)
    return found


def optional_texts(body: Mapping[str, object], claim: str) -> list[str] | None:
    """The list of strings in `claim`; None when it is missing or null."""
    value = body.get(claim)
    if value is None:
        return None
    if not isinstance(value, list):
        raise malformed(claim, "a list of strings")
    found = [entry for entry in value if isinstance(entry, str)]
    if len(found) != len(value):
        raise malformed(claim, "a list of strings")
    return found


def words_of(body: Mapping[str, object], claim: str) -> list[str] | None:
    """As `optional_texts`, for a claim that some platforms write as one string.

    Its words then stand between commas or blanks.
    """
    value = body.get(claim)
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return optional_texts(body, claim)


def flag(body: Mapping[str, object], claim: str, *, default: bool) -> bool:
    """The truth in `claim`, also where a platform writes it as text; `default` for none."""
    value = body.get(claim)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise malformed(claim, "true or false")
    return value


def moment(body: Mapping[str, object], claim: str) -> datetime | None:
    """The time in `claim` (seconds since 1970; RFC 7519, section 2); None for none."""
    value = body.get(claim)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_moment(value):
        raise malformed(claim, "a time in seconds")
    return datetime.fromtimestamp(value, UTC)


def required_moment(body: Mapping[str, object], claim: str) -> datetime:
    """The time in `claim`, which must be there."""
    found = moment(body, claim)
    if found is None:
        raise missing(claim)
    return found


def missing(claim: str) -> LaunchRefused:
    """The refusal of a launch without that claim."""
    return LaunchRefused(
        f"The launch message has no {claim}.",
        mend="The LMS did not follow LTI 1.3; check that the tool is set up as an LTI 1.3 tool.",
        code="claim-missing",
    )


def malformed(claim: str, expected: str) -> LaunchRefused:
    """The refusal of a launch in which that claim is not what it should be."""
    return LaunchRefused(
        f"In the launch message, {claim} is not {expected}.",
        mend="The LMS did not follow LTI 1.3; tell its makers which claim it is.",
        code="claim-malformed",
    )


def _is_unreadable(letter: str) -> bool:
    # Joiners and direction marks (Cf) belong to the words of some languages.
    return unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn")


def _is_moment(value: float) -> bool:
    # What is later than the year 9999, or no number at all, cannot be a datetime.
    return 0 <= value < 253_402_300_800
