"""Delivery of the outbox, as this tool sets it up."""

from __future__ import annotations

from lti_tool.actions.runtime import Runtime
from lti_tool.storage.organisations import list_organisations
from xapi import delivery
from xapi.lrs_rows import put_lrs

SEEDED_LRS = "environment"
"""The name of the LRS row that follows NEEDLE_LRS_URL."""


def seed_lrs(runtime: Runtime) -> None:
    """Make the LRS that the configuration names a row of the oldest organisation.

    Called again it follows the configuration, so that a new password is taken over. Before
    the first platform or source is added there is no organisation, and nothing is done.
    """
    config = runtime.config
    if not config.lrs_url:
        return
    with runtime.engine.begin() as connection:
        organisations = list_organisations(connection)
        if organisations:
            put_lrs(
                connection,
                runtime.sealer,
                organisation=organisations[0],
                name=SEEDED_LRS,
                url=config.lrs_url,
                username=config.lrs_user,
                password=config.lrs_password,
                version=config.lrs_version,
                now=runtime.now(),
            )


def deliver_once(runtime: Runtime) -> delivery.DeliverySummary:
    """Deliver what waits, trying paused LRSs too, and say what came of it."""
    return delivery.deliver_once(
        runtime.engine, runtime.sealer, clock=runtime.now, impatient=True
    )


def deliverer(runtime: Runtime) -> delivery.Deliverer:
    """What delivers for as long as a process runs; on SQLite there is one such process."""
    alone = runtime.engine.dialect.name == "sqlite"
    return delivery.Deliverer(runtime.engine, runtime.sealer, clock=runtime.now, alone=alone)
