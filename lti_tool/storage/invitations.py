"""Invitations: one-time addresses by which a platform registers the tool."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from lti_tool.storage.tables import invitation

CLAIM_LASTS = timedelta(minutes=1)
"""How long a registration may be under way before another may begin: one that ended in a crash
gives its claim back by time alone. It is longer than any registration takes, and the words of
`registration-under-way` name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInvitation:
    """An invitation as it is kept: by the hash of its secret.

    `used_at` without `registration_id` is a registration that is under way.
    """

    id_hash: str
    organisation: str
    created_at: datetime
    expires_at: datetime
    sealed_request: str | None
    used_at: datetime | None
    registration_id: uuid.UUID | None


def hash_of(secret: str) -> str:
    """What an invitation is kept under; the secret itself is not kept."""
    return hashlib.sha256(b"needle invitation\0" + secret.encode("utf-8", "replace")).hexdigest()


def add_invitation(
    connection: sa.Connection,
    *,
    secret: str,
    organisation: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Keep a new invitation."""
    values = {
        "id_hash": hash_of(secret),
        "organisation": organisation,
        "created_at": now,
        "expires_at": expires_at,
    }
    connection.execute(sa.insert(invitation).values(values))


def find_invitation(connection: sa.Connection, secret: str) -> StoredInvitation | None:
    """The invitation of that secret, or None."""
    query = sa.select(invitation).where(invitation.c.id_hash == hash_of(secret))
    row = connection.execute(query).mappings().first()
    return None if row is None else StoredInvitation(**row)


def list_invitations(
    connection: sa.Connection, organisation: str | None = None
) -> list[StoredInvitation]:
    """Every invitation, or those of one organisation, newest first."""
    query = sa.select(invitation).order_by(invitation.c.created_at.desc(), invitation.c.id_hash)
    if organisation is not None:
        query = query.where(invitation.c.organisation == organisation)
    return [StoredInvitation(**row) for row in connection.execute(query).mappings()]


def keep_request(connection: sa.Connection, id_hash: str, sealed: str) -> None:
    """Keep what the platform sent, sealed, until the administrator says yes."""
    _update(connection, id_hash, sealed_request=sealed)


def claim(connection: sa.Connection, id_hash: str, *, now: datetime) -> bool:
    """Take the invitation for one registration; False when another has it, or it is used."""
    free = sa.or_(invitation.c.used_at.is_(None), invitation.c.used_at < now - CLAIM_LASTS)
    taken = connection.execute(
        sa.update(invitation)
        .where(
            invitation.c.id_hash == id_hash,
            invitation.c.registration_id.is_(None),
            invitation.c.expires_at > now,
            free,
        )
        .values(used_at=now)
    )
    return taken.rowcount == 1


def give_back(connection: sa.Connection, id_hash: str, *, claimed_at: datetime) -> None:
    """The registration of that claim failed: the invitation may be used again."""
    connection.execute(
        sa.update(invitation)
        .where(
            invitation.c.id_hash == id_hash,
            invitation.c.registration_id.is_(None),
            invitation.c.used_at == claimed_at,
        )
        .values(used_at=None)
    )


def settle(
    connection: sa.Connection, id_hash: str, *, registration_id: uuid.UUID, sealed: str
) -> None:
    """The invitation is used up by that registration."""
    _update(connection, id_hash, registration_id=registration_id, sealed_request=sealed)


def delete_invitations(connection: sa.Connection, organisation: str, beginning: str) -> int:
    """Take back the organisation's unused invitations whose hash begins so; how many."""
    gone = connection.execute(
        sa.delete(invitation).where(
            invitation.c.organisation == organisation,
            invitation.c.registration_id.is_(None),
            invitation.c.id_hash.startswith(beginning, autoescape=True),
        )
    )
    return gone.rowcount


def _update(connection: sa.Connection, id_hash: str, **values: object) -> None:
    connection.execute(
        sa.update(invitation).where(invitation.c.id_hash == id_hash).values(**values)
    )
