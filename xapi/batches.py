"""Batches in the database: claim one, and settle it, each within a short transaction.

A batch's row and its members' rows are written before it is sent and go only when its
outcome is known, so a crash between leaves a batch that is sent again as it was.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from xapi import schema
from xapi.decision import FROM_BEFORE, Pace
from xapi.due import IS_DUE, has_come, times
from xapi.freezing import Member, freeze_new, insert_batch, members_of, move_to_new_batch
from xapi.schema import State

_batch, _sent = schema.batch, schema.delivery


@dataclass(frozen=True, slots=True)
class Batch:
    """A claimed batch; `attempts` (from 1) and `worker` mark this claim among all of it.

    `claimed_at` is when its lease began. `is_last`: nothing more was waiting behind it.
    """

    id: uuid.UUID
    lrs: int
    attempts: int
    members: tuple[Member, ...]
    claimed_at: datetime
    worker: uuid.UUID | None = None
    is_last: bool = False

    @property
    def voids(self) -> bool:
        """Whether a member voids another statement."""
        return any(member.voids for member in self.members)


# Made once: to build a query takes longer than to run it.
_OF_LRS = _batch.c.lrs == sa.bindparam("of")
_LEASED = (
    sa.select(_batch.c.id)
    .where(
        _OF_LRS,
        ~has_come(_batch.c.lease_until, _batch.c.noted_at),
        sa.or_(_batch.c.worker.is_(None),
               sa.bindparam("mine", type_=sa.Uuid).is_(None),
               _batch.c.worker != sa.bindparam("mine", type_=sa.Uuid)),
    ).limit(1)
)
_FROZEN = (
    sa.select(_batch.c.id).where(_OF_LRS, *IS_DUE)
    .order_by(_batch.c.first).limit(1).with_for_update(skip_locked=True)
)
_CLAIM = (
    sa.update(_batch).where(_batch.c.id == sa.bindparam("key"))
    .values(attempts=_batch.c.attempts + 1, noted_at=sa.bindparam("now"), not_before=None,
            lease_until=sa.bindparam("until"), worker=sa.bindparam("mine"))
    .returning(_batch.c.attempts)
)
_IS_OURS = (
    _batch.c.id == sa.bindparam("key"),
    _batch.c.attempts == sa.bindparam("tries"),
    _batch.c.worker.is_not_distinct_from(sa.bindparam("mine", type_=sa.Uuid)),
)
_STILL_CLAIMED = sa.select(_batch.c.id).where(*_IS_OURS).with_for_update()
_RENEW = sa.update(_batch).where(*_IS_OURS).values(
    noted_at=sa.bindparam("now"), lease_until=sa.bindparam("until"))
_WORDS = sa.bindparam("words", type_=sa.Text)
_SETTLE = sa.update(_sent).where(_sent.c.batch == sa.bindparam("key")).values(
    state=sa.bindparam("end"), batch=None,
    # What was settled before it waited is there, or may be: who forgets it must know.
    reason=sa.case((_sent.c.settled_at.is_not(None), sa.literal(FROM_BEFORE) + _WORDS),
                   else_=_WORDS),
    settled_at=sa.bindparam("now"))
_DELETE = sa.delete(_batch).where(_batch.c.id == sa.bindparam("key"))
_TAKE_WRITE_LOCK = sa.update(schema.lrs).where(schema.lrs.c.id == 0).values(failures=0)


# PostgreSQL's notion of how many rows wait is old while a queue grows or drains; by it, it may
# read and sort all that waits, or all that was ever delivered, for the first hundred.
_READ_IN_ORDER = sa.select(*(
    sa.func.set_config(f"enable_{way}", "off", True) for way in ("sort", "bitmapscan", "seqscan")))


def begin(connection: sa.Connection) -> None:
    """What a transaction that claims begins with.

    On SQLite one that reads first may find that it cannot write any more, so this takes the
    write lock; on PostgreSQL it lets indexes be read in their order until the transaction ends.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(_TAKE_WRITE_LOCK)
    elif connection.dialect.name == "postgresql":
        connection.execute(_READ_IN_ORDER)


