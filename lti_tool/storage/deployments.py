"""Deployments that launched the tool before an administrator allowed them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.storage.tables import deployment, pending_deployment, registration

MOST_PENDING = 100
"""A registration; beyond it, the one that was seen longest ago gives way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDeployment:
    """A deployment that waits for an administrator's word."""

    registration_id: uuid.UUID
    issuer: str
    client_id: str
    deployment_id: str
    first_seen_at: datetime
    last_seen_at: datetime


def note_pending(
    connection: sa.Connection, registration_id: uuid.UUID, deployment_id: str, *, now: datetime
) -> None:
    """Note that the deployment launched the tool, unless it may by now."""
    if is_allowed(connection, registration_id, deployment_id):
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(pending_deployment)
        .values(
            registration_id=registration_id,
            deployment_id=deployment_id,
            first_seen_at=now,
            last_seen_at=now,
        )
        .on_conflict_do_update(
            index_elements=["registration_id", "deployment_id"], set_={"last_seen_at": now}
        )
    )
    of_it = pending_deployment.c.registration_id == registration_id
    kept = (
        sa.select(pending_deployment.c.deployment_id)
        .where(of_it)
        .order_by(
            pending_deployment.c.last_seen_at.desc(), pending_deployment.c.first_seen_at.desc()
        )
        .limit(MOST_PENDING)
    )
    connection.execute(
        sa.delete(pending_deployment).where(
            of_it, pending_deployment.c.deployment_id.not_in(kept.scalar_subquery())
        )
    )


def list_pending(connection: sa.Connection, organisation: str) -> list[PendingDeployment]:
    """What waits in an organisation, the latest seen first."""
    rows = connection.execute(
        sa.select(pending_deployment, registration.c.issuer, registration.c.client_id)
        .join(registration, registration.c.id == pending_deployment.c.registration_id)
        .where(registration.c.organisation == organisation)
        .order_by(pending_deployment.c.last_seen_at.desc(), pending_deployment.c.deployment_id)
    )
    return [PendingDeployment(**row) for row in rows.mappings()]


def is_pending(connection: sa.Connection, registration_id: uuid.UUID, deployment_id: str) -> bool:
    """Whether the deployment waits."""
    return _has(connection, pending_deployment, registration_id, deployment_id)


def is_allowed(connection: sa.Connection, registration_id: uuid.UUID, deployment_id: str) -> bool:
    """Whether the deployment may launch the tool."""
    return _has(connection, deployment, registration_id, deployment_id)


def delete_pending(
    connection: sa.Connection, registration_id: uuid.UUID, deployment_id: str
) -> None:
    """Let the deployment wait no longer."""
    connection.execute(
        sa.delete(pending_deployment).where(
            pending_deployment.c.registration_id == registration_id,
            pending_deployment.c.deployment_id == deployment_id,
        )
    )


def _has(
    connection: sa.Connection, table: sa.Table, registration_id: uuid.UUID, deployment_id: str
) -> bool:
    found = sa.exists().where(
        table.c.registration_id == registration_id, table.c.deployment_id == deployment_id
    )
    return bool(connection.scalar(sa.select(found)))
