"""Finds what moved a module up: the same words that ranked it, looked up in the module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from catalogue_sync.module import Basis, Module
from lti_tool.recommender.asking import Wanted
from lti_tool.recommender.index import LONGEST_TEXT, ModuleIndex, module_language
from lti_tool.recommender.languages import split_words, stem_all
from lti_tool.recommender.parts import tell_part
from lti_tool.recommender.reading import Alternative, Origin, Reading, Wish
from lti_tool.recommender.reasons import (
    CloseInMeaning,
    FitsMinutes,
    LongerThan,
    MatchedWords,
    PartOf,
    Place,
    ReadAs,
    Reason,
    RelatedWord,
    SpeaksOfOpening,
    SpeaksOfWording,
)
from lti_tool.recommender.related import is_listed
from lti_tool.recommender.tuning import Tuning

MOST_WORDS_TOLD = 3
"""Words in one reason: the most telling ones."""

SECOND_PLACE = 0.5
"""A second place is told when its words tell at least this share of what the first one's do."""


MOST_IN_OTHER_WORDS = 0.5
"""A module that meets more of the need's telling words is not said to use others."""

LITTLE_IN_WORDS = 0.25
"""Below this share of the need's telling words its sense is told before them."""

_AROUND = (Place.SECTION, Place.COURSE)

_TYPED = re.compile(r"[^\W_]+")

_SAME_WORD = 5
"""Two words that begin with so many equal letters are forms of one."""

_NO_NAMES = frozenset({
    "difficult", "hard", "tough", "challenging", "angry", "furious", "afraid", "scared", "nervous",
    "anxious", "stressed", "exhausted", "overwhelmed", "overworked", "remote", "hybrid", "virtual",
    "sorry", "worse", "empathic", "assertive", "moeilijk", "lastig", "boos", "kwaad", "bang",
    "zenuwachtig", "nerveus", "gestrest", "opgebrand", "uitgeput", "overbelast", "hybride",
    "slechter", "assertief", "ziek",
})  # fmt: skip
"""What describes and does not name: "here it is called hard" would be said of nothing."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What the score of a module owes to its words and to its meaning, on one scale."""

    lexical: float
    meaning: float


@dataclass(frozen=True, slots=True)
class _Met:
    """A wish that a module meets: how, where, in which words of its own, and how telling."""

    wish: Wish
    way: Alternative
    where: Place
    found: str
    telling: float


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a module came up: the reasons, strongest first, and the share of the need it meets.

    `share` (0 to 1) counts the need's words by how telling they are. No reasons: nothing that
    could be told moved it.
    """

    reasons: tuple[Reason, ...]
    share: float


def explain(
    module: Module,
    reading: Reading,
    index: ModuleIndex,
    tuning: Tuning,
    minutes: int | None,
    moved: Moved | None = None,
) -> Explained:
    """Look up in a module what moved it; `minutes` are those that the learner has.

    Without `moved` nothing but its words did.
    """
    if module.course and split_words(module.course) == split_words(reading.text):
        named = MatchedWords((module.course,), Place.COURSE)
        return Explained((named, *_circumstances(module, minutes)), 1.0)
    met = sorted(_find_met(module, reading, index), key=lambda one: -one.telling)
    share = _share_met(met, reading, index, tuning) if met else 0.0
    found: list[Reason] = [*_words(met, reading), *_other_words(met)]
    asked = [*_what_was_asked(met)]
    # "How do I put it" asked of a piece that is about wording says more than one of its words.
    found = [*asked, *found] if share < MOST_IN_OTHER_WORDS and _is_named(met) else [*found, *asked]
    found = found or [*_found_words(met)]
    if moved is not None and moved.meaning > moved.lexical and share <= MOST_IN_OTHER_WORDS:
        part = tell_part(reading, {one.wish.typed for one in met}, index)
        # Few words, or words that only the course has, say less than what the piece is about.
        in_course = bool(found) and isinstance(found[0], MatchedWords) and found[0].where in _AROUND
        weak = share < LITTLE_IN_WORDS or in_course
        found.insert(0 if weak else 1, CloseInMeaning(part))
    if not found:
        return Explained((), 0.0)
    return Explained((*found, *_circumstances(module, minutes)), share)


def _share_met(
    met: Sequence[_Met], reading: Reading, index: ModuleIndex, tuning: Tuning
) -> float:
    """The share of a need's telling weight that a module meets, a word of its text less."""
    # A phrase stands beside its words, so it counts only where no word of it is looked for.
    words = [wish for wish in reading.wishes if wish.content and " " not in wish.typed]
    weights = {wish.typed: telling_weight(wish, index) for wish in words}
    shares: dict[str, float] = {}
    for one in met:
        trust = 1.0 if one.way.origin is Origin.RELATED else one.way.weight
        share = trust * (tuning.text if one.where is Place.TEXT else 1.0)
        parts = [word for word in one.wish.typed.split() if word in weights] or [one.wish.typed]
        for part in parts:
            weights.setdefault(part, _rarity(one.way, index))
            shares[part] = max(share, shares.get(part, 0.0))
    whole = fsum(weights.values())
    return fsum(share * weights[part] for part, share in shares.items()) / whole if whole else 0


def telling_weight(wish: Wish, index: ModuleIndex) -> float:
    """How telling a word is; one that the catalogue does not know tells the most."""
    known = [
        _rarity(way, index)
        for way in wish.alternatives
        if all(index.frequency(stem) for stem in way.stems)
    ]
    return min(known, default=index.rarity(""))


