"""Batches that are known by their digest: never built again, and never wrongly believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync import schema
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import SourceUnreachable, SyncOvertaken
from catalogue_sync.records import Batch, Built, Counted, Reading, Record, Refused, Skill
from catalogue_sync.report import Report
from catalogue_sync.scan import Scan
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
        self.fails_after: int | None = fails_after
        self.built: list[int] = []
        self.more: dict[int, tuple[Record, ...]] = {}
        self.marks: list[str | None] = []
        self.again = self.begins_anew = self.only_changes = False

    def read(self, reading: Reading) -> Iterator[Batch]:
        self.marks.append(reading.mark)
        start = 0 if self.begins_anew else int(reading.cursor or 0)
        for number, content in enumerate(self.batches[start:], start=start):
            if number == self.fails_after:
                raise SourceUnreachable("the cable is out")
            yield Batch(
                cursor=str(number + 1),
                from_start=self.begins_anew and number == 0,
                digest=repr((content, self.more.get(number))),
                build=lambda number=number, content=content: self._build(number, content),
            )
        yield Batch(complete=True, mark="read to the end", only_changes=self.only_changes)

    def _build(self, number: int, content: Content) -> Built:
        self.built.append(number)
        records = tuple(module(identifier, title) for identifier, title in content)
        remarks = (Counted("{count} without a hat", 2), "mend the roof")
        said = remarks if number == 0 else ()
        return Built((*records, *self.more.get(number, ())), said, again=self.again)

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
        sync(BlockSource([("a", "A")], [("b", "B")], fails_after=0), ready, now=NOW)
    sync(source, ready, now=NOW + timedelta(hours=2))

    assert source.marks == [None, "read to the end", "read to the end"]


def test_a_scan_that_broke_off_after_it_wrote_leaves_no_mark(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")])
    sync(source, ready, now=NOW)
    with pytest.raises(SourceUnreachable):
        sync(BlockSource([("a", "A2")], [("b", "B")], fails_after=1), ready, now=NOW)
    sync(source, ready, now=NOW + timedelta(hours=2))

    assert source.marks == [None, None]
    assert held(ready) == {"a": "A"}


def test_an_interrupted_scan_goes_on_with_the_mark_it_was_told(ready: Catalogue) -> None:
    sync(BlockSource([("a", "A")]), ready, now=NOW)
    source = BlockSource([("a", "A2")], [("b", "B")], fails_after=1)
    with pytest.raises(SourceUnreachable):
        sync(source, ready, now=NOW)
    source.fails_after = None
    sync(source, ready, now=NOW + timedelta(minutes=1))

    assert source.marks == ["read to the end", "read to the end"]
    assert held(ready) == {"a": "A2", "b": "B"}


def test_what_was_held_back_is_looked_at_again_whatever_the_source_says(ready: Catalogue) -> None:
    whole = [(str(n), str(n)) for n in range(12)]
    sync(BlockSource(whole), ready, now=NOW)
    few = BlockSource(whole[:2])
    assert sync(few, ready, now=NOW).held_back == 10

    assert sync(few, ready, now=NOW).held_back == 10
    assert sync(few, ready, now=NOW, allow_removals=True).removed == 10
    assert few.marks == [None, None, None] or few.marks == ["read to the end", None, None]


def test_what_an_interrupted_run_added_does_not_weaken_the_guard(ready: Catalogue) -> None:
    sync(BlockSource([(str(n), "old") for n in range(12)]), ready, now=NOW)
    other = BlockSource(*([(f"new {n}", "new")] for n in range(30)), fails_after=29)
    with pytest.raises(SourceUnreachable):
        sync(other, ready, now=NOW)
    other.fails_after = None
    report = sync(other, ready, now=NOW + timedelta(minutes=1))

    assert (report.held_back, report.removed) == (12, 0)


def test_a_source_that_begins_anew_forgets_what_the_interrupted_run_found(
    ready: Catalogue,
) -> None:
    first = BlockSource([("a", "A")], [("gone", "G")], [("b", "B")], fails_after=2)
    with pytest.raises(SourceUnreachable):
        sync(first, ready, now=NOW)
    anew = BlockSource([("a", "A")], [("b", "B")])
    anew.begins_anew = True
    sync(anew, ready, now=NOW + timedelta(minutes=1))

    assert held(ready) == {"a": "A", "b": "B"}


def test_a_batch_that_left_something_out_is_built_again(ready: Catalogue) -> None:
    source = BlockSource([("a", "A")])
    source.again = True
    sync(source, ready, now=NOW)
    source.again = False
    sync(source, ready, now=NOW)
    sync(source, ready, now=NOW)

    assert source.built == [0, 0]


def test_another_secret_makes_everything_be_read_again(catalogue: Catalogue) -> None:
    catalogue.add_source("list", "test", {}, "one")
    source = BlockSource([("a", "A")])
    sync(source, catalogue, now=NOW)
    catalogue.put_source("list", "test", {}, "one")
    sync(source, catalogue, now=NOW)
    catalogue.put_source("list", "test", {}, "another account")
    sync(source, catalogue, now=NOW)

    assert source.built == [0, 0]
    assert source.marks == [None, "read to the end", None]


def test_blocks_that_changes_left_empty_are_forgotten_with_their_refusals(
    ready: Catalogue,
) -> None:
    for number in range(5):
        source = BlockSource([("a", f"edition {number}")])
        source.more[0] = (Refused(f"row {number}", "no title"),)
        source.only_changes = True
        sync(source, ready, now=NOW)

    assert [one.place for one in ready.refusals("list")] == ["row 4"]
    with ready.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(schema.block)) == 1


def test_a_digest_that_comes_again_around_a_write_is_counted_once(ready: Catalogue) -> None:
    known, new = [("a", "A")], [("n", "N")]
    sync(BlockSource(known, [("b", "B")]), ready, now=NOW)

    report = sync(BlockSource(known, [("b", "B")], known, new, known), ready, now=NOW)
    assert (report.unchanged, report.added, report.changed) == (2, 1, 0)


def test_a_run_of_a_source_that_was_removed_and_added_again_is_overtaken(
    ready: Catalogue,
) -> None:
    scan = Scan(ready, "list", now=NOW)
    ready.remove_source("list", now=NOW)
    ready.add_source("list", "test", {})
    Scan(ready, "list", now=NOW)

    with pytest.raises(SyncOvertaken):
        scan.commit(Batch((module("old"),)))


def test_a_run_that_was_overtaken_is_not_the_last_report(ready: Catalogue) -> None:
    early = Scan(ready, "list", now=NOW)
    late = sync(BlockSource([("a", "A")]), ready, now=NOW)
    early.store_report(Report(source="list", started_at=NOW, complete=False, version=0))

    assert ready.find_source("list").last_report == late
    assert len(ready.reports("list")) == 2


def test_removing_a_framework_raises_the_version(ready: Catalogue) -> None:
    source = BlockSource([])
    source.more[0] = (Skill(identifier="guid-1", name="Gives feedback"),)
    sync(source, ready, now=NOW)
    version = ready.version()
    ready.remove_source("list", now=NOW)

    assert ready.version() == version + 1


def test_what_is_in_two_batches_follows_each_of_them(ready: Catalogue) -> None:
    both = BlockSource([("a", "A"), ("x", "first")], [("x", "second")])
    sync(both, ready, now=NOW)
    assert held(ready)["x"] == "first"
    assert sync(both, ready, now=NOW).nothing_changed

    sync(BlockSource([("a", "A")], [("x", "second")]), ready, now=NOW)
    assert held(ready) == {"a": "A", "x": "second"}

    sync(both, ready, now=NOW)
    assert held(ready) == {"a": "A", "x": "first"}


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
        wanted: dict[str, str] = {}
        for identifier, title in (one for batch in batches for one in batch):
            wanted.setdefault(identifier, title)
        assert held(catalogue) == wanted
        version = catalogue.version()
        again = sync(BlockSource(*batches), catalogue, now=now + timedelta(minutes=2))
        assert again.nothing_changed
        assert catalogue.version() == version
    engine.dispose()
