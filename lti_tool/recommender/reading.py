"""A need as it is read: what to look for, and how much each part counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cache
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
        # Stems of a language without modules would meet other words by chance (lastig, last).
        self._known = index.every_language
        likely = (language, "en", *index.languages)
        self._likely = (*(one for one in dict.fromkeys(likely) if one in self._known), None)

    def single_words(self, words: Sequence[str]) -> list[Wish]:
        """A wish for each different word but function words; talk weighs little."""
        function, talk = FUNCTION_WORDS.get(self._language, ()), TALK.get(self._language, ())
        told = [word for word in dict.fromkeys(words) if word not in function]
        asked = {word for way in find_ways_of_asking(words) for word in way.typed.split()}
        little = {
            word
            for word in told
            if word in talk or word in asked or len(word) == 1 or _QUANTITY.fullmatch(word)
        }
        if len(little) == len(told):
            # Nothing but talk: then it is what the need is about.
            little = {word for word in told if word.isdigit()}
        others = self._related_words(words)
        return [
            Wish(word, self._typed(word), self._tuning.talk, content=False)
            if word in little
            else Wish(word, self._ways_to_meet(word, others.get(word, ())))
            for word in told
            if word not in little or self._tuning.talk
        ]

    def phrases(self, words: Sequence[str]) -> Iterator[Wish]:
        """A wish for each phrase that has another name."""
        if self._tuning.related:
            for related in find_related(words, self._language):
                if related.length > 1:
                    typed = " ".join(words[related.start : related.start + related.length])
                    if others := self._as_related(related.others):
                        yield Wish(typed, others)

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

    def _typed(
        self, word: str, languages: Sequence[str | None] | None = None
    ) -> tuple[Alternative, ...]:
        stems = {
            stem(word, language): None
            for language in languages or self._likely
            if language == self._language or not _is_small(word, language)
        }
        return tuple(Alternative((found,), Origin.TYPED) for found in stems)

    def _ways_to_meet(
        self, word: str, related: tuple[Alternative, ...]
    ) -> tuple[Alternative, ...]:
        typed = self._typed(word)
        if self._is_known(typed + related):
            return typed + related
        foreign = self._typed(word, self._known)
        if self._is_known(foreign):
            return foreign
        return typed + self._guessed(word) + related

    def _is_known(self, ways: Sequence[Alternative]) -> bool:
        return any(self._index.frequency(stem) for way in ways for stem in way.stems)

    def _guessed(self, word: str) -> tuple[Alternative, ...]:
        """What a word that the catalogue does not know may mean in it."""
        frequency = self._index.frequency
        parts = self._tuning.parts and split_compound(word, self._language, frequency)
        if parts:
            return tuple(Alternative((part,), Origin.PART, self._tuning.parts) for part in parts)
        nearest = self._tuning.spelling and correct(word, self._index.spelled, len(self._index))
        if nearest:
            return tuple(
                replace(way, origin=Origin.SPELLED, weight=self._tuning.spelling)
                for way in self._typed(nearest)
            )
        return ()

    def _related_words(self, words: Sequence[str]) -> dict[str, tuple[Alternative, ...]]:
        if not self._tuning.related:
            return {}
        return {
            words[related.start]: self._as_related(related.others)
            for related in find_related(words, self._language)
            if related.length == 1
        }

    def _as_related(self, others: Sequence[tuple[str, Stems]]) -> tuple[Alternative, ...]:
        different = dict.fromkeys(
            stems for language, stems in others if language in self._known
        )
        return tuple(
            Alternative(stems, Origin.RELATED, self._tuning.related) for stems in different
        )


@cache
def _small_stems(language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in FUNCTION_WORDS.get(language, ()))


def _is_small(word: str, language: str | None) -> bool:
    """Whether a word, read in a language that it is not in, is a function word (alles, all)."""
    return language is not None and stem(word, language) in _small_stems(language)


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
