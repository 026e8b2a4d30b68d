"""Reasons: what they say, where they come from, and how they are kept."""

from __future__ import annotations

import gettext
import json
from collections.abc import Callable

import pytest

from lti_tool.domain.need import Need
from lti_tool.recommender import (
    Context,
    Reason,
    Recommendations,
    Recommender,
    reason_from_json,
    reason_to_json,
    tell,
    tell_all,
)
from lti_tool.recommender.reasons import (
    CloseInMeaning,
    FitsMinutes,
    ForYourGoal,
    GivesPractice,
    HelpedMost,
    LongerThan,
    MatchedWords,
    OfAColleague,
    OfAnExpert,
    PartOf,
    Place,
    PlacedByTeacher,
    ReadAs,
    RelatedWord,
    SpeaksOfOpening,
    SpeaksOfWording,
)
from tests.recommender.conftest import make_module

TOLD: list[tuple[Reason, str]] = [
    (MatchedWords(("wording",), Place.TITLE), "About “wording”."),
    (
        MatchedWords(("wording", "feedback", "work"), Place.TITLE),
        "About “wording”, “feedback” and “work”.",
    ),
    (MatchedWords(("100%", "%(x)s"), Place.TEXT), "It mentions “100%” and “%(x)s”."),
    (MatchedWords(("work",), Place.DESCRIPTION), "It mentions “work”."),
    (MatchedWords(("work",), Place.COURSE), "From a course about “work”."),
    (MatchedWords(("work",), Place.SECTION), "From a section about “work”."),
    (MatchedWords(("work",), Place.SKILLS), "Meant for “work”."),
    (RelatedWord("boss", "manager"), "You say “boss”; here it is called “manager”."),
    (ReadAs("feedbak", "feedback"), "We took “feedbak” for “feedback”."),
    (SpeaksOfWording(("phrases",)), "You ask how to say it: here you find “phrases”."),
    (SpeaksOfOpening(("begin",)), "You ask how to begin: here you find “begin”."),
    (FitsMinutes(8, 10, True), "It takes about 8 minutes to read; you have 10."),
    (FitsMinutes(1, 2, True), "It takes about 1 minute to read; you have 2."),
    (FitsMinutes(8, 10, False), "It takes 8 minutes; you have 10."),
    (LongerThan(12, 10, True), "It takes about 12 minutes to read, longer than your 10."),
    (LongerThan(12, 10, False), "It takes 12 minutes, longer than your 10."),
    (
        CloseInMeaning("how do I put it"),
        "Close in meaning to “how do I put it”, in other words.",
    ),
    (ForYourGoal("lead a team"), "Fits your goal “lead a team”."),
    (OfAColleague(), "From a colleague."),
    (OfAnExpert(), "Made by an expert."),
    (GivesPractice(), "Gives you room to practise."),
    (HelpedMost(alike=True), "It helped most people here who had a need like this and told us."),
    (
        PlacedByTeacher(),
        "Your teacher placed it in this course.",
    ),
    (
        PartOf(5, 7, "Hard conversations"),
        "Piece 5 of 7 in “Hard conversations”; you can open it on its own.",
    ),
]


@pytest.mark.parametrize(("reason", "told"), TOLD)
def test_each_reason_is_told_in_one_plain_sentence(reason: Reason, told: str) -> None:
    assert tell(reason, gettext.NullTranslations()) == told


@pytest.mark.parametrize("reason", [reason for reason, _ in TOLD])
def test_a_reason_survives_being_stored_as_json(reason: Reason) -> None:
    stored = json.dumps(reason_to_json(reason))
    assert reason_from_json(json.loads(stored)) == reason


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"reason": "unheard_of"},
        {"reason": "read_as", "typed": "a"},
        {"reason": "read_as", "typed": "a", "found": "b", "extra": 1},
        {"reason": "matched_words", "words": ["a"], "where": "nowhere"},
    ],
)
def test_values_that_are_no_reason_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"reason|Place"):
        reason_from_json(values)


