"""needle admin-link: the way into the admin pages for whoever runs the server."""

from __future__ import annotations

import click

from lti_tool.actions.administering import LINK_MINUTES, SESSION_HOURS, make_link
from lti_tool.cli.telling import json_option, opened_runtime, organisation_option, print_result


@click.command("admin-link")
@organisation_option
@json_option
def admin_link(organisation: str, as_json: bool) -> None:
    """Print an address that lets an administrator in, once and within 15 minutes.

    Whoever opens it stays logged in for eight hours in that browser. Administrators of an
    LMS need none: Needle's pages have a button for them.
    """
    with opened_runtime() as runtime:
        link = make_link(runtime, organisation)
    print_result(
        {"url": link.url, "expires_at": link.expires_at.isoformat()},
        as_json=as_json,
        tell=lambda: click.echo(
            f"{link.url}\n"
            f"The link works once, within {LINK_MINUTES} minutes; you then stay logged in for "
            f"{SESSION_HOURS} hours. Give it to nobody else."
        ),
    )
