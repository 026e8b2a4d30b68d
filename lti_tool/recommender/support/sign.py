"""What a need says of a crisis, read by patterns over its words."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from lti_tool.recommender.languages import split_words
from lti_tool.recommender.small_words import FUNCTION_WORDS, TALK
from lti_tool.recommender.spelling import one_slip_away, small_slips
from lti_tool.recommender.support import dutch, english, further, mentions
from lti_tool.recommender.support.folding import fold
from lti_tool.recommender.support.words import HEAVY, SLIPPED, WORK

SHORTEST_SLIPPED = 6
"""Letters: a shorter word is too near to harmless ones for any slip (leven, lezen)."""


class CrisisSign(enum.Enum):
    """What a need says of suicide, self-harm or of not wanting to live."""

    NONE = "none"
    OWN = "own"
    """In the first person, or in words that may well be the writer's about themselves."""
    MENTIONED = "mentioned"
    """Of someone else, or so that it cannot be told of whom."""


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    # All begin at a word; to try them only there makes it several times as fast.
    return re.compile(rf"\b(?=\w)(?:{'|'.join(patterns)})")


_OWN = _any_of((*english.OWN, *dutch.OWN, *further.OWN))
_HINT = _any_of((*english.HINTS, *dutch.HINTS, *further.HINTS))
_QUOTED = re.compile(mentions.QUOTED)
_NAMED = _any_of(mentions.NAMED)
_OF_PERSONS = _any_of(mentions.OF_PERSONS)
_PERSON = _any_of((mentions.PERSON,))
_BY_ACCIDENT = _any_of((mentions.BY_ACCIDENT,))


@dataclass(frozen=True, slots=True)
class _Words:
    """A need's words, and the same words as the patterns know them, joined by single spaces."""

    typed: tuple[str, ...]
    plain: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.plain)


def find_sign(text: str) -> CrisisSign:
    """Whether a need tells of its writer's own crisis, or speaks of one.

    A figure of speech ("this deadline is killing me") is none. A word with one slip ("suicde")
    is read as meant.
    """
    words = _read(text)
    found, quoted = _find(words)
    if found:
        return CrisisSign.OWN
    return CrisisSign.MENTIONED if quoted or _is_mentioned(words) else CrisisSign.NONE


def without_crisis(text: str) -> str:
    """What a need asks for beside the crisis it tells of; an empty text when it is nothing.

    What raised it is left out, and so are heavy words elsewhere (end, alone): a module must not
    be found by them.
    """
    words = _read(text)
    raised: set[int] = set()
    for start, end in _find(words)[0]:
        first = words.text[:start].count(" ")
        raised.update(range(first, first + words.text[start:end].strip().count(" ") + 1))
    kept = enumerate(zip(words.typed, words.plain, strict=True))
    return " ".join(
        typed for place, (typed, plain) in kept if place not in raised and plain not in HEAVY
    )


def shorten(text: str, most: int) -> str:
    """At most `most` characters of a need, its first ones, that tell of the same crisis.

    Where the writer's own is told further on, its words stand before them.
    """
    head = text[:most]
    words = _read(text)
    found = _find(words)[0]
    if not found or find_sign(head) is CrisisSign.OWN:
        return head
    start, end = found[0]
    return f"{words.text[start:end].strip()}. {head}"[:most]


def _find(words: _Words) -> tuple[list[tuple[int, int]], bool]:
    """Where the writer's own crisis is told, and whether someone else is quoted so."""
    found = list(_OWN.finditer(words.text))
    if WORK.isdisjoint(words.plain):
        found += _HINT.finditer(words.text)
    spans = [one.span() for one in found if not _QUOTED.search(words.text[: one.start()])]
    return spans, len(spans) < len(found)


def _is_mentioned(words: _Words) -> bool:
    if _NAMED.search(words.text):
        return True
    told = _OF_PERSONS.search(words.text) and _PERSON.search(words.text)
    return bool(told) and not _BY_ACCIDENT.search(words.text)


def _read(text: str) -> _Words:
    typed = tuple(split_words(_visible(text)))
    plain = (fold(word) for word in typed)
    return _Words(typed, tuple(_MEANT.get(word, word) for word in plain))


def _visible(text: str) -> str:
    """Without what cannot be seen (soft hyphens, zero-width spaces), which would part words."""
    if text.isascii():
        return text
    return "".join(one for one in text if unicodedata.category(one) != "Cf")


def _slips() -> dict[str, str]:
    harmless = {
        fold(word) for table in (FUNCTION_WORDS, TALK) for one in table.values() for word in one
    }
    meant: dict[str, str] = {}
    for word in sorted(SLIPPED):
        slips = one_slip_away(word) if len(word) >= SHORTEST_SLIPPED else small_slips(word)
        for slip in slips - SLIPPED - harmless:
            meant.setdefault(slip, word)
    return meant


_MEANT = _slips()
