"""One sync: what it writes, what it leaves, and what its report says."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import (
    CatalogueError,
    InvalidSettings,
    SourceUnreachable,
    SyncOvertaken,
    UnknownSource,
    UnsafePackage,
)
from catalogue_sync.module import Kind
from catalogue_sync.records import Removed
from catalogue_sync.report import REFUSALS_KEPT, TITLES_KEPT, Report
from catalogue_sync.scan import Scan
from catalogue_sync.sync import Progress, sync
from tests.catalogue_sync.sources import NOW, ListSource, module, refused


@pytest.fixture
def ready(catalogue: Catalogue) -> Catalogue:
    """A catalogue with the source `list` and nothing read from it."""
    catalogue.add_source("list", "test", {})
    return catalogue


def titles(catalogue: Catalogue) -> list[str]:
    return [one.title for one in catalogue.modules()]


def test_a_first_sync_adds_everything(ready: Catalogue) -> None:
    report = sync(ListSource([module("a"), module("b")], [module("c")]), ready, now=NOW)

    assert (report.added, report.changed, report.unchanged, report.removed) == (3, 0, 0, 0)
    assert report.complete
    assert report.added_titles == ("Piece a", "Piece b", "Piece c")
    assert report.summary() == ("3 added, 0 changed, 0 unchanged, 0 removed, 0 refused",)
    assert titles(ready) == ["Piece a", "Piece b", "Piece c"]


def test_a_second_sync_of_the_same_says_unchanged_and_writes_no_module(ready: Catalogue) -> None:
    source = ListSource([module("a"), module("b")])
    sync(source, ready, now=NOW)
    before = ready.version()

    report = sync(source, ready, now=NOW + timedelta(hours=3))
    assert report.nothing_changed
    assert report.unchanged == 2
    assert report.summary()[0].startswith("unchanged: ")
    assert ready.version() == before == report.version


def test_a_changed_module_is_written_and_the_others_are_not(ready: Catalogue) -> None:
    sync(ListSource([module("a"), module("b")]), ready, now=NOW)

    report = sync(ListSource([module("a"), module("b", "New")]), ready, now=NOW)
    assert (report.changed, report.unchanged) == (1, 1)
    assert report.changed_titles == ("New",)
    assert titles(ready) == ["Piece a", "New"]


def test_the_version_rises_once_for_each_batch_that_changes_something(ready: Catalogue) -> None:
    sync(ListSource([module("a")], [module("b")]), ready, now=NOW)
    assert ready.version() == 2

    sync(ListSource([module("a")], [module("b", "New")]), ready, now=NOW)
    assert ready.version() == 3


def test_what_vanished_from_a_complete_scan_is_tombstoned(ready: Catalogue) -> None:
    sync(ListSource([module("a"), module("b")]), ready, now=NOW)
    later = NOW + timedelta(days=1)

    report = sync(ListSource([module("a")]), ready, now=later)
    assert report.removed == 1
    assert report.removed_titles == ("Piece b",)
    assert titles(ready) == ["Piece a"]
    found = ready.find("list", "b")
    assert found is not None
    assert found.removed_at == later


def test_a_vanished_module_that_returns_is_live_again(ready: Catalogue) -> None:
    both = ListSource([module("a"), module("b")])
    sync(both, ready, now=NOW)
    sync(ListSource([module("a")]), ready, now=NOW)

    report = sync(both, ready, now=NOW)
    assert (report.added, report.unchanged) == (1, 1)
    assert titles(ready) == ["Piece a", "Piece b"]
    found = ready.find("list", "b")
    assert found is not None
    assert found.removed_at is None


def test_an_incomplete_scan_removes_nothing(ready: Catalogue) -> None:
    sync(ListSource([module("a"), module("b")]), ready, now=NOW)

    report = sync(ListSource([module("a")], complete=False), ready, now=NOW)
    assert report.removed == 0
    assert not report.complete
    assert not report.summary()[0].startswith("unchanged")
    assert ready.count() == 2


def test_a_failing_scan_keeps_its_batches_removes_nothing_and_is_reported(
    ready: Catalogue,
) -> None:
    sync(ListSource([module("a"), module("b")]), ready, now=NOW)
    failing = ListSource(
        [module("c")], [module("d")], fails_after=1, failure=SourceUnreachable("nobody answers")
    )

    with pytest.raises(SourceUnreachable):
        sync(failing, ready, now=NOW)
    assert titles(ready) == ["Piece a", "Piece b", "Piece c"]
    report = ready.find_source("list").last_report
    assert report is not None
    assert (report.added, report.complete, report.failure) == (1, False, "nobody answers")
    assert report.summary()[1] == "stopped: nobody answers"


def test_settings_that_turn_out_wrong_are_reported_like_any_failing_source(
    ready: Catalogue,
) -> None:
    failing = ListSource([], fails_after=0, failure=InvalidSettings("prefix is 'x'"))
    with pytest.raises(InvalidSettings):
        sync(failing, ready, now=NOW)
    [report] = ready.reports("list")
    assert report.failure == "prefix is 'x'"


def test_an_unreadable_package_is_reported_like_any_failing_source(ready: Catalogue) -> None:
    failing = ListSource([], fails_after=0, failure=UnsafePackage("a.zip: too large"))

    with pytest.raises(UnsafePackage):
        sync(failing, ready, now=NOW)
    report = ready.find_source("list").last_report
    assert report is not None
    assert report.failure == "a.zip: too large"


@pytest.mark.parametrize("stop", [SourceUnreachable("down"), KeyboardInterrupt()])
def test_an_interrupted_scan_goes_on_after_its_last_batch_and_still_knows_what_vanished(
    ready: Catalogue, stop: BaseException
) -> None:
    sync(ListSource([module(name) for name in "abxy"]), ready, now=NOW)
    batches = ([module("a")], [module("b")], [module("c")])
    with pytest.raises(type(stop)):
        sync(ListSource(*batches, fails_after=2, failure=stop), ready, now=NOW)

    source = ListSource(*batches)
    report = sync(source, ready, now=NOW + timedelta(minutes=5))
    assert source.cursors == ["2"]
    assert titles(ready) == ["Piece a", "Piece b", "Piece c"]
    assert (report.added, report.removed) == (1, 2)
    assert any("interrupted" in note for note in report.notes)


def test_a_scan_that_was_interrupted_long_ago_begins_anew(ready: Catalogue) -> None:
    batches = ([module("a")], [module("b")])
    with pytest.raises(SourceUnreachable):
        sync(
            ListSource(*batches, fails_after=1, failure=SourceUnreachable("down")), ready, now=NOW
        )

    source = ListSource(*batches)
    sync(source, ready, now=NOW + timedelta(hours=2))
    assert source.cursors == [None]
    assert ready.count() == 2


def test_a_scan_that_another_overtook_stops_without_removing(ready: Catalogue) -> None:
    sync(ListSource([module("a"), module("b")]), ready, now=NOW)
    slow = Scan(ready, "list", now=NOW)

    report = sync(ListSource([module("a"), module("b")]), ready, now=NOW)
    with pytest.raises(SyncOvertaken):
        slow.finish(complete=True, allow_removals=True)
    assert report.unchanged == 2
    assert ready.count() == 2


def test_a_source_that_was_removed_meanwhile_stops_its_scan(ready: Catalogue) -> None:
    scan = Scan(ready, "list", now=NOW)
    ready.remove_source("list", now=NOW)

    with pytest.raises(SyncOvertaken):
        scan.finish(complete=True, allow_removals=False)


def test_a_bad_record_is_set_aside_with_its_place_and_reason(ready: Catalogue) -> None:
    report = sync(ListSource([module("a"), refused(), module("b")]), ready, now=NOW)

    assert (report.added, report.refused) == (2, 1)
    assert report.refusals == (refused(),)
    assert "refused: row 7: the minutes are not a number" in report.summary()
    assert ready.refusals("list") == (refused(),)

    sync(ListSource([module("a"), module("b")]), ready, now=NOW)
    assert ready.refusals("list") == ()


def test_a_bad_edition_keeps_the_good_module_that_was_there(ready: Catalogue) -> None:
    sync(ListSource([module("a"), module("b")]), ready, now=NOW)

    report = sync(ListSource([module("a"), refused("b")]), ready, now=NOW)
    assert report.removed == 0
    assert titles(ready) == ["Piece a", "Piece b"]


def test_a_module_of_another_source_is_refused(ready: Catalogue) -> None:
    report = sync(ListSource([module("a", source="elsewhere")]), ready, now=NOW)

    assert (report.added, report.refused) == (0, 1)
    assert ready.count() == 0


def test_the_first_of_two_records_with_one_identifier_counts(ready: Catalogue) -> None:
    report = sync(ListSource([module("a", "First"), module("a", "Second")]), ready, now=NOW)

    assert report.added == 1
    assert titles(ready) == ["First"]


def test_a_source_that_tells_changes_removes_by_saying_so(ready: Catalogue) -> None:
    sync(ListSource([module("a"), module("b"), module("c")]), ready, now=NOW)

    changes = ListSource([Removed("b"), Removed("never there")], complete=False)
    report = sync(changes, ready, now=NOW)
    assert report.removed == 1
    assert titles(ready) == ["Piece a", "Piece c"]


def test_more_than_half_of_ten_vanishing_is_held_back(ready: Catalogue) -> None:
    sync(ListSource([module(str(n)) for n in range(10)]), ready, now=NOW)
    four = ListSource([module(str(n)) for n in range(4)])

    report = sync(four, ready, now=NOW)
    assert (report.removed, report.held_back) == (0, 6)
    assert "nothing was removed" in report.warnings[0]
    assert "Look under the sofa." in report.warnings[0]
    assert ready.count() == 10

    report = sync(four, ready, now=NOW, allow_removals=True)
    assert (report.removed, report.held_back) == (6, 0)
    assert ready.count() == 4


def test_modules_that_come_in_the_same_run_do_not_weaken_the_guard(ready: Catalogue) -> None:
    sync(ListSource([module(str(n)) for n in range(10)]), ready, now=NOW)

    report = sync(ListSource([module(f"new {n}") for n in range(30)]), ready, now=NOW)
    assert report.held_back == 10


@pytest.mark.parametrize(("before", "after"), [(10, 5), (9, 0)])
def test_half_of_ten_or_all_of_nine_may_vanish(ready: Catalogue, before: int, after: int) -> None:
    sync(ListSource([module(str(n)) for n in range(before)]), ready, now=NOW)

    report = sync(ListSource([module(str(n)) for n in range(after)]), ready, now=NOW)
    assert report.removed == before - after
    assert ready.count() == after


def test_a_kind_that_vanishes_as_a_whole_is_warned_of(ready: Catalogue) -> None:
    quiz = module("q", kind=Kind.QUIZ)
    sync(ListSource([module("a"), module("b"), quiz]), ready, now=NOW)

    report = sync(ListSource([module("a")]), ready, now=NOW)
    assert report.removed == 2
    assert report.warnings == (
        "every module of kind quiz vanished from the source (1). Look under the sofa.",
    )


def test_a_report_comes_back_from_the_catalogue_and_from_json(ready: Catalogue) -> None:
    report = sync(ListSource([module("a"), refused("z")]), ready, now=NOW)

    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report
    stored = ready.find_source("list")
    assert stored.last_report == report
    assert stored.last_synced_at == NOW


def test_only_a_complete_scan_counts_as_synced(ready: Catalogue) -> None:
    sync(ListSource([module("a")], complete=False), ready, now=NOW)

    assert ready.find_source("list").last_synced_at is None


def test_the_lists_of_a_report_are_bounded_and_its_counts_exact(ready: Catalogue) -> None:
    many = TITLES_KEPT + 5
    bad = [refused() for _ in range(REFUSALS_KEPT + 3)]

    report = sync(ListSource([module(str(n)) for n in range(many)], bad), ready, now=NOW)
    assert report.added == many
    assert len(report.added_titles) == TITLES_KEPT
    assert report.refused == REFUSALS_KEPT + 3
    assert len(report.refusals) == REFUSALS_KEPT
    assert len(ready.refusals("list")) == REFUSALS_KEPT + 3


def test_progress_tells_the_records_read(ready: Catalogue) -> None:
    told: list[Progress] = []
    sync(ListSource([module("a")], [module("b"), refused()]), ready, now=NOW, progress=told.append)

    assert [one.records for one in told] == [1, 3, 3]
    assert told[-1].share == 1.0


def test_nothing_of_an_earlier_scan_is_left_behind_when_one_ended(ready: Catalogue) -> None:
    for identifiers in ("abc", "ab", "b"):
        sync(ListSource(*([module(one)] for one in identifiers)), ready, now=NOW)

    with ready.engine.connect() as connection:
        for table, expected in ((schema.member, 1), (schema.block, 1)):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == expected
        assert connection.scalar(sa.select(schema.source.c.cursor)) is None


def test_a_source_that_the_catalogue_does_not_know_cannot_be_synced(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownSource, match="no source 'list'"):
        sync(ListSource([module("a")]), catalogue, now=NOW)
    assert catalogue.count() == 0


def test_a_sync_needs_a_time_with_a_zone(ready: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="no time zone"):
        sync(ListSource([module("a")]), ready, now=datetime(2026, 11, 21))  # noqa: DTZ001


def test_a_batch_larger_than_a_statement_may_name_is_written_whole(ready: Catalogue) -> None:
    source = ListSource([module(str(n)) for n in range(1_100)])
    assert sync(source, ready, now=NOW).added == 1_100
    assert sync(source, ready, now=NOW).unchanged == 1_100


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, ListSource, module

class Dying(ListSource):
    def read(self, reading):
        for number, batch in enumerate(super().read(reading)):
            if number == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch

batches = [[module(f"{n} {m}") for m in range(20)] for n in range(6)]
sync(Dying(*batches), Catalogue(sa.create_engine(sys.argv[1]), "northwind"), now=NOW)
"""


@pytest.mark.parametrize("survived", [0, 1, 4, 6])
def test_a_sync_that_was_killed_ends_like_one_that_was_not(
    ready: Catalogue, database_url: str, survived: int
) -> None:
    sync(ListSource([module("0 3"), module("gone"), module("5 5", "Old words")]), ready, now=NOW)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, str(survived)],
        cwd=Path(__file__).parents[2], timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    assert ready.count() >= 3

    batches = [[module(f"{n} {m}") for m in range(20)] for n in range(6)]
    source = ListSource(*batches)
    sync(source, ready, now=NOW + timedelta(minutes=1))
    assert source.cursors == [str(survived) if survived else None]
    wanted = {one.identifier: one for batch in batches for one in batch}
    assert {one.identifier: one for one in ready.modules()} == wanted
