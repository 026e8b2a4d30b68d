"""The state that a launch brings: used up once, by the browser that it was made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from lti_tool.domain.launch import Launch, ProvedBy, Registration
from lti_tool.errors import LaunchRefused
from lti_tool.storage.database import UTCDateTime
from lti_tool.storage.logins import hash_secret
from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import deployment, login, registration

_FIND = Prepared(
    sa.select(
        login.c.nonce,
        login.c.browser_hash,
        login.c.proved_by,
        login.c.target_link_uri,
        login.c.expires_at,
        login.c.used_at,
        deployment.c.deployment_id,
        registration,
    )
    .join(registration, registration.c.id == login.c.registration_id)
    .outerjoin(deployment, deployment.c.registration_id == registration.c.id)
    .where(login.c.state_hash == sa.bindparam("state", type_=sa.String))
)
_BEFORE_REGISTRATION = 7
_REGISTRATION = tuple(registration.c.keys())

_TAKE = Prepared(
    sa.update(login)
    .where(
        login.c.state_hash == sa.bindparam("state", type_=sa.String),
        login.c.used_at.is_(None),
    )
    .values(used_at=sa.bindparam("now", type_=UTCDateTime))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundState:
    """What the login of a state was for, and how far it is.

    `browser_hash` is `hash_secret` of the browser that it was made for, to be shown as
    `proved_by` says.
    """

    registration: Registration
    nonce: str
    target_link_uri: str
    browser_hash: str
    proved_by: ProvedBy
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A launch whose every check has passed, and whose state is still to be used up.

    Nobody may act on `checked` but by `redeem`: of any number of tickets with one state,
    and of any number of nodes, one is redeemed.
    """

    checked: Launch
    state: str = field(repr=False)

    def redeem(self, connection: sa.Connection, now: datetime) -> Launch:
        """The launch, once its state is used up: if the transaction holds, so does that.

        Raises `LaunchRefused` (`state-used`).
        """
        if not take_state(connection, self.state, now):
            refusal = state_used()
            refusal.registration_id = self.checked.registration.id
            raise refusal
        return self.checked


def find_state(connection: sa.Connection, state: str) -> FoundState | None:
    """What is known of a state, with its registration and every deployment; or None."""
    rows = _FIND.rows(connection, {"state": hash_secret(state)})
    if not rows:
        return None
    first = rows[0]
    names = frozenset(row[6] for row in rows if row[6] is not None)
    values = dict(zip(_REGISTRATION, first[_BEFORE_REGISTRATION:], strict=True))
    return FoundState(
        registration=Registration(**values, deployment_ids=names),
        nonce=first[0] or "",
        browser_hash=first[1] or "",
        proved_by=ProvedBy(first[2]),
        target_link_uri=first[3],
        expires_at=first[4],
        used_at=first[5],
    )


def take_state(connection: sa.Connection, state: str, now: datetime) -> bool:
    """Use the state up; False when somebody has, or it is gone.

    One UPDATE decides, so of any number of nodes exactly one gets it.
    """
    return _TAKE.change(connection, {"state": hash_secret(state), "now": now}) == 1


def state_used() -> LaunchRefused:
    """The refusal of a state that was used up."""
    return LaunchRefused(
        "This launch was used already.",
        mend="Open Needle again from your course.",
        code="state-used",
    )
