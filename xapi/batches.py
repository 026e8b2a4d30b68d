"""Batches in the database: claim one, and settle it, each in one short transaction.

A batch's row and its members' rows are written before it is sent and go only when its
outcome is known, so a crash between leaves a batch that is sent again as it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from xapi import schema
from xapi.decision import Pace
from xapi.schema import State

CLOCKS_APART = timedelta(seconds=60)
"""How far the clocks of two workers may be apart before it counts as a clock put back."""


@dataclass(frozen=True, slots=True)
class Member:
    """A statement in a batch: its place in the outbox, its id and its frozen bytes."""

    seq: int
    id: uuid.UUID
    body: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """A claimed batch; `attempts` (from 1) marks this claim among all of the same batch."""

    id: uuid.UUID
    lrs: int
    attempts: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class DueLrs:
    """An LRS that may be sent to now, with what it takes to reach it."""

    id: int
    name: str
    url: str
    version: str
    username: str
    sealed_password: str
    failures: int


def due_lrss(
    connection: sa.Connection, now: datetime, *, impatient: bool
) -> list[DueLrs]:
    """The LRSs that have something to get and are not left alone now (`impatient`: anyway)."""
    lrs, sent, batch = schema.lrs, schema.delivery, schema.batch
    waiting = sa.exists().where(sent.c.lrs == lrs.c.id, sent.c.state == State.WAITING)
    open_batch = sa.exists().where(batch.c.lrs == lrs.c.id, *_is_due(now))
    query = (
        sa.select(*(lrs.c[name] for name in DueLrs.__dataclass_fields__))
        .where(lrs.c.active, sa.or_(waiting, open_batch))
        .order_by(lrs.c.id)
    )
    if not impatient:
        query = query.where(_has_come(lrs.c.not_before, lrs.c.noted_at, now))
    return [DueLrs(*row) for row in connection.execute(query)]


def claim(connection: sa.Connection, lrs: int, now: datetime, pace: Pace) -> Batch | None:
    """The next batch for an LRS, leased to the caller; None when nothing is due.

    First what was frozen before and is due again, then new statements in their order. On
    SQLite one worker at a time serves an LRS.
    """
    if connection.dialect.name == "sqlite":
        _take_write_lock(connection, lrs)
        if _is_leased(connection, lrs, now):
            return None
    found = _frozen(connection, lrs, now) or _freeze_new(connection, lrs, pace)
    if found is None:
        return None
    table = schema.batch
    attempts = connection.execute(
        sa.update(table).where(table.c.id == found)
        .values(attempts=table.c.attempts + 1, noted_at=now,
                lease_until=now + timedelta(seconds=pace.lease), not_before=None)
        .returning(table.c.attempts)
    ).scalar_one()
    return Batch(found, lrs, int(attempts), _members(connection, found))


def take_back(connection: sa.Connection) -> None:
    """End every lease: for a program that begins and knows that no other worker runs.

    Should one run all the same, its claim is lost once the batch is claimed again, and a
    statement that both send is one statement, since its id is fixed.
    """
    table = schema.batch
    connection.execute(sa.update(table).values(lease_until=None))


def settle(
    connection: sa.Connection, batch: Batch, state: State, now: datetime, reason: str | None
) -> bool:
    """Give every member its end, delivered or refused; False when the claim was lost."""
    if not _still_claimed(connection, batch):
        return False
    sent = schema.delivery
    connection.execute(
        sa.update(sent).where(sent.c.batch == batch.id)
        .values(state=state, batch=None, reason=reason, settled_at=now)
    )
    connection.execute(sa.delete(schema.batch).where(schema.batch.c.id == batch.id))
    return True


def give_back(
    connection: sa.Connection,
    batch: Batch,
    now: datetime,
    *,
    not_before: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Let go of a batch, its members kept, to be claimed again (from `not_before` on)."""
    if _still_claimed(connection, batch):
        table = schema.batch
        connection.execute(
            sa.update(table).where(table.c.id == batch.id)
            .values(lease_until=None, not_before=not_before, noted_at=now)
        )
        if reason is not None:
            sent = schema.delivery
            connection.execute(
                sa.update(sent).where(sent.c.batch == batch.id).values(reason=reason)
            )


def split(connection: sa.Connection, batch: Batch) -> None:
    """Make two batches of one, of which neither was ever sent as it is."""
    if not _still_claimed(connection, batch):
        return
    middle = len(batch.members) // 2
    for part in (batch.members[:middle], batch.members[middle:]):
        _insert_batch(connection, batch.lrs, [member.seq for member in part])
    connection.execute(sa.delete(schema.batch).where(schema.batch.c.id == batch.id))


