"""needle source: where modules come from."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from catalogue_sync.catalogue import StoredSource
from catalogue_sync.sources import SOURCE_KINDS, SourceKind
from lti_tool.actions.sources import add_source, catalogue_of, check_source, remove_source
from lti_tool.cli.reports import LONGEST_RESULT, result_of, tell_report
from lti_tool.cli.telling import (
    complain,
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
    say,
    width,
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
        secret = _ask_secret(kind, settings)
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
                f"{added.name} is set. Try it with: needle source check {shlex.quote(name)}\n"
                f"Then fetch its modules with: needle sync {shlex.quote(name)}"
            ),
        )
        _warn_of_path(kind, settings)

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


def _warn_of_path(kind: SourceKind, settings: dict[str, str]) -> None:
    """Say when there is nothing to read at a path yet; it may still come, so it is kept."""
    for path in (Path(settings[one.name]) for one in kind.settings
                 if one.is_path and one.name in settings):  # fmt: skip
        wrong = _wrong_with(path, is_folder=kind.name == "folder")
        if wrong:
            complain(f"{wrong}. It is kept all the same; add it again to change it.")


def _wrong_with(path: Path, *, is_folder: bool) -> str:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return f"there is nothing at {path} yet"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    if is_folder:
        return "" if path.is_dir() else f"{path} is a file, not a folder"
    if path.is_dir():
        return f"{path} is a folder, not a file"
    return "" if found.st_size else f"the file {path} is empty"


def _ask_secret(kind: SourceKind, settings: Mapping[str, str]) -> str | None:
    is_file = kind.secret_is_optional and "path" in settings
    if kind.secret is None or is_file:
        return None
    given = os.environ.get(SECRET_VARIABLE, "")
    if given:
        return given
    if kind.secret_is_optional and not sys.stdin.isatty():
        return None
    if not sys.stdin.isatty():
        raise click.ClickException(
            f"Source kind {kind.name} needs its {kind.secret}: set {SECRET_VARIABLE} to it."
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
        tell=lambda: click.echo(f"Removed {name} and its {_modules(removed)}."),
    )


def _modules(count: int) -> str:
    return "1 module" if count == 1 else f"{count:,} modules"


@source.command("list")
@organisation_option
@json_option
def list_(organisation: str, as_json: bool) -> None:
    """List the sources, what they gave, and how their last sync went."""
    with opened_runtime() as runtime:
        catalogue = catalogue_of(runtime, organisation)
        sources = catalogue.sources()
        counts = {stored.name: catalogue.count(source=stored.name) for stored in sources}
    rows = [
        {
            "name": stored.name,
            "kind": stored.kind,
            "settings": dict(stored.settings),
            "modules": counts[stored.name],
            "last_synced_at": stored.last_synced_at,
            "result": result_of(stored.last_report),
            "last_report": stored.last_report and stored.last_report.to_json(),
        }
        for stored in sources
    ]
    print_result(rows, as_json=as_json, tell=lambda: _tell_sources(sources, counts))


def _tell_sources(sources: tuple[StoredSource, ...], counts: dict[str, int]) -> None:
    if not sources:
        click.echo("No source yet. Begin with: needle source add --help")
        return
    header = ("NAME", "KIND", "MODULES", "LAST TRY (UTC)")
    rows = [(one.name, one.kind, counts[one.name], _tried(one)) for one in sources]
    columns = zip(header, *rows, strict=True)
    wide = sum(max(len(str(cell)) for cell in column) + 2 for column in columns)
    left = max(20, width() - wide) if width() else LONGEST_RESULT
    results = [result_of(one.last_report, longest=left) for one in sources]
    print_table(
        (*header, "RESULT"), [(*row, said) for row, said in zip(rows, results, strict=True)]
    )


def _tried(source: StoredSource) -> str:
    """When a source was last tried to be read, whether or not that went well."""
    report = source.last_report
    return "never" if report is None else f"{report.started_at:%Y-%m-%d %H:%M}"


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
        say(kind.help, before=f"{kind.name:18}", after=" " * 18)
        if kind.missing():
            say("not installed; first: pip install 'needle-lti[sources]'", before=" " * 18)
    click.echo("\nSettings of one: needle source add KIND --help")


@source.command("check")
@click.argument("name")
@organisation_option
@json_option
def check(name: str, organisation: str, as_json: bool) -> None:
    """Test the credentials and permissions of the source NAME, and say what to mend."""
    with opened_runtime() as runtime:
        if sys.stderr.isatty():
            click.echo(f"asking {name} …", err=True)
        findings = check_source(runtime, organisation=organisation, name=name)
    print_result(
        {"name": name, "findings": list(findings)},
        as_json=as_json,
        tell=lambda: _tell_findings(name, findings),
    )


def _tell_findings(name: str, findings: tuple[str, ...]) -> None:
    if not findings:
        say(f"{name} can be read, and nothing needs mending. Fetch it: "
            f"needle sync {shlex.quote(name)}")  # fmt: skip
        return
    say(f"{name} can be read. To get all it could give, mend this first:")
    for finding in findings:
        say(finding, before="  - ", after="    ")


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
            say(f"{name} was not synced yet. Fetch its modules with: "
                f"needle sync {shlex.quote(name)}")  # fmt: skip
        for one in reports:
            click.echo(f"{one.started_at:%Y-%m-%d %H:%M} UTC")
            tell_report(one)

    print_result([one.to_json() for one in reports], as_json=as_json, tell=tell)
