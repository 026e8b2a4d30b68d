"""Who can open a module decides what is shown first, what is marked, and what is not shown."""

from __future__ import annotations

import gettext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_sync.module import Access, Kind, Module, Passage, Withheld
from lti_tool import language
from lti_tool.domain.need import Need
from lti_tool.recommender import (
    Answer,
    Context,
    Entry,
    Locked,
    Question,
    Recommendations,
    Recommender,
    Support,
    reason_from_json,
    reason_to_json,
    tell,
    tell_entry,
)
from lti_tool.recommender.access import entry_of
from lti_tool.recommender.packing import pack, unpack
from lti_tool.recommender.reasons import EnrolsFirst, NotEnrolled, OnlyForEnrolled
from tests.recommender.conftest import make_module

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOME = frozenset({"lms"})


def piece(identifier: str, title: str, course: str, access: Access | None, **values: Any) -> Module:
    return make_module(
        identifier, title, course=f"Course {course}", course_id=course, access=access, **values
    )


def context(*courses: str, **values: Any) -> Context:
    """A person who is known to be in these courses, launched from the first of them."""
    given: dict[str, Any] = {
        "course_id": courses[0] if courses else None,
        "courses": {"lms": frozenset(courses)},
        "home": HOME,
        "now": NOW,
    }
    return Context(**{**given, **values})


def ask(modules: list[Module], text: str, context: Context) -> Answer:
    return Recommender.over(modules).recommend(Need(text=text), context)


def shown(modules: list[Module], text: str, context: Context) -> list[str]:
    answer = ask(modules, text, context)
    assert isinstance(answer, Recommendations), answer
    return [item.module.identifier for item in answer.items]


ENTRIES: list[tuple[str, Access | None, str | None, Context, Entry]] = [
    ("source-silent", None, "9", context("1"), Entry.OPEN),
    ("guest", Access.GUEST, "9", context("1"), Entry.OPEN),
    ("signed-in", Access.SIGNED_IN, "9", context("1"), Entry.OPEN),
    ("in-the-course", Access.ENROLLED, "1", context("1"), Entry.OPEN),
    ("in-another-of-theirs", Access.ENROLLED, "2", context("1", "2"), Entry.OPEN),
    ("self-and-in-it", Access.SELF_ENROLMENT, "2", context("1", "2"), Entry.OPEN),
    ("self-and-not-in-it", Access.SELF_ENROLMENT, "9", context("1"), Entry.ENROL),
    ("self-and-unknown", Access.SELF_ENROLMENT, "9", Context(), Entry.ENROL),
    ("enrolled-only", Access.ENROLLED, "9", context("1"), Entry.LOCKED),
    ("in-no-course", Access.ENROLLED, "9", context(), Entry.LOCKED),
    ("enrolled-and-unknown", Access.ENROLLED, "9", context("1", courses={}), Entry.UNSURE),
    ("launch-course-and-unknown", Access.ENROLLED, "1", context("1", courses={}), Entry.OPEN),
    ("same-number-elsewhere", Access.ENROLLED, "1", context("1", home=frozenset()), Entry.OPEN),
    (
        "same-number-elsewhere-unknown",
        Access.ENROLLED,
        "1",
        context("1", home=frozenset(), courses={}),
        Entry.UNSURE,
    ),
    ("no-course-known", Access.ENROLLED, None, context("1"), Entry.UNSURE),
    ("no-course-on-both-sides", Access.ENROLLED, None, context(), Entry.UNSURE),
    ("administrator", Access.ENROLLED, "9", context("1", enters_all=True), Entry.OPEN),
    (
        "administrator-of-another-lms",
        Access.ENROLLED,
        "9",
        context("1", enters_all=True, home=frozenset()),
        Entry.LOCKED,
    ),
]


@pytest.mark.parametrize(
    ("access", "course_id", "context", "expected"),
    [entry[1:] for entry in ENTRIES],
    ids=[entry[0] for entry in ENTRIES],
)
def test_entry_follows_access_and_enrolment(
    access: Access | None, course_id: str | None, context: Context, expected: Entry
) -> None:
    assert entry_of("lms", course_id, access, context) is expected


def test_what_the_person_can_open_comes_before_what_asks_for_enrolment() -> None:
    modules = [
        piece("sure", "Pivot tables for anyone", "8", Access.ENROLLED, source="other"),
        piece("self", "Pivot tables at work", "9", Access.SELF_ENROLMENT),
        piece("mine", "Pivot tables once more", "2", Access.ENROLLED),
    ]
    assert shown(modules, "pivot tables", context("1", "2")) == ["mine", "self", "sure"]


