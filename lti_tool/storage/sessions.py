"""Sessions: one a launch, found by the token that its pages carry."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from lti_tool.domain.launch import MessageType, Role, Session
from lti_tool.storage.database import UTCDateTime
from lti_tool.storage.pace import Pace
from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import registration, session

_CLEAR = sa.delete(session).where(session.c.expires_at < sa.bindparam("now", type_=UTCDateTime))
_INSERT = Prepared(sa.insert(session))

_CLEARED = Pace(timedelta(minutes=1))
"""A session that is over is found no more, cleared or not."""


def hash_token(token: str) -> str:
    """What the database keeps of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def add_session(connection: sa.Connection, new: Session, *, now: datetime) -> None:
    """Keep a session; now and then, those that are over are removed in passing."""
    if _CLEARED.is_due(connection.engine, now):
        connection.execute(_CLEAR, {"now": now})
    values = {
        "token_hash": hash_token(new.token),
        "organisation": new.organisation,
        "registration_id": new.registration_id,
        "person_id": new.person_id,
        "language": new.language,
        "role": new.role.value,
        "administers": new.administers,
        "message_type": new.message_type.value,
        "course_id": new.course_id,
        "course_title": new.course_title,
        "resource_link_id": new.resource_link_id,
        "placement_id": new.placement_id,
        "sealed_details": new.sealed_details,
        "created_at": now,
        "expires_at": new.expires_at,
    }
    _INSERT.change(connection, values)


def find_session(connection: sa.Connection, token: str, *, now: datetime) -> Session | None:
    """The session that this token belongs to, unless it is over."""
    row = connection.execute(
        sa.select(session, registration.c.origin, registration.c.actor_form)
        .join(registration, registration.c.id == session.c.registration_id)
        .where(session.c.token_hash == hash_token(token), session.c.expires_at > now)
    ).first()
    if row is None:
        return None
    return Session(
        token=token,
        organisation=row.organisation,
        registration_id=row.registration_id,
        person_id=row.person_id,
        language=row.language,
        role=Role(row.role),
        administers=row.administers,
        message_type=MessageType(row.message_type),
        course_id=row.course_id,
        course_title=row.course_title,
        resource_link_id=row.resource_link_id,
        placement_id=row.placement_id,
        sealed_details=row.sealed_details,
        expires_at=row.expires_at,
        frame_origin=row.origin,
        actor_form=row.actor_form,
    )


def delete_session(connection: sa.Connection, token: str) -> None:
    """End one session."""
    connection.execute(sa.delete(session).where(session.c.token_hash == hash_token(token)))


def delete_sessions_of(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """End every session of a person."""
    connection.execute(sa.delete(session).where(session.c.person_id == person_id))
