"""Batches that are known by their digest: never built again, and never wrongly believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import SourceUnreachable
from catalogue_sync.records import Batch, Built, Counted, Reading, Record, Refused, Skill
from catalogue_sync.schema import metadata
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, module

Content = list[tuple[str, str]]
"""A batch: identifiers and titles."""


class BlockSource:
    """A source whose batches are known by what they hold; `built` are those that were built."""

    name = "list"
    hint_when_missing = "Look under the sofa."

    def __init__(self, *batches: Content, fails_after: int | None = None) -> None:
        self.batches = batches
        self.fails_after = fails_after
        self.built: list[int] = []
        self.more: dict[int, tuple[Record, ...]] = {}
        self.marks: list[str | None] = []

    def read(self, reading: Reading) -> Iterator[Batch]:
        self.marks.append(reading.mark)
        start = int(reading.cursor or 0)
        for number, content in enumerate(self.batches[start:], start=start):
            if number == self.fails_after:
                raise SourceUnreachable("the cable is out")
            yield Batch(
                cursor=str(number + 1),
                digest=repr((content, self.more.get(number))),
                build=lambda number=number, content=content: self._build(number, content),
            )
        yield Batch(complete=True, mark="read to the end")

    def _build(self, number: int, content: Content) -> Built:
        self.built.append(number)
        records = tuple(module(identifier, title) for identifier, title in content)
        remarks = (Counted("{count} without a hat", 2), "mend the roof")
        return Built((*records, *self.more.get(number, ())), remarks if number == 0 else ())

    def check(self) -> tuple[str, ...]:
        return ()


@pytest.fixture
def ready(catalogue: Catalogue) -> Catalogue:
    catalogue.add_source("list", "test", {})
    return catalogue


def held(catalogue: Catalogue) -> dict[str, str]:
    return {one.identifier: one.title for one in catalogue.modules()}


def test_an_unchanged_batch_is_not_built_again(ready: Catalogue) -> None:
    source = BlockSource([("a", "A"), ("b", "B")], [("c", "C")])
    assert sync(source, ready, now=NOW).added == 3
    version = ready.version()

    report = sync(source, ready, now=NOW)
    assert source.built == [0, 1]
    assert (report.unchanged, report.added, report.removed) == (3, 0, 0)
    assert report.nothing_changed
    assert ready.version() == version


def test_a_changed_batch_alone_is_built_again(ready: Catalogue) -> None:
    sync(BlockSource([("a", "A")], [("b", "B"), ("c", "C")], [("d", "D")]), ready, now=NOW)

    source = BlockSource([("a", "A")], [("b", "B2")], [("d", "D")])
    report = sync(source, ready, now=NOW)
    assert source.built == [1]
    assert (report.changed, report.removed, report.unchanged) == (1, 1, 2)
    assert held(ready) == {"a": "A", "b": "B2", "d": "D"}


def test_what_was_said_of_an_unchanged_batch_is_said_again(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")], [("b", "B")])
    source.more[1] = (Refused("row 7", "no title"),)
    first = sync(source, ready, now=NOW)

    again = sync(source, ready, now=NOW)
    assert first.warnings == again.warnings == ("2 without a hat", "mend the roof")
    assert (first.refused, again.refused) == (1, 1)
    assert again.refusals == (Refused("row 7", "no title"),)
    assert ready.refusals("list") == again.refusals


def test_other_settings_make_everything_be_read_again(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")], [("b", "B")])
    sync(source, ready, now=NOW)
    ready.put_source("list", "test", {"language": "nl"})
    sync(source, ready, now=NOW)
    assert source.built == [0, 1, 0, 1]

    sync(source, ready, now=NOW, signature="with larger limits")
    assert source.built == [0, 1] * 3
    assert source.marks == [None] * 3


def test_a_full_sync_reads_everything_again(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")], [("b", "B")])
    sync(source, ready, now=NOW)

    sync(source, ready, now=NOW, full=True)
    assert source.built == [0, 1, 0, 1]
    assert source.marks == [None, None]


def test_the_mark_of_a_complete_scan_is_told_to_the_next(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")])
    for _ in range(2):
        sync(source, ready, now=NOW)
    with pytest.raises(SourceUnreachable):
        sync(BlockSource([("a", "A2")], [("b", "B")], fails_after=1), ready, now=NOW)
    sync(source, ready, now=NOW + timedelta(hours=2))

    assert source.marks == [None, "read to the end", "read to the end"]


def test_what_is_in_two_batches_follows_each_of_them(ready: Catalogue) -> None:
    sync(BlockSource([("a", "A"), ("x", "first")], [("x", "second")]), ready, now=NOW)
    assert held(ready)["x"] == "second"

    sync(BlockSource([("a", "A"), ("x", "first")], []), ready, now=NOW)
    assert held(ready) == {"a": "A", "x": "first"}

    sync(BlockSource([("a", "A")], [("x", "second")]), ready, now=NOW)
    assert held(ready) == {"a": "A", "x": "second"}


def test_a_module_that_was_removed_comes_back_with_its_unchanged_batch(ready: Catalogue) -> None:
    whole = BlockSource([("a", "A"), ("b", "B")], [("c", "C")])
    sync(whole, ready, now=NOW)
    sync(BlockSource([("c", "C")]), ready, now=NOW)
    assert held(ready) == {"c": "C"}

    assert sync(whole, ready, now=NOW).added == 2
    assert held(ready) == {"a": "A", "b": "B", "c": "C"}


def test_skills_are_named_in_modules_and_vanish_with_their_framework(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")])
    source.more[0] = (
        module("skilled", skills=("guid-1", "LF1", "own words")),
        Skill(identifier="guid-1", name="Gives feedback", code="LF0"),
        Skill(identifier="guid-2", name="Listens", code="LF1"),
    )
    assert sync(source, ready, now=NOW).skills == 2
    entry = ready.find("list", "skilled")
    assert entry is not None
    assert entry.module.skills == ("Gives feedback", "Listens", "own words")

    source.more[0] = (module("skilled", skills=("guid-1", "LF1", "own words")),)
    sync(source, ready, now=NOW)
    assert [one.skills for one in ready.modules() if one.identifier == "skilled"] == [
        ("guid-1", "LF1", "own words")
    ]


EDITIONS = st.lists(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("12")), max_size=4),
        max_size=4,
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(editions=EDITIONS, fails=st.lists(st.integers(0, 6), min_size=6, max_size=6))
def test_after_any_history_the_catalogue_holds_what_the_source_says(
    editions: list[list[Content]], fails: list[int]
) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind")
    catalogue.add_source("list", "test", {})
    now = NOW
    for batches, fail in zip(editions, fails, strict=False):
        now += timedelta(hours=2)
        failing = BlockSource(*batches, fails_after=fail)
        try:
            sync(failing, catalogue, now=now)
        except SourceUnreachable:
            sync(BlockSource(*batches), catalogue, now=now + timedelta(minutes=1))
        wanted = {identifier: title for batch in batches for identifier, title in batch}
        assert held(catalogue) == wanted
    engine.dispose()