def claim(
    connection: sa.Connection,
    lrs: int,
    now: datetime,
    pace: Pace,
    worker: uuid.UUID | None = None,
    floor: int = 0,
) -> Batch | None:
    """The next batch for an LRS, leased to the caller; None when nothing is due.

    First what was frozen before and is due again, then new statements in their order. On
    SQLite one worker at a time serves an LRS; `worker` is whose own leases do not count. New
    statements are looked for behind the place `floor`, and only then from the beginning.
    The transaction began with `begin`.
    """
    until = now + timedelta(seconds=pace.lease)
    due = {"of": lrs, "mine": worker} | times(now)
    if connection.dialect.name == "sqlite" and connection.scalar(_LEASED, due) is not None:
        return None
    frozen = connection.scalar(_FROZEN, {"of": lrs} | times(now))
    if frozen is not None:
        attempts = connection.execute(
            _CLAIM, {"key": frozen, "mine": worker, "now": now, "until": until}
        ).scalar_one()
        return Batch(frozen, lrs, int(attempts), members_of(connection, frozen), now, worker)
    new = freeze_new(connection, lrs, pace, floor) or (
        freeze_new(connection, lrs, pace, 0) if floor else None)
    if new is None:
        return None
    lease = {"attempts": 1, "noted_at": now, "lease_until": until, "worker": worker}
    key = insert_batch(connection, lrs, new.places, lease)
    return Batch(key, lrs, 1, members_of(connection, key), now, worker, new.is_last)


def renew(connection: sa.Connection, batch: Batch, now: datetime, pace: Pace) -> bool:
    """Let the lease of a batch begin now; False when the claim was lost."""
    until = now + timedelta(seconds=pace.lease)
    return connection.execute(_RENEW, _ours(batch) | {"now": now, "until": until}).rowcount == 1


def take_back(
    connection: sa.Connection, lrs: int | None = None, worker: uuid.UUID | None = None
) -> None:
    """End every lease, or those of an LRS, or of a worker there that has none in hand.

    For a program that begins and knows that no other worker runs. Should one run all the
    same, its claim is lost once the batch is claimed again, and a statement that both send
    is one statement, since its id is fixed.
    """
    query = sa.update(_batch).where(_batch.c.lease_until.is_not(None))
    if lrs is not None:
        query = query.where(_batch.c.lrs == lrs)
    if worker is not None:
        query = query.where(_batch.c.worker == worker)
    connection.execute(query.values(lease_until=None, worker=None))


def settle(
    connection: sa.Connection, batch: Batch, state: State, now: datetime, reason: str | None
) -> bool:
    """Give every member its end, delivered or refused; False when the claim was lost."""
    if not is_ours(connection, batch):
        return False
    connection.execute(_SETTLE, {"key": batch.id, "end": state, "words": reason, "now": now})
    connection.execute(_DELETE, {"key": batch.id})
    return True


def give_back(
    connection: sa.Connection,
    batch: Batch,
    now: datetime,
    *,
    not_before: datetime | None = None,
    reason: str | None = None,
    unsent: bool = False,
) -> bool:
    """Let go of a batch, its members kept, to be claimed again (from `not_before` on).

    One that was never sent (`unsent`) does not count as tried. False when the claim was lost.
    """
    if not is_ours(connection, batch):
        return False
    connection.execute(
        sa.update(_batch).where(_batch.c.id == batch.id)
        .values(lease_until=None, worker=None, not_before=not_before, noted_at=now,
                attempts=batch.attempts - 1 if unsent else batch.attempts)
    )
    if reason is not None:
        connection.execute(
            sa.update(_sent).where(_sent.c.batch == batch.id).values(reason=reason)
        )
    return True


def split(connection: sa.Connection, batch: Batch) -> bool:
    """Make two batches of one, of which neither was ever sent as it is; False when the claim
    was lost."""
    if not is_ours(connection, batch):
        return False
    middle = len(batch.members) // 2
    for first in (batch.members[middle], batch.members[0]):
        move_to_new_batch(connection, batch.id, batch.lrs, first.seq)
    connection.execute(_DELETE, {"key": batch.id})
    return True


def is_ours(connection: sa.Connection, batch: Batch) -> bool:
    """Whether no other worker claimed the batch since; locks its row."""
    return connection.scalar(_STILL_CLAIMED, _ours(batch)) is not None


def _ours(batch: Batch) -> dict[str, object]:
    return {"key": batch.id, "tries": batch.attempts, "mine": batch.worker}
