"""Logins under way: from a platform's first word to the one launch each may end in.

A login's life: stored without a state; bound to a browser and given its state and nonce
when that browser is sent to the platform; used once. A browser that is known from the start
is bound at once. What the platform said of the person (its two hints) is kept until the
platform has it back, or the login is over. Identifiers, states and browsers are stored as
SHA-256 hashes, so that the table opens no door for its reader.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from lti_tool.domain.launch import ProvedBy
from lti_tool.storage.pace import Pace
from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import login

KEPT = timedelta(hours=1)
"""How long a login that is over stays, so that its refusal can still say why."""

_CLEARED = Pace(timedelta(minutes=1))
"""How often each process looks for logins that are over: a look with every login costs more
than the login's own row."""

_NO_HINTS = {"login_hint": "", "message_hint": ""}

_FIRST = ("id_hash", "registration_id", "target_link_uri", "login_hint", "message_hint")
_TIMES = ("created_at", "expires_at")
_INSERT = Prepared(sa.insert(login), (*_FIRST, "storage_target", *_TIMES))
_INSERT_BOUND = Prepared(
    sa.insert(login), (*_FIRST, "state_hash", "nonce", "browser_hash", *_TIMES)
)
_BY_ID = sa.select(login).where(login.c.id_hash == sa.bindparam("hash", type_=sa.String))
_BY_STATE = sa.select(login).where(login.c.state_hash == sa.bindparam("hash", type_=sa.String))
_BIND = Prepared(
    sa.update(login)
    .where(
        login.c.id_hash == sa.bindparam("bound", type_=sa.String),
        login.c.state_hash.is_(None),
    )
    .values(
        {
            name: sa.bindparam(name, type_=sa.String)
            for name in ("state_hash", "nonce", "browser_hash", "proved_by", *_NO_HINTS)
        }
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login as stored.

    Until the platform is asked, `nonce` and `browser_hash` are empty; from then on,
    `login_hint` and `message_hint` are. `storage_target` is the frame in which the platform
    keeps values for us, or empty; `proved_by` is how the browser is to show that it is the
    one that `browser_hash` names.
    """

    id_hash: str
    registration_id: uuid.UUID
    target_link_uri: str
    login_hint: str
    message_hint: str
    nonce: str
    browser_hash: str
    storage_target: str
    proved_by: ProvedBy
    expires_at: datetime
    used_at: datetime | None


def hash_secret(secret: str) -> str:
    """SHA-256 of a random value of ours, as hex; any text can be hashed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def insert_login(
    connection: sa.Connection,
    *,
    login_id: str,
    registration_id: uuid.UUID,
    target_link_uri: str,
    login_hint: str,
    message_hint: str,
    storage_target: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store a login of a browser that is not known yet."""
    values = {
        "id_hash": hash_secret(login_id),
        "registration_id": registration_id,
        "target_link_uri": target_link_uri,
        "login_hint": login_hint,
        "message_hint": message_hint,
        "storage_target": storage_target,
        "created_at": now,
        "expires_at": expires_at,
    }
    _INSERT.change(connection, values)


def insert_bound_login(
    connection: sa.Connection,
    *,
    login_id: str,
    registration_id: uuid.UUID,
    target_link_uri: str,
    state: str,
    nonce: str,
    browser: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store a login whose browser is sent to the platform at once; its hints never are."""
    values = {
        "id_hash": hash_secret(login_id),
        "registration_id": registration_id,
        "target_link_uri": target_link_uri,
        "state_hash": hash_secret(state),
        "nonce": nonce,
        "browser_hash": hash_secret(browser),
        "created_at": now,
        "expires_at": expires_at,
        **_NO_HINTS,
    }
    _INSERT_BOUND.change(connection, values)


def clear_logins(connection: sa.Connection, now: datetime) -> None:
    """Now and then, drop the logins that are long over, and the hints of those just over."""
    if not _CLEARED.is_due(connection.engine, now):
        return
    connection.execute(sa.delete(login).where(login.c.expires_at < now - KEPT))
    connection.execute(
        sa.update(login)
        .where(login.c.expires_at <= now, login.c.login_hint != "")
        .values(_NO_HINTS)
    )


def find_login(connection: sa.Connection, login_id: str) -> Login | None:
    """The login of that identifier, or None."""
    return _find(connection, _BY_ID, login_id)


def bind_login(
    connection: sa.Connection,
    login_id: str,
    *,
    state: str,
    nonce: str,
    browser: str,
    proved_by: ProvedBy,
) -> bool:
    """Give the login its state, nonce and browser; False when it has them already.

    A login asks the platform once: its message hint may be good for one use only. So this
    is where both hints have done their work, and they are forgotten.
    """
    values = {
        "bound": hash_secret(login_id),
        "state_hash": hash_secret(state),
        "nonce": nonce,
        "browser_hash": hash_secret(browser),
        "proved_by": proved_by.value,
        **_NO_HINTS,
    }
    return _BIND.change(connection, values) == 1


def find_by_state(connection: sa.Connection, state: str) -> Login | None:
    """The login that was given that state, or None."""
    return _find(connection, _BY_STATE, state)


def _find(connection: sa.Connection, query: sa.Executable, secret: str) -> Login | None:
    found = connection.execute(query, {"hash": hash_secret(secret)})
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return Login(
        id_hash=row["id_hash"],
        registration_id=row["registration_id"],
        target_link_uri=row["target_link_uri"],
        login_hint=row["login_hint"],
        message_hint=row["message_hint"],
        nonce=row["nonce"] or "",
        browser_hash=row["browser_hash"] or "",
        storage_target=row["storage_target"],
        proved_by=ProvedBy(row["proved_by"]),
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )
