"""needle invite: one address by which an LMS registers Needle."""

from __future__ import annotations

import dataclasses

import click

from lti_tool.actions import inviting
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
)


@click.command()
@organisation_option
@click.option(
    "--hours",
    type=int,
    default=24,
    show_default=True,
    help="How long it may be used, in hours.",
)
@json_option
def invite(organisation: str, hours: int, as_json: bool) -> None:
    """Make an address by which an LMS registers Needle, once.

    Give it to whoever looks after the LMS. It is shown this one time, and works for one LMS.
    """
    with opened_runtime() as runtime:
        made = inviting.invite(runtime, organisation, hours=hours)
        public = runtime.config.public_url
    print_result(
        {"url": made.url, "expires_at": made.expires_at.isoformat(), "organisation": organisation},
        as_json=as_json,
        tell=lambda: _tell(made, public),
    )


def _tell(made: inviting.Invitation, public: str) -> None:
    click.echo(
        f"{made.url}\n\n"
        f"Works once, until {made.expires_at:%Y-%m-%d %H:%M} UTC. Paste it into\n"
        "  Moodle   Site administration > Plugins > Activity modules > External tool >\n"
        "           Manage tools: “Tool URL”, then “Add LTI Advantage”\n"
        "  Canvas   Admin > Developer Keys > + Developer Key > + LTI Registration\n"
        "  others   wherever a registration URL of an LTI 1.3 tool is asked for\n"
        f"An LMS without such a place takes the values of {public}/install"
    )


@click.group()
def invitations() -> None:
    """The invitations that were made."""


@invitations.command("list")
@click.option("--organisation", help="Only those of this organisation.")
@json_option
def list_(organisation: str | None, as_json: bool) -> None:
    """List the invitations: open, used and expired. Their addresses are not kept."""
    with opened_runtime() as runtime:
        found = inviting.list_invitations(runtime, organisation)
    print_result(
        [dataclasses.asdict(one) for one in found],
        as_json=as_json,
        tell=lambda: _tell_all(found),
    )


def _tell_all(found: list[inviting.ListedInvitation]) -> None:
    if not found:
        click.echo("There is no invitation yet. Make one with: needle invite")
        return
    print_table(
        ("NUMBER", "STATE", "ENDS (UTC)", "ORGANISATION"),
        [(one.number, one.state, f"{one.expires_at:%Y-%m-%d %H:%M}", one.organisation)
         for one in found],
    )  # fmt: skip


@invitations.command("revoke")
@click.argument("number")
@organisation_option
@json_option
def revoke(number: str, organisation: str, as_json: bool) -> None:
    """Take back an invitation that was not used, by its NUMBER in the list."""
    with opened_runtime() as runtime:
        inviting.revoke_invitation(runtime, organisation, number)
    print_result(
        {"number": number, "status": "revoked"},
        as_json=as_json,
        tell=lambda: click.echo(f"Invitation {number} no longer works."),
    )
