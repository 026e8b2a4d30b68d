"""The figures of a catalogue, and which modules are to be mended first."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalogue_sync.module import Access, Basis, Duration, Kind, Module, Withheld
from catalogue_sync.shelf.first import FIRST, MOST_OF_A_COURSE, gain_of
from catalogue_sync.shelf.lacks import Lack, lacks_of
from catalogue_sync.shelf.reading import MOST_EQUALS, Shelf, read_shelf
from catalogue_sync.shelf.titles import TitleFault
from tests.catalogue_sync.sources import NOW, module

WORDS = "What to say when somebody is late again."
DECLARED = Duration(5, Basis.DECLARED)


def good(identifier: str, title: str = "", **values: object) -> Module:
    wanted = {"description": WORDS, "duration": DECLARED, "language": "en"}
    return module(identifier, title or f"Say it kindly, part {identifier} of it", **wanted | values)


def shelf_of(*modules: Module) -> Shelf:
    return read_shelf(lambda: modules, now=NOW)


def named(shelf: Shelf) -> list[str]:
    return [item.module.identifier for item in shelf.first]


def test_an_empty_catalogue_has_empty_figures() -> None:
    shelf = shelf_of()
    assert (shelf.modules, shelf.shown, shelf.ready, shelf.first) == (0, 0, 0, ())
    assert shelf.estimates.count == 0


def test_what_nobody_is_shown_counts_by_its_reason_and_nowhere_else() -> None:
    shelf = shelf_of(
        good("a"),
        good("b", withheld=Withheld.HIDDEN, kind=Kind.QUIZ),
        good("c", open_url=None),
        good("d", ends=NOW - timedelta(days=1), kind=Kind.EVENT),
        good("e", ends=NOW + timedelta(days=1)),
    )
    assert (shelf.modules, shelf.shown, shelf.ready) == (5, 2, 2)
    assert shelf.withheld == {"hidden": 1, "no_address": 1, "over": 1}
    assert shelf.kinds == {"article": 2}
    assert shelf.hidden_kinds == {"quiz": 1, "article": 1, "event": 1}


@pytest.mark.parametrize(
    ("values", "lacks"),
    [
        pytest.param({}, set(), id="nothing"),
        pytest.param({"description": ""}, {Lack.WORDS, Lack.DESCRIPTION}, id="words"),
        pytest.param({"description": "", "text": "Long."}, {Lack.DESCRIPTION}, id="description"),
        pytest.param(
            {"description": "Too short."}, {Lack.WORDS, Lack.DESCRIPTION}, id="short-description"
        ),
        pytest.param(
            {"title": "How to say it without harm", "description": "How to say it without harm "},
            {Lack.WORDS, Lack.DESCRIPTION},
            id="description-is-the-title",
        ),
        pytest.param({"duration": None}, {Lack.MINUTES}, id="minutes"),
        pytest.param({"language": None}, {Lack.LANGUAGE}, id="language"),
        pytest.param({"title": "Quiz"}, {Lack.TITLE}, id="title"),
    ],
)
def test_what_a_module_lacks_is_counted(values: dict[str, object], lacks: set[Lack]) -> None:
    shelf = shelf_of(replace(good("a"), **values))  # type: ignore[arg-type]
    assert shelf.lacking == dict.fromkeys(sorted(one.value for one in lacks), 1)
    assert [set(item.lacks) for item in shelf.first] == ([lacks] if lacks else [])


@pytest.mark.parametrize(
    ("values", "is_ready"),
    [
        pytest.param({}, True, id="all-there"),
        pytest.param({"language": None}, True, id="no-language"),
        pytest.param({"description": "", "text": "Some."}, True, id="text-only"),
        pytest.param({"title": "SAY IT KINDLY PLEASE"}, True, id="ugly-title"),
        pytest.param({"title": "Untitled"}, False, id="no-title"),
        pytest.param({"description": ""}, False, id="no-words"),
        pytest.param({"duration": None}, False, id="no-minutes"),
    ],
)
def test_a_module_is_ready_with_title_words_and_minutes(
    values: dict[str, object], is_ready: bool
) -> None:
    assert shelf_of(replace(good("a"), **values)).ready == is_ready  # type: ignore[arg-type]


def test_minutes_access_and_languages_are_counted_by_what_is_known() -> None:
    shelf = shelf_of(
        good("a", language="en-GB", access=Access.ENROLLED),
        good("b", language="EN", duration=Duration(3, Basis.ESTIMATED)),
        good("c", language=None, duration=None),
        good("d", language="nl", duration=Duration(3, Basis.CURATOR)),
    )
    assert shelf.languages == {"en": 2, "unknown": 1, "nl": 1}
    assert shelf.minutes == {"declared": 1, "estimated": 1, "unknown": 1, "curator": 1}
    assert shelf.access == {"not said": 3, "enrolled": 1}


def test_equal_titles_are_grouped_within_one_language_largest_first() -> None:
    shelf = shelf_of(
        *(good(f"a{n}", "Saying  No", course=f"Course {n}", course_id=str(n)) for n in range(3)),
        good("b", "saying no", course="Course 1", course_id="1"),
        good("c", "Saying no", language="nl"),
        *(good(f"d{n}", "Say yes", course="One", course_id="x") for n in range(2)),
        good("hidden", "Saying no", withheld=Withheld.HIDDEN),
    )
    assert [(one.title, one.count, one.places) for one in shelf.equals] == [
        ("Saying  No", 4, 3),
        ("Say yes", 2, 1),
    ]
    assert shelf.equals[0].courses == ("Course 0", "Course 1", "Course 2")
    assert shelf.repeated == 6


def test_only_the_largest_groups_are_named_and_all_are_counted() -> None:
    many = MOST_EQUALS + 5
    modules = [good(f"{n}-{k}", f"Saying no to {n} people") for n in range(many) for k in range(2)]
    shelf = shelf_of(*modules, good("x", "Saying no to 3 people"))
    assert len(shelf.equals) == MOST_EQUALS
    assert shelf.equals[0].count == 3
    assert shelf.repeated == 2 * many + 1


def test_modules_with_the_same_words_are_counted() -> None:
    long = "A text that is rather long, word for word. " * 5
    shelf = shelf_of(
        good("a", text=long), good("b", text=long, description=""), good("c", description=long),
        good("d", text="Another one."), good("e", description=""), good("f", description=""),
    )  # fmt: skip
    assert shelf.copied == 3


def test_estimates_are_compared_with_declared_minutes() -> None:
    text = "word " * 2_300
    shelf = shelf_of(
        good("a", text=text, duration=Duration(10, Basis.DECLARED)),
        good("b", text=text, duration=Duration(5, Basis.DECLARED)),
        good("c", text=text, duration=Duration(40, Basis.ESTIMATED)),
        good("d", duration=Duration(40, Basis.DECLARED)),
    )
    assert shelf.estimates.count == 2
    assert shelf.estimates.median_ratio == 1.5
    assert shelf.estimates.within_half == 0.5


def test_what_lacks_most_and_helps_most_people_is_mended_first() -> None:
    shelf = shelf_of(
        good("complete"),
        good("language", language=None),
        good("capitals", "SAY IT KINDLY PLEASE"),
        good("no-words-in-a-locked-course", description="", access=Access.ENROLLED),
        good("no-words", description=""),
        good("no-words-long", description="", duration=Duration(90, Basis.DECLARED)),
        good("no-words-quiz", description="", kind=Kind.QUIZ),
        good("nothing", "Untitled", description="", duration=None),
    )
    assert named(shelf) == [
        "nothing", "no-words", "no-words-long", "no-words-quiz", "no-words-in-a-locked-course",
        "language", "capitals",
    ]  # fmt: skip
    assert shelf.first[0].fault is TitleFault.PLACEHOLDER


def test_one_bad_course_does_not_hide_the_others() -> None:
    bad = [good(f"x{n}", "Quiz", description="", course_id="x") for n in range(100)]
    other = [good(f"y{n}", description="", course_id=f"y{n}") for n in range(10)]
    found = named(shelf_of(*bad, *other))
    assert len(found) == FIRST
    assert found[: MOST_OF_A_COURSE + 10] == [f"x{n}" for n in range(MOST_OF_A_COURSE)] + [
        f"y{n}" for n in range(10)
    ]


def test_hundreds_of_one_course_do_not_crowd_out_what_comes_after_them() -> None:
    courses = "abcdef"
    bad = [
        good(f"{course}{number}", "Quiz", description="", course_id=course)
        for course in courses
        for number in range(500)
    ]
    late = [good(f"z{n}", "Quiz", description="", course_id=f"z{n}") for n in range(2)]
    found = named(shelf_of(*bad, *late))
    assert Counter(name[0] for name in found) == dict.fromkeys(courses, MOST_OF_A_COURSE)
    less = [module for module in bad if module.course_id in ("a", "b")]
    found = named(shelf_of(*less, *late))
    assert Counter(name[0] for name in found[:12]) == {"a": 5, "b": 5, "z": 2}
    assert Counter(name[0] for name in found) == {"a": 23, "b": 5, "z": 2}


LACKS: list[dict[str, object]] = [
    {}, {"language": None}, {"description": ""}, {"title": "Quiz"}, {"duration": None},
    {"title": "Quiz", "description": ""},
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from([None, *"abcdefgh"]), st.sampled_from(LACKS))))
@example([("a", LACKS[5])] * 40 + [("b", LACKS[1])] * 3)
@example([(course, LACKS[5]) for course in "abcdefgh" for _ in range(9)])
@example([(course, one) for one in LACKS for course in "abcdefgh" for _ in range(9)])
@example([(None, one) for one in LACKS for _ in range(20)])
def test_the_first_are_those_that_a_look_at_all_at_once_would_choose(
    made: list[tuple[str | None, dict[str, object]]],
) -> None:
    modules = [
        good(str(number), **({"title": f"Say {number} kindly", "course_id": course} | lacks))
        for number, (course, lacks) in enumerate(made)
    ]
    items = [lacks_of(module) for module in modules]
    ordered = sorted(
        (item.module for item in items if gain_of(item)),
        key=lambda module: (-gain_of(lacks_of(module)), int(module.identifier)),
    )
    of_course: Counter[str] = Counter()
    best, others = [], []
    for one in ordered:
        of_course[one.course_id or ""] += 1
        is_capped = one.course_id is not None and of_course[one.course_id] > MOST_OF_A_COURSE
        (others if is_capped else best).append(one.identifier)
    assert named(shelf_of(*modules)) == [*best, *others][:FIRST]


def test_modules_without_a_course_are_not_taken_for_one_course() -> None:
    none = [good(f"x{n}", description="") for n in range(10)]
    worse = [good(f"y{n}", language=None, course_id=str(n)) for n in range(30)]
    assert named(shelf_of(*none, *worse))[:10] == [f"x{n}" for n in range(10)]


def made(count: int) -> Callable[[], Iterator[Module]]:
    def modules() -> Iterator[Module]:
        for number in range(count):
            text = f"{number} " * 300
            yield good(str(number), f"Piece {number // 2} of it", text=text, description="")

    return modules


def test_memory_stays_flat() -> None:
    peaks = []
    for count in (2_000, 20_000):
        tracemalloc.start()
        shelf = read_shelf(made(count), now=NOW)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (shelf.modules, shelf.repeated) == (count, count)
    # Sixteen bytes a module and a sixteenth of them as numbers; the pairs are bounded.
    assert peaks[1] - peaks[0] < 18_000 * 200
