"""The part of a need that a module is close to, in the learner's own words."""

from __future__ import annotations

import re
from collections.abc import Set

from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.languages import split_words
from lti_tool.recommender.reading import Reading

LONGEST_PART = 60
"""Characters of a need that a reason repeats."""

_CLAUSE_ENDS = re.compile(r"[,.;:!?…()\n]+(?:\s+|$)|\s[-–—]+\s")


def tell_part(reading: Reading, met: Set[str], index: ModuleIndex) -> str:
    """A clause of the need, verbatim, cut at a word: the most telling one whose words are not met.

    `met` are the words of the need that the module has. A short need is told whole.
    """
    whole = " ".join(reading.text.split()).strip(" .,;:!?…")
    if len(whole) <= LONGEST_PART:
        return whole
    weights = {
        wish.typed: max(index.rarity(stem) for way in wish.alternatives for stem in way.stems)
        for wish in reading.wishes
        if wish.content and " " not in wish.typed and wish.typed not in met
    }

    def telling(clause: str) -> float:
        return sum(weights.get(word, 0.0) for word in set(split_words(clause)))

    clauses = [part.strip() for part in _CLAUSE_ENDS.split(whole) if part.strip()]
    return _cut(max(clauses, key=telling, default=whole))


def _cut(clause: str) -> str:
    if len(clause) <= LONGEST_PART:
        return clause
    return f"{clause[: LONGEST_PART - 1].rpartition(' ')[0] or clause[: LONGEST_PART - 2]} …"
