"""What a sync would change, field by field, and that nothing is written for it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given, settings

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.difference import Difference, FieldChange, ModuleChange, compare, shown
from catalogue_sync.errors import UnknownSource
from catalogue_sync.module import Basis, Duration, Kind, Passage, Withheld
from catalogue_sync.records import Removed
from catalogue_sync.schema import metadata
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, ListSource, module, refused
from tests.catalogue_sync.test_blocks import EDITIONS, BlockSource, Content


@pytest.fixture
def ready(catalogue: Catalogue) -> Catalogue:
    catalogue.add_source("list", "test", {})
    return catalogue


def differences(
    catalogue: Catalogue, source: ListSource | BlockSource
) -> tuple[list[ModuleChange], Difference]:
    difference = Difference()
    return list(compare(source, catalogue, difference, now=NOW)), difference


def test_what_would_be_added_changed_removed_and_refused_is_told(ready: Catalogue) -> None:
    before = [module("a"), module("b"), module("c"), module("d"), module("kept")]
    sync(ListSource(before), ready, now=NOW)
    version = ready.version()

    longer = module("b", "New name", duration=Duration(5, Basis.DECLARED), kind=Kind.VIDEO)
    changes, difference = differences(
        ready,
        ListSource([module("a"), longer, module("new")], [Removed("c"), refused("kept")]),
    )
    assert changes == [
        ModuleChange(
            "changed", "b", "New name",
            (
                FieldChange("title", "Piece b", "New name"),
                FieldChange("kind", "article", "video"),
                FieldChange("duration", "nothing", "5 minutes (declared)"),
            ),
        ),
        ModuleChange("added", "new", "Piece new"),
        ModuleChange("removed", "c", "Piece c"),
        ModuleChange("refused", "kept", "row 7", reason="the minutes are not a number"),
        ModuleChange("removed", "d", "Piece d"),
    ]  # fmt: skip
    assert (difference.added, difference.changed, difference.unchanged) == (1, 1, 1)
    assert (difference.removed, difference.refused, difference.complete) == (2, 1, True)
    assert ready.version() == version
    assert [one.title for one in ready.modules()] == [one.title for one in before]


def test_what_a_sync_would_not_build_is_not_built_but_counted(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")], [("b", "B")])
    sync(source, ready, now=NOW)

    changes, difference = differences(ready, source)
    assert (changes, difference.unchanged, source.built) == ([], 2, [0, 1])


def test_a_dry_run_says_what_is_held_back_as_the_sync_does(ready: Catalogue) -> None:
    sync(ListSource([module(str(n)) for n in range(12)]), ready, now=NOW)
    few = ListSource([module("1"), module("2")])

    changes, difference = differences(ready, few)
    report = sync(few, ready, now=NOW)
    assert (changes, difference.removed) == ([], 0)
    assert difference.held_back == report.held_back == 10
    assert difference.warnings == report.warnings


def test_a_dry_run_warns_as_the_sync_does(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")], [("b", "B")])
    for _ in range(2):
        _, difference = differences(ready, source)
        assert difference.warnings == sync(source, ready, now=NOW).warnings
    assert difference.warnings == ("2 without a hat", "mend the roof")


def test_a_source_that_the_catalogue_does_not_know_cannot_be_compared(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownSource):
        differences(catalogue, ListSource([module("a")]))


@settings(max_examples=100, deadline=None)
@given(editions=EDITIONS)
def test_the_counts_of_a_dry_run_are_those_of_the_sync_that_follows(
    editions: list[list[Content]],
) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind")
    catalogue.add_source("list", "test", {})
    for edition in editions:
        # A batch that comes twice in one scan is told once by the sync, and twice by a dry run.
        batches = [one for number, one in enumerate(edition) if one not in edition[:number]]
        source = BlockSource(*batches)
        changes, difference = differences(catalogue, source)
        report = sync(BlockSource(*batches), catalogue, now=NOW)
        told = Counter(change.action for change in changes)
        for name in ("added", "changed", "removed", "refused"):
            assert getattr(difference, name) == getattr(report, name) == told[name], name
        assert difference.unchanged == report.unchanged
    engine.dispose()


def test_a_source_that_was_not_read_whole_removes_nothing(ready: Catalogue) -> None:
    sync(ListSource([module("a"), module("b")]), ready, now=NOW)

    changes, difference = differences(ready, ListSource([module("a")], complete=False))
    assert (changes, difference.complete) == ([], False)


def test_what_a_curator_corrected_is_no_difference(ready: Catalogue) -> None:
    source = ListSource([module("a")])
    sync(source, ready, now=NOW)
    ready.correct("list", "a", {"title": "Better"}, now=NOW)

    assert differences(ready, source)[0] == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(None, "nothing", id="none"),
        pytest.param((), "nothing", id="empty"),
        pytest.param("two\nlines", "two / lines", id="lines"),
        pytest.param("x" * 200, "x" * 120 + "… (200 characters)", id="long"),
        pytest.param(("a", "b"), "a, b", id="skills"),
        pytest.param((Passage("page 1", 0, 3),), "1 passages", id="passages"),
        pytest.param(Withheld.HIDDEN, "hidden", id="enum"),
        pytest.param(Duration(2.5, Basis.CURATOR), "2.5 minutes (curator)", id="duration"),
        pytest.param(datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02 03:04+00:00", id="time"),
        pytest.param(7, "7", id="number"),
    ],
)
def test_values_are_shown_on_one_short_line(value: object, words: str) -> None:
    assert shown(value) == words
