"""needle source, needle sync: where modules come from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from catalogue_sync.errors import PackageError, SourceError
from catalogue_sync.report import Report
from catalogue_sync.sources import SOURCE_KINDS, SourceKind
from catalogue_sync.sync import Progress
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.sources import add_source, catalogue_of, remove_source, sync_source
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
)

SECRET_VARIABLE = "NEEDLE_SOURCE_SECRET"  # noqa: S105 - the name of a variable
MOST_TITLES = 40


@click.group()
def source() -> None:
    """The sources that modules are fetched from."""


@source.group("add")
def add() -> None:
    """Add a source, or change it. Each kind has settings of its own: needle source add KIND -h"""


def _add_command(kind: SourceKind) -> click.Command:
    @click.option("--name", required=True, help="A short name for it, of your choice.")
    @organisation_option
    @json_option
    def run(name: str, organisation: str, as_json: bool, **given: str | None) -> None:
        settings = {setting: value for setting, value in given.items() if value}
        if "path" in settings:
            # A later sync may run in another folder, as from cron.
            settings["path"] = str(Path(settings["path"]).resolve())
        secret = _ask_secret(kind)
        with opened_runtime(new_database=True) as runtime:
            added = add_source(
                runtime,
                organisation=organisation,
                name=name,
                kind=kind.name,
                settings=settings,
                secret=secret,
            )
        print_result(
            {"name": added.name, "kind": added.kind, "settings": dict(added.settings)},
            as_json=as_json,
            tell=lambda: click.echo(f"{added.name} is set. Fetch its modules with: needle sync"),
        )

    for setting in reversed(kind.settings):
        flag = f"--{setting.name.replace('_', '-')}"
        run = click.option(flag, setting.name, required=setting.required, help=setting.help)(run)
    words = kind.help
    if kind.secret:
        words += (
            f"\n\nIts {kind.secret} is read from {SECRET_VARIABLE}, or asked for; it is sealed "
            "in the database and never printed."
        )
    return click.command(kind.name, help=words)(run)


for _kind in SOURCE_KINDS.values():
    add.add_command(_add_command(_kind))


def _ask_secret(kind: SourceKind) -> str | None:
    if kind.secret is None:
        return None
    given = os.environ.get(SECRET_VARIABLE, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise click.ClickException(
            f"A {kind.name} source needs its {kind.secret}: set {SECRET_VARIABLE} to it."
        )
    return str(click.prompt(kind.secret.capitalize(), hide_input=True))


@source.command("remove")
@click.argument("name")
@organisation_option
@json_option
def remove(name: str, organisation: str, as_json: bool) -> None:
    """Forget the source NAME; its modules are recommended no more."""
    with opened_runtime() as runtime:
        removed = remove_source(runtime, organisation=organisation, name=name)
    print_result(
        {"name": name, "removed_modules": removed},
        as_json=as_json,
        tell=lambda: click.echo(f"Removed {name} and its {removed} modules."),
    )


@source.command("list")
@organisation_option
@json_option
def list_(organisation: str, as_json: bool) -> None:
    """List the sources, what they gave, and how their last sync went."""
    with opened_runtime() as runtime:
        catalogue = catalogue_of(runtime, organisation)
        rows: list[dict[str, Any]] = [
            {
                "name": stored.name,
                "kind": stored.kind,
                "settings": dict(stored.settings),
                "modules": catalogue.count(source=stored.name),
                "last_synced_at": stored.last_synced_at,
                "last_report": stored.last_report and stored.last_report.to_json(),
            }
            for stored in catalogue.sources()
        ]
    print_result(rows, as_json=as_json, tell=lambda: _tell_sources(rows))


def _tell_sources(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("No source yet. Begin with: needle source add --help")
        return
    print_table(
        ("NAME", "KIND", "MODULES", "LAST SYNC"),
        [
            (
                row["name"],
                row["kind"],
                row["modules"],
                row["last_synced_at"].strftime("%Y-%m-%d %H:%M")
                if row["last_synced_at"]
                else "never",
            )
            for row in rows
        ],
    )


@click.command(short_help="Fetch modules from their sources, and say what changed.")
@click.argument("names", nargs=-1)
@click.option(
    "--allow-removals",
    is_flag=True,
    help="Remove what vanished from a source even if it is more than half of it.",
)
@organisation_option
@json_option
def sync(names: tuple[str, ...], allow_removals: bool, organisation: str, as_json: bool) -> None:
    """Fetch the modules of every source, or of those in NAMES, and say what changed."""
    with opened_runtime() as runtime:
        wanted = names or tuple(
            stored.name for stored in catalogue_of(runtime, organisation).sources()
        )
        if not wanted:
            raise click.ClickException(
                "There is no source to fetch from. Begin with: needle source add --help"
            )
        reports, failed = _sync_all(runtime, organisation, wanted, allow_removals, as_json)
    if as_json:
        print_result([report.to_json() for report in reports], as_json=True, tell=lambda: None)
    if failed:
        sys.exit(1)


def _sync_all(
    runtime: Runtime,
    organisation: str,
    names: tuple[str, ...],
    allow_removals: bool,
    as_json: bool,
) -> tuple[list[Report], bool]:
    """Sync each source; one that cannot be read does not keep the others from it."""
    reports, failed = [], False
    for name in names:
        try:
            with _progress_bar(name, shown=not as_json) as progress:
                report = sync_source(
                    runtime,
                    organisation=organisation,
                    name=name,
                    allow_removals=allow_removals,
                    progress=progress,
                )
        except (SourceError, PackageError) as error:
            failed = True
            click.echo(f"{name}: {error}", err=True)
            continue
        reports.append(report)
        if not as_json:
            _tell_report(report)
    return reports, failed


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


def _tell_report(report: Report) -> None:
    lines = report.summary()
    click.echo(f"{report.source}: {lines[0]}")
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
