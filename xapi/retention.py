"""Giving up the content of statements that were delivered everywhere long enough ago."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from xapi import schema
from xapi.adding import digest_of, in_parts, utc_now
from xapi.schema import State

_SETTLED = (State.DELIVERED, State.DISMISSED)


def empty_delivered(
    connection: sa.Connection,
    before: datetime,
    limit: int = 1000,
    *,
    now: datetime | None = None,
) -> int:
    """Give up the bodies of statements settled before `before`, at most `limit` of them.

    Only of those that every LRS they were for has, or a person let rest, with none left to
    be filled: what waits, what was refused, and what has no LRS stays whole. Ids,
    registrations and deliveries stay, so that a forgotten person's statements can be voided.
    A new LRS is not sent what was given up. Gives how many there were: fewer than `limit`
    when nothing is left to do. What is being sent again at this moment is left.
    """
    kept, at = schema.statement, now or utc_now()
    due = [int(row.seq) for row in connection.execute(_due(before).limit(limit))]
    emptied = 0
    for some in in_parts(due):
        rest = _still_at_rest(connection, some)
        bodies = connection.execute(sa.select(kept.c.seq, kept.c.body).where(kept.c.seq.in_(rest)))
        values = [{"of_seq": seq, "of_digest": digest_of(body)} for seq, body in bodies]
        if values:
            connection.execute(
                sa.update(kept).where(kept.c.seq == sa.bindparam("of_seq")).values(
                    body=b"", size=0, emptied_at=at, digest=sa.bindparam("of_digest")
                ),
                values,
            )
        emptied += len(values)
    return emptied


def _still_at_rest(connection: sa.Connection, places: Sequence[int]) -> list[int]:
    """Those of which no delivery was changed since they were found, or is being changed now.

    Who sends one again has its delivery locked until the commit, and this passes over it; the
    deliveries of the others are locked, so that nobody sends them again meanwhile.
    """
    sent = schema.delivery
    theirs = sent.c.statement.in_(places)
    locked = connection.execute(
        sa.select(sent.c.statement, sent.c.state).where(theirs)
        .with_for_update(skip_locked=True)
    )
    at_rest = Counter(seq for seq, state in locked if state in _SETTLED)
    every = connection.execute(
        sa.select(sent.c.statement, sa.func.count()).where(theirs).group_by(sent.c.statement)
    )
    return [seq for seq, number in every if at_rest[seq] == number]


def _due(before: datetime) -> sa.Select[tuple[int]]:
    """Those whose time is over, the oldest of each organisation first.

    By the time they were added, which is before they were settled, since there is an index
    of it; an organisation without an LRS is not looked through.
    """
    kept, sent, lrs = schema.statement, schema.delivery, schema.lrs
    theirs = sent.c.statement == kept.c.seq
    still_open = sa.or_(
        sent.c.state.not_in(_SETTLED), sent.c.settled_at.is_(None), sent.c.settled_at >= before
    )
    to_fill = sa.exists().where(
        lrs.c.organisation == kept.c.organisation,
        lrs.c.filled_to < kept.c.seq, lrs.c.fill_until >= kept.c.seq,
    )
    return (
        sa.select(kept.c.seq)
        .where(
            kept.c.organisation.in_(sa.select(lrs.c.organisation)),
            kept.c.emptied_at.is_(None),
            kept.c.created_at < before,
            sa.exists().where(theirs),
            ~sa.exists().where(theirs, still_open),
            ~to_fill,
        )
        .order_by(kept.c.organisation, kept.c.created_at)
        .with_for_update(skip_locked=True, of=kept)
    )
