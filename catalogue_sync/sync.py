"""One sync: a source is read, the catalogue follows, and a report says what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import CatalogueError, PackageError, SourceError
from catalogue_sync.records import Batch, Refused
from catalogue_sync.report import REFUSALS_KEPT, TITLES_KEPT, Report
from catalogue_sync.scan import Outcome, Scan, Vanished
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
) -> Report:
    """Bring the catalogue in step with `source`, which must be one of its sources.

    Each batch is committed with its cursor, so a run that is killed loses nothing and goes on
    where it stopped if it is started again within an hour. Only a scan that read the whole
    source tombstones what vanished; when that would be more than half of ten or more modules,
    nothing is removed and the report says so, unless `allow_removals`. `now` is aware UTC.

    Raises `SourceError` or `PackageError` when the source cannot be read (what was committed
    stays, and the report of the failure is kept), `SyncOvertaken`, `UnknownSource`.
    """
    if now.tzinfo is None:
        raise CatalogueError("the time of a sync has no time zone")
    scan = Scan(catalogue, source.name, now=now)
    tally = _Tally(source.name, now)
    if scan.resumed:
        tally.notes.append("went on where an interrupted run had stopped")
    try:
        for batch in source.read(scan.cursor, now):
            tally.add(batch, scan.commit(batch))
            if progress is not None:
                progress(Progress(tally.records, batch.share))
    except (SourceError, PackageError) as error:
        tally.complete, tally.failure = False, str(error)
        scan.store_report(tally.report(catalogue.version()))
        raise
    vanished = scan.finish(
        complete=tally.complete, added=tally.added, allow_removals=allow_removals
    )
    tally.add_vanished(vanished, source.hint_when_missing)
    report = tally.report(catalogue.version())
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
    added_titles: list[str] = field(default_factory=list)
    changed_titles: list[str] = field(default_factory=list)
    removed_titles: list[str] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, batch: Batch, outcome: Outcome) -> None:
        self.records += len(batch.records)
        self.complete = batch.complete
        self.added += len(outcome.added)
        self.changed += len(outcome.changed)
        self.removed += len(outcome.removed)
        self.unchanged += outcome.unchanged
        self.refused += len(outcome.refused)
        _extend(self.added_titles, outcome.added)
        _extend(self.changed_titles, outcome.changed)
        _extend(self.removed_titles, outcome.removed)
        _extend(self.refusals, outcome.refused, REFUSALS_KEPT)
        _extend(self.warnings, batch.warnings, REFUSALS_KEPT)
        _extend(self.notes, batch.notes, REFUSALS_KEPT)

    def add_vanished(self, vanished: Vanished, hint: str) -> None:
        if vanished.held_back:
            self.held_back = vanished.count
            self.warnings.append(
                f"{vanished.count} modules vanished from the source at once, more than half: "
                f"nothing was removed. {hint} If they are truly gone, sync again and allow "
                "removals"
            )
            return
        self.removed += vanished.count
        _extend(self.removed_titles, vanished.titles)
        self.warnings.extend(
            f"every module of kind {kind} vanished from the source ({count}). {hint}"
            for kind, count in vanished.whole_kinds
        )

    def report(self, version: int) -> Report:
        return Report(
            source=self.source,
            started_at=self.started_at,
            complete=self.complete,
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
            refusals=tuple(self.refusals),
            warnings=tuple(self.warnings),
            notes=tuple(self.notes),
        )


def _extend(kept: list[_T], more: tuple[_T, ...], most: int = TITLES_KEPT) -> None:
    kept.extend(more[: max(0, most - len(kept))])
