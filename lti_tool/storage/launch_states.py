"""The state that a launch brings: used up once, by the browser that it was made for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lti_tool.domain.launch import ProvedBy, Registration
from lti_tool.storage.database import UTCDateTime
from lti_tool.storage.logins import hash_secret
from lti_tool.storage.tables import deployment, login, registration

# The statements are made once: learners wait for a launch, and to build a statement takes
# longer than to run it.
_TAKE = (
    sa.update(login)
    .where(
        login.c.state_hash == sa.bindparam("state", type_=sa.String),
        login.c.browser_hash == sa.bindparam("browser", type_=sa.String),
        login.c.proved_by == sa.bindparam("proof", type_=sa.String),
        login.c.expires_at > sa.bindparam("now", type_=UTCDateTime),
        login.c.used_at.is_(None),
    )
    .values(used_at=sa.bindparam("now", type_=UTCDateTime))
    .returning(login.c.registration_id, login.c.nonce, login.c.target_link_uri)
)

_KNOWN = (
    sa.select(registration, deployment.c.deployment_id)
    .outerjoin(deployment, deployment.c.registration_id == registration.c.id)
    .where(registration.c.id == sa.bindparam("registration_id", type_=sa.Uuid))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenState:
    """What the login of a state was for."""

    registration: Registration
    nonce: str
    target_link_uri: str


def take_state(
    connection: sa.Connection, state: str, *, browser: str, proved_by: ProvedBy, now: datetime
) -> TakenState | None:
    """Use the state up, and tell what its login was for; None when it cannot be used.

    One UPDATE decides, so of any number of nodes exactly one gets it. It changes nothing
    for another browser, for the browser shown in another way, and after the login's time.
    """
    values = {
        "state": hash_secret(state),
        "browser": hash_secret(browser),
        "proof": proved_by.value,
        "now": now,
    }
    row = connection.execute(_TAKE, values).one_or_none()
    if row is None:
        return None
    return TakenState(
        registration=_read_registration(connection, row.registration_id),
        nonce=row.nonce or "",
        target_link_uri=row.target_link_uri,
    )


def _read_registration(connection: sa.Connection, registration_id: uuid.UUID) -> Registration:
    """The registration, with every deployment, in one go; a login always has one."""
    found = connection.execute(_KNOWN, {"registration_id": registration_id}).mappings().all()
    names = {row["deployment_id"] for row in found if row["deployment_id"] is not None}
    values = {name: value for name, value in found[0].items() if name != "deployment_id"}
    return Registration(**values, deployment_ids=frozenset(names))
