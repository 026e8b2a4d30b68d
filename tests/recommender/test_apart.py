"""A whole and its own part do not stand side by side while others fit."""

from __future__ import annotations

from catalogue_sync.module import Module
from lti_tool.domain.need import Need
from lti_tool.recommender import Recommendations, Recommender
from tests.recommender.conftest import make_module

BOOK = make_module("book", "Giving feedback")
CHAPTERS = [
    make_module(f"chapter-{number}", f"Giving feedback: {name}", part_of="book")
    for number, name in enumerate(("before", "during", "after"), start=1)
]


def shown(*modules: Module) -> list[str]:
    answer = Recommender.over(modules).recommend(Need(text="giving feedback"))
    assert isinstance(answer, Recommendations)
    return [item.module.identifier for item in answer.items]


def test_the_whole_stands_beside_none_of_its_parts_while_others_fit() -> None:
    others = (make_module("talk", "A talk on feedback"), make_module("form", "A feedback form"))
    assert shown(BOOK, CHAPTERS[0], *others) == ["book", "form", "talk"]


def test_parts_of_one_whole_stand_side_by_side() -> None:
    assert set(shown(*CHAPTERS)) == {one.identifier for one in CHAPTERS}


def test_where_nothing_else_fits_both_are_shown() -> None:
    assert set(shown(BOOK, CHAPTERS[0])) == {"book", "chapter-1"}
