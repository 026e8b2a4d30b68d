"""A need as it is read: what to look for, and how much each part counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import pairwise

from lti_tool.recommender.asking import Wanted, find_ways_of_asking, words_wanted
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.languages import guess_language, split_words, stem
from lti_tool.recommender.related import find_related
from lti_tool.recommender.small_words import FUNCTION_WORDS, TALK
from lti_tool.recommender.spelling import correct, split_compound
from lti_tool.recommender.tuning import Tuning

MOST_WORDS = 40
"""Different words of a need that are looked for; of more, the most telling ones."""

_QUANTITY = re.compile(r"\d{1,2}|\d+(?:m|min|mins|minutes|h|hr|hrs|hours|minuten|uur)")

Stems = tuple[str, ...]


class Origin(Enum):
    """How something to look for follows from what the learner typed."""

    TYPED = auto()
    SPELLED = auto()
    PART = auto()
    RELATED = auto()
    ASKED = auto()


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way in which a word of the need may stand in a module: a stem, or several in order."""

    stems: Stems
    origin: Origin
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A word or phrase of the need, and the ways in which a module may meet it (one is enough).

    `typed` is as the learner typed it, in lower case; `wanted` is set when a way of asking, not
    a word, says what to look for. Wishes that are not `content` never find a module alone.
    """

    typed: str
    alternatives: tuple[Alternative, ...]
    weight: float = 1.0
    content: bool = True
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What to look for: the wishes, and pairs of stems that stand together in the need."""

    text: str
    language: str
    wishes: tuple[Wish, ...]
    pairs: tuple[tuple[str, str], ...] = field(default=())

    @property
    def has_content(self) -> bool:
        """Whether there is anything to find a module by."""
        return any(wish.content for wish in self.wishes)


def read_need(text: str, language: str, index: ModuleIndex, tuning: Tuning) -> Reading:
    """Read a need; `language` is taken when its own words do not tell."""
    words = split_words(text)
    language = guess_language(words, language)
    reader = _Reader(language, index, tuning)
    wishes = [*reader.single_words(words), *reader.phrases(words), *reader.ways_of_asking(words)]
    kept = _most_telling(wishes, index)
    return Reading(text, language, tuple(kept), tuple(_pairs(words, kept, language)))


class _Reader:
    """Reads the parts of one need."""

    def __init__(self, language: str, index: ModuleIndex, tuning: Tuning) -> None:
        self._language = language
        self._index = index
        self._tuning = tuning
        # A word may be another language's: the catalogue's, and English in every office.
        self._stem_languages: tuple[str | None, ...] = tuple(
            dict.fromkeys((language, "en", *index.languages, None))
        )

    def single_words(self, words: Sequence[str]) -> list[Wish]:
        """A wish for each different word but function words; talk weighs little."""
        function, talk = FUNCTION_WORDS.get(self._language, ()), TALK.get(self._language, ())
        told = [word for word in dict.fromkeys(words) if word not in function]
        asked = {word for way in find_ways_of_asking(words) for word in way.typed.split()}
        little = {
            word for word in told if word in talk or word in asked or _QUANTITY.fullmatch(word)
        }
        if len(little) == len(told):
            # Nothing but talk: then it is what the need is about.
            little = {word for word in told if word.isdigit()}
        others = self._related_words(words)
        return [
            Wish(word, self._typed(word), self._tuning.talk, content=False)
            if word in little
            else Wish(word, self._ways_to_meet(word) + others.get(word, ()))
            for word in told
            if word not in little or self._tuning.talk
        ]

    def phrases(self, words: Sequence[str]) -> Iterator[Wish]:
        """A wish for each phrase that has another name."""
        if self._tuning.related:
            for related in find_related(words, self._language):
                if related.length > 1:
                    typed = " ".join(words[related.start : related.start + related.length])
                    yield Wish(typed, self._as_related(related.others))

    def ways_of_asking(self, words: Sequence[str]) -> Iterator[Wish]:
        """A wish for what each way of asking asks for; it never finds a module alone."""
        if not self._tuning.asking:
            return
        for asked in find_ways_of_asking(words):
            stems = dict.fromkeys(
                stem(word, language) for language, word in words_wanted(asked.wanted)
            )
            ways = tuple(Alternative((found,), Origin.ASKED) for found in stems)
            weight = self._tuning.asking
            yield Wish(asked.typed, ways, weight, content=False, wanted=asked.wanted)

    def _typed(self, word: str) -> tuple[Alternative, ...]:
        stems = dict.fromkeys(stem(word, language) for language in self._stem_languages)
        return tuple(Alternative((found,), Origin.TYPED) for found in stems)

    def _ways_to_meet(self, word: str) -> tuple[Alternative, ...]:
        typed = self._typed(word)
        frequency = self._index.frequency
        if any(frequency(way.stems[0]) for way in typed):
            return typed
        parts = self._tuning.parts and split_compound(word, self._language, frequency)
        if parts:
            return typed + tuple(
                Alternative((part,), Origin.PART, self._tuning.parts) for part in parts
            )
        nearest = self._tuning.spelling and correct(word, self._language, frequency)
        if nearest:
            return (*typed, Alternative((nearest,), Origin.SPELLED, self._tuning.spelling))
        return typed

    def _related_words(self, words: Sequence[str]) -> dict[str, tuple[Alternative, ...]]:
        if not self._tuning.related:
            return {}
        return {
            words[related.start]: self._as_related(related.others)
            for related in find_related(words, self._language)
            if related.length == 1
        }

    def _as_related(self, others: Sequence[tuple[str, Stems]]) -> tuple[Alternative, ...]:
        different = dict.fromkeys(stems for _, stems in others)
        return tuple(
            Alternative(stems, Origin.RELATED, self._tuning.related) for stems in different
        )


def _most_telling(wishes: list[Wish], index: ModuleIndex) -> list[Wish]:
    if len(wishes) <= MOST_WORDS:
        return wishes

    def telling(wish: Wish) -> float:
        known = [s for way in wish.alternatives for s in way.stems if index.frequency(s)]
        return wish.weight * min((index.rarity(s) for s in known), default=0.0)

    kept = sorted(range(len(wishes)), key=lambda place: -telling(wishes[place]))[:MOST_WORDS]
    return [wishes[place] for place in sorted(kept)]


def _pairs(words: Sequence[str], kept: Sequence[Wish], language: str) -> list[tuple[str, str]]:
    """Neighbours of which at least one is looked for; "say no" is more than its words."""
    looked_for = {wish.typed for wish in kept}
    neighbours = dict.fromkeys(pairwise(words))
    return [
        (stem(left, language), stem(right, language))
        for left, right in neighbours
        if left in looked_for or right in looked_for
    ][: 2 * MOST_WORDS]
