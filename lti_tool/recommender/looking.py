"""Looks into modules that were found: the reasons, and whether they meet enough of the need."""

from __future__ import annotations

from dataclasses import replace

from catalogue_sync.module import Kind, Module
from lti_tool.recommender.access import tell_entry
from lti_tool.recommender.answers import Recommendation
from lti_tool.recommender.asked import Asked
from lti_tool.recommender.circumstances import EffectName, telling_stems
from lti_tool.recommender.doors import Door
from lti_tool.recommender.explaining import Explained, Moved, explain
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.parts import tell_part
from lti_tool.recommender.passages import find_passages, may_quote
from lti_tool.recommender.reasons import (
    CloseInMeaning,
    ForYourGoal,
    GivesPractice,
    OfAColleague,
    OfAnExpert,
    PlacedByTeacher,
    Reason,
    SpeaksOfOpening,
    SpeaksOfWording,
)
from lti_tool.recommender.source_rule import NeedKind
from lti_tool.recommender.tuning import Tuning

DECIDES = 0.03
"""What use or a goal must add to a score to be told before the words."""


def look_into(
    door: Door, asked: Asked, index: ModuleIndex, tuning: Tuning, least_met: float
) -> Recommendation | None:
    """The module with its reasons; None when it meets too little of the need."""
    module = door.module or index.module(door.number)
    moved = None
    if asked.sense is not None:
        moved = Moved(lexical=door.found.lexical, meaning=door.found.meaning)
    minutes = asked.need.minutes
    explained = explain(module, asked.reading, index, tuning, minutes, moved)
    explained = _by_sense(explained, door, asked, index, tuning)
    # What nothing tellable moved was met by chance.
    if not explained.reasons or explained.share < least_met:
        return None
    reasons = _with_circumstances(explained.reasons, door, module, asked)
    entering = tell_entry(module, asked.context)
    if entering is not None:
        reasons = (*reasons, entering)
    return Recommendation(module, reasons, door.found.score)


def with_quotations(
    items: tuple[Recommendation, ...], asked: Asked, index: ModuleIndex
) -> tuple[Recommendation, ...]:
    """The same with the sentences that answer, for what this person can surely open."""
    restricting = frozenset(item.module.source for item in items if index.has_restricted)
    quotable = [item for item in items if may_quote(item.module, asked.context, restricting)]
    quotations = find_passages([item.module for item in quotable], asked.reading, index)
    quoted = dict(zip(map(id, quotable), quotations, strict=True))
    return tuple(replace(item, quotation=quoted.get(id(item))) for item in items)


def _by_sense(
    explained: Explained, door: Door, asked: Asked, index: ModuleIndex, tuning: Tuning
) -> Explained:
    """What is close in meaning need not meet the words, and what is far meets them by chance."""
    fit = door.found.fit
    if fit is None or asked.sense is None:
        return explained
    met = explained.share >= tuning.by_words or any(map(_is_as_asked, explained.reasons))
    if fit < asked.sense.by.far and not met:
        return Explained((), 0.0)
    if fit < asked.sense.by.close:
        return explained
    reasons = explained.reasons or (CloseInMeaning(tell_part(asked.reading, frozenset(), index)),)
    return Explained(reasons, 1.0)


def _with_circumstances(
    reasons: tuple[Reason, ...], door: Door, module: Module, asked: Asked
) -> tuple[Reason, ...]:
    """The reasons with those of circumstances and use: first what decided, else after the words."""
    key = (module.source, module.identifier)
    context, added = asked.context, {one.name: one.amount for one in door.effects}
    helped = context.use.helped(key, asked.likeness)
    goal = _goal(asked, added.get(EffectName.GOAL, 0.0), module)
    first: list[Reason] = []
    after: list[Reason] = []
    if helped is not None:
        (first if context.use.shift(key, asked.likeness) >= DECIDES else after).append(helped)
    if goal is not None:
        (first if added[EffectName.GOAL] >= DECIDES else after).append(goal)
    if key in context.placed:
        after.append(PlacedByTeacher())
    if added.get(EffectName.SOURCE, 0.0) > 0:
        human = asked.given.kind is NeedKind.HUMAN
        after.append(OfAnExpert() if human else OfAColleague())
    if module.kind is Kind.PRACTICE and added.get(EffectName.PRACTICE, 0.0) > 0:
        after.append(GivesPractice())
    known = context.personal.reason(key, asked.likeness)
    if known is not None:
        after.append(known)
    return (*first, *reasons[:1], *after, *reasons[1:])


def _is_as_asked(reason: Reason) -> bool:
    return isinstance(reason, SpeaksOfWording | SpeaksOfOpening)


def _goal(asked: Asked, added: float, module: Module) -> ForYourGoal | None:
    """The goal that raised the module: the one of whose words it has the most."""
    if added <= 0:
        return None
    stems = telling_stems(f"{module.title} {' '.join(module.skills)} {module.description}")

    def met(goal: str) -> float:
        wanted = telling_stems(goal)
        return len(wanted & stems) / max(1, len(wanted))

    return ForYourGoal(max(asked.context.goals, key=met))
