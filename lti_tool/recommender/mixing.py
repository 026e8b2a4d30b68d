"""A mix of kinds for a human skill: a short piece, and a practice or a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from catalogue_sync.module import Kind, Module
from lti_tool.recommender.circumstances import (
    DEFAULT_AMOUNTS,
    Amounts,
    Circumstances,
    is_short,
)
from lti_tool.recommender.source_rule import NeedKind

MOST_LOOKED_AT = 12
"""Modules among which a mix of kinds is sought."""


def mix(
    scores: Sequence[float],
    modules: Sequence[Module],
    given: Circumstances,
    amounts: Amounts = DEFAULT_AMOUNTS,
) -> list[int]:
    """An order of modules (best first, by place) in which the first three of a human skill mix.

    Where none of the three is short, the third gives way to the next short one that is hardly
    worse; likewise the second or third for a practice or a person. The first stays.
    """
    order = list(range(len(modules)))
    if given.kind is not NeedKind.HUMAN or not amounts.mix:
        return order
    kept: set[int] = set(order[:1])
    for wanted in (is_short, is_practice_or_person):
        met = [place for place in order[:3] if wanted(modules[place])]
        if not met:
            met = _let_in(order, wanted, kept, scores, modules, amounts.mix)
        kept.update(met[:1])
    return order


def may_be_let_in(
    score: float, module: Module, least: float, amounts: Amounts = DEFAULT_AMOUNTS
) -> bool:
    """Whether `mix` could bring a module into the first three, of which `least` scores lowest."""
    wanted = is_short(module) or is_practice_or_person(module)
    return wanted and least - score <= amounts.mix


def _let_in(
    order: list[int],
    wanted: Callable[[Module], bool],
    kept: set[int],
    scores: Sequence[float],
    modules: Sequence[Module],
    margin: float,
) -> list[int]:
    """Bring one that is wanted into the first three, in the lowest place that is free."""
    free = [spot for spot, place in enumerate(order[:3]) if place not in kept]
    for place in order[3:MOST_LOOKED_AT]:
        if free and wanted(modules[place]) and scores[order[free[-1]]] - scores[place] <= margin:
            order.remove(place)
            # Who gives way stands right below the three, so that nobody who was kept slips out.
            order.insert(3, order[free[-1]])
            order[free[-1]] = place
            return [place]
    return []


def is_practice_or_person(module: Module) -> bool:
    """Whether a module gives room to practise, or is somebody to ask."""
    return module.kind in (Kind.PRACTICE, Kind.PERSON, Kind.COMMUNITY)
