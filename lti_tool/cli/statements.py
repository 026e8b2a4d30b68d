"""needle statements: what the outbox holds, and what a person does with what was refused."""

from __future__ import annotations

import dataclasses
import json
import uuid
from pathlib import Path
from typing import IO

import click

from lti_tool.actions import statements as actions
from lti_tool.cli.statements_words import (
    outward,
    tell_deliveries,
    tell_exported,
    tell_forgotten,
    tell_listed,
    tell_mended,
    tell_shown,
)
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    require_organisation,
)
from lti_tool.cli.writing import writing_privately
from lti_tool.errors import InputError
from xapi.schema import State
from xapi.showing import as_values

STATES = [state.value for state in State if state is not State.CLAIMED]
"""The states that a person sees: what is on its way still waits."""

LONGEST_STATEMENT = 4 * 1024 * 1024
"""Bytes of a mended statement's file that are read."""

lrs_option = click.option("--lrs", metavar="NAME", help="Only at the LRS of this name.")


@click.group(
    invoke_without_command=True,
    short_help="Show what the outbox holds: waiting, delivered, refused; mend what was refused.",
)
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="At most so many, newest first.",
)
@organisation_option
@json_option
@click.pass_context
def statements(
    context: click.Context, state: str | None, limit: int, organisation: str, as_json: bool
) -> None:
    """Show what the outbox holds: waiting, delivered, refused and why.

    The commands below it look at single statements and settle what was refused.
    """
    if context.invoked_subcommand is not None:
        _refuse_options(context)
        return
    with opened_runtime() as runtime:
        counts, listed = actions.look(
            runtime, organisation, State(state) if state else None, limit
        )
    print_result(
        {
            "counts": dataclasses.asdict(counts),
            "statements": [
                dataclasses.asdict(line) | {"state": outward(line.state)} for line in listed
            ],
        },
        as_json=as_json,
        tell=lambda: tell_listed(counts, listed),
    )


@statements.command("show")
@click.argument("identifier", metavar="ID", type=click.UUID)
@organisation_option
@json_option
def show(identifier: uuid.UUID, organisation: str, as_json: bool) -> None:
    """Show one statement whole, and where it stands at each LRS, in that LRS's words.

    What it prints is personal data.
    """
    with opened_runtime() as runtime:
        shown = actions.show(runtime, organisation, identifier)
    print_result(as_values(shown), as_json=as_json, tell=lambda: tell_shown(shown))


@statements.command("requeue")
@click.argument("identifiers", metavar="[ID]...", nargs=-1, type=click.UUID)
@click.option("--all", "everything", is_flag=True, help="All that were refused.")
@lrs_option
@organisation_option
@json_option
def requeue(
    identifiers: tuple[uuid.UUID, ...],
    everything: bool,
    lrs: str | None,
    organisation: str,
    as_json: bool,
) -> None:
    """Send refused statements again as they are: for an LRS that was mended.

    Those that were dismissed are sent again too when their ids are given.
    """
    if everything == bool(identifiers):
        raise click.UsageError("Give the ids of statements, or --all.")
    with opened_runtime() as runtime:
        require_organisation(runtime, organisation)
        number = actions.requeue(runtime, organisation, identifiers or None, lrs)
        mended = actions.mended_as(runtime, organisation, identifiers)
    value: dict[str, object] = {"requeued": number}
    if mended:
        value["mended_as"] = {str(old): str(new) for old, new in mended.items()}
    print_result(
        value,
        as_json=as_json,
        tell=lambda: tell_deliveries(
            number, "waits to be sent again", "wait to be sent again", mended
        ),
    )


@statements.command("mend")
@click.argument("identifier", metavar="ID", type=click.UUID)
@click.option(
    "--file",
    "file",
    type=click.File("rb"),
    required=True,
    help="The mended statement, one JSON object; - reads it from standard input.",
)
@organisation_option
@json_option
def mend(identifier: uuid.UUID, file: IO[bytes], organisation: str, as_json: bool) -> None:
    """Send another statement instead of one that was refused, to the LRSs that refused it.

    Begin with what `needle statements show ID --json` prints: mend it in a file, and give that
    file, or its "statement" alone. The mended one is a new statement: unless you gave it an
    id of its own, it gets one. The old one is kept and dismissed. It may carry no more than
    the settings let out (docs/privacy.md), and keeps its registration.
    """
    values = _read_statement(file)
    with opened_runtime() as runtime:
        new = actions.mend(runtime, organisation, identifier, values)
    print_result(
        {"mended": str(identifier), "as": str(new)},
        as_json=as_json,
        tell=lambda: tell_mended(identifier, new),
    )


