"""Which modules come first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalogue_sync.module import Provenance
from lti_tool.domain.need import Need
from lti_tool.recommender import Context, Recommendations, Recommender, Tuning
from lti_tool.recommender.reasons import PlacedByTeacher
from tests.recommender.conftest import MODULES, Ask, make_module


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("pivot table", "pivot"),
        ("PIVOT TABLES!!", "pivot"),
        ("can someone help me with pivot tables quickly please", "pivot"),
        ("meeting in 20 minutes with someone whose results got worse, how do I put it?", "wording"),
        ("how do I say no to my boss", "no"),
        ("which chart should I choose", "charts"),
        ("performance opinions", "facts"),
        ("xlookup", "lookup"),
    ],
)
def test_a_need_in_everyday_words_finds_its_module_first(ask: Ask, text: str, first: str) -> None:
    assert ask(text)[0] == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("hoe bereid ik een lastig gesprek voor", "gesprek"),
        ("grens stellen", "grenzen"),
        ("collega feedback geven", "feedback"),
        ("draaitabel", "pivot"),
        ("draaitabellen maken", "pivot"),
    ],
)
def test_a_dutch_need_finds_dutch_and_english_modules(ask: Ask, text: str, first: str) -> None:
    assert ask(text, language="nl")[0] == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [("pivto", "pivot"), ("feedbak", "feedback"), ("silense", "silence"), ("chrats", "charts")],
)
def test_a_word_one_slip_away_from_a_known_one_is_understood(
    ask: Ask, typed: str, first: str
) -> None:
    assert ask(typed)[0] == first


def test_a_compound_that_the_catalogue_does_not_know_is_found_by_its_parts(ask: Ask) -> None:
    assert set(ask("feedbackgesprek", language="nl")) == {"feedback", "gesprek"}


def test_a_compound_is_not_cut_into_short_words() -> None:
    modules = [make_module("1", "Feed the cat and back again", language="nl")]
    assert not isinstance(
        Recommender.over(modules).recommend(Need(text="feedback", language="nl")), Recommendations
    )


@pytest.mark.parametrize("text", ["parking permit", "parkeren"])
def test_a_word_is_never_corrected_to_a_stem_that_merely_looks_alike(text: str) -> None:
    modules = [make_module("1", "The third part"), make_module("2", "Parts of a whole")]
    assert not isinstance(
        Recommender.over(modules).recommend(Need(text=text)), Recommendations
    )


@pytest.mark.parametrize("text", ["alles over de lijst", "lastig"])
def test_a_dutch_word_does_not_meet_an_english_one_by_its_stem(text: str) -> None:
    modules = [make_module("1", "All for the last time"), make_module("2", "Another one")]
    answer = Recommender.over(modules).recommend(Need(text=text, language="nl"))
    assert not isinstance(answer, Recommendations)


def test_single_letters_find_nothing_unless_they_are_the_need() -> None:
    modules = [make_module("n", "Formula N", text="n b"), make_module("r", "First steps in R")]
    recommender = Recommender.over(modules)
    assert not isinstance(recommender.recommend(Need(text="broken n/b")), Recommendations)
    answer = recommender.recommend(Need(text="R"))
    assert isinstance(answer, Recommendations)
    assert [item.module.identifier for item in answer.items] == ["r"]


def test_accents_and_compatibility_forms_do_not_matter() -> None:
    recommender = Recommender.over([make_module("1", "Le café de l’équipe", language="fr")])
    for text in ("cafe", "CAFÉ", "cafe\u0301", "\uff43\uff41\uff46\uff45"):
        answer = recommender.recommend(Need(text=text))
        assert isinstance(answer, Recommendations), text


def test_a_language_that_is_not_declared_is_read_from_the_text() -> None:
    undeclared = [replace(module, language=None) for module in MODULES]
    answer = Recommender.over(undeclared).recommend(Need(text="grens", language="nl"))
    assert isinstance(answer, Recommendations)
    assert answer.items[0].module.identifier == "grenzen"


def test_title_counts_more_than_description_and_description_more_than_text() -> None:
    filler = "one long page that speaks of many other things as well " * 3
    recommender = Recommender.over(
        [
            make_module("text", "First", text=filler * 20 + "budget"),
            make_module("description", "Second", description=filler + "budget"),
            make_module("title", "Budget", description=filler),
        ]
    )
    answer = recommender.recommend(Need(text="budget"))
    assert isinstance(answer, Recommendations)
    found = [item.module.identifier for item in answer.items]
    assert found == ["title", "description", "text"]


def test_words_next_to_each_other_count_more_than_words_apart() -> None:
    recommender = Recommender.over(
        [
            make_module("apart", "Review the talk about code of performance"),
            make_module("together", "Performance review of the talk about code"),
        ]
    )
    answer = recommender.recommend(Need(text="performance review"))
    assert isinstance(answer, Recommendations)
    assert answer.items[0].module.identifier == "together"


def test_minutes_are_a_preference_and_never_a_wall() -> None:
    recommender = Recommender.over(
        [make_module("long", "Budget talks", minutes=45), make_module("short", "Budget talk",
                                                                      minutes=5)]
    )
    hurried = recommender.recommend(Need(text="budget talk", minutes=5))
    calm = recommender.recommend(Need(text="budget talk", minutes=60))
    assert isinstance(hurried, Recommendations)
    assert isinstance(calm, Recommendations)
    assert [item.module.identifier for item in hurried.items] == ["short", "long"]
    assert [item.module.identifier for item in calm.items] == ["long", "short"]


def test_a_much_better_module_stays_first_though_it_is_too_long(ask: Ask) -> None:
    assert ask("silence", minutes=2)[0] == "silence"


def test_unknown_minutes_are_neutral() -> None:
    known = make_module("known", "Budget talk", minutes=5)
    unknown = make_module("unknown", "Budget talks")
    answer = Recommender.over([unknown, known]).recommend(Need(text="budget", minutes=5))
    assert isinstance(answer, Recommendations)
    assert answer.items[0].score == answer.items[1].score


def test_the_course_of_the_launch_decides_between_equals_only() -> None:
    here = make_module("here", "Budget basics", course="Here", course_id="here")
    there = make_module("there", "Budget basic", course="Then", course_id="there")
    better = make_module("better", "Budget", course="Else", course_id="else",
                         description="budget")
    recommender = Recommender.over([there, here, better])
    answer = recommender.recommend(Need(text="budget"), Context(course_id="here"))
    assert isinstance(answer, Recommendations)
    assert [item.module.identifier for item in answer.items] == ["better", "here", "there"]


def test_equal_titles_come_once() -> None:
    twins = [make_module(str(n), "Budget  talk" if n else "budget talk!") for n in range(4)]
    answer = Recommender.over(twins).recommend(Need(text="budget"))
    assert isinstance(answer, Recommendations)
    assert len(answer.items) == 1
    assert not answer.more


def test_none_of_these_leads_to_the_next_three_until_nothing_is_left() -> None:
    modules = [make_module(str(n), f"Budget {'talk ' * n}") for n in range(7)]
    recommender = Recommender.over(modules)
    seen: frozenset[tuple[str, str]] = frozenset()
    pages = []
    for _ in range(4):
        answer = recommender.recommend(Need(text="budget"), Context(seen=seen))
        assert isinstance(answer, Recommendations)
        pages.append((len(answer.items), answer.more))
        seen |= {(item.module.source, item.module.identifier) for item in answer.items}
    assert pages == [(3, True), (3, True), (1, False), (0, False)]


def test_a_title_that_was_seen_does_not_come_back_from_another_source() -> None:
    recommender = Recommender.over(
        [make_module("1", "Budget", source="a"), make_module("2", "Budget", source="b")]
    )
    answer = recommender.recommend(Need(text="budget"), Context(seen=frozenset({("a", "1")})))
    assert answer == Recommendations(())


def test_what_is_hidden_or_cannot_be_opened_is_never_recommended(
    recommender: Recommender, ask: Ask
) -> None:
    assert len(recommender) == len(MODULES) - 2
    assert {"hidden", "closed"}.isdisjoint(ask("hidden pivot table without a door"))


def test_the_module_comes_back_as_it_was_given(recommender: Recommender) -> None:
    for module in MODULES[:8]:
        answer = recommender.recommend(Need(text=module.title))
        assert isinstance(answer, Recommendations)
        assert answer.items[0].module == module


def test_every_field_of_a_module_comes_back() -> None:
    full = replace(
        make_module("1", "Budget", minutes=2.5, skills=("money", "law"), language="en-GB"),
        description="d", text="t", level="l", course_id="c", course="C", section="S",
        position=1, siblings=2, provenance=Provenance.EXPERT, licence="CC0",
        updated=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    answer = Recommender.over([full]).recommend(Need(text="budget"))
    assert isinstance(answer, Recommendations)
    assert answer.items[0].module == full


def test_the_same_question_always_gets_the_same_answer() -> None:
    need = Need(text="how do I say it in a hard talk with my manager about charts", minutes=5)
    answers = [Recommender.over(MODULES).recommend(need) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


def test_a_stage_can_be_switched_off(recommender: Recommender) -> None:
    misspelt = Need(text="pivto")
    assert isinstance(recommender.recommend(misspelt), Recommendations)
    without = recommender.tuned(Tuning(spelling=0.0)).recommend(misspelt)
    assert not isinstance(without, Recommendations)


def test_of_modules_as_good_as_equal_the_placed_one_goes_first_then_the_courses() -> None:
    modules = [make_module(str(n), f"Feedback {'abc'[n]}", course_id=f"c{n}") for n in range(3)]
    source = modules[0].source
    recommender = Recommender.over(modules)
    need = Need(text="feedback")

    def order(context: Context) -> list[str]:
        return [identifier for _, identifier in recommender.order(need, context)]

    assert order(Context()) == ["0", "1", "2"]
    only_placed = Context(placed=frozenset({(source, "2")}))
    assert order(only_placed) == ["2", "0", "1"]
    assert order(replace(only_placed, course_id="c1")) == ["2", "1", "0"]


def test_a_placed_module_that_fits_less_does_not_go_first() -> None:
    modules = [
        make_module("1", "Giving feedback to a colleague"),
        make_module("2", "Pivot tables", description="A word on feedback at the end."),
    ]
    context = Context(placed=frozenset({(modules[1].source, "2")}))
    answer = Recommender.over(modules).recommend(Need(text="giving feedback"), context)
    assert isinstance(answer, Recommendations)
    assert answer.items[0].module.identifier == "1"


def test_a_placed_module_says_so_after_its_strongest_reason() -> None:
    modules = [make_module("1", "Giving feedback", description="Feedback at work.")]
    context = Context(placed=frozenset({(modules[0].source, "1")}))
    answer = Recommender.over(modules).recommend(Need(text="feedback"), context)
    assert isinstance(answer, Recommendations)
    assert answer.items[0].reasons[1] == PlacedByTeacher()
