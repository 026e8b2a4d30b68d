"""needle keys: the keys by which platforms know the tool."""

from __future__ import annotations

import uuid
from datetime import timedelta

import click

from lti_tool.actions.platforms import list_platforms
from lti_tool.actions.runtime import Runtime
from lti_tool.cli.telling import json_option, opened_runtime, print_result, print_table
from lti_tool.errors import NotFound
from lti_tool.lti.keys import RETIRE_AFTER, published_keys, rotate_keys, state_of
from lti_tool.storage.keys import StoredKey

_MOMENT = "%Y-%m-%d %H:%M UTC"


@click.group()
def keys() -> None:
    """The keys by which platforms know Needle, published at /lti/jwks.json."""


@keys.command("rotate")
@click.option(
    "--sign-after-hours",
    type=click.IntRange(0, 30 * 24),
    default=24,
    show_default=True,
    help="Hours from its publication until the new key signs.",
)
@click.option("--now", "at_once", is_flag=True, help="Sign with the new key at once.")
@click.option("--issuer", help="Only for the platform of this issuer, with --client-id.")
@click.option("--client-id", help="Only for the platform of this client id, with --issuer.")
@json_option
def rotate(
    sign_after_hours: int,
    at_once: bool,
    issuer: str | None,
    client_id: str | None,
    as_json: bool,
) -> None:
    """Publish a new key, sign with it a day later, and then retire the old one.

    Platforms keep a copy of the published keys: in a day each has the new one. The old one
    stays published for an hour after its last signature. A key that waits to sign already
    is refused a second time; with --now it signs at once.
    """
    if (issuer is None) != (client_id is None):
        raise click.UsageError("--issuer and --client-id go together.")
    with opened_runtime() as runtime:
        new = rotate_keys(
            runtime.engine,
            runtime.sealer,
            runtime.now(),
            registration_id=_find(runtime, issuer, client_id),
            sign_after=timedelta(hours=sign_after_hours),
            at_once=at_once,
        )
    gone = f"{new.signs_from + RETIRE_AFTER:{_MOMENT}}"
    print_result(
        _values(new, "waits" if new.signs_from > new.created_at else "signs"),
        as_json=as_json,
        tell=lambda: click.echo(
            f"Key {new.kid} is published, and signs from {new.signs_from:{_MOMENT}} on.\n"
            f"The one before it is published until {gone}."
        ),
    )


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the keys that are published, and what each is for."""
    with opened_runtime() as runtime:
        found = published_keys(runtime.engine, runtime.sealer, runtime.now())
        states = [state_of(one, found, runtime.now()) for one in found]
        of = {one.id: f"{one.issuer} ({one.client_id})" for one in list_platforms(runtime)}
    print_result(
        [_values(one, state) for one, state in zip(found, states, strict=True)],
        as_json=as_json,
        tell=lambda: print_table(
            ("KEY", "STATE", "SIGNS FROM", "PUBLISHED UNTIL", "FOR"),
            [
                (
                    one.kid,
                    state,
                    f"{one.signs_from:{_MOMENT}}",
                    f"{one.retires_at:{_MOMENT}}" if one.retires_at else "",
                    of.get(one.registration_id, "") if one.registration_id else "all others",
                )
                for one, state in zip(found, states, strict=True)
            ],
        ),
    )


def _find(runtime: Runtime, issuer: str | None, client_id: str | None) -> uuid.UUID | None:
    """The registration that is named, or None when none is."""
    if issuer is None:
        return None
    for one in list_platforms(runtime):
        if (one.issuer, one.client_id) == (issuer, client_id):
            return one.id
    raise NotFound(
        f"No platform is registered as {issuer} with client id {client_id}.",
        mend="needle platform list shows what there is.",
    )


def _values(key: StoredKey, state: str) -> dict[str, object]:
    return {
        "kid": key.kid,
        "state": state,
        "registration_id": key.registration_id,
        "created_at": key.created_at.isoformat(),
        "signs_from": key.signs_from.isoformat(),
        "retires_at": key.retires_at.isoformat() if key.retires_at else None,
    }