def test_a_poor_module_does_not_go_before_a_good_one_because_it_is_open() -> None:
    modules = [
        piece("self", "Pivot tables", "9", Access.SELF_ENROLMENT),
        piece(
            "open",
            "Lunch and other breaks in our canteen on the first floor",
            "2",
            Access.ENROLLED,
            description="From noon on the tables are laid; whoever comes late sits outside.",
        ),
    ]
    assert shown(modules, "pivot tables", context("1", "2")) == ["self", "open"]


def test_a_locked_module_is_not_shown() -> None:
    modules = [
        piece("locked", "Pivot tables", "9", Access.ENROLLED),
        piece("mine", "Pivot tables for you", "2", Access.ENROLLED),
    ]
    assert shown(modules, "pivot tables", context("1", "2")) == ["mine"]


def test_of_equal_titles_the_one_that_opens_is_shown() -> None:
    modules = [
        piece("locked", "Pivot tables", "7", Access.ENROLLED),
        piece("self", "Pivot tables", "8", Access.SELF_ENROLMENT),
        piece("mine", "Pivot tables", "2", Access.ENROLLED),
    ]
    assert shown(modules, "pivot tables", context("1", "2")) == ["mine"]


def test_when_only_locked_modules_fit_their_courses_are_told() -> None:
    modules = [
        piece("a", "Pivot tables", "8", Access.ENROLLED),
        piece("b", "More pivot tables", "8", Access.ENROLLED),
        piece("c", "Pivot tables, last part", "9", Access.ENROLLED),
        piece("d", "Lunch", "1", None),
    ]
    answer = ask(modules, "pivot tables", context("1"))
    assert answer == Recommendations((), locked=Locked(3, ("Course 8", "Course 9")))


def test_locked_modules_of_equal_titles_count_once() -> None:
    modules = [
        piece(name, "Pivot tables", name, Access.ENROLLED) for name in ("7", "8", "9")
    ]
    answer = ask(modules, "pivot tables", context("1"))
    assert isinstance(answer, Recommendations)
    assert answer.locked.count == 1


def test_locked_modules_that_hardly_fit_are_not_told() -> None:
    modules = [
        piece("locked", "Lunch", "9", Access.ENROLLED, text="Tables are laid at noon."),
        piece("other", "Spreadsheets", "1", None),
    ]
    answer = ask(modules, "xylophone marimba vibraphone tables", context("1"))
    assert isinstance(answer, Question)


def test_something_open_is_found_behind_hundreds_of_locked_modules() -> None:
    locked = [
        piece(f"locked-{n}", f"Pivot tables {n}", "9", Access.ENROLLED) for n in range(700)
    ]
    mine = piece("mine", "A long title in which pivot tables have a small part to play at last",
                 "2", Access.ENROLLED)  # fmt: skip
    assert shown([*locked, mine], "pivot tables", context("1", "2")) == ["mine"]


def test_a_question_offers_no_course_that_is_locked() -> None:
    modules = [
        make_module("locked", "Pivot", course="Sheets", course_id="9", access=Access.ENROLLED),
        make_module("mine", "Feedback", course="Talks", course_id="2", access=Access.ENROLLED),
    ]
    answer = ask(modules, "xylophone", context("1", "2"))
    assert isinstance(answer, Question)
    assert [choice.label for choice in answer.choices] == ["Talks"]


def test_a_module_that_ended_since_the_sync_is_not_shown() -> None:
    modules = [
        make_module("past", "Pivot tables, live", ends=NOW),
        make_module("coming", "Pivot tables, live again", ends=NOW + timedelta(minutes=1)),
    ]
    assert shown(modules, "pivot tables", Context(now=NOW)) == ["coming"]
    assert shown(modules, "pivot tables", Context(now=NOW + timedelta(hours=1))) == []


def test_every_round_says_what_the_next_one_brings() -> None:
    modules = [
        *(piece(f"locked-{n}", f"Pivot tables {n}", "9", Access.ENROLLED) for n in range(9)),
        *(piece(f"self-{n}", f"Pivot tables, part {n}", "8", Access.SELF_ENROLMENT)
          for n in range(4)),
    ]  # fmt: skip
    seen: frozenset[tuple[str, str]] = frozenset()
    rounds = []
    while found := shown(modules, "pivot tables", context("1", seen=seen)):
        rounds.append(len(found))
        seen |= {("lms", identifier) for identifier in found}
    assert rounds == [3, 1]
    last = ask(modules, "pivot tables", context("1", seen=seen))
    assert last == Recommendations((), locked=Locked(9, ("Course 9",)))


