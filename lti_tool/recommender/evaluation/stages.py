"""The stages of the ranking, each switched off alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any

from lti_tool.domain.need import Need
from lti_tool.recommender.context import Context
from lti_tool.recommender.recommender import Recommender
from lti_tool.recommender.tuning import Tuning

NOT_STAGES = frozenset({"title", "least_met", "by_words", "meaning", "use"})
"""Numbers of the tuning that an order does not come of: the title's weight is the index's own,
and the least share that a module must meet decides what is shown, not in which order."""

LOOKED_AT = 50
"""First modules of an order in which a place is looked for."""

Key = tuple[str, str]


def without_each(tuning: Tuning) -> Iterator[tuple[str, Tuning]]:
    """Each stage's name, and the tuning with that stage switched off (0, or False).

    Every number of the tuning that is not a whole one is a stage's weight, every truth value
    its switch; what is off already is left out.
    """
    for field in fields(tuning):
        value = getattr(tuning, field.name)
        if field.name not in NOT_STAGES and value and isinstance(value, bool | float):
            off: dict[str, Any] = {field.name: type(value)(0)}
            yield field.name, replace(tuning, **off)
    for field in fields(tuning.circumstances):
        if getattr(tuning.circumstances, field.name):
            amounts = replace(tuning.circumstances, **{field.name: 0.0})
            yield field.name, replace(tuning, circumstances=amounts)


def places_without(
    recommender: Recommender,
    tuning: Tuning,
    need: Need,
    context: Context,
    keys: Sequence[Key],
) -> Mapping[str, tuple[int | None, ...]]:
    """The places (from 1) that modules have in the order for a need without each stage.

    By stage, one for each of `keys` (source, identifier); None beyond the first `LOOKED_AT`.
    With every stage on they stand under the empty name. `tuning` is the recommender's.
    """
    found: dict[str, tuple[int | None, ...]] = {}
    for name, other in (("", tuning), *without_each(tuning)):
        ordered = recommender.tuned(other).order(need, context)
        places = {key: place for place, key in enumerate(islice(ordered, LOOKED_AT), start=1)}
        found[name] = tuple(places.get(key) for key in keys)
    return found
