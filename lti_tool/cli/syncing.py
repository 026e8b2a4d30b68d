"""needle sync: fetch modules from their sources, now or again and again."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, NoReturn

import click

from catalogue_sync.difference import Difference
from catalogue_sync.errors import CatalogueError, UnknownSource
from catalogue_sync.report import Report
from catalogue_sync.sync import Progress
from lti_tool.actions.indexing import tell_after_sync
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.sources import catalogue_of, compare_source, sync_source
from lti_tool.cli.reports import Comparison, Round, tell_report
from lti_tool.cli.telling import (
    complain,
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    say,
)

_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def _seconds(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """The seconds of an interval of a minute to a week, such as 30m, 1h or 1d."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,4})([mhd])", value.strip().lower())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 60 <= seconds <= 7 * 86_400:
        raise click.BadParameter(f"{value!r} is no time from 1m to 7d, such as 30m, 1h or 1d")
    return seconds


@click.command(short_help="Fetch modules from their sources, and say what changed.")
@click.argument("names", nargs=-1)
@click.option(
    "--dry-run", is_flag=True, help="Show what would change, field by field; write nothing."
)
@click.option(
    "--full",
    is_flag=True,
    help="Read and compare everything, even what a source says has not changed.",
)
@click.option(
    "--allow-removals",
    is_flag=True,
    help="Remove what vanished from a source even if it is more than half of it.",
)
@click.option(
    "--every",
    callback=_seconds,
    metavar="TIME",
    help="Go on, and sync again after this time: 30m, 1h, 1d. Ctrl-C ends it.",
)
@organisation_option
@json_option
def sync(
    names: tuple[str, ...], dry_run: bool, full: bool, allow_removals: bool, every: int | None,
    organisation: str, as_json: bool,
) -> None:  # fmt: skip
    """Fetch the modules of every source, or of those in NAMES, and say what changed."""
    if every and (dry_run or as_json):
        raise click.UsageError("--every goes with neither --dry-run nor --json.")
    with opened_runtime() as runtime:
        run = _Run(runtime, organisation, allow_removals, full, as_json)
        if every is not None:
            _sync_for_ever(run, names, every)
        elif dry_run:
            failed = _compare_all(run, run.wanted(names))
        else:
            failed = _sync_all(run, run.wanted(names))
    if failed:
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Run:
    """What the sources of one run are read with."""

    runtime: Runtime
    organisation: str
    allow_removals: bool
    full: bool
    as_json: bool

    def wanted(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The sources to read: those named, or all there are."""
        stored = catalogue_of(self.runtime, self.organisation).sources()
        wanted = tuple(dict.fromkeys(names)) or tuple(one.name for one in stored)
        if not wanted:
            raise click.ClickException(
                "There is no source to fetch from. Begin with: needle source add --help"
            )
        return wanted

    def sync(self, name: str) -> Report | None:
        """Sync a source; None, and the reason told, when it cannot be read."""
        try:
            with _progress_bar(name, shown=not self.as_json) as progress:
                return sync_source(
                    self.runtime,
                    organisation=self.organisation,
                    name=name,
                    allow_removals=self.allow_removals,
                    progress=progress,
                    full=self.full,
                )
        except CatalogueError as error:
            tell_failure(name, error)
            return None


def tell_failure(name: str, error: Exception) -> None:
    """Say why a source is not read; the others are all the same."""
    if isinstance(error, UnknownSource):
        complain(f"there is no source {name!r}; those there are: needle source list")
    else:
        complain(f"{name}: {error}")


def _sync_all(run: _Run, names: tuple[str, ...]) -> bool:
    """Sync each source; gives whether one could not be read."""
    reports: list[Report] = []
    for name in names:
        report = run.sync(name)
        if report is None:
            continue
        reports.append(report)
        if not run.as_json:
            tell_report(report)
    if run.as_json:
        print_result([one.to_json() for one in reports], as_json=True, tell=lambda: None)
    elif reports:
        indexes = run.runtime.indexes
        for sentence in tell_after_sync(run.runtime.engine, indexes.settings, run.organisation):
            say(sentence)
    return len(reports) < len(names)


def _sync_for_ever(run: _Run, names: tuple[str, ...], seconds: int) -> NoReturn:
    before: dict[str, object] = {}
    while True:
        this = Round(run.runtime.now(), before)
        wanted = run.wanted(names)
        for name in wanted:
            this.tell(name, run.sync(name))
        this.end(run.runtime.now() + timedelta(seconds=seconds))
        time.sleep(seconds)


def _compare_all(run: _Run, names: tuple[str, ...]) -> bool:
    """Tell what a sync of each source would do; gives whether one could not be read."""
    told: list[dict[str, Any]] = []
    failed = False
    for name in names:
        difference = Difference()
        changes: list[dict[str, Any]] = []
        try:
            found = compare_source(
                run.runtime,
                organisation=run.organisation,
                name=name,
                difference=difference,
                allow_removals=run.allow_removals,
                full=run.full,
            )
            comparison = None if run.as_json else Comparison(name)
            for change in found:
                if comparison is None:
                    changes.append(asdict(change))
                else:
                    comparison.tell(change)
        except CatalogueError as error:
            failed = True
            tell_failure(name, error)
            continue
        if comparison is not None:
            comparison.end(difference)
        told.append({"source": name, **asdict(difference), "changes": changes})
    if run.as_json:
        print_result(told, as_json=True, tell=lambda: None)
    return failed


class _progress_bar:  # noqa: N801 - used like a function
    """A bar on a terminal, nothing elsewhere; the share of the source moves it."""

    def __init__(self, name: str, *, shown: bool) -> None:
        hidden = not shown or not sys.stderr.isatty()
        self._bar = click.progressbar(length=1000, label=name, file=sys.stderr, hidden=hidden)
        self._at = 0

    def __enter__(self) -> Callable[[Progress], None]:
        self._bar.__enter__()
        return self._move

    def __exit__(self, *details: Any) -> None:
        self._bar.__exit__(*details)

    def _move(self, progress: Progress) -> None:
        if progress.share is not None:
            now = int(progress.share * 1000)
            self._bar.update(now - self._at)
            self._at = now
