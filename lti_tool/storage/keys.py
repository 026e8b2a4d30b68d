"""Keys: the tool's own, and the last good key set of each platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.storage.tables import key, platform_keys

Jwk = dict[str, object]
"""One JSON Web Key (RFC 7517, section 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKeySet:
    """What is known of a platform's keys.

    `keys` is the last good set (None: there was never one) and `fetched_at` its time;
    `tried_at` is the end of the last attempt, good or not.
    """

    keys: list[Jwk] | None
    fetched_at: datetime | None
    tried_at: datetime


def list_public_keys(connection: sa.Connection) -> list[Jwk]:
    """The tool's public keys, oldest first."""
    query = sa.select(key.c.public_jwk).order_by(key.c.created_at, key.c.kid)
    return [dict(found) for found in connection.scalars(query)]


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
) -> None:
    """Store a key of the tool, that signs from `signs_from` on; its private half comes sealed."""
    connection.execute(
        sa.insert(key).values(
            kid=kid,
            sealed_private_key=sealed_private_key,
            public_jwk=public_jwk,
            created_at=now,
            signs_from=signs_from,
        )
    )


def find_key_set(connection: sa.Connection, key_set_url: str) -> StoredKeySet | None:
    """What is known of the keys at that URL, or None when nobody ever asked."""
    query = sa.select(platform_keys).where(platform_keys.c.key_set_url == key_set_url)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return StoredKeySet(keys=row["key_set"], fetched_at=row["fetched_at"], tried_at=row["tried_at"])


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
