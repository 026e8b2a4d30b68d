"""What the outbox holds: figures, and lines without content."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from xapi import schema
from xapi.filling import may_be_filled
from xapi.schema import State

_OPEN = (State.WAITING, State.CLAIMED)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the outbox holds.

    `statements` counts statements; `waiting` (those under way included), `delivered`,
    `refused` and `dismissed` count deliveries, one for each statement and LRS; what a new
    LRS is still to be given waits too. `without_lrs` counts the statements that no LRS is
    set up for, which are kept. `oldest_waiting` is when the oldest waiting statement was
    added (aware UTC), or None. `lrss` is the number of LRSs.
    """

    statements: int
    waiting: int
    delivered: int
    refused: int
    without_lrs: int
    oldest_waiting: datetime | None
    dismissed: int = 0
    lrss: int = 0


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


def counts(
    connection: sa.Connection, organisation: str | None = None, *, at_most: int | None = None
) -> Counts:
    """How much the outbox holds, of one organisation or (None) of all.

    With `at_most` no figure goes beyond it (for each LRS and each state), so that the answer
    takes no longer however much there is.
    """
    kept, lrs = schema.statement, schema.lrs
    of = sa.true() if organisation is None else kept.c.organisation == organisation
    mine = sa.true() if organisation is None else lrs.c.organisation == organisation
    lrss = connection.execute(
        sa.select(lrs.c.id, lrs.c.organisation, lrs.c.filled_to, lrs.c.fill_until).where(mine)
    ).all()
    per_state = dict.fromkeys(State, 0)
    firsts: list[int] = []
    for row in lrss:
        for state in State:
            per_state[state] += _number_of(connection, row.id, state, at_most)
        unfilled = _unfilled(row.organisation, row.filled_to, row.fill_until)
        if row.filled_to < row.fill_until:
            per_state[State.WAITING] += _number(connection, unfilled, at_most)
        firsts += _first_open(connection, row.id, unfilled)
    served = {row.organisation for row in lrss}
    return Counts(
        statements=_number(connection, sa.select(kept.c.seq).where(of), at_most),
        waiting=per_state[State.WAITING] + per_state[State.CLAIMED],
        delivered=per_state[State.DELIVERED],
        refused=per_state[State.REFUSED],
        without_lrs=_without_lrs(connection, organisation, served, at_most),
        oldest_waiting=connection.scalar(
            sa.select(kept.c.created_at).where(kept.c.seq == min(firsts, default=-1))
        ),
        dismissed=per_state[State.DISMISSED],
        lrss=len(lrss),
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
    if state is None:
        source = kept.outerjoin(sent, sent.c.statement == kept.c.seq)
        at: sa.ColumnElement[int] = sent.c.lrs
    else:
        # From the head of an index for each LRS: few may be in that state, of very many.
        newest = _newest(connection, organisation, state, limit)
        here = sa.and_(sent.c.statement == newest.c.statement, sent.c.lrs == newest.c.lrs)
        source = newest.join(kept, kept.c.seq == newest.c.statement).outerjoin(sent, here)
        at = newest.c.lrs
    query = (
        sa.select(kept.c.id, kept.c.verb, kept.c.created_at, sent.c.state, lrs.c.name, _reason())
        .select_from(source.outerjoin(lrs, lrs.c.id == at))
        .where(kept.c.organisation == organisation)
        .order_by(kept.c.seq.desc(), lrs.c.id)
        .limit(limit)
    )
    return [
        Listed(identifier, verb, created_at, State(found or State.WAITING), name, words)
        for identifier, verb, created_at, found, name, words in connection.execute(query)
    ]


def _reason() -> sa.ColumnElement[str | None]:
    """Why a statement stands where it stands: the LRS's words, or what is wrong with it."""
    sent, lrs = schema.delivery, schema.lrs
    switched_off = sa.case((lrs.c.active.is_(False), sa.literal("the LRS is switched off")))
    return sa.case(
        (sent.c.state == State.DELIVERED, None),
        (sent.c.state.in_((State.REFUSED, State.DISMISSED)), sent.c.reason),
        else_=sa.func.coalesce(
            switched_off, sent.c.reason, lrs.c.paused_reason, lrs.c.trouble
        ),
    )


def _newest(
    connection: sa.Connection, organisation: str, state: State, limit: int
) -> sa.FromClause:
    """The newest pairs of a statement and an LRS in that state, for each LRS."""
    kept, sent, lrs = schema.statement, schema.delivery, schema.lrs
    nowhere = sa.literal(None, sa.Integer)
    parts: list[sa.Select[tuple[int, int | None]]] = []
    lrss = connection.execute(
        sa.select(lrs.c.id, lrs.c.filled_to, lrs.c.fill_until)
        .where(lrs.c.organisation == organisation)
    ).all()
    for row in lrss:
        parts += [
            sa.select(sent.c.statement, sent.c.lrs)
            .where(sent.c.lrs == row.id, sent.c.state == one)
            .order_by(sent.c.statement.desc()).limit(limit)
            for one in (_OPEN if state is State.WAITING else (state,))
        ]
        if state is State.WAITING and row.filled_to < row.fill_until:
            unfilled = _unfilled(organisation, row.filled_to, row.fill_until)
            parts.append(
                unfilled.add_columns(sa.literal(row.id))
                .order_by(kept.c.seq.desc()).limit(limit)
            )
    if not lrss:
        of = kept.c.organisation == organisation if state is State.WAITING else sa.false()
        parts.append(
            sa.select(kept.c.seq, nowhere).where(of).order_by(kept.c.seq.desc()).limit(limit)
        )
    heads = [part.subquery() for part in parts]
    return sa.union_all(
        *(sa.select(head.c[0].label("statement"), head.c[1].label("lrs")) for head in heads)
    ).subquery()


def _number(
    connection: sa.Connection, query: sa.Select[tuple[int]], at_most: int | None
) -> int:
    counted = sa.select(sa.func.count()).select_from(query.limit(at_most).subquery())
    return connection.scalar(counted) or 0


def _number_of(connection: sa.Connection, lrs: int, state: State, at_most: int | None) -> int:
    sent = schema.delivery
    query = sa.select(sent.c.statement).where(sent.c.lrs == lrs, sent.c.state == state)
    return _number(connection, query, at_most)


def _unfilled(organisation: str, after: int, until: int) -> sa.Select[tuple[int]]:
    """The places of what a new LRS has not been given yet, and will be."""
    kept = schema.statement
    return sa.select(kept.c.seq).where(
        kept.c.organisation == organisation, kept.c.seq > after, kept.c.seq <= until,
        may_be_filled(),
    )


def _first_open(
    connection: sa.Connection, lrs: int, unfilled: sa.Select[tuple[int]]
) -> list[int]:
    """The first places of what waits for an LRS, each found at the head of an index."""
    sent = schema.delivery
    heads = [
        sa.select(sent.c.statement).where(sent.c.lrs == lrs, sent.c.state == state)
        .order_by(sent.c.statement).limit(1)
        for state in _OPEN
    ]
    found = [connection.scalar(head) for head in heads]
    found.append(connection.scalar(unfilled.order_by(schema.statement.c.seq).limit(1)))
    return [seq for seq in found if seq is not None]


def _without_lrs(
    connection: sa.Connection, organisation: str | None, served: set[str], at_most: int | None
) -> int:
    kept = schema.statement
    if organisation is not None:
        if organisation in served:
            return 0
        return _number(
            connection, sa.select(kept.c.seq).where(kept.c.organisation == organisation), at_most
        )
    # From one organisation to the next by the index: looking at each statement takes long.
    number = 0
    one = connection.scalar(sa.select(sa.func.min(kept.c.organisation)))
    while one is not None:
        number += _without_lrs(connection, one, served, at_most)
        one = connection.scalar(
            sa.select(sa.func.min(kept.c.organisation)).where(kept.c.organisation > one)
        )
    return number
