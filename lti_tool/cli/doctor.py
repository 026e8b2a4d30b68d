"""needle doctor, needle refusals: what is wrong, and what was."""

from __future__ import annotations

import dataclasses
import sys

import click

from lti_tool.actions.refusals import last_refusals
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
)
from lti_tool.lti.checking import Check, State, has_failed
from lti_tool.storage.refusals import Refusal
from lti_tool.web.self_check import look_at_everything

_MARKS = {State.OK: "ok  ", State.WARN: "look", State.FAIL: "FAIL"}


@click.command()
@click.option("--organisation", help="Only the platforms of this organisation.")
@json_option
def doctor(organisation: str | None, as_json: bool) -> None:
    """Look at everything: address, database, search, each platform's keys and clock, our keys.

    Platforms are really asked, each within five seconds. Ends with 1 when anything fails.
    """
    with opened_runtime() as runtime:
        found = look_at_everything(runtime, organisation)
    print_result(
        [dataclasses.asdict(one) for one in found], as_json=as_json, tell=lambda: _tell(found)
    )
    if has_failed(found):
        sys.exit(1)


def _tell(found: list[Check]) -> None:
    about = ""
    for one in found:
        if one.about != about:
            about = one.about
            click.echo(f"\n{about}")
        click.echo(f"{_MARKS[one.state]}  {one.name}: {one.what}")
        if one.mend:
            click.echo(f"      {one.mend}")


@click.command()
@organisation_option
@json_option
def refusals(organisation: str, as_json: bool) -> None:
    """Show the last logins and launches that were refused, and the likely mend of each.

    docs/errors.md lists every code. Nothing here says whose launch it was.
    """
    with opened_runtime() as runtime:
        found = last_refusals(runtime, organisation)
    print_result(
        [dataclasses.asdict(one) for one in found],
        as_json=as_json,
        tell=lambda: _tell_refusals(found),
    )


def _tell_refusals(found: list[Refusal]) -> None:
    if not found:
        click.echo("Nothing was refused.")
    for one in found:
        click.echo(f"{one.refused_at:%Y-%m-%d %H:%M UTC}  {one.code}  ({one.reference})")
        click.echo(f"  {one.what}")
        if one.mend:
            click.echo(f"  {one.mend}")
