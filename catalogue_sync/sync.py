"""One sync: a source is read, the catalogue follows, and a report says what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import CatalogueError, SyncOvertaken
from catalogue_sync.leaving import GUARD_SHARE, Vanished
from catalogue_sync.records import Batch, Reading, Refused
from catalogue_sync.remarks import Remarks, remarks_on_vanished
from catalogue_sync.report import REFUSALS_KEPT, TITLES_KEPT, Report
from catalogue_sync.scan import Outcome, Scan
from catalogue_sync.sources.source import Source

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: records read in this run, and the share of the source if known (0-1)."""

    records: int
    share: float | None


def sync(
    source: Source,
    catalogue: Catalogue,
    *,
    now: datetime,
    progress: Callable[[Progress], None] | None = None,
    allow_removals: bool = False,
    guard_share: float = GUARD_SHARE,
    full: bool = False,
    signature: str = "",
) -> Report:
    """Bring the catalogue in step with `source`, which must be one of its sources.

    Each batch is committed with its cursor, so a run that is killed loses nothing and goes on
    where it stopped if it is started again within an hour. Only a scan that read the whole
    source tombstones what vanished; when that would be more than `guard_share` (0 to 1) of ten
    or more modules, nothing is removed and the report says so, unless `allow_removals`. With
    `full` everything is read and compared, whatever the source says of changes; so it is when
    `signature`, of what the source is read with, is another than last time. `now` is aware UTC.

    Raises `SourceError` or `PackageError` when the source cannot be read (what was committed
    stays, and the report of the failure is kept), `SyncOvertaken`, `UnknownSource`.
    """
    if now.tzinfo is None:
        raise CatalogueError("the time of a sync has no time zone")
    scan = Scan(catalogue, source.name, now=now, signature=signature, full=full)
    tally = _Tally(source.name, now)
    if scan.resumed:
        tally.notes.add(["went on where an interrupted run had stopped"])
    reading = Reading(now=now, cursor=scan.cursor, mark=scan.mark, known=scan.known)
    try:
        for batch in source.read(reading):
            tally.add(batch, scan.commit(batch))
            if progress is not None:
                progress(Progress(tally.records, batch.share))
        vanished = scan.finish(
            complete=tally.complete, only_changes=tally.only_changes, mark=tally.mark,
            allow_removals=allow_removals, guard_share=guard_share,
        )  # fmt: skip
    except SyncOvertaken:
        raise
    except CatalogueError as error:
        tally.complete, tally.failure = False, str(error)
        scan.store_report(tally.report(catalogue.version(), scan.refused(REFUSALS_KEPT)))
        raise
    tally.add_vanished(vanished, source.hint_when_missing)
    report = tally.report(catalogue.version(), scan.refused(REFUSALS_KEPT))
    scan.store_report(report)
    return report


@dataclass(slots=True)
class _Tally:
    """The report while it grows; its lists are bounded, its counts exact."""

    source: str
    started_at: datetime
    complete: bool = False
    failure: str = ""
    records: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: int = 0
    held_back: int = 0
    skills: int = 0
    only_changes: bool = False
    mark: str | None = None
    added_titles: list[str] = field(default_factory=list)
    changed_titles: list[str] = field(default_factory=list)
    removed_titles: list[str] = field(default_factory=list)
    warnings: Remarks = field(default_factory=Remarks)
    notes: Remarks = field(default_factory=Remarks)

    def add(self, batch: Batch, outcome: Outcome) -> None:
        self.complete, self.only_changes = batch.complete, batch.only_changes
        self.mark = batch.mark
        self.skills += outcome.skills
        self.added += len(outcome.added)
        self.changed += len(outcome.changed)
        self.removed += len(outcome.removed)
        self.unchanged += outcome.unchanged
        self.refused += outcome.refused
        self.records = (
            self.added + self.changed + self.removed + self.unchanged + self.refused + self.skills
        )
        _extend(self.added_titles, outcome.added)
        _extend(self.changed_titles, outcome.changed)
        _extend(self.removed_titles, outcome.removed)
        self.warnings.add(outcome.warnings)
        self.notes.add(outcome.notes)

    def add_vanished(self, vanished: Vanished, hint: str) -> None:
        self.warnings.add(remarks_on_vanished(
            vanished.count, vanished.whole_kinds, held_back=vanished.held_back, hint=hint
        ))
        if vanished.held_back:
            self.held_back = vanished.count
            return
        self.removed += vanished.count
        _extend(self.removed_titles, vanished.titles)

    def report(self, version: int, refusals: tuple[Refused, ...]) -> Report:
        return Report(
            source=self.source,
            started_at=self.started_at,
            complete=self.complete,
            only_changes=self.only_changes,
            skills=self.skills,
            failure=self.failure,
            version=version,
            added=self.added,
            changed=self.changed,
            unchanged=self.unchanged,
            removed=self.removed,
            refused=self.refused,
            held_back=self.held_back,
            added_titles=tuple(self.added_titles),
            changed_titles=tuple(self.changed_titles),
            removed_titles=tuple(self.removed_titles),
            refusals=refusals,
            warnings=self.warnings.said(),
            notes=self.notes.said(),
        )


def _extend(kept: list[_T], more: tuple[_T, ...]) -> None:
    kept.extend(more[: max(0, TITLES_KEPT - len(kept))])