def test_reasons_are_told_through_the_translator() -> None:
    class Shouting(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper().replace("%(WORDS)S", "%(words)s").replace("%(WORD)S", "%(word)s")

    assert tell(MatchedWords(("wording",), Place.TITLE), Shouting()) == "ABOUT “wording”."


def test_the_line_of_a_card_joins_all_reasons() -> None:
    line = tell_all(
        [MatchedWords(("chart",), Place.TITLE), FitsMinutes(2, 5, False)],
        gettext.NullTranslations(),
    )
    assert line == "About “chart”. It takes 2 minutes; you have 5."
    assert tell_all([], gettext.NullTranslations()) == ""


Why = Callable[..., tuple[Reason, ...]]


@pytest.fixture
def why(recommender: Recommender) -> Why:
    def run(text: str, *, minutes: int | None = None, language: str = "en") -> tuple[Reason, ...]:
        answer = recommender.recommend(
            Need(text=text, minutes=minutes), Context(language=language)
        )
        assert isinstance(answer, Recommendations)
        return answer.items[0].reasons

    return run


def test_matched_words_are_those_that_were_typed_and_stand_there(why: Why) -> None:
    reasons = why("please help me with pivot TABLES quickly")
    assert reasons == (
        MatchedWords(("pivot", "TABLES"), Place.TITLE),
        PartOf(1, 3, "Spreadsheets"),
    )


def test_talk_around_a_need_is_never_a_reason(why: Why) -> None:
    told = " ".join(str(reason) for reason in why("in 20 minutes I need to know charts"))
    assert "charts" in told
    assert not any(word in told for word in ("minutes", "need", "know", "20"))


def test_minutes_are_told_only_to_whom_said_how_long_they_have(why: Why) -> None:
    assert FitsMinutes(6, 10, True) in why("xlookup", minutes=10)
    assert LongerThan(6, 5, True) in why("xlookup", minutes=5)
    assert LongerThan(12, 10, False) in why("pivot", minutes=10)
    assert not any(isinstance(r, FitsMinutes | LongerThan) for r in why("xlookup"))
    assert not any(isinstance(r, FitsMinutes | LongerThan) for r in why("charts", minutes=5))


def test_another_word_for_the_same_thing_is_named(why: Why) -> None:
    assert RelatedWord("boss", "manager") in why("saying no to my boss")
    assert RelatedWord("draaitabel", "pivot table") in why("draaitabel", language="nl")


def test_a_corrected_word_is_named(why: Why) -> None:
    assert ReadAs("pivto", "pivot") in why("pivto")


def test_a_way_of_asking_is_named_with_what_was_found_for_it(why: Why) -> None:
    reasons = why("results became worse, how do I put it?")
    assert reasons[0] == MatchedWords(("results", "worse"), Place.TITLE)
    assert SpeaksOfWording(("sentences", "wording")) in reasons


def test_only_a_piece_of_several_is_told_as_a_piece() -> None:
    alone = make_module("1", "Budget", course="Money", position=1, siblings=1)
    answer = Recommender.over([alone]).recommend(Need(text="budget"))
    assert isinstance(answer, Recommendations)
    assert answer.items[0].reasons == (MatchedWords(("budget",), Place.TITLE),)


def test_of_a_compound_only_the_part_that_was_found_is_told(why: Why) -> None:
    reasons = why("feedbackgesprek", language="nl")
    told = {word for reason in reasons if isinstance(reason, MatchedWords) for word in reason.words}
    assert told
    assert told <= {"feedback", "gesprek"}


@pytest.mark.parametrize("text", ["R", "Hard conversations", "saying no in 20 minutes", "chart"])
def test_every_module_has_a_reason_that_is_more_than_minutes_and_place(
    recommender: Recommender, text: str
) -> None:
    answer = recommender.recommend(Need(text=text, minutes=10))
    for item in getattr(answer, "items", ()):
        assert any(not isinstance(r, FitsMinutes | LongerThan | PartOf) for r in item.reasons)
