"""Time, purpose, person and source move a module a little, are told, and hide nothing."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance
from lti_tool.domain.need import Need, Purpose
from lti_tool.recommender.circumstances import (
    Amounts,
    Circumstances,
    EffectName,
    circumstances_of,
    weigh,
)
from lti_tool.recommender.context import Context
from lti_tool.recommender.mixing import mix
from lti_tool.recommender.source_rule import NeedKind

HUMAN = Circumstances(kind=NeedKind.HUMAN)
HOWTO = Circumstances(kind=NeedKind.HOWTO)


def _module(title: str = "Something", minutes: float | None = None, **values: Any) -> Module:
    values = {"kind": Kind.LESSON, "source": "s", "identifier": title} | values
    duration = Duration(minutes, Basis.DECLARED) if minutes else None
    return Module(title=title, duration=duration, **values)


def _sum(module: Module, given: Circumstances, amounts: Amounts | None = None) -> float:
    return sum(effect.amount for effect in weigh(module, given, amounts or Amounts()))


EXPERT = _module(provenance=Provenance.EXPERT)
COLLEAGUE = _module(provenance=Provenance.COLLEAGUE)


@pytest.mark.parametrize(
    ("better", "worse", "given"),
    [
        (EXPERT, COLLEAGUE, HUMAN),
        (COLLEAGUE, EXPERT, HOWTO),
        (_module(kind=Kind.PRACTICE), _module(), HUMAN),
        (_module("Why rows escalate"), _module("Rows"), HUMAN),
        (_module(minutes=9), _module(minutes=25), Circumstances(minutes=10)),
        (_module(minutes=12), _module(minutes=25), Circumstances(minutes=10)),
        (_module("A checklist"), _module("A course", 90), Circumstances(purpose=Purpose.ABOUT_TO)),
        (_module("A talk", 5), _module("A talk", 90), Circumstances(purpose=Purpose.ABOUT_TO)),
        (_module("Undo it"), _module("Do it"), Circumstances(purpose=Purpose.WENT_WRONG)),
        (
            _module(kind=Kind.COURSE),
            _module(kind=Kind.MICRO),
            Circumstances(purpose=Purpose.GET_BETTER),
        ),
        (
            _module(kind=Kind.PRACTICE),
            _module(kind=Kind.ARTICLE),
            Circumstances(purpose=Purpose.PREPARING),
        ),
        (
            _module("For managers"),
            _module("Telling your manager"),
            Circumstances(about_someone_led=True),
        ),
        (_module("For trainers"), _module("For guests"), Circumstances(teaches=True)),
        (
            _module(language="nl-BE"),
            _module(language="en"),
            Circumstances(languages=frozenset({"nl"})),
        ),
        (
            _module(language="en"),
            _module(language="de"),
            Circumstances(languages=frozenset({"nl"})),
        ),
        (_module(course_id="c"), _module(course_id="d"), Circumstances(course_id="c")),
        (_module("a"), _module("b"), Circumstances(placed=frozenset({("s", "a")}))),
    ],
    ids=[
        "expert-for-human", "colleague-for-howto", "practice-for-human", "why-for-human",
        "fits-minutes", "a-little-over-minutes", "checklist-before", "short-before",
        "repair-after", "course-to-get-better", "practice-to-prepare", "for-who-leads",
        "for-who-teaches", "own-language", "english-before-unread", "own-course", "placed",
    ],
)  # fmt: skip
def test_what_suits_the_circumstance_comes_ahead_of_its_equal(
    better: Module, worse: Module, given: Circumstances
) -> None:
    assert _sum(better, given) > _sum(worse, given)


def test_goal_of_the_person_moves_what_holds_its_words() -> None:
    need = Need(text="salary talk tomorrow")
    context = Context(goals=("negotiate better", "to the"))
    given = circumstances_of(need, context, kind=NeedKind.NEITHER, language="en")
    (effect,) = weigh(_module("Negotiating a raise"), given)
    assert effect.name is EffectName.GOAL
    assert effect.amount == Amounts().goal
    assert weigh(_module("Raising sheep"), given) == ()


def test_nothing_known_moves_nothing() -> None:
    for module in (EXPERT, COLLEAGUE, _module(minutes=900), _module("Checklist", language="sv")):
        assert weigh(module, Circumstances()) == ()


def test_neither_kind_leaves_experts_and_colleagues_alone() -> None:
    assert _sum(EXPERT, Circumstances()) == _sum(COLLEAGUE, Circumstances()) == 0


def test_all_circumstances_together_stay_a_nudge() -> None:
    """Even with everything against it, a module loses less than a third of the best score."""
    worst = _module(
        "Telling your manager", 900, provenance=Provenance.COLLEAGUE, language="de"
    )
    given = Circumstances(
        minutes=2, purpose=Purpose.ABOUT_TO, kind=NeedKind.HUMAN, about_someone_led=True,
        languages=frozenset({"nl"}),
    )  # fmt: skip
    assert -1 / 3 < _sum(worst, given) < 0


def test_amounts_of_nothing_switch_everything_off() -> None:
    off = Amounts(**{one.name: 0.0 for one in fields(Amounts)})
    given = Circumstances(
        minutes=2, purpose=Purpose.GET_BETTER, kind=NeedKind.HUMAN, about_someone_led=True,
        languages=frozenset({"nl"}), goals=(frozenset({"why"}),),
    )  # fmt: skip
    module = _module("Why managers practise", 90, provenance=Provenance.EXPERT, language="en")
    assert weigh(module, given)
    assert weigh(module, given, off) == ()


LONG = [_module(str(number), 40) for number in range(5)]
MICRO, PERSON = _module("short", 2, kind=Kind.MICRO), _module("ask", kind=Kind.PERSON)


def test_human_skill_gets_a_mix_where_one_is_hardly_worse() -> None:
    modules = [*LONG[:3], MICRO, PERSON]
    order = mix([1.0, 0.99, 0.98, 0.97, 0.97], modules, HUMAN)
    assert order == [0, 4, 3, 1, 2]


def test_mix_never_brings_in_what_is_clearly_worse() -> None:
    assert mix([1.0, 0.99, 0.98, 0.9, 0.9], [*LONG[:3], MICRO, PERSON], HUMAN) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", [NeedKind.HOWTO, NeedKind.NEITHER])
def test_other_needs_are_not_mixed(kind: NeedKind) -> None:
    scores = [1.0, 0.99, 0.98, 0.97, 0.97]
    assert mix(scores, [*LONG[:3], MICRO, PERSON], replace(HUMAN, kind=kind)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", range(4))
def test_mix_loses_and_doubles_nothing(count: int) -> None:
    modules = [*LONG[:count], MICRO, PERSON][:count]
    order = mix([1.0 - place / 100 for place in range(len(modules))], modules, HUMAN)
    assert sorted(order) == list(range(len(modules)))
