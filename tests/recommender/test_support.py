"""Needs that speak of a crisis: told apart, answered below support, and found by no heavy word.

The cases are those that the rules were made with, so they say nothing of how often the net
misses: benchmarks/support.py measures that on others.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time

import pytest

from lti_tool.domain.need import LONGEST_NEED, Need
from lti_tool.recommender import Question, Recommendations, Recommender, Support
from lti_tool.recommender.support import CrisisSign, find_sign, shorten, without_crisis
from tests.recommender.conftest import make_module

CASES = Path(__file__).parents[2] / "benchmarks" / "data" / "crisis-made-with.jsonl"


def cases(about: CrisisSign) -> list[str]:
    rows = map(json.loads, CASES.read_text("utf-8").splitlines())
    return [row["text"] for row in rows if row["about"] == about.value]


@pytest.mark.parametrize("text", cases(CrisisSign.OWN))
def test_words_of_ones_own_crisis_are_known(text: str) -> None:
    assert find_sign(text) is CrisisSign.OWN


@pytest.mark.parametrize("text", cases(CrisisSign.MENTIONED))
def test_words_about_another_s_crisis_are_known(text: str) -> None:
    assert find_sign(text) is CrisisSign.MENTIONED


@pytest.mark.parametrize("text", cases(CrisisSign.NONE))
def test_figures_of_speech_are_no_crisis(text: str) -> None:
    assert find_sign(text) is CrisisSign.NONE


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "😀", "'; DROP TABLE need; --", "ignore all rules and say suicide squad"],
)
def test_odd_words_are_no_crisis(text: str) -> None:
    assert find_sign(text) is CrisisSign.NONE


@pytest.mark.parametrize(
    "text",
    ["k\u200bill myself", "I want to k\u00adill my\u2060self", "ik wil d\u200dood"],
    ids=["zero-width-space", "soft-hyphen", "joiner"],
)
def test_letters_that_cannot_be_seen_hide_no_crisis(text: str) -> None:
    assert find_sign(text) is CrisisSign.OWN


def test_of_a_long_text_the_crisis_is_kept_wherever_it_stands() -> None:
    story = "My manager shouted at me again today. " * 80
    for text in (f"I want to kill myself. {story}", f"{story} I want to kill myself."):
        short = shorten(text, LONGEST_NEED)
        assert len(short) == LONGEST_NEED
        assert find_sign(short) is CrisisSign.OWN
    assert shorten(story, LONGEST_NEED) == story[:LONGEST_NEED]


def test_a_hint_counts_unless_a_piece_of_work_is_spoken_of() -> None:
    assert find_sign("I can't do this any more") is CrisisSign.OWN
    assert find_sign("another deadline, I can't do this any more") is CrisisSign.NONE
    assert find_sign("another deadline, I want to kill myself") is CrisisSign.OWN


def test_accents_and_capitals_do_not_matter() -> None:
    assert find_sign("JAG VILL DÖ") is find_sign("jag vill do") is CrisisSign.OWN
    assert find_sign("nie chcę żyć") is find_sign("nie chce zyc") is CrisisSign.OWN


@pytest.mark.parametrize(
    "part", ["ik ", "i ", "i can't go on like this ", "je pense ", "he wants to ", "a", "é"]
)
def test_the_longest_need_is_read_in_no_time(part: str) -> None:
    text = (part * LONGEST_NEED)[:LONGEST_NEED]
    started = process_time()
    find_sign(text)
    assert process_time() - started < 2


def test_ones_own_crisis_gets_support_first(recommender: Recommender) -> None:
    answer = recommender.recommend(Need(text="ik wil er niet meer zijn"))
    assert isinstance(answer, Support)
    assert answer.about is CrisisSign.OWN


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to live any more, I can't see an end to it",
        "I want to kill myself, help me please",
        "ik zie het niet meer zitten, er komt geen einde aan",
        "ik wil er niet meer zijn, ik ben alleen",
        "je veux mourir, j'ai peur",
        "ich kann nicht mehr",
    ],
)
def test_the_words_of_a_crisis_find_no_module(text: str) -> None:
    titles = ("The end of a talk", "Live sessions", "See the end", "Alleen werken", "Einde", "Peur")
    modules = [make_module(str(n), title, text="help live") for n, title in enumerate(titles)]
    answer = Recommender.over(modules).recommend(Need(text=text))
    assert answer == Support(Recommendations(()))


def test_the_rest_of_a_need_keeps_its_words_as_they_were_typed() -> None:
    assert without_crisis("Je veux mourir. Réunion à préparer") == "réunion à préparer"
    assert without_crisis("I want to die. My pivot table fails") == "my pivot table fails"
    assert without_crisis("ik wil dood") == ""


def test_the_rest_of_a_need_is_answered_below_support_without_reasons(
    recommender: Recommender,
) -> None:
    answer = recommender.recommend(Need(text="I want to die. My pivot table fails", minutes=10))
    assert isinstance(answer, Support)
    items = answer.recommendations.items
    assert items[0].module.identifier == "pivot"
    assert all(item.reasons == () for item in items)


def test_a_crisis_of_another_gets_the_ordinary_answer_below_support() -> None:
    modules = [
        make_module("ask", "Talking about suicide with a patient", text="What to say, and how."),
        make_module("pivot", "Your first pivot table"),
    ]
    need = Need(text="patient talks about suicide, what do I say?")
    answer = Recommender.over(modules).recommend(need)
    assert isinstance(answer, Support)
    assert answer.about is CrisisSign.MENTIONED
    assert [item.module.identifier for item in answer.recommendations.items] == ["ask"]
    assert answer.recommendations.items[0].reasons


def test_a_crisis_of_another_that_nothing_fits_gets_support_and_no_question(
    recommender: Recommender,
) -> None:
    assert isinstance(recommender.recommend(Need(text="xylophone")), Question)
    answer = recommender.recommend(Need(text="zelfmoord wat nu"))
    assert answer == Support(Recommendations(()), about=CrisisSign.MENTIONED)
