"""Ways of asking that say, without naming it, what sort of help is wanted.

"How do I put it?" holds no word that a piece about wording would hold. The table is small and
general on purpose: it names what a question asks for, never what it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.recommender.languages import split_words


class Wanted(StrEnum):
    """What a way of asking asks for."""

    WORDING = "wording"
    OPENING = "opening"


@dataclass(frozen=True, slots=True)
class Asked:
    """A way of asking that was found: the words typed, and what they ask for."""

    typed: str
    wanted: Wanted


_WAYS = {
    Wanted.WORDING: """
        how do i put | how can i put | how to put it | how should i put | put it into words
        how do i say | how can i say | how to say | how should i say
        what do i say | what can i say | what to say | what should i say
        how do i tell | how can i tell | how to tell | how should i tell
        how do i phrase | how to phrase | how do i word | how to word | the right words
        hoe zeg ik | hoe kan ik zeggen | wat zeg ik | wat kan ik zeggen | wat moet ik zeggen
        hoe vertel ik | hoe breng ik | hoe formuleer ik | hoe verwoord ik | hoe moet ik zeggen
        onder woorden brengen | de juiste woorden
    """,
    Wanted.OPENING: """
        how do i start | how to start | how should i start | how can i start | where do i start
        how do i begin | how to begin | how should i begin | where do i begin | how do i open
        hoe begin ik | hoe moet ik beginnen | waar begin ik | hoe open ik | hoe start ik
    """,
}

WORDS_FOR = {
    Wanted.WORDING: {
        "en": "words wording say saying phrase phrases sentence sentences script",
        "nl": "woorden verwoorden formuleren formulering zeggen zinnen zin",
    },
    Wanted.OPENING: {
        "en": "start starting begin beginning opening open first",
        "nl": "begin beginnen openen opening start starten eerste",
    },
}
"""What is wanted → language → the words, with spaces between, that a module about it holds."""


def _read_table() -> dict[tuple[str, ...], Wanted]:
    return {
        tuple(way.split()): wanted
        for wanted, lines in _WAYS.items()
        for line in lines.strip().splitlines()
        for way in line.split("|")
    }


_TABLE = _read_table()
_LONGEST = max(len(way) for way in _TABLE)


def find_ways_of_asking(words: Sequence[str]) -> Iterator[Asked]:
    """What the ways of asking in a need's words (lower case, in order) ask for, each once."""
    found: set[Wanted] = set()
    for start in range(len(words)):
        for length in range(2, _LONGEST + 1):
            way = tuple(words[start : start + length])
            wanted = _TABLE.get(way)
            if wanted is not None and wanted not in found:
                found.add(wanted)
                yield Asked(" ".join(way), wanted)


def words_wanted(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """(language, word) of everything that a module about what is wanted may hold."""
    for language, words in WORDS_FOR[wanted].items():
        for word in split_words(words):
            yield language, word