def test_below_support_the_mark_stays_and_reasons_go() -> None:
    modules = [piece("self", "Pivot tables", "9", Access.SELF_ENROLMENT)]
    answer = ask(modules, "I want to kill myself and I need pivot tables", context("1"))
    assert isinstance(answer, Support)
    assert [item.reasons for item in answer.recommendations.items] == [(EnrolsFirst(True),)]


def test_without_any_word_on_access_the_answer_is_as_ever() -> None:
    modules = [make_module(str(n), f"Pivot tables {n}", course_id=str(n)) for n in range(5)]
    recommender = Recommender.over(modules)
    assert not recommender.asks_who
    need = Need(text="pivot tables")
    assert recommender.recommend(need, context("1", course_id=None)) == recommender.recommend(need)


MARKS = [
    ("sure", EnrolsFirst(True), "You enrol yourself first; it takes a click."),
    (
        "perhaps",
        EnrolsFirst(False),
        "If you are not enrolled yet, you enrol yourself first; it takes a click.",
    ),
    (
        "unsure",
        OnlyForEnrolled("Sheets"),
        "Only for people enrolled in “Sheets”; we could not check whether you are.",
    ),
    (
        "unsure-where",
        OnlyForEnrolled(""),
        "Only for people enrolled in its course; we could not check whether you are.",
    ),
    ("locked", NotEnrolled("Sheets"), "Only for people enrolled in “Sheets”, and you are not."),
    ("locked-where", NotEnrolled(""), "Only for people enrolled in its course, and you are not."),
]


@pytest.mark.parametrize(
    ("reason", "words"), [mark[1:] for mark in MARKS], ids=[mark[0] for mark in MARKS]
)
def test_a_mark_is_told_in_plain_words_and_survives_being_stored(
    reason: EnrolsFirst | OnlyForEnrolled | NotEnrolled, words: str
) -> None:
    assert tell(reason, gettext.NullTranslations()) == words
    assert reason_from_json(reason_to_json(reason)) == reason
    assert tell(reason, language.translator("nl")) != words


@pytest.mark.parametrize(
    ("access", "context", "expected"),
    [
        (Access.SELF_ENROLMENT, context("1"), EnrolsFirst(True)),
        (Access.SELF_ENROLMENT, context("1", courses={}), EnrolsFirst(False)),
        (Access.ENROLLED, context("1", courses={}), OnlyForEnrolled("Course 9")),
        (Access.ENROLLED, context("1"), NotEnrolled("Course 9")),
        (Access.ENROLLED, context("9"), None),
        (None, context("1"), None),
    ],
    ids=["self", "self-unknown", "unknown", "locked", "open", "silent"],
)
def test_the_mark_says_what_is_known(
    access: Access | None, context: Context, expected: object
) -> None:
    assert tell_entry(piece("x", "Pivot tables", "9", access), context) == expected


@given(
    accesses=st.lists(st.sampled_from([None, *Access]), min_size=1, max_size=12),
    mine=st.frozensets(st.integers(0, 11).map(str)),
    known=st.booleans(),
    at_home=st.booleans(),
)
def test_nothing_locked_is_ever_shown_and_nothing_that_opens_is_marked(
    accesses: list[Access | None], mine: frozenset[str], known: bool, at_home: bool
) -> None:
    modules = [
        piece(str(n), f"Pivot tables {n}", str(n), access) for n, access in enumerate(accesses)
    ]
    asked = Context(
        course_id="0",
        courses={"lms": mine} if known else {},
        home=HOME if at_home else frozenset(),
        now=NOW,
    )
    answer = ask(modules, "pivot tables", asked)
    assert isinstance(answer, Recommendations)
    entries = [
        entry_of("lms", item.module.course_id, item.module.access, asked) for item in answer.items
    ]
    assert entries == sorted(entries)
    assert Entry.LOCKED not in entries
    for item, entry in zip(answer.items, entries, strict=True):
        marks = [r for r in item.reasons if isinstance(r, EnrolsFirst | OnlyForEnrolled)]
        assert len(marks) == (entry is not Entry.OPEN)
    assert bool(answer.items) != bool(answer.locked.count)


def test_the_index_keeps_every_field_of_a_module() -> None:
    module = Module(
        source="lms",
        identifier="1",
        title="Pivot tables",
        kind=Kind.EVENT,
        open_url="https://lms.example/1",
        text="Rows and columns.",
        access=Access.SELF_ENROLMENT,
        withheld=Withheld.STEALTH,
        starts=NOW,
        ends=NOW + timedelta(hours=1),
        passages=(Passage("page 1", 0, 4, "https://lms.example/1#page=1"), Passage("", 5, 8)),
        updated=NOW,
        part_of="0",
    )
    assert unpack(pack(module)) == module
