"""An admin registers a platform by hand, and organisations come to be."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import sqlalchemy as sa

from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Registration
from lti_tool.errors import InputError, NotFound
from lti_tool.storage import registrations
from lti_tool.storage.database import reading
from lti_tool.storage.organisations import ensure_organisation, list_organisations


def add_platform(
    runtime: Runtime,
    *,
    issuer: str,
    client_id: str,
    authorization_url: str,
    token_url: str,
    key_set_url: str,
    deployment_id: str,
    origin: str,
    organisation: str,
    family: str = "",
    name: str = "",
) -> Registration:
    """Register a platform, or update it; its organisation is made when it is new.

    An empty `deployment_id` adds none. How its people are named in statements
    (NEEDLE_LRS_IDENTITY) is fixed now: a later change of the setting leaves this
    registration as it is. Raises `InputError`.
    """
    with runtime.engine.begin() as connection:
        return put_platform(
            connection,
            runtime,
            issuer=issuer,
            client_id=client_id,
            authorization_url=authorization_url,
            token_url=token_url,
            key_set_url=key_set_url,
            deployment_id=deployment_id,
            origin=origin,
            organisation=organisation,
            family=family,
            name=name,
        )


def put_platform(
    connection: sa.Connection,
    runtime: Runtime,
    *,
    issuer: str,
    origin: str,
    organisation: str,
    check: Callable[[Registration], None] | None = None,
    **values: str,
) -> Registration:
    """`add_platform` in the caller's transaction; `check` is that of `put_registration`."""
    home_page = runtime.config.public_url
    if runtime.config.lrs_identity == "account":
        home_page = issuer if issuer.startswith(("https://", "http://")) else origin
    make_organisation(connection, runtime, organisation)
    return registrations.put_registration(
        connection,
        organisation=organisation,
        issuer=issuer,
        origin=origin,
        actor_form=runtime.config.lrs_identity,
        actor_home_page=home_page,
        now=runtime.now(),
        check=check,
        **values,
    )


def remove_platform(runtime: Runtime, *, issuer: str, client_id: str) -> None:
    """Remove a platform that was registered by mistake.

    Raises `NotFound`, and `InputError` once somebody has launched through it: what people
    asked belongs to them and hangs on it.
    """
    with runtime.engine.begin() as connection:
        found = registrations.find_registration(connection, issuer, client_id)
        if found is None:
            raise NotFound(
                f"No platform is registered as {issuer} with client id {client_id}.",
                mend="needle platform list shows what there is.",
            )
        if not registrations.delete_registration(connection, found.id):
            raise InputError(
                f"People have come from {issuer}: what they asked belongs to them.",
                mend="Take the tool out of the LMS instead; nobody can then launch it.",
                code="registration-in-use",
            )


def list_platforms(runtime: Runtime, organisation: str | None = None) -> list[Registration]:
    """Every registration, or those of one organisation."""
    with reading(runtime.engine) as connection:
        return registrations.list_registrations(connection, organisation)


def check_organisation(connection: sa.Connection, slug: str) -> None:
    """Raises `NotFound` (`organisation-unknown`) where there is none of that name."""
    known = list_organisations(connection)
    if slug not in known:
        raise NotFound(
            f"There is no organisation {slug!r}.",
            mend=f"Name one of: {', '.join(known)}"
            if known
            else "There is none yet; a source makes one: needle source add --help",
            code="organisation-unknown",
        )


def make_organisation(connection: sa.Connection, runtime: Runtime, slug: str) -> None:
    """Make the organisation, with a pseudonym key of its own, unless it is there."""
    ensure_organisation(
        connection,
        slug,
        sealed_pseudonym_key=runtime.sealer.seal(secrets.token_urlsafe(32)),
        now=runtime.now(),
    )
