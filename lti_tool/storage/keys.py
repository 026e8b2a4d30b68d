"""Keys: the tool's own, and the last good key set of each platform."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import key, platform_keys

_KEY_SET = Prepared(
    sa.select(platform_keys.c.key_set, platform_keys.c.fetched_at, platform_keys.c.tried_at).where(
        platform_keys.c.key_set_url == sa.bindparam("url", type_=sa.String)
    )
)

Jwk = dict[str, object]
"""One JSON Web Key (RFC 7517, section 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key of the tool's own, without its private half.

    It signs for one registration, or for all that have none of their own (None), from
    `signs_from` on, as long as no newer one does. It is published until `retires_at`; None:
    nothing has come after it yet.
    """

    kid: str
    registration_id: uuid.UUID | None
    public_jwk: Jwk
    created_at: datetime
    signs_from: datetime
    retires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKeySet:
    """What is known of a platform's keys.

    `keys` is the last good set (None: there was never one) and `fetched_at` its time;
    `tried_at` is the end of the last attempt, good or not.
    """

    keys: list[Jwk] | None
    fetched_at: datetime | None
    tried_at: datetime


def list_keys(connection: sa.Connection) -> list[StoredKey]:
    """The tool's keys without their private halves, those that sign first in front."""
    query = sa.select(
        key.c.kid,
        key.c.registration_id,
        key.c.public_jwk,
        key.c.created_at,
        key.c.signs_from,
        key.c.retires_at,
    ).order_by(
        # Of two that sign from the same moment, the one that was not replaced is the newer.
        key.c.signs_from,
        key.c.created_at,
        key.c.retires_at.is_(None),
        key.c.kid,
    )
    return [StoredKey(**row) for row in connection.execute(query).mappings()]


def find_sealed_private_key(connection: sa.Connection, kid: str) -> str | None:
    """The sealed private half of a key, or None when there is no such key."""
    query = sa.select(key.c.sealed_private_key).where(key.c.kid == kid)
    return connection.scalars(query).one_or_none()


def begin_signing(connection: sa.Connection, kid: str, *, at: datetime) -> None:
    """Let a key sign from `at` on."""
    connection.execute(sa.update(key).where(key.c.kid == kid).values(signs_from=at))


def retire_keys(connection: sa.Connection, kids: Sequence[str], *, at: datetime) -> None:
    """Let these keys be published until `at`; one that retires sooner does so."""
    sooner = sa.and_(key.c.retires_at.is_not(None), key.c.retires_at <= at)
    connection.execute(
        sa.update(key).where(key.c.kid.in_(kids), sa.not_(sooner)).values(retires_at=at)
    )


def delete_retired_keys(connection: sa.Connection, *, now: datetime) -> None:
    """Remove the keys that are no longer published, private halves and all."""
    connection.execute(sa.delete(key).where(key.c.retires_at <= now))


def lock_keys(connection: sa.Connection) -> None:
    """Let no other transaction add a key until this one ends.

    SQLite's writing transactions are alone already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE tool_key IN EXCLUSIVE MODE"))


def insert_key(
    connection: sa.Connection,
    *,
    kid: str,
    sealed_private_key: str,
    public_jwk: Jwk,
    now: datetime,
    signs_from: datetime,
    registration_id: uuid.UUID | None = None,
) -> None:
    """Store a key that signs from `signs_from` on, for one registration or (None) for all.

    Its private half comes sealed.
    """
    connection.execute(
        sa.insert(key).values(
            kid=kid,
            registration_id=registration_id,
            sealed_private_key=sealed_private_key,
            public_jwk=public_jwk,
            created_at=now,
            signs_from=signs_from,
        )
    )


def find_key_set(connection: sa.Connection, key_set_url: str) -> StoredKeySet | None:
    """What is known of the keys at that URL, or None when nobody ever asked."""
    for keys, fetched_at, tried_at in _KEY_SET.rows(connection, {"url": key_set_url}):
        return StoredKeySet(keys=keys, fetched_at=fetched_at, tried_at=tried_at)
    return None


def put_key_set(
    connection: sa.Connection, key_set_url: str, *, keys: list[Jwk] | None, now: datetime
) -> None:
    """Note an attempt: the good set it brought, or None; a failure keeps the last good set."""
    values: dict[str, object] = {"tried_at": now}
    if keys is not None:
        values.update(key_set=keys, fetched_at=now)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(platform_keys)
        .values(key_set_url=key_set_url, **values)
        .on_conflict_do_update(index_elements=["key_set_url"], set_=values)
    )
