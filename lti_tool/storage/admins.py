"""Administrators: the one-time links that let them in, and their sessions in a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from lti_tool.storage.sessions import hash_token
from lti_tool.storage.tables import admin_session


class AdminKind(StrEnum):
    """A link lets in once; a session lasts."""

    LINK = "link"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Somebody who looks after one organisation's Needle: who it is, is not kept.

    `token` is in the address of a link, or in the cookie of a session; the database has
    only its hash.
    """

    token: str = field(repr=False)
    kind: AdminKind
    organisation: str
    language: str
    expires_at: datetime


def add_admin(connection: sa.Connection, new: Admin, *, now: datetime) -> None:
    """Keep a link or a session; those that are over are removed in passing."""
    connection.execute(sa.delete(admin_session).where(admin_session.c.expires_at <= now))
    connection.execute(
        sa.insert(admin_session).values(
            token_hash=hash_token(new.token),
            kind=new.kind.value,
            organisation=new.organisation,
            language=new.language,
            created_at=now,
            expires_at=new.expires_at,
        )
    )


def find_admin(
    connection: sa.Connection, token: str, kind: AdminKind, *, now: datetime
) -> Admin | None:
    """The link or session of that token, unless it is over."""
    row = connection.execute(
        sa.select(admin_session).where(
            admin_session.c.token_hash == hash_token(token),
            admin_session.c.kind == kind.value,
            admin_session.c.expires_at > now,
        )
    ).first()
    if row is None:
        return None
    return Admin(
        token=token,
        kind=kind,
        organisation=row.organisation,
        language=row.language,
        expires_at=row.expires_at,
    )


def delete_admin(connection: sa.Connection, token: str) -> bool:
    """End a link or session; whether it was this call that ended it."""
    ended = sa.delete(admin_session).where(admin_session.c.token_hash == hash_token(token))
    return connection.execute(ended).rowcount == 1
