"""needle platform: the LMSs that may launch the tool."""

from __future__ import annotations

import dataclasses

import click

from lti_tool.actions.deployments import PendingDeployment, approve_deployment, list_pending
from lti_tool.actions.platforms import add_platform, list_platforms, remove_platform
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
)
from lti_tool.domain.launch import Registration
from lti_tool.errors import NotFound
from lti_tool.lti.registration import (
    check_registration,
    default_origin,
    normalise_origin,
)


@click.group()
def platform() -> None:
    """The platforms (LMSs) that may launch Needle."""


@platform.command("add")
@click.option("--issuer", required=True, help="Platform ID (iss), such as https://lms.example.org")
@click.option("--client-id", required=True, help="The client id that the platform gave Needle.")
@click.option("--authorization-url", required=True, help="Authentication request URL.")
@click.option("--token-url", required=True, help="Access token URL.")
@click.option("--key-set-url", required=True, help="Public key set (JWKS) URL.")
@click.option("--deployment-id", required=True, help="Deployment id; add more by running it again.")
@click.option(
    "--origin",
    default="",
    help="Scheme and host whose pages show Needle in a frame.  "
    "[default: that of the authorization URL]",
)
@organisation_option
@json_option
def add(as_json: bool, organisation: str, origin: str, **urls: str) -> None:
    """Register a platform by hand, or update what is registered.

    The values stand in the platform's own page on the tool: in Moodle under Site
    administration > Plugins > Activity modules > External tool > Manage tools, the icon
    "View configuration details".
    """
    with opened_runtime(new_database=True) as runtime:
        check_registration(origin=origin, **urls)
        registration = add_platform(
            runtime,
            organisation=organisation,
            origin=normalise_origin(origin)
            if origin
            else default_origin(urls["authorization_url"]),
            **urls,
        )
        public = runtime.config.public_url
        print_result(
            _values(registration),
            as_json=as_json,
            tell=lambda: _tell_added(registration, public),
        )


def _tell_added(registration: Registration, public: str) -> None:
    click.echo(
        f"{registration.issuer} (client {registration.client_id}) may launch Needle.\n"
        "Give the platform these values, where it asks for them:\n"
        f"  Tool URL, target link URI   {public}/lti/launch\n"
        f"  Initiate login URL          {public}/lti/login\n"
        f"  Redirection URI             {public}/lti/launch\n"
        f"  Public key set URL          {public}/lti/jwks.json\n"
        f"  Deep linking URL            {public}/lti/launch\n"
        f"They stand at {public}/install too."
    )
    if registration.origin.startswith("https:") and public.startswith("http:"):
        click.echo(
            "\nwarning: these addresses are on this machine, and the platform is not. Set "
            "NEEDLE_PUBLIC_URL to the address that learners reach, and run this again.",
            err=True,
        )


@platform.command("remove")
@click.option("--issuer", required=True, help="Platform ID (iss), as it was registered.")
@click.option("--client-id", required=True, help="The client id, as it was registered.")
@json_option
def remove(issuer: str, client_id: str, as_json: bool) -> None:
    """Remove a platform that was registered by mistake and never used."""
    with opened_runtime() as runtime:
        remove_platform(runtime, issuer=issuer, client_id=client_id)
    print_result(
        {"issuer": issuer, "client_id": client_id, "status": "removed"},
        as_json=as_json,
        tell=lambda: click.echo(f"{issuer} (client {client_id}) is no longer registered."),
    )


@platform.command("list")
@click.option("--organisation", help="Only those of this organisation.")
@json_option
def list_(organisation: str | None, as_json: bool) -> None:
    """List the platforms that are registered."""
    with opened_runtime() as runtime:
        found = list_platforms(runtime, organisation)
    print_result(
        [_values(registration) for registration in found],
        as_json=as_json,
        tell=lambda: _tell(found),
    )


@platform.command("pending")
@organisation_option
@json_option
def pending(organisation: str, as_json: bool) -> None:
    """List the deployments that opened Needle without being known, and wait to be approved."""
    with opened_runtime() as runtime:
        found = list_pending(runtime, organisation)
    print_result(
        [dataclasses.asdict(one) for one in found],
        as_json=as_json,
        tell=lambda: _tell_pending(found),
    )


def _tell_pending(found: list[PendingDeployment]) -> None:
    if not found:
        click.echo("No deployment waits.")
        return
    print_table(
        ("ISSUER", "CLIENT ID", "DEPLOYMENT", "LAST SEEN"),
        [
            (one.issuer, one.client_id, one.deployment_id, f"{one.last_seen_at:%Y-%m-%d %H:%M UTC}")
            for one in found
        ],
    )


@platform.command("approve")
@click.option("--issuer", required=True, help="Platform ID (iss), as it was registered.")
@click.option("--client-id", required=True, help="The client id, as it was registered.")
@click.option("--deployment-id", required=True, help="The deployment that waits.")
@json_option
def approve(issuer: str, client_id: str, deployment_id: str, as_json: bool) -> None:
    """Let a deployment that waits open Needle from now on."""
    with opened_runtime() as runtime:
        known = {(one.issuer, one.client_id): one for one in list_platforms(runtime)}
        found = known.get((issuer, client_id))
        if found is None:
            raise NotFound(
                f"No platform is registered as {issuer} with client id {client_id}.",
                mend="needle platform list shows what there is.",
            )
        approve_deployment(runtime, found.organisation, found.id, deployment_id)
    print_result(
        {
            "issuer": issuer,
            "client_id": client_id,
            "deployment_id": deployment_id,
            "status": "approved",
        },
        as_json=as_json,
        tell=lambda: click.echo(f"Deployment {deployment_id} of {issuer} may open Needle now."),
    )


def _tell(found: list[Registration]) -> None:
    if not found:
        click.echo("No platform is registered yet. Begin with: needle platform add --help")
        return
    print_table(
        ("ISSUER", "CLIENT ID", "DEPLOYMENTS", "ORGANISATION", "ACTOR"),
        [
            (
                r.issuer,
                r.client_id,
                ", ".join(sorted(r.deployment_ids)),
                r.organisation,
                r.actor_form,
            )
            for r in found
        ],
    )


def _values(registration: Registration) -> dict[str, object]:
    values = dataclasses.asdict(registration)
    values["deployment_ids"] = sorted(registration.deployment_ids)
    return values
