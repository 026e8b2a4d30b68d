"""needle sync: fetch modules from their sources, now or again and again."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from catalogue_sync.difference import Difference, ModuleChange
from catalogue_sync.errors import PackageError, SourceError, SyncOvertaken
from catalogue_sync.report import Report
from catalogue_sync.sync import Progress
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.sources import catalogue_of, compare_source, sync_source
from lti_tool.cli.telling import json_option, opened_runtime, organisation_option, print_result

MOST_TITLES = 40
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
        while True:
            wanted = names or tuple(
                stored.name for stored in catalogue_of(runtime, organisation).sources()
            )
            if not wanted:
                raise click.ClickException(
                    "There is no source to fetch from. Begin with: needle source add --help"
                )
            if dry_run:
                failed = _compare_all(runtime, organisation, wanted, as_json)
            else:
                failed = _sync_all(
                    runtime, organisation, wanted, allow_removals, full, as_json,
                    keep_on=every is not None,
                )  # fmt: skip
            if every is None:
                break
            time.sleep(every)
    if failed:
        sys.exit(1)


def _sync_all(
    runtime: Runtime, organisation: str, names: tuple[str, ...], allow_removals: bool,
    full: bool, as_json: bool, *, keep_on: bool,
) -> bool:  # fmt: skip
    """Sync each source; one that cannot be read does not keep the others from it."""
    reports: list[Report] = []
    failed = False
    for name in names:
        try:
            with _progress_bar(name, shown=not as_json) as progress:
                report = sync_source(
                    runtime,
                    organisation=organisation,
                    name=name,
                    allow_removals=allow_removals,
                    progress=progress,
                    full=full,
                )
        except (SourceError, PackageError) as error:
            failed = True
            click.echo(f"{name}: {error}", err=True)
            continue
        except SyncOvertaken as error:
            if not keep_on:
                raise
            click.echo(f"{name}: {error}", err=True)
            continue
        reports.append(report)
        if not as_json:
            click.echo(f"{report.source}: ", nl=False)
            tell_report(report)
    if as_json:
        print_result([one.to_json() for one in reports], as_json=True, tell=lambda: None)
    return failed


def _compare_all(
    runtime: Runtime, organisation: str, names: tuple[str, ...], as_json: bool
) -> bool:
    failed = False
    told: list[dict[str, Any]] = []
    for name in names:
        difference = Difference()
        lines: Counter[str] = Counter()
        changes: list[dict[str, Any]] = []
        try:
            for change in compare_source(
                runtime, organisation=organisation, name=name, difference=difference
            ):
                lines[change.action] += 1
                if as_json:
                    changes.append(asdict(change))
                elif lines[change.action] <= MOST_TITLES:
                    _tell_change(change)
        except (SourceError, PackageError) as error:
            failed = True
            click.echo(f"{name}: {error}", err=True)
            continue
        counts = {
            one: getattr(difference, one)
            for one in ("added", "changed", "unchanged", "removed", "refused")
        }
        told.append({"source": name, **counts, "changes": changes})
        if not as_json:
            _tell_hidden(lines)
            words = ", ".join(f"{count} {action}" for action, count in counts.items())
            click.echo(f"{name}: would be {words}. Nothing was written.")
    if as_json:
        print_result(told, as_json=True, tell=lambda: None)
    return failed


def _tell_change(change: ModuleChange) -> None:
    sign = {"added": "+", "changed": "~", "removed": "-", "refused": "!"}[change.action]
    click.echo(f"  {sign} {change.title}" + (f": {change.reason}" if change.reason else ""))
    for one in change.fields:
        click.echo(f"      {one.field}: {one.before} -> {one.after}")


def _tell_hidden(lines: Counter[str]) -> None:
    for action, count in lines.items():
        if count > MOST_TITLES:
            click.echo(f"  … and {count - MOST_TITLES} more {action}; --json lists them")


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


def tell_report(report: Report) -> None:
    """Print a report: the counts, some titles, and what needs a person."""
    lines = report.summary()
    click.echo(lines[0])
    for sign, titles in (
        ("+", report.added_titles),
        ("~", report.changed_titles),
        ("-", report.removed_titles),
    ):
        for title in titles[:MOST_TITLES]:
            click.echo(f"  {sign} {title}")
        if len(titles) > MOST_TITLES:
            click.echo(f"  {sign} … and more; --json lists them")
    for line in lines[1:]:
        click.echo(f"  {line}")
