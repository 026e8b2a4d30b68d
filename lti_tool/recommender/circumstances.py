"""Time, purpose, person and source: what moves a module a little, and never hides it.

Every effect is an amount on a score whose best is about 1. Effects are told one by one, so that
a reason can say what really moved a module. docs/recommender.md has what each is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from catalogue_sync.module import Kind, Module, Provenance
from lti_tool.domain.need import Need, Purpose
from lti_tool.recommender.circumstance_words import (
    AT_HAND,
    FOR_WHO_IS_LED,
    FOR_WHO_LEADS,
    FOR_WHO_TEACHES,
    PRACTICE,
    REPAIR,
    WHY,
    plain_words,
)
from lti_tool.recommender.context import Context
from lti_tool.recommender.languages import primary_language, split_words, stem_all
from lti_tool.recommender.small_words import FUNCTION_WORDS, TALK
from lti_tool.recommender.source_rule import NeedKind

SHORT = 15
"""Minutes up to which a piece is short."""

LONG = 60
"""Minutes from which a piece is long."""

WHOLE_COURSE = 0.5
"""What a course of unknown length loses for who has minutes, beside what takes twice as long."""

FOR_LENGTH = 0.5
"""What a length counts for a purpose beside words that name what serves it."""

READ_AT_WORK = "en"
"""The language in which most catalogues are written: a lesser loss than any other."""


class EffectName(StrEnum):
    """What moved a module."""

    MINUTES = "minutes"
    PURPOSE = "purpose"
    LANGUAGE = "language"
    SIDE = "side"
    PLACED = "placed"
    COURSE = "course"
    GOAL = "goal"
    SOURCE = "source"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Effect:
    """One circumstance and what it adds to a module's score; below 0 it takes away."""

    name: EffectName
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much each circumstance may move a module whose score is about 1; 0 switches it off."""

    minutes: float = 0.05
    """What a module loses that takes twice the learner's minutes; at twenty times, twice that."""
    purpose: float = 0.02
    """What a module gains that serves the purpose; for its length alone half of that, or loses."""
    other_language: float = 0.03
    """What an English module loses for a person who asks in another language."""
    unread_language: float = 0.1
    """What a module loses in a language that neither the need nor the page is in."""
    side: float = 0.01
    """What a module for who leads gains, and one for who is led loses, about someone led."""
    placed: float = 0.02
    """What a module gains that teachers placed in the course."""
    course: float = 0.01
    """What a module of the course gains, in which the need is asked."""
    goal: float = 0.03
    """The most that a module gains that holds the words of one of the person's goals."""
    source: float = 0.04
    """What the rule of the source gives an expert's piece and takes from a colleague's for a
    human skill; half of it goes to a colleague's for a how-to."""
    practice: float = 0.005
    """What a piece gains for a human skill that gives room to practise or says why."""
    mix: float = 0.03
    """How far below the one it replaces a short piece, a practice or a person may be, to make
    three modules for a human skill a mix."""


DEFAULT_AMOUNTS = Amounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a need beside its words; `goals` are the stems of each goal's words."""

    minutes: int | None = None
    purpose: Purpose | None = None
    kind: NeedKind = NeedKind.NEITHER
    languages: frozenset[str] = frozenset()
    about_someone_led: bool = False
    teaches: bool = False
    course_id: str | None = None
    placed: frozenset[tuple[str, str]] = frozenset()
    goals: tuple[frozenset[str], ...] = ()


def circumstances_of(
    need: Need,
    context: Context,
    *,
    kind: NeedKind,
    language: str | None,
) -> Circumstances:
    """What is known of a need; `language` is the one its words are in, None where that is open."""
    read = {primary_language(tag) for tag in (language, context.language)}
    return Circumstances(
        minutes=need.minutes,
        purpose=need.purpose,
        kind=kind,
        languages=frozenset(one for one in read if one is not None),
        about_someone_led=need.about_someone_led,
        teaches=context.role == "teacher",
        course_id=context.course_id,
        placed=context.placed,
        goals=tuple(stems for goal in context.goals if (stems := telling_stems(goal))),
    )


def weigh(
    module: Module, given: Circumstances, amounts: Amounts = DEFAULT_AMOUNTS
) -> tuple[Effect, ...]:
    """What the circumstances do to one module; only what does something is told."""
    amounts_of = ((name, move(module, given, amounts)) for name, move in _EFFECTS)
    return tuple(Effect(name, amount) for name, amount in amounts_of if amount)


def is_short(module: Module) -> bool:
    """Whether a module is a matter of minutes, as far as is known."""
    if module.duration is not None:
        return module.duration.minutes <= SHORT
    return module.kind in (Kind.MICRO, Kind.ARTICLE)


