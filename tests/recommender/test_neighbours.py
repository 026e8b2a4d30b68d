"""The pieces before and after a module, as far as whoever opens it can open them too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from catalogue_sync.module import Access, Module
from lti_tool.recommender import Recommender
from tests.recommender.conftest import make_module

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def near(modules: list[Module], identifier: str) -> list[str | None]:
    found = Recommender.over(modules).neighbours(("lms", identifier), NOW)
    return [one.identifier if one else None for one in found]


def piece(position: int, **values: object) -> Module:
    course = {"course": "Hard conversations", "course_id": "c1", "siblings": 4}
    return make_module(str(position), f"Piece {position}", position=position, **course, **values)


def test_the_pieces_next_to_a_module_are_those_of_its_course() -> None:
    other = make_module("x", "Elsewhere", position=3, course="Sheets", course_id="c2", siblings=3)
    modules = [piece(3), other, piece(1), piece(2), piece(4)]
    assert near(modules, "2") == ["1", "3"]
    assert near(modules, "1") == [None, "2"]
    assert near(modules, "4") == ["3", None]
    assert near(modules, "unknown") == [None, None]


def test_what_others_may_enter_or_is_over_is_no_neighbour() -> None:
    modules = [
        piece(1, access=Access.ENROLLED),
        piece(2),
        piece(3, ends=NOW - timedelta(days=1)),
    ]
    assert near(modules, "2") == [None, None]
