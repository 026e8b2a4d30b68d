"""Delivery of the outbox, as this tool sets it up."""

from __future__ import annotations

from collections.abc import Callable

from lti_tool.actions.runtime import Runtime
from lti_tool.storage.organisations import list_organisations
from xapi import delivery
from xapi.lrs_rows import put_lrs, switch_off

SEEDED_LRS = "environment"
"""The name of the LRS row that follows NEEDLE_LRS_URL."""


def seed_lrs(runtime: Runtime) -> bool:
    """Make the LRS that the configuration names a row of the oldest organisation.

    Called again it follows the configuration: a new password is taken over, and an LRS that
    is no longer named is sent nothing more. Before the first platform or source is added
    there is no organisation, nothing is done, and the answer is False.
    """
    config = runtime.config
    with runtime.engine.begin() as connection:
        organisations = list_organisations(connection)
        if organisations and not config.lrs_url:
            switch_off(connection, organisation=organisations[0], name=SEEDED_LRS)
        elif organisations:
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
    return bool(organisations)


class Waking:
    """What is called after statements were recorded: wakes the thread that delivers them.

    A tool that was started before its first platform was added has no LRS yet: it is made
    with the first statements.
    """

    def __init__(self, runtime: Runtime, wake: Callable[[], None]) -> None:
        self._runtime = runtime
        self._wake = wake
        self._seeded = seed_lrs(runtime)

    def __call__(self) -> None:
        """Wake it."""
        if not self._seeded:
            self._seeded = seed_lrs(self._runtime)
        self._wake()


def deliver_once(runtime: Runtime) -> delivery.DeliverySummary:
    """Deliver what waits, trying paused LRSs too, and say what came of it."""
    return delivery.deliver_once(runtime.engine, runtime.sealer, clock=runtime.now, impatient=True)


def deliverer(runtime: Runtime) -> delivery.Deliverer:
    """What delivers for as long as a process runs; on SQLite there is one such process."""
    alone = runtime.engine.dialect.name == "sqlite"
    return delivery.Deliverer(runtime.engine, runtime.sealer, clock=runtime.now, alone=alone)
