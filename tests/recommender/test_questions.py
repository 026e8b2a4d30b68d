"""Questions back: when one is asked, which one, and what its answers do."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.domain.need import LONGEST_NEED, Need
from lti_tool.recommender import Context, Question
from lti_tool.recommender.questions import (
    MOST_QUESTIONS,
    SITUATIONS,
    Asking,
    Candidate,
    Signs,
    ask_back,
    ask_first,
    foresee,
    tell_situations,
)
from lti_tool.recommender.questions.bank import LANGUAGES, question_named, questions_for
from lti_tool.recommender.questions.splitting import Split, expected_gain, spread_out
from lti_tool.recommender.support import CrisisSign, find_sign

ALWAYS = Asking(poor=0.0, poor_by_words=0.0, gain=0.0)
NEED = Need(text="trouble at work")
LED = replace(NEED, about_someone_led=True)

TITLES = (
    "Talking with your boss about too much work",
    "Managing upwards: your boss and you",
    "When a colleague does not answer",
    "Working with a colleague who is difficult",
    "A customer who shouts",
    "Calm words for a customer on the phone",
    "Small habits for your own energy",
    "Your own time, guarded",
)


def candidates(titles: tuple[str, ...] = TITLES, step: float = 0.0) -> list[Candidate]:
    return [
        Candidate(number=number, score=1.0 - step * number, fit=0.2, title=title, language="en")
        for number, title in enumerate(titles)
    ]


def asked(
    need: Need = NEED, *, asking: Asking = ALWAYS, language: str = "en", **context: object
) -> Question | None:
    return ask_back(need, candidates(), Context(language=language, **context), asking)  # type: ignore[arg-type]


def test_a_question_has_three_to_five_answers_that_keep_the_needs_own_words() -> None:
    question = asked()
    assert question is not None
    assert 3 <= len(question.choices) <= 5
    for choice in question.choices:
        assert choice.refined_text == f"{NEED.text} – {choice.label}"


def test_nothing_is_asked_where_the_answer_is_likely_to_be_good() -> None:
    assert asked(asking=replace(ALWAYS, poor_by_words=1.01)) is None


def test_nothing_is_asked_that_is_not_expected_to_help() -> None:
    assert asked(asking=replace(ALWAYS, gain=5.0)) is None


def test_no_question_comes_twice_and_no_third_one() -> None:
    names: tuple[str, ...] = ()
    while question := asked(LED, asked=names):
        assert question.name not in names
        names = (*names, question.name)
    assert len(names) == MOST_QUESTIONS


def test_whoever_wants_further_modules_is_not_asked() -> None:
    assert asked(seen=frozenset({("lms", "1")})) is None


def test_three_modules_or_fewer_need_no_question() -> None:
    assert ask_back(NEED, candidates()[:3], Context(), ALWAYS) is None
    assert ask_back(NEED, [], Context(), ALWAYS) is None


@pytest.mark.parametrize("role", ["learner", "teacher", "administrator"])
def test_who_leads_gets_a_managers_questions_whatever_their_role(role: str) -> None:
    question = asked(LED, role=role)
    assert question is not None
    assert question.name in ("led", "leading")
    assert asked(role=role) == asked()


def test_a_managers_question_is_for_managers_alone() -> None:
    assert questions_for(NEED, "en") == ()
    assert [one.name for one in questions_for(LED, "en")] == ["led", "leading"]


def test_the_same_questions_are_there_in_each_language() -> None:
    for name in ("led", "leading", "program"):
        english, dutch = (question_named(name, language) for language in LANGUAGES)
        assert 3 <= len(english.answers) == len(dutch.answers) <= 5
        assert english.heading != dutch.heading
        assert not {a.label for a in english.answers} & {a.label for a in dutch.answers}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_reads_as_a_crisis(language: str) -> None:
    for question in (*questions_for(LED, language), question_named("program", language)):
        for answer in question.answers:
            assert find_sign(f"{NEED.text} – {answer.label}") is CrisisSign.NONE


def test_a_need_without_room_for_an_answer_is_not_asked_about() -> None:
    assert asked(Need(text=("work " * LONGEST_NEED)[:LONGEST_NEED])) is None


def test_titles_are_offered_as_they_stand_and_each_once() -> None:
    found = candidates((*TITLES, *TITLES))
    for asking in (ALWAYS, replace(ALWAYS, split=Split(lift=2.0))):
        question = ask_back(NEED, found, Context(), asking)
        if question is not None and question.name == "closest":
            labels = [choice.label for choice in question.choices]
            assert set(labels) <= set(TITLES)
            assert len(set(labels)) == len(labels)


def test_the_same_is_asked_of_the_same() -> None:
    assert asked() == asked()


def test_an_answer_that_tells_two_halves_apart_is_worth_more_than_one_that_tells_nothing() -> None:
    scores = [1.0, 0.99, 0.98, 0.97]
    halves = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    same = [[0.5, 0.5]] * 4
    assert expected_gain(scores, halves, Split()) > 0.02
    assert expected_gain(scores, same, Split()) == pytest.approx(0.0)


def test_answers_stand_for_different_things() -> None:
    alike = [[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert spread_out([1.0, 1.0, 0.9], alike, 2, Split()) == [0, 2]


@pytest.mark.parametrize("sign", ["best", "met"])
@given(value=st.floats(0, 1), best=st.floats(0, 1), length=st.floats(0, 7))
def test_the_better_the_first_fit_the_likelier_the_answer_is_good(
    sign: str, value: float, best: float, length: float
) -> None:
    for by_meaning in (False, True):
        signs = Signs(best=best, met=best, length=length, by_meaning=by_meaning)
        poor = [foresee(replace(signs, **{sign: share})) for share in (0.0, value, 1.0)]
        assert all(0 <= likely <= 1 for likely in poor)
        assert all(left >= right for left, right in pairwise(poor))


@pytest.mark.parametrize("language", LANGUAGES)
def test_six_situations_begin_a_need_in_each_language(language: str) -> None:
    situations = tell_situations(language)
    assert tuple(one.name for one in situations) == SITUATIONS
    assert len(situations) == 6
    assert len({one.text for one in situations}) == 6
    for one in situations:
        assert Need(text=one.text)
        assert find_sign(one.text) is CrisisSign.NONE
        if one.question:
            first = ask_first(one.question, Need(text=one.text), language)
            assert first.choices[0].refined_text.startswith(one.text)


def test_situations_in_a_language_that_is_not_ours_are_english() -> None:
    assert tell_situations("fr") == tell_situations("en")
    assert tell_situations("nl") != tell_situations("en")


def test_vectors_decide_which_answers_are_near() -> None:
    np = pytest.importorskip("numpy", reason="pip install needle-lti[semantic]")
    axes = np.eye(8, dtype=np.float32)
    found = [
        replace(one, vector=axes[one.number // 2], title=f"Piece {one.number}")
        for one in candidates(step=0.001)
    ]
    question = ask_back(
        NEED, found, Context(), ALWAYS, lambda texts: axes[[7] * len(texts)]
    )
    assert question is not None
    assert question.name == "closest"
    assert [choice.label for choice in question.choices] == [f"Piece {n}" for n in (0, 2, 4, 6)]
