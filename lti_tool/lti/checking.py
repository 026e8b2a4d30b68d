"""The self-check: this installation and every LMS, each thing looked at for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import sqlalchemy as sa

from lti_tool.config import Config
from lti_tool.lti import own_checks, platform_checks
from lti_tool.lti.check import Check, State, has_failed
from lti_tool.lti.keys import SigningKey, signing_key
from lti_tool.lti.platform_checks import Known
from lti_tool.sealing import SealedElsewhere, Sealer
from lti_tool.storage.database import reading
from lti_tool.storage.deployments import list_pending
from lti_tool.storage.keys import find_key_set
from lti_tool.storage.organisations import list_organisations
from lti_tool.storage.refusals import list_refusals
from lti_tool.storage.registrations import list_registrations
from lti_tool.storage.seen import list_seen

__all__ = ["Check", "State", "check_all", "has_failed"]

THREADS = 4
"""Exchanges at once; each has five seconds."""

Checking = Callable[[], Sequence[Check]]


def check_all(
    engine: sa.Engine,
    config: Config,
    sealer: Sealer,
    now: Callable[[], datetime],
    *,
    organisation: str | None = None,
) -> list[Check]:
    """Look at everything of one organisation, or (None) of all.

    First the installation itself, then each LMS, oldest first. A database that cannot be
    used ends it there.
    """
    database = own_checks.check_database(engine)
    if database.state is State.FAIL:
        return [own_checks.check_settings(config), database]
    known = _look_up(engine, organisation)
    jobs: list[Checking] = [lambda: [own_checks.check_public_url(config)]]
    for one in known:
        jobs += _jobs_of(one, engine, config, sealer, now)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="check") as pool:
        found = [job.result() for job in [pool.submit(job) for job in jobs]]
    return [
        own_checks.check_settings(config),
        *found[0],
        database,
        own_checks.check_outbox(engine, now(), organisation),
        own_checks.check_grades(engine, now(), organisation),
        *(check for checks in found[1:] for check in checks),
        *_check_strangers(engine, now(), organisation),
    ]


def _check_strangers(engine: sa.Engine, now: datetime, organisation: str | None) -> list[Check]:
    """Refusals of LMSs that the tool does not know: the first thing that goes wrong."""
    with reading(engine) as connection:
        named = [organisation] if organisation is not None else list_organisations(connection)
        found = [one for slug in named for one in list_refusals(connection, slug)]
    strangers = [one for one in found if one.registration_id is None]
    return platform_checks.tell_refusals(strangers, now, "an LMS that is not registered")


def _jobs_of(
    known: Known,
    engine: sa.Engine,
    config: Config,
    sealer: Sealer,
    now: Callable[[], datetime],
) -> list[Checking]:
    return [
        lambda: platform_checks.check_key_set(known, config, now),
        lambda: [_check_our_keys(known, engine, config, sealer, now)],
        lambda: platform_checks.check_seen(known, now()),
    ]


def _check_our_keys(
    known: Known,
    engine: sa.Engine,
    config: Config,
    sealer: Sealer,
    now: Callable[[], datetime],
) -> Check:
    try:
        signer: SigningKey = signing_key(engine, sealer, now(), known.registration.id)
    except SealedElsewhere as error:
        return Check(
            name="our-keys",
            about=known.label,
            state=State.FAIL,
            what=str(error),
            mend="Set NEEDLE_SECRET_KEY to the value it had.",
        )
    return platform_checks.check_our_keys(known, config, signer, now)


def _look_up(engine: sa.Engine, organisation: str | None) -> list[Known]:
    """What the database knows of each LMS."""
    with reading(engine) as connection:
        named = [organisation] if organisation is not None else list_organisations(connection)
        return [known for one in named for known in _look_up_one(connection, one)]


def _look_up_one(connection: sa.Connection, organisation: str) -> list[Known]:
    seen = list_seen(connection, organisation)
    pending = list_pending(connection, organisation)
    refusals = list_refusals(connection, organisation)
    return [
        Known(
            registration=one,
            key_set=find_key_set(connection, one.key_set_url),
            seen=seen.get(one.id),
            pending=[wait for wait in pending if wait.registration_id == one.id],
            refusals=[refused for refused in refusals if refused.registration_id == one.id],
        )
        for one in list_registrations(connection, organisation)
    ]