@statements.command("dismiss")
@click.argument("identifiers", metavar="ID...", nargs=-1, required=True, type=click.UUID)
@lrs_option
@organisation_option
@json_option
def dismiss(
    identifiers: tuple[uuid.UUID, ...], lrs: str | None, organisation: str, as_json: bool
) -> None:
    """Let refused statements rest: they are kept with their reasons, and alarm nobody more.

    `needle statements requeue ID` brings them back.
    """
    with opened_runtime() as runtime:
        number = actions.dismiss(runtime, organisation, identifiers, lrs)
    print_result(
        {"dismissed": number},
        as_json=as_json,
        tell=lambda: tell_deliveries(number, "rests now", "rest now"),
    )


@statements.command("export")
@click.option(
    "--state",
    type=click.Choice([*STATES, "all"]),
    default=State.REFUSED.value,
    show_default=True,
    help="Those in this state at some LRS.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to this new file, which only you may read.",
)
@organisation_option
def export(state: str, target: Path | None, organisation: str) -> None:
    """Write statements with their content, states and reasons as JSON Lines.

    What it writes is personal data; it is told on standard error.
    """
    wanted = None if state == "all" else State(state)
    number = 0
    with opened_runtime() as runtime:
        require_organisation(runtime, organisation)
        with (
            writing_privately(target) as file,
            actions.exported(runtime, organisation, wanted) as found,
        ):
            for number, values in enumerate(found, 1):  # noqa: B007 - told at the end
                file.write(json.dumps(values) + "\n")
    tell_exported(number, target)


@statements.command("forgotten")
@click.argument("identifiers", metavar="[ID]...", nargs=-1, type=click.UUID)
@click.option(
    "--erased",
    "lrs",
    metavar="LRS",
    help="The keeper of this LRS has erased those with these ids, or all: list them no more.",
)
@click.option("--yes", is_flag=True, help="Do it without asking.")
@organisation_option
@json_option
def forgotten(
    identifiers: tuple[uuid.UUID, ...],
    lrs: str | None,
    yes: bool,
    organisation: str,
    as_json: bool,
) -> None:
    """List what LRSs still have of people who deleted everything: for the LRS's keeper.

    Only random ids are listed; Needle holds nothing more of these statements. Voiding strikes
    a statement out; whoever keeps the LRS can erase it.
    """
    if identifiers and lrs is None:
        raise click.UsageError("Ids go with --erased, and the name of the LRS.")
    if lrs is not None and not identifiers and not yes:
        click.confirm(f"Has the keeper of {lrs} erased all that is listed?", abort=True, err=True)
    with opened_runtime() as runtime:
        require_organisation(runtime, organisation)
        done = None
        if lrs is not None:
            done = actions.note_erased(runtime, organisation, lrs, identifiers or None)
        left = actions.list_forgotten(runtime, organisation)
    value: dict[str, object] = {"statements": [dataclasses.asdict(one) for one in left]}
    if done is not None:
        value["erased"] = done
    print_result(value, as_json=as_json, tell=lambda: tell_forgotten(left, done))


def _refuse_options(context: click.Context) -> None:
    """An option before the command would be lost: it belongs after it."""
    for name in context.params:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"Options come after the command: needle statements "
                f"{context.invoked_subcommand} ..."
            )


def _read_statement(file: IO[bytes]) -> dict[str, object]:
    raw = file.read(LONGEST_STATEMENT + 1)
    mend = "Give one JSON object, such as needle statements show ID --json prints it."
    if len(raw) > LONGEST_STATEMENT:
        raise InputError(
            f"The file is longer than {LONGEST_STATEMENT // 1024 // 1024} MiB.", mend=mend
        )
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError("The file is not JSON.", mend=mend) from error
    if not isinstance(values, dict):
        raise InputError("The file holds no JSON object.", mend=mend)
    # What `show --json` prints may be given whole.
    inner = values.get("statement")
    return inner if "lrss" in values and isinstance(inner, dict) else values
