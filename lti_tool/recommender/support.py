"""A first net for needs that tell of the writer's own crisis.

It is narrow on purpose: first person, plain words, English and Dutch. It is no diagnosis and
finds only what is said outright; docs/recommender.md says what it misses.
"""

from __future__ import annotations

import re

from lti_tool.recommender.crisis_words import ALONE, DUTCH, ENGLISH, HEAVY, QUOTED, SLIPPED
from lti_tool.recommender.languages import split_words
from lti_tool.recommender.small_words import FUNCTION_WORDS, TALK
from lti_tool.recommender.spelling import one_slip_away, small_slips

SHORTEST_SLIPPED = 6
"""Letters: a shorter word is too near to harmless ones for any slip (leven, lezen)."""

_OWN_CRISIS = re.compile("|".join((*ENGLISH, *DUTCH, *ALONE)))
_QUOTED = re.compile(QUOTED)


def tells_of_own_crisis(text: str) -> bool:
    """Whether a need says, in the first person, that its writer may harm themselves.

    Words about someone else ("my patient talks about suicide") and figures of speech ("this
    deadline is killing me") are not meant. A word with one slip ("suicde") is read as meant.
    """
    return bool(_find(_read(text)))


def without_crisis(text: str) -> str:
    """What a need asks for beside the crisis it tells of; an empty text when it is nothing.

    What raised it is left out, and so are heavy words elsewhere (end, alone): a module must not
    be found by them.
    """
    words = _read(text)
    for start, end in reversed(_find(words)):
        words = f"{words[:start]} {words[end:]}"
    return " ".join(word for word in words.split() if word not in HEAVY)


def _find(words: str) -> list[tuple[int, int]]:
    return [
        found.span()
        for found in _OWN_CRISIS.finditer(words)
        if _QUOTED.search(words[: found.start()]) is None
    ]


def _read(text: str) -> str:
    return " ".join(_MEANT.get(word, word) for word in split_words(text))


def _slips() -> dict[str, str]:
    harmless = {word for table in (FUNCTION_WORDS, TALK) for one in table.values() for word in one}
    known = set(SLIPPED.split())
    meant: dict[str, str] = {}
    for word in sorted(known):
        slips = one_slip_away(word) if len(word) >= SHORTEST_SLIPPED else small_slips(word)
        for slip in slips - known - harmless:
            meant.setdefault(slip, word)
    return meant


_MEANT = _slips()
