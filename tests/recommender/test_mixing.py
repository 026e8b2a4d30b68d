"""What is not looked into, as it could not be mixed in, would have changed nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.module import Basis, Duration, Kind, Module
from lti_tool.recommender.circumstances import Circumstances
from lti_tool.recommender.mixing import MOST_LOOKED_AT, may_be_let_in, mix
from lti_tool.recommender.source_rule import NeedKind

SHOWN = 3

_kinds = st.sampled_from([Kind.LESSON, Kind.ARTICLE, Kind.PRACTICE, Kind.PERSON, Kind.COURSE])
_found = st.lists(
    st.tuples(st.integers(90, 100), _kinds, st.sampled_from([None, 5, 90])),
    min_size=SHOWN + 1,
    max_size=MOST_LOOKED_AT,
)


@settings(deadline=None)
@given(found=_found)
def test_leaving_out_what_cannot_be_let_in_shows_the_same_three(
    found: list[tuple[int, Kind, int | None]],
) -> None:
    human = Circumstances(kind=NeedKind.HUMAN)
    scored = [
        (score / 100, _module(str(number), kind, minutes))
        for number, (score, kind, minutes) in enumerate(sorted(found, key=lambda one: -one[0]))
    ]
    least = min(score for score, _ in scored[:SHOWN])
    fewer = scored[: SHOWN + 1] + [
        one for one in scored[SHOWN + 1 :] if may_be_let_in(one[0], one[1], least)
    ]
    assert _shown(fewer, human) == _shown(scored, human)


def _shown(scored: list[tuple[float, Module]], human: Circumstances) -> list[str]:
    modules = [module for _, module in scored]
    order = mix([score for score, _ in scored], modules, human)
    return [modules[place].identifier for place in order[:SHOWN]]


def _module(identifier: str, kind: Kind, minutes: int | None) -> Module:
    duration = None if minutes is None else Duration(minutes, Basis.DECLARED)
    return Module(
        source="s", identifier=identifier, title="A piece", kind=kind, duration=duration
    )
