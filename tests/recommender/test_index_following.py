"""An index follows its catalogue's changes, in memory and in a folder alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.module import Access, Module, Withheld
from lti_tool.recommender.index import ModuleIndex, UnusableIndex
from tests.recommender.conftest import MODULES, make_module

SHOWN = [module for module in MODULES if module.visible and module.open_url]


def found(index: ModuleIndex, *stems: str) -> list[str]:
    """The identifiers of what is found by these stems, best first."""
    query = index.matching(stems, text_weight=0.3)
    return [index.key(hit.number)[1] for hit in index.search(query, 50)]


@pytest.fixture(params=["memory", "folder"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "index" if request.param == "folder" else None


@pytest.fixture
def index(folder: Path | None) -> ModuleIndex:
    return ModuleIndex(MODULES, title_weight=3, folder=folder, version=5)


def test_added_changed_and_removed_modules_are_followed(index: ModuleIndex) -> None:
    changed = replace(SHOWN[0], title="Lighthouse keeping")
    after = index.following(
        [changed, make_module("new", "Lighthouses abroad")], [("lms", "pivot")], version=6
    )
    assert (len(after), after.version) == (len(index), 6)
    assert set(found(after, "lighthous")) == {"prepare", "new"}
    assert found(after, "pivot") == []
    assert after.numbers([("lms", "pivot"), ("lms", "new")]).keys() == {("lms", "new")}
    assert after.module(after.numbers([("lms", "prepare")])[("lms", "prepare")]) == changed


def test_the_index_before_answers_as_before(index: ModuleIndex) -> None:
    before = [list(index.modules()), found(index, "pivot"), index.courses, index.languages]
    index.following([make_module("new", "Pivot")], [("lms", "pivot")])
    assert [list(index.modules()), found(index, "pivot"), index.courses, index.languages] == before
    assert (len(index), index.version, index.worn) == (len(SHOWN), 5, False)


def test_unchanged_modules_keep_their_numbers_and_others_get_new_ones(index: ModuleIndex) -> None:
    before = index.numbers((one.source, one.identifier) for one in SHOWN)
    changed = replace(SHOWN[2], title="Other words")
    after = index.following([*SHOWN[:2], changed, *SHOWN[3:]])
    numbers = after.numbers((one.source, one.identifier) for one in SHOWN)
    different = {key for key in before if before[key] != numbers[key]}
    assert different == {("lms", SHOWN[2].identifier)}
    assert numbers[("lms", SHOWN[2].identifier)] == len(SHOWN) == after.capacity - 1
    assert not after.is_live(2)
    assert after.is_live(len(SHOWN))


@pytest.mark.parametrize(
    "values",
    [{"withheld": Withheld.HIDDEN}, {"open_url": None}],
    ids=["hidden", "without-a-door"],
)
def test_what_can_be_recommended_no_more_is_gone(
    index: ModuleIndex, values: dict[str, object]
) -> None:
    pivot = next(one for one in SHOWN if one.identifier == "pivot")
    after = index.following([replace(pivot, **values)])
    assert found(after, "pivot") == []
    assert len(after) == len(index) - 1
    back = after.following([pivot])
    assert found(back, "pivot") == ["pivot"]
    assert len(back) == len(index)


def test_of_a_module_that_comes_twice_the_last_counts(index: ModuleIndex) -> None:
    after = index.following(
        [make_module("new", "Lighthouses", language="fi"), make_module("new", "Harbours")]
    )
    assert found(after, "lighthous") == []
    assert found(after, "harbour") == ["new"]
    assert "fi" not in after.every_language
    assert len(after) == len(index) + 1


def test_removing_what_is_not_there_changes_nothing(index: ModuleIndex) -> None:
    after = index.following([], [("lms", "nobody"), ("elsewhere", "pivot")])
    assert list(after.modules()) == list(index.modules())


def test_courses_languages_and_access_follow(index: ModuleIndex) -> None:
    assert not index.has_restricted
    locked = make_module("new", "Pivot", course="Zeilen", access=Access.ENROLLED, language="fy")
    after = index.following([locked], [("lms", one.identifier) for one in SHOWN[:4]])
    assert after.has_restricted
    assert after.courses == ["Samenwerken", "Spreadsheets", "Hard conversations", "Zeilen"]
    assert after.every_language[-1] == "fy"
    last = after.following([], [("lms", "new")])
    assert not last.has_restricted
    assert "fy" not in last.every_language
    assert "Zeilen" not in last.courses


def test_an_index_of_which_much_is_gone_says_so(index: ModuleIndex) -> None:
    keys = [("lms", one.identifier) for one in SHOWN]
    fewer = index.following([], keys[:3])
    assert not fewer.worn
    assert fewer.following([], keys[3:5]).worn


def test_an_index_is_followed_once_only(index: ModuleIndex) -> None:
    after = index.following([make_module("new", "Lighthouse")])
    with pytest.raises(UnusableIndex):
        index.following([make_module("other", "Harbour")])
    assert found(after.following([]), "lighthous") == ["new"]


def test_changes_that_break_off_leave_everything_as_it_was(index: ModuleIndex) -> None:
    def breaking_off() -> Iterator[Module]:
        yield make_module("new", "Lighthouse")
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        index.following(breaking_off(), [("lms", "pivot")])
    assert found(index, "pivot") == ["pivot"]
    after = index.following([make_module("new", "Harbour")])
    assert (found(after, "lighthous"), found(after, "pivot")) == ([], ["pivot"])


def test_an_empty_index_can_be_followed(folder: Path | None) -> None:
    empty = ModuleIndex([], title_weight=3, folder=folder)
    assert (len(empty), empty.capacity, empty.worn, empty.courses) == (0, 0, False, [])
    assert found(empty, "pivot") == []
    assert found(empty.following(SHOWN), "pivot") == ["pivot"]


Step = tuple[dict[int, str | None], set[int]]
STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 9), st.sampled_from(["oak", "elm", "ash", None])),
        st.sets(st.integers(0, 9)),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=30)
@given(steps=STEPS)
def test_whatever_changes_it_holds_what_an_index_built_anew_holds(steps: list[Step]) -> None:
    index = ModuleIndex([], title_weight=3)
    state: dict[int, Module] = {}
    for titles, gone in steps:
        changed = [
            make_module(str(n), title or "hidden", open_url=f"https://x.example/{n}")
            if title
            else make_module(str(n), "hidden", withheld=Withheld.HIDDEN)
            for n, title in titles.items()
        ]
        index = index.following(changed, [("lms", str(n)) for n in gone])
        for n, module in zip(titles, changed, strict=True):
            state.pop(n, None)
            if module.visible:
                state[n] = module
        for n in gone:
            state.pop(n, None)
    assert sorted(module.identifier for _, module in index.modules()) == sorted(map(str, state))
    for tree in ("oak", "elm", "ash"):
        expected = {str(n) for n, module in state.items() if module.title == tree}
        assert set(found(index, tree)) == expected
    assert len(index) == len(state)
    numbers = index.numbers(("lms", str(n)) for n in range(10))
    assert {key: index.module(number) for key, number in numbers.items()} == {
        ("lms", str(n)): module for n, module in state.items()
    }
