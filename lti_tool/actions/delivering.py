"""Delivery of the outbox, as this tool sets it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from lti_tool.actions.lrss import SEEDED_LRS, LrsSettings, put, read_certificates
from lti_tool.actions.runtime import Runtime
from lti_tool.config import Config
from lti_tool.storage.database import reading
from lti_tool.storage.organisations import list_organisations
from xapi import delivery
from xapi.errors import OutboxBusy
from xapi.figures import Leased, count_leased
from xapi.lrs_rows import lrss, switch_off


def seed_lrs(runtime: Runtime) -> bool:
    """Make the LRS that the configuration names a row of the oldest organisation.

    Called again it follows the configuration: a new password is taken over, and an LRS that
    is no longer named is sent nothing more. Before the first platform or source is added
    there is no organisation, nothing is done, and the answer is False. Raises `ConfigError`
    when the file with the LRS's certificates cannot be used.
    """
    return _seed(runtime, _environment(runtime.config))


def _environment(config: Config) -> LrsSettings | None:
    """The LRS that the configuration names, if it names one."""
    if not config.lrs_url:
        return None
    return LrsSettings(
        url=config.lrs_url,
        user=config.lrs_user,
        version=config.lrs_version,
        token_url=config.lrs_token_url,
        scope=config.lrs_scope,
        ca_pem=read_certificates(config.lrs_ca_file) if config.lrs_ca_file else None,
        proxy=config.lrs_proxy,
    )


def _seed(runtime: Runtime, settings: LrsSettings | None) -> bool:
    with runtime.engine.begin() as connection:
        organisations = list_organisations(connection)
        if organisations and settings is None:
            switch_off(connection, organisation=organisations[0], name=SEEDED_LRS)
        elif organisations and settings is not None:
            put(connection, runtime, organisations[0], SEEDED_LRS, settings,
                runtime.config.lrs_password)
    return bool(organisations)


class Waking:
    """What is called after statements were recorded: wakes the thread that delivers them.

    A tool that was started before its first platform was added has no LRS yet: it is made
    with the first statements.
    """

    def __init__(self, runtime: Runtime, wake: Callable[[], None]) -> None:
        self._runtime = runtime
        self._wake = wake
        # What a person must mend is told now, and not to a learner later.
        self._settings = _environment(runtime.config)
        self._seeded = self._seed()

    def __call__(self) -> None:
        """Wake it."""
        if not self._seeded:
            self._seeded = self._seed()
        self._wake()

    def _seed(self) -> bool:
        """False as well while others add statements and do not end: the next ones seed it."""
        try:
            return _seed(self._runtime, self._settings)
        except OutboxBusy:
            return False


def deliver_once(runtime: Runtime) -> delivery.DeliverySummary:
    """Deliver what waits, trying paused LRSs too, and say what came of it.

    No content is given up: one look cannot tell whether the clock is right.
    """
    return delivery.deliver_once(
        runtime.engine, runtime.sealer, clock=runtime.now, impatient=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many LRSs there are, and what other workers have in hand."""

    lrss: int
    leased: Leased


def standing(runtime: Runtime) -> Standing:
    """What is left to say after delivering once: why nothing, or not all, went out."""
    with reading(runtime.engine) as connection:
        return Standing(len(lrss(connection)), count_leased(connection, runtime.now()))


def _keep(runtime: Runtime) -> timedelta | None:
    """How long delivered statements keep their content (NEEDLE_OUTBOX_KEEP_DAYS); None: always."""
    days = runtime.config.outbox_keep_days
    return timedelta(days=days) if days > 0 else None


def deliverer(runtime: Runtime) -> delivery.Deliverer:
    """What delivers for as long as a process runs; on SQLite there is one such process."""
    alone = runtime.engine.dialect.name == "sqlite"
    return delivery.Deliverer(
        runtime.engine, runtime.sealer, clock=runtime.now, alone=alone, keep=_keep(runtime)
    )
