"""Registrations of the tool at platforms, and their deployments."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.domain.launch import Registration
from lti_tool.errors import InputError, NotFound
from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import (
    deployment,
    invitation,
    key,
    login,
    need,
    pending_deployment,
    person_link,
    placement,
    refusal,
    registration,
    registration_seen,
    session,
)

_SELECT = sa.select(registration, deployment.c.deployment_id).outerjoin(
    deployment, deployment.c.registration_id == registration.c.id
)
_COLUMNS = tuple(registration.c.keys())

_ISSUER = registration.c.issuer == sa.bindparam("issuer", type_=sa.String)
_CLIENT = registration.c.client_id == sa.bindparam("client_id", type_=sa.String)
_OF_ISSUER = Prepared(_SELECT.where(_ISSUER))
_OF_CLIENT = Prepared(_SELECT.where(_ISSUER, _CLIENT))
_BY_ID = Prepared(
    _SELECT.where(registration.c.id == sa.bindparam("registration_id", type_=sa.Uuid))
)


def put_registration(
    connection: sa.Connection,
    *,
    organisation: str,
    issuer: str,
    client_id: str,
    authorization_url: str,
    token_url: str,
    key_set_url: str,
    origin: str,
    deployment_id: str,
    actor_form: str,
    actor_home_page: str,
    now: datetime,
    family: str = "",
    name: str = "",
    check: Callable[[Registration], None] | None = None,
) -> Registration:
    """Add a registration, or bring the one of this issuer and client id up to date.

    A second time, the URLs and the origin are replaced, `family` and `name` too unless they
    are empty, and the deployment joins those already known (an empty one adds none); the
    organisation and the form of the actor stay what they were, because
    records already sent are named by them. `check` is given what is there before it is
    replaced, and raises to keep it. Raises `InputError` when the registration belongs to
    another organisation.
    """
    urls = {
        "authorization_url": authorization_url,
        "token_url": token_url,
        "key_set_url": key_set_url,
        "origin": origin,
    }
    told = {name: value for name, value in (("family", family), ("name", name)) if value}
    identity = {"issuer": issuer, "client_id": client_id}
    first = {
        "id": uuid.uuid4(),
        "organisation": organisation,
        "actor_form": actor_form,
        "actor_home_page": actor_home_page,
        "created_at": now,
    }
    _insert_once(connection, registration, {**identity, **urls, **told, **first})
    stored = find_registration(connection, issuer, client_id)
    if stored is None:
        raise NotFound(f"The registration of {client_id!r} at {issuer} is not there.")
    if stored.organisation != organisation:
        raise _belongs_to_another(stored, organisation)
    if check is not None:
        check(stored)
    changed = sa.update(registration).where(registration.c.id == stored.id)
    connection.execute(changed.values({**urls, **told}))
    if deployment_id:
        add_deployment(connection, stored.id, deployment_id, now=now)
    return get_registration(connection, stored.id)


def add_deployment(
    connection: sa.Connection, registration_id: uuid.UUID, deployment_id: str, *, now: datetime
) -> None:
    """Let a deployment launch the tool; it is no longer pending."""
    allowed = {
        "registration_id": registration_id,
        "deployment_id": deployment_id,
        "created_at": now,
    }
    _insert_once(connection, deployment, allowed)
    connection.execute(
        sa.delete(pending_deployment).where(
            pending_deployment.c.registration_id == registration_id,
            pending_deployment.c.deployment_id == deployment_id,
        )
    )


def find_registration(
    connection: sa.Connection, issuer: str, client_id: str | None
) -> Registration | None:
    """The registration of this client id at this issuer, or None.

    Without a client id (a login need not name one; LTI 1.3, section 4.1.1): the only
    registration of that issuer, and None where there are several.
    """
    query = _OF_ISSUER if client_id is None else _OF_CLIENT
    found = _read(query.rows(connection, {"issuer": issuer, "client_id": client_id}))
    return found[0] if len(found) == 1 else None


def is_known_issuer(connection: sa.Connection, issuer: str) -> bool:
    """Whether there is any registration of that issuer."""
    return bool(connection.scalar(sa.select(sa.exists().where(registration.c.issuer == issuer))))


def get_registration(connection: sa.Connection, registration_id: uuid.UUID) -> Registration:
    """The registration of that id; raises `NotFound`."""
    found = _read(_BY_ID.rows(connection, {"registration_id": registration_id}))
    if not found:
        raise NotFound(f"No registration has the id {registration_id}.")
    return found[0]


def list_registrations(
    connection: sa.Connection, organisation: str | None = None
) -> list[Registration]:
    """Every registration, or those of one organisation, oldest first."""
    query = _SELECT.order_by(registration.c.created_at, registration.c.id)
    if organisation is not None:
        query = query.where(registration.c.organisation == organisation)
    return _read(connection.execute(query))


def _belongs_to_another(stored: Registration, organisation: str) -> InputError:
    return InputError(
        f"Client id {stored.client_id!r} at {stored.issuer} belongs to organisation "
        f"{stored.organisation!r}, not to {organisation!r}.",
        mend=f"Use --organisation {stored.organisation}, or register the tool at the "
        "platform a second time and use the new client id.",
        code="registration-of-another",
    )


def delete_registration(connection: sa.Connection, registration_id: uuid.UUID) -> bool:
    """Remove a registration that nobody has launched through; False when somebody has."""
    for table in (person_link, session, need, placement):
        used = sa.select(sa.exists().where(table.c.registration_id == registration_id))
        if connection.scalar(used):
            return False
    for table in (
        login,
        deployment,
        pending_deployment,
        registration_seen,
        refusal,
        invitation,
        key,
    ):
        connection.execute(sa.delete(table).where(table.c.registration_id == registration_id))
    connection.execute(sa.delete(registration).where(registration.c.id == registration_id))
    return True


def _read(rows: Iterable[Sequence[Any]]) -> list[Registration]:
    """The registrations in the rows of `_SELECT`, which has one for each deployment."""
    of: dict[uuid.UUID, set[str]] = {}
    first: dict[uuid.UUID, dict[str, Any]] = {}
    for row in rows:
        *found, name = row
        first.setdefault(found[0], dict(zip(_COLUMNS, found, strict=True)))
        of.setdefault(found[0], set()).update(() if name is None else (name,))
    return [
        Registration(**found, deployment_ids=frozenset(of[identifier]))
        for identifier, found in first.items()
    ]


def _insert_once(connection: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> None:
    """Insert a row unless its key is taken, even by a transaction running at this moment."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing())
