"""A small catalogue of three courses, two languages and awkward entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalogue_sync.module import Basis, Duration, Kind, Module, Withheld
from lti_tool.domain.need import Need
from lti_tool.recommender import Context, Recommendations, Recommender

Ask = Callable[..., list[str]]


def make_module(identifier: str, title: str, **values: Any) -> Module:
    minutes = values.pop("minutes", None)
    basis = values.pop("basis", Basis.ESTIMATED)
    return Module(
        source=values.pop("source", "lms"),
        identifier=identifier,
        title=title,
        kind=Kind.COURSE_PART,
        open_url=values.pop("open_url", f"https://lms.example/mod/{identifier}"),
        duration=Duration(minutes, basis) if minutes else None,
        **values,
    )


TALKS = {"course": "Hard conversations", "course_id": "c1", "siblings": 7}
SHEETS = {"course": "Spreadsheets", "course_id": "c2", "siblings": 3}
DUTCH = {"course": "Samenwerken", "course_id": "c3", "language": "nl"}

MODULES = (
    make_module("prepare", "Know what you want from the talk", position=1, **TALKS),
    make_module("facts", "Facts instead of opinions about performance", position=2, **TALKS),
    make_module(
        "wording",
        "Sentences for when results have become worse",
        position=5,
        minutes=8,
        text="Say what you saw. Use these phrases, and find wording that is your own.",
        **TALKS,
    ),
    make_module("silence", "Stay with the silence", position=6, minutes=40, **TALKS),
    make_module("no", "Saying no to your manager", position=7, minutes=3, **TALKS),
    make_module(
        "pivot", "Your first pivot table", position=1, minutes=12, basis=Basis.DECLARED, **SHEETS
    ),
    make_module("lookup", "Looking up a price with XLOOKUP", position=2, minutes=6, **SHEETS),
    make_module(
        "charts", "Charts", description="Choose a chart that answers.", position=3, **SHEETS
    ),
    make_module("gesprek", "Een lastig gesprek voorbereiden", **DUTCH),
    make_module("grenzen", "Grenzen stellen op het werk", **DUTCH),
    make_module("feedback", "Feedback aan je collega's geven", **DUTCH),
    make_module("hidden", "A hidden pivot table", withheld=Withheld.HIDDEN, **SHEETS),
    make_module("closed", "A pivot table without a door", open_url=None, **SHEETS),
)


@pytest.fixture(scope="session")
def recommender() -> Recommender:
    return Recommender.over(MODULES)


@pytest.fixture(scope="session")
def ask(recommender: Recommender) -> Ask:
    def run(text: str, *, minutes: int | None = None, **context: Any) -> list[str]:
        language = context.get("language", "en")
        answer = recommender.recommend(
            Need(text=text, minutes=minutes, language=language), Context(**context)
        )
        assert isinstance(answer, Recommendations), f"{text!r} was answered with {answer}"
        return [item.module.identifier for item in answer.items]

    return run