def _circumstances(module: Module, minutes: int | None) -> Iterator[Reason]:
    if minutes is not None and module.duration is not None:
        takes = max(1, round(module.duration.minutes))
        estimated = module.duration.basis is Basis.ESTIMATED
        told = FitsMinutes if module.duration.minutes <= minutes else LongerThan
        yield told(takes, minutes, estimated)
    if module.course and module.position and (module.siblings or 0) > 1:
        yield PartOf(module.position, module.siblings or 0, module.course)


class _Page:
    """One place of a module: its words, and the stems they have."""

    def __init__(self, text: str, language: str) -> None:
        self.words = split_words(text[:LONGEST_TEXT])
        self.stems = stem_all(self.words, language)
        self._first = {stem: place for place, stem in reversed(list(enumerate(self.stems)))}

    def find(self, stems: Sequence[str]) -> str | None:
        """The words that have these stems, one after the other; None when they are not there."""
        if len(stems) == 1:
            place = self._first.get(stems[0])
            return None if place is None else self.words[place]
        wanted, length = list(stems), len(stems)
        for place in range(len(self.stems) - length + 1):
            if self.stems[place : place + length] == wanted:
                return " ".join(self.words[place : place + length])
        return None


def _find_met(module: Module, reading: Reading, index: ModuleIndex) -> Iterator[_Met]:
    language = module_language(module)
    pages = {
        where: _Page(text, language)
        for where, text in (
            (Place.TITLE, module.title),
            (Place.SECTION, module.section or ""),
            (Place.COURSE, module.course or ""),
            (Place.SKILLS, " . ".join(module.skills)),
            (Place.DESCRIPTION, module.description),
            (Place.TEXT, module.text),
        )
    }
    for wish in reading.wishes:
        found = [
            _Met(wish, way, where, words, wish.weight * way.weight * _rarity(way, index))
            for where, page in pages.items()
            for way in wish.alternatives
            if (words := page.find(way.stems)) is not None
        ]
        if wish.wanted is not None:
            yield from found
        elif found and wish.content:
            # The first place of the word itself goes before a better place of another word.
            yield max(found, key=lambda one: one.way.weight)


def _rarity(way: Alternative, index: ModuleIndex) -> float:
    return max(index.rarity(stem) for stem in way.stems)


def _words(met: Sequence[_Met], reading: Reading) -> Iterator[MatchedWords]:
    by_place: dict[Place, list[_Met]] = {}
    for one in met:
        if one.way.origin in (Origin.TYPED, Origin.PART):
            by_place.setdefault(one.where, []).append(one)
    weights = {where: sum(one.telling for one in ones) for where, ones in by_place.items()}
    places = sorted(weights, key=lambda where: -weights[where])[:2]
    for where in places:
        if weights[where] >= SECOND_PLACE * weights[places[0]]:
            # Of a compound the module has a part only, and only that is told.
            words = dict.fromkeys(
                one.found if one.way.origin is Origin.PART else one.wish.typed
                for one in by_place[where]
            )
            yield MatchedWords(_as_typed(tuple(words)[:MOST_WORDS_TOLD], reading.text), where)


def _is_named(met: Sequence[_Met]) -> bool:
    """Whether a module says of itself that it is about what a way of asking asks for."""
    named = (Place.TITLE, Place.DESCRIPTION)
    return any(one.wish.wanted is not None and one.where in named for one in met)


def _as_typed(words: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Words in the order and with the capitals of the need ("Power BI", not "bi" and "power")."""
    typed = {word.lower(): word for word in reversed(_TYPED.findall(text))}
    order = {word.lower(): place for place, word in enumerate(reversed(_TYPED.findall(text)))}
    ordered = sorted(words, key=lambda word: -order.get(word, -1))
    return tuple(typed.get(word, word) for word in ordered)


def _other_words(met: Sequence[_Met]) -> Iterator[Reason]:
    spelled = [one for one in met if one.way.origin is Origin.SPELLED]
    for one in spelled[:1]:
        yield ReadAs(one.wish.typed, one.found)
    for one in [one for one in met if _is_another_name(one)][:1]:
        yield RelatedWord(one.wish.typed, one.found)


def _is_another_name(one: _Met) -> bool:
    """Whether the piece itself calls a thing by another name, a noun or verb of the table."""
    if one.way.origin is not Origin.RELATED or one.where in _AROUND:
        return False
    if _NO_NAMES & {*one.wish.typed.split(), *one.found.split()} or not is_listed(one.found):
        return False
    return one.wish.typed[:_SAME_WORD] != one.found[:_SAME_WORD]


def _found_words(met: Sequence[_Met]) -> Iterator[MatchedWords]:
    """The module's own word, where nothing else can be told of it."""
    for one in [one for one in met if one.way.origin is Origin.RELATED][:1]:
        yield MatchedWords((one.found,), one.where)


def _what_was_asked(met: Sequence[_Met]) -> Iterator[Reason]:
    for wanted, told in (
        (Wanted.WORDING, SpeaksOfWording),
        (Wanted.OPENING, SpeaksOfOpening),
    ):
        asked = [one for one in met if one.wish.wanted is wanted]
        # One word a stem: "wording" and "words" say the same.
        found = {one.way.stems: one.found for one in reversed(asked)}
        if found:
            yield told(tuple(reversed(found.values()))[:2])
