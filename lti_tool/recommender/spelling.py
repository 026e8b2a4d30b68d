"""Words that the catalogue does not know: one letter away from one it knows, or a compound."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lti_tool.recommender.languages import stem, stem_all

SHORTEST_CORRECTED = 5
"""Letters: a shorter word has too many neighbours to be taken for one of them."""

SHORTEST_SUBSTITUTED = 7
"""Letters: in a shorter word one other letter often makes another word (bread, break)."""

RARE = 1 / 10_000
"""The share of the modules that must hold a word before another is taken for it."""

SHORTEST_PART = 5
"""Letters of each part of a compound."""

COMPOUNDING = frozenset({"de", "nl", "sv", "da", "no"})
"""Languages that write compounds as one word."""

_JOINTS = ("", "s", "e", "en", "n", "es")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

Frequency = Callable[[str], int]
"""Gives the number of modules that hold a word or stem."""


def correct(word: str, spelled: Frequency, modules: int) -> str | None:
    """The likeliest word of the catalogue one letter away, without accents; None if none.

    A letter too many, too few, wrong, or two that changed places; the first letter is trusted,
    as people seldom miss it. The one that `spelled` counts most often wins; one that is rare
    among so many `modules` is no likely meaning.
    """
    if len(word) < SHORTEST_CORRECTED or not word.isalpha():
        return None
    folded = dict.fromkeys(stem_all(sorted(one_slip_away(word)), None))
    best = max(folded, key=spelled, default="")
    return best if spelled(best) > modules * RARE else None


def split_compound(word: str, language: str, frequency: Frequency) -> tuple[str, str] | None:
    """The stems of the two words that a compound is made of, both known to the catalogue.

    None when there are none, or when the language does not write compounds as one word. The
    cut whose rarer part is the commonest wins.
    """
    if language not in COMPOUNDING:
        return None
    cuts = {(stem(left, language), stem(right, language)) for left, right in _cuts(word)}
    scored = [(min(frequency(left), frequency(right)), left, right) for left, right in cuts]
    least, left, right = max(scored, default=(0, "", ""))
    return (left, right) if least else None


def one_slip_away(word: str) -> set[str]:
    """The spellings one letter away from a word; its first letter is trusted."""
    found: set[str] = set()
    for place in range(1, len(word) + 1):
        head, tail = word[:place], word[place:]
        found.update(head + letter + tail for letter in _LETTERS)
        if tail:
            found.add(head + tail[1:])
        if tail and len(word) >= SHORTEST_SUBSTITUTED:
            found.update(head + letter + tail[1:] for letter in _LETTERS)
        if len(tail) > 1:
            found.add(head + tail[1] + tail[0] + tail[2:])
    return found - {word}


def small_slips(word: str) -> set[str]:
    """Two letters that changed places, a doubled letter typed once, or one typed twice."""
    found = {word[:place] + word[place - 1 :] for place in range(1, len(word) + 1)}
    for place in range(1, len(word) - 1):
        found.add(word[:place] + word[place + 1] + word[place] + word[place + 2 :])
    found.update(
        word[:place] + word[place + 1 :]
        for place in range(len(word) - 1)
        if word[place] == word[place + 1]
    )
    return found - {word}


def _cuts(word: str) -> Iterator[tuple[str, str]]:
    for place in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        for joint in _JOINTS:
            left = word[: place - len(joint)] if joint else word[:place]
            if word[:place].endswith(joint) and len(left) >= SHORTEST_PART:
                yield left, word[place:]