def _is_long(module: Module) -> bool:
    return module.duration is not None and module.duration.minutes >= LONG


def _minutes(module: Module, given: Circumstances, amounts: Amounts) -> float:
    has, takes = given.minutes, module.duration
    if has is None or (takes is not None and takes.minutes <= has):
        return 0.0
    if takes is None:
        # Nobody said how long it takes, but a whole course is no matter of minutes.
        return -amounts.minutes * WHOLE_COURSE if module.kind is Kind.COURSE and has < LONG else 0.0
    times = takes.minutes / has
    # A day's work loses more than what takes a little longer.
    return -amounts.minutes * (min(1.0, times - 1.0) + min(1.0, max(0.0, times / 10 - 1.0)))


def _purpose(module: Module, given: Circumstances, amounts: Amounts) -> float:
    if given.purpose is None:
        return 0.0
    words = plain_words(module.title, module.description)
    practice = module.kind is Kind.PRACTICE or PRACTICE.search(words) is not None
    match given.purpose:
        case Purpose.ABOUT_TO if AT_HAND.search(words):
            share = 1.0
        case Purpose.ABOUT_TO:
            # Most of what helps has no minutes, and a course may hold the best page: so little.
            share = FOR_LENGTH * (is_short(module) - _is_long(module))
        case Purpose.PREPARING:
            share = float(practice or module.kind is Kind.LESSON)
        case Purpose.WENT_WRONG:
            share = 1.0 if REPAIR.search(words) else -FOR_LENGTH * _is_long(module)
        case Purpose.GET_BETTER:
            share = float(practice or module.kind is Kind.COURSE)
    return amounts.purpose * share


def _language(module: Module, given: Circumstances, amounts: Amounts) -> float:
    language = primary_language(module.language)
    if language is None or not given.languages or language in given.languages:
        return 0.0
    return -(amounts.other_language if language == READ_AT_WORK else amounts.unread_language)


def _side(module: Module, given: Circumstances, amounts: Amounts) -> float:
    if not (given.about_someone_led or given.teaches):
        return 0.0
    words = plain_words(module.title, module.description)
    if given.about_someone_led:
        if FOR_WHO_IS_LED.search(words):
            return -amounts.side
        return amounts.side if FOR_WHO_LEADS.search(words) else 0.0
    return amounts.side / 2 if FOR_WHO_TEACHES.search(words) else 0.0


def _placed(module: Module, given: Circumstances, amounts: Amounts) -> float:
    return amounts.placed if (module.source, module.identifier) in given.placed else 0.0


def _course(module: Module, given: Circumstances, amounts: Amounts) -> float:
    here = given.course_id is not None and module.course_id == given.course_id
    return amounts.course if here else 0.0


def _goal(module: Module, given: Circumstances, amounts: Amounts) -> float:
    if not given.goals:
        return 0.0
    stems = telling_stems(f"{module.title} {' '.join(module.skills)} {module.description}")
    return amounts.goal * max(len(goal & stems) / len(goal) for goal in given.goals)


def _source(module: Module, given: Circumstances, amounts: Amounts) -> float:
    match given.kind, module.provenance:
        case NeedKind.HUMAN, Provenance.EXPERT:
            return amounts.source
        case NeedKind.HUMAN, Provenance.COLLEAGUE:
            return -amounts.source
        case NeedKind.HOWTO, Provenance.COLLEAGUE:
            return amounts.source / 2
        case _:
            return 0.0


def _practice(module: Module, given: Circumstances, amounts: Amounts) -> float:
    # A colleague's piece is not made an expert's by the word "why".
    if given.kind is not NeedKind.HUMAN or module.provenance is Provenance.COLLEAGUE:
        return 0.0
    words = plain_words(module.title, module.description)
    gives = module.kind is Kind.PRACTICE or PRACTICE.search(words) or WHY.search(words)
    return amounts.practice if gives else 0.0


def telling_stems(text: str) -> frozenset[str]:
    """The stems of what a text says beside small words and talk."""
    little = FUNCTION_WORDS["en"] | FUNCTION_WORDS["nl"] | TALK["en"] | TALK["nl"]
    words = [word for word in split_words(text) if word not in little]
    return frozenset(stem_all(words, "en"))


_EFFECTS: tuple[tuple[EffectName, Callable[[Module, Circumstances, Amounts], float]], ...] = (
    (EffectName.MINUTES, _minutes),
    (EffectName.PURPOSE, _purpose),
    (EffectName.LANGUAGE, _language),
    (EffectName.SIDE, _side),
    (EffectName.PLACED, _placed),
    (EffectName.COURSE, _course),
    (EffectName.GOAL, _goal),
    (EffectName.SOURCE, _source),
    (EffectName.PRACTICE, _practice),
)
