"""Words that stand in several languages: which of them a module carries."""

from __future__ import annotations

from collections.abc import Sequence

Version = tuple[str, str]
"""A language tag, empty where none is given, and the words in that language."""


def in_language(versions: Sequence[Version], wanted: str | None) -> Version:
    """The version to carry: of the wanted language, else English, else the first with words.

    A tag counts as the wanted one when it is equal to it or has the same language before the
    first hyphen (`nl-BE` for `nl`). Gives two empty strings where there are no words at all.
    """
    told = [(tag.strip(), words) for tag, words in versions if words.strip()]
    if not told:
        return "", ""
    return min(told, key=lambda version: _distance(version[0].lower(), (wanted or "").lower()))


def _distance(tag: str, wanted: str) -> int:
    """How far a tag is from the wanted one; `min` keeps the first of those equally far."""
    language = tag.partition("-")[0]
    if tag and tag == wanted:
        return 0
    if language and language == wanted.partition("-")[0]:
        return 1
    return 2 if language == "en" else 3
