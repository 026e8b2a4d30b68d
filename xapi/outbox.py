"""The outbox: statements kept in the caller's own transaction until every LRS has them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
import tincan
from sqlalchemy.dialects import postgresql, sqlite

from xapi import policy as policies
from xapi import schema
from xapi.errors import StatementConflict
from xapi.schema import State
from xapi.statements import freeze


class Cipher(Protocol):
    """How the host program seals an LRS's password at rest.

    `open` raises `ValueError` when the text cannot be opened, as after a change of key.
    """

    def seal(self, plain: str) -> str:
        """The secret as text that is safe in the database."""
        ...

    def open(self, sealed: str) -> str:
        """The secret that `seal` was given."""
        ...


MOST_AT_ONCE = 500
"""Registrations in one query, which databases bound."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the outbox holds.

    `statements` counts statements; `waiting` (those under way included), `delivered` and
    `refused` count deliveries, one for each statement and LRS; `without_lrs` counts the
    statements that no LRS is set up for, which are kept. `oldest_waiting` is when the
    oldest waiting statement was added (aware UTC), or None.
    """

    statements: int
    waiting: int
    delivered: int
    refused: int
    without_lrs: int
    oldest_waiting: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the outbox: a statement on its way to one LRS (`lrs` None: to none yet).

    `verb` is its English display; `reason` the LRS's words, or what is wrong with it.
    """

    id: uuid.UUID
    verb: str
    created_at: datetime
    state: State
    lrs: str | None
    reason: str | None


def utc_now() -> datetime:
    """The time by this machine's clock, aware, UTC."""
    return datetime.now(UTC)


def add(
    connection: sa.Connection,
    statement: tincan.Statement,
    *,
    organisation: str,
    policy: policies.Policy = policies.PSEUDONYM,
    now: datetime | None = None,
) -> uuid.UUID:
    """Keep a statement for the organisation's LRSs, in the caller's transaction.

    Its bytes are frozen here. Adding the same statement again changes nothing. Returns its
    id. Raises `PolicyError` when it carries what `policy` does not let out,
    `InvalidStatement` when it lacks an id, an aware timestamp, an actor, a verb or an
    object, `StatementConflict` when another statement has its id.
    """
    body = freeze(statement)
    values = json.loads(body)
    policy.check(values)
    identifier = uuid.UUID(values["id"])
    row = {
        "id": identifier,
        "organisation": organisation,
        "verb": _display(values["verb"]),
        "size": len(body),
        "body": body,
        "registration": _registration(values),
        "created_at": now or utc_now(),
    }
    seq = connection.scalar(_insert_or_leave(connection, row))
    if seq is None:
        _check_same(connection, identifier, organisation, body)
    else:
        connection.execute(_deliveries_of(seq, organisation))
    return identifier


def forget(connection: sa.Connection, registrations: Iterable[uuid.UUID]) -> int:
    """Remove every statement of these registrations, in the caller's transaction.

    What waited is not sent any more; what an LRS has already got stays there, and what is
    on its way at this moment may still arrive. Gives the number of statements removed.
    """
    kept, sent = schema.statement, schema.delivery
    wanted = sorted(set(registrations))
    removed = 0
    for first in range(0, len(wanted), MOST_AT_ONCE):
        some = kept.c.registration.in_(wanted[first : first + MOST_AT_ONCE])
        theirs = sa.select(kept.c.seq).where(some)
        connection.execute(sa.delete(sent).where(sent.c.statement.in_(theirs)))
        removed += connection.execute(sa.delete(kept).where(some)).rowcount
    return removed


