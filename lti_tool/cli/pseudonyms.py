"""needle pseudonyms: a new key for the names that stand for people in the learning records."""

from __future__ import annotations

import click

from lti_tool.actions.pseudonyms import rekey as give_new_key
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    say,
)

_BEFORE = (
    "Everybody in {organisation!r} gets a new name in the learning records. What was recorded "
    "before keeps the old names, and nobody can make those again, you included: the records "
    "of before and after cannot be joined, and figures over people begin anew. The key is "
    "overwritten here; backups of the database made before now still hold it, sealed. It "
    "cannot be undone."
)


@click.group(short_help="Give the people in the learning records new names.")
def pseudonyms() -> None:
    """The made-up names by which people stand in the learning records."""


@pseudonyms.command(short_help="Make all names anew, with a new key.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@organisation_option
@json_option
def rekey(yes: bool, organisation: str, as_json: bool) -> None:
    """Give every person of an organisation a new name in the learning records.

    Names are made with a key that is replaced now: what is recorded from here on has new
    names, on every node at once. What was recorded or waits to be sent keeps the old ones.
    No command tells who a name is, before or after. Platforms whose statements carry their
    own user numbers (NEEDLE_LRS_IDENTITY=account) go on doing so.
    """
    if not yes:
        say(_BEFORE.format(organisation=organisation), err=True)
        click.confirm("Make all names anew?", abort=True, err=True)
    with opened_runtime() as runtime:
        give_new_key(runtime, organisation)
    print_result(
        {"organisation": organisation, "rekeyed": True},
        as_json=as_json,
        tell=lambda: click.echo("The old key is gone; from now on everybody has a new name."),
    )