def note_answer(connection: sa.Connection, lrs: int) -> None:
    """Note that the LRS answers: whatever was wrong before is over."""
    table = schema.lrs
    connection.execute(
        sa.update(table)
        .where(table.c.id == lrs, sa.or_(table.c.failures > 0, table.c.paused_reason.is_not(None)))
        .values(failures=0, not_before=None, trouble=None, paused_reason=None)
    )


def note_trouble(
    connection: sa.Connection, lrs: int, reason: str, now: datetime, seconds: float, *, pause: bool
) -> None:
    """Leave the LRS alone for `seconds` from `now`; `pause`: a person must mend the reason."""
    table = schema.lrs
    connection.execute(
        sa.update(table).where(table.c.id == lrs).values(
            failures=table.c.failures + 1,
            noted_at=now,
            not_before=now + timedelta(seconds=seconds),
            trouble=reason,
            paused_reason=reason if pause else None,
        )
    )


def _has_come(
    column: sa.ColumnElement[datetime | None],
    noted_at: sa.ColumnElement[datetime | None],
    now: datetime,
) -> sa.ColumnElement[bool]:
    """Whether a time has come, or was written in what is now the future (the clock was put
    back), so that nothing waits for hours that have passed already."""
    return sa.or_(column.is_(None), column <= now, noted_at > now + CLOCKS_APART)


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    table = schema.batch
    return (
        _has_come(table.c.lease_until, table.c.noted_at, now),
        _has_come(table.c.not_before, table.c.noted_at, now),
    )


def _take_write_lock(connection: sa.Connection, lrs: int) -> None:
    """On SQLite a transaction that reads first may find that it cannot write any more."""
    table = schema.lrs
    connection.execute(sa.update(table).where(table.c.id == lrs).values(id=table.c.id))


def _is_leased(connection: sa.Connection, lrs: int, now: datetime) -> bool:
    table = schema.batch
    over = _has_come(table.c.lease_until, table.c.noted_at, now)
    leased = sa.and_(table.c.lrs == lrs, ~over)
    return connection.scalar(sa.select(table.c.id).where(leased).limit(1)) is not None


def _frozen(connection: sa.Connection, lrs: int, now: datetime) -> uuid.UUID | None:
    table = schema.batch
    return connection.scalar(
        sa.select(table.c.id).where(table.c.lrs == lrs, *_is_due(now))
        .order_by(table.c.first).limit(1).with_for_update(skip_locked=True)
    )


def _freeze_new(connection: sa.Connection, lrs: int, pace: Pace) -> uuid.UUID | None:
    sent, kept = schema.delivery, schema.statement
    rows = connection.execute(
        sa.select(kept.c.seq, kept.c.size)
        .select_from(sent.join(kept, kept.c.seq == sent.c.statement))
        .where(sent.c.lrs == lrs, sent.c.state == State.WAITING)
        .order_by(sent.c.statement).limit(pace.batch_statements)
        .with_for_update(skip_locked=True, of=sent)
    ).all()
    total = 1
    chosen: list[int] = []
    for seq, size in rows:
        total += size + 1
        if chosen and total > pace.batch_bytes:
            break
        chosen.append(seq)
    return _insert_batch(connection, lrs, chosen) if chosen else None


def _insert_batch(connection: sa.Connection, lrs: int, chosen: Sequence[int]) -> uuid.UUID:
    identifier = uuid.uuid4()
    connection.execute(
        sa.insert(schema.batch).values(id=identifier, lrs=lrs, first=chosen[0], attempts=0)
    )
    sent = schema.delivery
    connection.execute(
        sa.update(sent).where(sent.c.lrs == lrs, sent.c.statement.in_(chosen))
        .values(state=State.CLAIMED, batch=identifier)
    )
    return identifier


def _members(connection: sa.Connection, identifier: uuid.UUID) -> tuple[Member, ...]:
    sent, kept = schema.delivery, schema.statement
    rows = connection.execute(
        sa.select(kept.c.seq, kept.c.id, kept.c.body)
        .select_from(sent.join(kept, kept.c.seq == sent.c.statement))
        .where(sent.c.batch == identifier).order_by(kept.c.seq)
    )
    return tuple(Member(*row) for row in rows)


def _still_claimed(connection: sa.Connection, batch: Batch) -> bool:
    """Whether no other worker claimed the batch since; locks its row."""
    table = schema.batch
    return connection.scalar(
        sa.select(table.c.id)
        .where(table.c.id == batch.id, table.c.attempts == batch.attempts).with_for_update()
    ) is not None