def counts(connection: sa.Connection, organisation: str | None = None) -> Counts:
    """How much the outbox holds, of one organisation or (None) of all."""
    kept, sent, lrs = schema.statement, schema.delivery, schema.lrs
    of: sa.ColumnElement[bool] = sa.true()
    to: sa.ColumnElement[bool] = sa.true()
    if organisation is not None:
        of = kept.c.organisation == organisation
        # By the few LRSs, not by the many statements: this reads an index alone.
        to = sent.c.lrs.in_(sa.select(lrs.c.id).where(lrs.c.organisation == organisation))
    grouped = sa.select(sent.c.state, sa.func.count()).where(to).group_by(sent.c.state)
    per_state = {str(state): int(number) for state, number in connection.execute(grouped)}
    open_states = (State.WAITING, State.CLAIMED)
    first_open = sa.select(sa.func.min(sent.c.statement)).where(to, sent.c.state.in_(open_states))
    number = sa.select(sa.func.count()).select_from(kept).where(of)
    return Counts(
        statements=connection.scalar(number) or 0,
        waiting=sum(per_state.get(state, 0) for state in open_states),
        delivered=per_state.get(State.DELIVERED, 0),
        refused=per_state.get(State.REFUSED, 0),
        without_lrs=connection.scalar(number.where(_without_lrs())) or 0,
        oldest_waiting=connection.scalar(
            sa.select(kept.c.created_at).where(kept.c.seq == first_open.scalar_subquery())
        ),
    )


def list_statements(
    connection: sa.Connection,
    organisation: str,
    state: State | None = None,
    limit: int = 50,
) -> list[Listed]:
    """The newest lines of the outbox, newest first; never a statement's content.

    `state` WAITING lists those under way and those without an LRS as well.
    """
    kept, sent, lrs = schema.statement, schema.delivery, schema.lrs
    joined = kept.outerjoin(sent, sent.c.statement == kept.c.seq).outerjoin(
        lrs, lrs.c.id == sent.c.lrs
    )
    switched_off = sa.case((lrs.c.active.is_(False), sa.literal("the LRS is switched off")))
    reason = sa.func.coalesce(
        switched_off, sent.c.reason, lrs.c.paused_reason, lrs.c.trouble
    )
    query = (
        sa.select(kept.c.id, kept.c.verb, kept.c.created_at, sent.c.state, lrs.c.name,
                  sa.case((sent.c.state == State.DELIVERED, None), else_=reason))
        .select_from(joined)
        .where(kept.c.organisation == organisation)
        .order_by(kept.c.seq.desc(), lrs.c.id)
        .limit(limit)
    )
    if state is State.WAITING:
        under_way = sent.c.state.in_((State.WAITING, State.CLAIMED))
        query = query.where(sa.or_(under_way, sent.c.state.is_(None)))
    elif state is not None:
        query = query.where(sent.c.state == state)
    return [
        Listed(identifier, verb, created_at, State(at or State.WAITING), name, words)
        for identifier, verb, created_at, at, name, words in connection.execute(query)
    ]


def _registration(values: Mapping[str, Any]) -> uuid.UUID | None:
    found = values.get("context", {}).get("registration")
    return uuid.UUID(found) if found else None


def _display(verb: dict[str, object]) -> str:
    display = verb.get("display")
    words = display.get("en") if isinstance(display, dict) else None
    return str(words or verb.get("id"))[:200]


def _insert_or_leave(
    connection: sa.Connection, row: dict[str, object]
) -> sa.Executable:
    table = schema.statement
    on_postgresql = connection.dialect.name == "postgresql"
    insert = postgresql.insert(table) if on_postgresql else sqlite.insert(table)
    return (
        insert.values(row)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(table.c.seq)
    )


def _check_same(
    connection: sa.Connection, identifier: uuid.UUID, organisation: str, body: bytes
) -> None:
    table = schema.statement
    held = connection.execute(
        sa.select(table.c.organisation, table.c.body).where(table.c.id == identifier)
    ).one()
    if held.organisation != organisation or held.body != body:
        raise StatementConflict(
            f"the outbox holds another statement with the id {identifier}: a statement is "
            "never changed once it is added, so give the new one an id of its own"
        )


def _deliveries_of(seq: int, organisation: str) -> sa.Insert:
    lrs = schema.lrs
    rows = sa.select(sa.literal(seq), lrs.c.id, sa.literal(State.WAITING.value)).where(
        lrs.c.organisation == organisation
    )
    return schema.delivery.insert().from_select(["statement", "lrs", "state"], rows)


def _without_lrs() -> sa.ColumnElement[bool]:
    kept, lrs = schema.statement, schema.lrs
    return ~sa.exists().where(lrs.c.organisation == kept.c.organisation)
