"""What an index knows of its modules, and how it looks them up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.module import Access, Kind, Module, Provenance
from lti_tool.recommender.index import MOST_COURSES, ModuleIndex
from lti_tool.recommender.index.documents import house_language
from lti_tool.recommender.index.facts import Facts
from lti_tool.recommender.languages import stem
from tests.recommender.conftest import DUTCH, MODULES, TALKS, make_module
from tests.recommender.test_index_following import SHOWN, found

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

FULL = replace(
    make_module("full", "Vuurtorens", minutes=19.4, language="nl-BE", source="dépôt"),
    text="t",
    description="d",
    level="niveau é",
    course_id="c9",
    position=70_000,
    siblings=8,
    part_of="whole",
    access=Access.ENROLLED,
    provenance=Provenance.COLLEAGUE,
    kind=Kind.VIDEO,
)
BARE = make_module("bare", "Lighthouses")


@pytest.fixture(params=["memory", "folder"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> ModuleIndex:
    folder = tmp_path if request.param == "folder" else None
    return ModuleIndex([BARE, *SHOWN, FULL], title_weight=3, folder=folder)


def facts_of(index: ModuleIndex, number: int) -> tuple[object, ...]:
    return (
        index.key(number),
        index.minutes(number),
        index.level(number),
        index.course_id(number),
        index.language(number),
        index.position(number),
        index.siblings(number),
        index.access(number),
        index.provenance(number),
        index.kind(number),
        index.has_text(number),
        index.has_description(number),
    )


FACTS_OF_FULL = (
    ("dépôt", "full"), 19.4, "niveau é", "c9", "nl", 65_535, 8,
    Access.ENROLLED, Provenance.COLLEAGUE, Kind.VIDEO, True, True,
)  # fmt: skip
FACTS_OF_BARE = (
    ("lms", "bare"), None, None, None, "en", None, None,
    None, Provenance.UNKNOWN, Kind.COURSE_PART, False, False,
)  # fmt: skip


def test_facts_are_known_without_the_module(index: ModuleIndex) -> None:
    assert facts_of(index, len(SHOWN) + 1) == FACTS_OF_FULL
    assert facts_of(index, 0) == FACTS_OF_BARE


def test_facts_of_what_came_later_are_known(index: ModuleIndex) -> None:
    later = index.following([replace(FULL, identifier="later"), replace(BARE, identifier="é")])
    assert facts_of(later, len(index)) == (("dépôt", "later"), *FACTS_OF_FULL[1:])
    assert facts_of(later, len(index) + 1) == (("lms", "é"), *FACTS_OF_BARE[1:])
    assert facts_of(later, len(index) - 1) == FACTS_OF_FULL


def test_parts_of_the_same_module_have_one_mark(index: ModuleIndex) -> None:
    parts = [make_module(name, name, part_of="whole", source="dépôt") for name in "ab"]
    after = index.following([*parts, make_module("c", "c", part_of="whole")])
    marks = [after.part_of_mark(number) for number in range(len(index) - 1, len(after))]
    assert marks[0] == marks[1] == marks[2] != marks[3]
    assert after.part_of_mark(0) is None


TIMES = [
    ("none", {}, True),
    ("just-open", {"starts": NOW}, True),
    ("waits", {"starts": NOW + timedelta(seconds=1)}, False),
    ("event-ahead", {"starts": NOW + timedelta(days=9), "kind": Kind.EVENT}, True),
    ("just-over", {"ends": NOW}, False),
    ("event-over", {"ends": NOW, "kind": Kind.EVENT}, False),
    ("ends-soon", {"ends": NOW + timedelta(seconds=1)}, True),
    ("ends-in-1969", {"ends": datetime(1969, 1, 1, tzinfo=UTC)}, False),
    ("ends-in-9999", {"ends": datetime(9999, 1, 1, tzinfo=UTC)}, True),
    ("starts-in-1969", {"starts": datetime(1969, 1, 1, tzinfo=UTC)}, True),
]


@pytest.mark.parametrize(("values", "expected"), [t[1:] for t in TIMES], ids=[t[0] for t in TIMES])
def test_whether_a_module_is_open_follows_its_times(
    values: dict[str, object], expected: bool
) -> None:
    module = replace(BARE, **values)
    assert ModuleIndex([module], title_weight=3).is_open(0, NOW) is expected is module.is_open(NOW)


@settings(max_examples=50)
@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
                              min_size=1, max_size=8), max_size=20))  # fmt: skip
def test_keys_of_any_letters_come_back(names: list[str]) -> None:
    facts = Facts()
    for name in names:
        values = {"source": name[::-1], "open_url": "https://lms.example/"}
        facts.add(make_module(name, "x", **values), "en")
    for one in (facts, facts.copied()):
        assert [one.key(number) for number in range(len(one))] == [(n[::-1], n) for n in names]


def test_modules_are_found_by_their_keys(index: ModuleIndex) -> None:
    numbers = index.numbers([("lms", "bare"), ("dépôt", "full"), ("dépôt", "bare")])
    assert numbers == {("lms", "bare"): 0, ("dépôt", "full"): len(SHOWN) + 1}
    assert index.numbers([]) == {}
    assert index.module(0) == BARE
    with pytest.raises(LookupError):
        index.module(len(index))


def test_every_module_comes_with_its_number_in_order() -> None:
    many = [make_module(str(n), f"Number {n}") for n in range(2_345)]
    index = ModuleIndex(many, title_weight=1)
    assert list(index.modules()) == list(enumerate(many))


def test_scores_of_given_modules_are_those_of_a_search(index: ModuleIndex) -> None:
    query = index.matching(["pivot"], text_weight=0.3)
    (hit,) = index.search(query, 50)
    assert index.scores(query, range(len(index))) == {hit.number: pytest.approx(hit.score)}
    assert index.scores(query, [0, hit.number]) == {hit.number: pytest.approx(hit.score)}
    assert index.scores(query, [0]) == index.scores(query, []) == {}


def test_neighbours_are_the_next_by_position_in_the_same_course(index: ModuleIndex) -> None:
    numbers = {key[1]: number for key, number in index.numbers(
        (one.source, one.identifier) for one in SHOWN).items()}  # fmt: skip
    beside = {name: index.neighbours(number) for name, number in numbers.items()}
    assert beside["prepare"] == (None, ("lms", "facts"))
    # There is no third and no fourth piece.
    assert beside["wording"] == (("lms", "facts"), ("lms", "silence"))
    assert beside["no"] == (("lms", "silence"), None)
    assert beside["pivot"] == (None, ("lms", "lookup"))
    assert beside["gesprek"] == (None, None)
    around = [index.key(number)[1] for number in index.part_numbers(numbers["silence"])]
    assert around == ["prepare", "facts", "wording", "silence", "no"]


def test_neighbours_follow_changes(index: ModuleIndex) -> None:
    between = make_module("between", "Breathe out", position=3, **TALKS)
    after = index.following([between], [("lms", "silence")])
    wording = after.numbers([("lms", "wording")])[("lms", "wording")]
    assert after.neighbours(wording) == (("lms", "between"), ("lms", "no"))


def test_parts_have_their_neighbours_in_their_whole() -> None:
    def part(name: str, position: int, **values: object) -> Module:
        return make_module(name, name, course_id="c1", position=position, **values)

    index = ModuleIndex(
        [
            part("b", 2, part_of="talk"),
            part("elsewhere", 2, part_of="other talk"),
            part("of-the-course", 2),
            part("a", 1, part_of="talk"),
            part("other-source", 3, part_of="talk", source="other"),
        ],
        title_weight=3,
    )
    assert index.neighbours(0) == (("lms", "a"), None)
    assert index.neighbours(2) == (None, None)


def test_neighbours_in_a_very_long_course_are_the_nearest() -> None:
    many = [make_module(str(n), "x", course_id="c", position=n) for n in range(1, 500)]
    index = ModuleIndex(many, title_weight=3)
    assert index.neighbours(249) == (("lms", "249"), ("lms", "251"))


@pytest.mark.parametrize("house", ["en", "nl"])
def test_stems_are_the_same_whichever_language_most_modules_have(house: str) -> None:
    others = [make_module(f"filler-{n}", "Filler", language=house) for n in range(20)]
    assert house_language(others) == house
    index = ModuleIndex([*others, *MODULES], title_weight=3)
    assert found(index, stem("grenzen", "nl")) == ["grenzen"]
    assert found(index, stem("tables", "en")) == ["pivot"]
    # In a row within one part of a module, never across two.
    assert found(index, stem("grenzen", "nl"), stem("stellen", "nl")) == ["grenzen"]
    assert found(index, stem("werk", "nl"), stem("samenwerken", "nl")) == []
    assert found(index, stem("charts", "en"), stem("spreadsheets", "en")) == []


def test_scores_do_not_depend_on_how_stems_were_made() -> None:
    modules = [make_module(str(n), "Grenzen stellen", text="Grenzen", **DUTCH) for n in range(3)]
    first = [make_module(f"first-{n}", "Lighthouse", language="en") for n in range(200)]
    last = [replace(one, language="nl") for one in first]
    handed_over = ModuleIndex([*modules, *last], title_weight=3)
    stemmed_here = ModuleIndex([*modules, *first], title_weight=3)
    scores = [
        index.scores(index.matching([stem("grenzen", "nl")], text_weight=0.3), [0, 1, 2])
        for index in (handed_over, stemmed_here)
    ]
    assert scores[0] == scores[1] != {}


def test_the_largest_courses_are_kept() -> None:
    modules = [
        make_module(f"{n}-{turn}", "x", course=f"Course {n:04}")
        for n in range(MOST_COURSES + 50)
        for turn in range(1 + (n >= 50))
    ]
    courses = ModuleIndex(modules, title_weight=1).courses
    assert len(courses) == MOST_COURSES
    assert (courses[0], courses[-1]) == ("Course 0050", f"Course {MOST_COURSES + 49}")


def test_progress_is_told_to_the_end() -> None:
    told: list[int] = []
    many = (make_module(str(n), "x") for n in range(2_500))
    ModuleIndex(many, title_weight=1, on_progress=told.append)
    assert told == [1_000, 2_000, 2_500]
