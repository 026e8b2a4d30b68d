"""needle source: where modules come from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from catalogue_sync.sources import SOURCE_KINDS, SourceKind
from lti_tool.actions.sources import add_source, catalogue_of, check_source, remove_source
from lti_tool.cli.syncing import tell_report
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
)

SECRET_VARIABLE = "NEEDLE_SOURCE_SECRET"  # noqa: S105 - the name of a variable


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
        for one in kind.settings:
            if one.is_path and one.name in settings:
                # A later sync may run in another folder, as from cron.
                settings[one.name] = str(Path(settings[one.name]).resolve())
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
            tell=lambda: click.echo(
                f"{added.name} is set. Try it with: needle source check {added.name}\n"
                f"Then fetch its modules with: needle sync {added.name}"
            ),
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
    if kind.secret_is_optional and not sys.stdin.isatty():
        return None
    if not sys.stdin.isatty():
        raise click.ClickException(
            f"A {kind.name} source needs its {kind.secret}: set {SECRET_VARIABLE} to it."
        )
    if kind.secret_is_optional:
        words = f"{kind.secret.capitalize()} (none: press Enter)"
        return str(click.prompt(words, hide_input=True, default="", show_default=False)) or None
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


@source.command("kinds")
@json_option
def kinds(as_json: bool) -> None:
    """List the kinds of source there are, with their settings."""
    rows = [
        {
            "kind": kind.name,
            "help": kind.help,
            "settings": [
                {"name": one.name, "help": one.help, "required": one.required}
                for one in kind.settings
            ],
            "secret": kind.secret,
            "not_installed": list(kind.missing()),
        }
        for kind in SOURCE_KINDS.values()
    ]
    print_result(rows, as_json=as_json, tell=_tell_kinds)


def _tell_kinds() -> None:
    for kind in SOURCE_KINDS.values():
        click.echo(f"{kind.name:18}{kind.help}")
        if kind.missing():
            click.echo(f"{'':18}Install first: pip install 'needle-lti[sources]'")
    click.echo("\nSettings of one: needle source add KIND --help")


@source.command("check")
@click.argument("name")
@organisation_option
@json_option
def check(name: str, organisation: str, as_json: bool) -> None:
    """Test the credentials and permissions of the source NAME, and say what to mend."""
    with opened_runtime() as runtime:
        findings = check_source(runtime, organisation=organisation, name=name)
    print_result(
        {"name": name, "findings": list(findings)},
        as_json=as_json,
        tell=lambda: _tell_findings(name, findings),
    )


def _tell_findings(name: str, findings: tuple[str, ...]) -> None:
    if not findings:
        click.echo(f"{name} can be read, and nothing needs mending. Fetch it: needle sync {name}")
        return
    click.echo(f"{name} can be read. To get all it could give, mend this first:")
    for finding in findings:
        click.echo(f"  - {finding}")


@source.command("report")
@click.argument("name")
@click.option("--all", "every", is_flag=True, help="The reports of the last syncs, newest first.")
@organisation_option
@json_option
def report(name: str, every: bool, organisation: str, as_json: bool) -> None:
    """Show again what the last sync of the source NAME did."""
    with opened_runtime() as runtime:
        catalogue = catalogue_of(runtime, organisation)
        catalogue.find_source(name)
        reports = catalogue.reports(name)
    reports = reports if every else reports[:1]

    def tell() -> None:
        if not reports:
            click.echo(f"{name} was not synced yet. Fetch its modules with: needle sync {name}")
        for one in reports:
            click.echo(f"{one.started_at:%Y-%m-%d %H:%M} UTC")
            tell_report(one)

    print_result([one.to_json() for one in reports], as_json=as_json, tell=tell)
