"""Everyday needs: written in each language, and what a catalogue answers to them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lti_tool.domain.need import Need
from lti_tool.language import LANGUAGES as PAGES
from lti_tool.recommender import Recommender
from lti_tool.recommender.everyday import (
    LANGUAGES,
    Quality,
    answer_everyday,
    everyday_needs,
)
from lti_tool.recommender.support import CrisisSign, find_sign
from tests.recommender.conftest import MODULES, make_module

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def quality_of(recommender: Recommender, name: str) -> tuple[Quality, str | None]:
    (found,) = [
        one for one in answer_everyday(recommender, "en", now=NOW) if one.need.id == name
    ]
    return found.quality, found.module and found.module.identifier


def test_the_needs_are_in_every_language_of_the_pages() -> None:
    assert LANGUAGES == PAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_sixty_different_needs_are_the_same_in_each_language(language: str) -> None:
    needs = everyday_needs(language)
    assert len(needs) == len({need.id for need in needs}) == len({n.text for n in needs}) == 60
    other = everyday_needs(LANGUAGES[0])
    assert [(n.id, n.group, n.minutes) for n in needs] == [
        (n.id, n.group, n.minutes) for n in other
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_need_can_be_asked_and_none_speaks_of_a_crisis(language: str) -> None:
    for need in everyday_needs(language):
        Need(text=need.text, minutes=need.minutes, language=language)
        assert find_sign(need.text) is CrisisSign.NONE, need.text


def test_a_module_that_meets_the_need_is_a_good_answer() -> None:
    assert quality_of(Recommender.over(MODULES), "pivot") == (Quality.GOOD, "pivot")


def test_a_module_that_shares_no_more_than_a_word_is_a_poor_answer() -> None:
    quality, module = quality_of(Recommender.over(MODULES), "taking-criticism")
    assert (quality, module) == (Quality.POOR, "grenzen")


def test_where_nothing_fits_there_is_no_answer() -> None:
    only = [make_module("x", "Beekeeping through the year")]
    answered = list(answer_everyday(Recommender.over(only), "en"))
    assert {one.quality for one in answered} == {Quality.NONE}
    assert {one.module for one in answered} == {None}


def test_the_examples_in_the_guide_to_the_shelf_run(capsys: pytest.CaptureFixture[str]) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "shelf.md").read_text("utf-8")
    names: dict[str, object] = {}
    for example in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        exec(example, names)
    assert "none how do I say no to a colleague and stay friendly None" in capsys.readouterr().out


def test_what_is_over_answers_nothing() -> None:
    over = replace(MODULES[5], ends=NOW - timedelta(days=1))
    assert quality_of(Recommender.over([over]), "pivot") == (Quality.NONE, None)
