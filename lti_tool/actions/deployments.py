"""An administrator decides which deployments of a platform may launch the tool."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from lti_tool.actions.runtime import Runtime
from lti_tool.errors import NotFound
from lti_tool.storage import deployments
from lti_tool.storage.database import reading
from lti_tool.storage.deployments import PendingDeployment
from lti_tool.storage.registrations import add_deployment, get_registration

__all__ = ["PendingDeployment", "approve_deployment", "dismiss_deployment", "list_pending"]


def list_pending(runtime: Runtime, organisation: str) -> list[PendingDeployment]:
    """The deployments of an organisation that wait, the latest seen first."""
    with reading(runtime.engine) as connection:
        return deployments.list_pending(connection, organisation)


def approve_deployment(
    runtime: Runtime, organisation: str, registration_id: uuid.UUID, deployment_id: str
) -> None:
    """Let a deployment that waits launch the tool from now on.

    A second time changes nothing. Raises `NotFound` for a registration of another
    organisation and for a deployment that never asked.
    """
    with runtime.engine.begin() as connection:
        _check_registration(connection, organisation, registration_id)
        if deployments.is_allowed(connection, registration_id, deployment_id):
            return
        if not deployments.is_pending(connection, registration_id, deployment_id):
            raise NotFound(
                f"No deployment {deployment_id[:60]!r} waits there.",
                mend="Open Needle once from that part of the LMS; then it waits.",
            )
        add_deployment(connection, registration_id, deployment_id, now=runtime.now())


def dismiss_deployment(
    runtime: Runtime, organisation: str, registration_id: uuid.UUID, deployment_id: str
) -> None:
    """Take a deployment off the list; it comes back when somebody launches from it again.

    Raises `NotFound` for a registration of another organisation.
    """
    with runtime.engine.begin() as connection:
        _check_registration(connection, organisation, registration_id)
        deployments.delete_pending(connection, registration_id, deployment_id)


def _check_registration(
    connection: sa.Connection, organisation: str, registration_id: uuid.UUID
) -> None:
    if get_registration(connection, registration_id).organisation != organisation:
        # As for one that is not there: whose it is concerns nobody else.
        raise NotFound(f"No registration has the id {registration_id}.")
