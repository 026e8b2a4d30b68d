"""Which statements make a batch, and the rows that hold them together until it is settled."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from xapi import schema
from xapi.decision import Pace
from xapi.schema import State

_kept, _sent = schema.statement, schema.delivery


@dataclass(frozen=True, slots=True)
class Member:
    """A statement in a batch: its place in the outbox, its id and its frozen bytes.

    `voids`: it takes another statement back.
    """

    seq: int
    id: uuid.UUID
    body: bytes
    voids: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The places of the statements of a new batch; `is_last`: nothing waits behind them."""

    places: Sequence[int]
    is_last: bool


# The first that wait are found by their index alone, and only they are joined. Were the state
# compared by "=", PostgreSQL could take another index for the same order, and read everything
# that was ever delivered on its way. No other order is asked of the database (`batches.begin`).
_first = (
    sa.select(_sent.c.statement)
    .where(
        _sent.c.lrs == sa.bindparam("of"),
        sa.tuple_(_sent.c.state, _sent.c.statement) > sa.tuple_(
            sa.bindparam("waiting", State.WAITING.value, sa.String),
            sa.bindparam("floor", type_=sa.BigInteger)),
        _sent.c.state <= State.WAITING.value,
    )
    .order_by(_sent.c.lrs, _sent.c.state, _sent.c.statement).limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
    .subquery()
)
_WAITING = (
    sa.select(_kept.c.seq, _kept.c.size)
    .select_from(_first.join(_kept, _kept.c.seq == _first.c.statement))
)
_MEMBERS = (
    sa.select(_kept.c.seq, _kept.c.id, _kept.c.body, _kept.c.voids.is_not(None))
    .select_from(_sent.join(_kept, _kept.c.seq == _sent.c.statement))
    .where(_sent.c.batch == sa.bindparam("key"))
)
_INSERT = sa.insert(schema.batch)
_CLAIMED = sa.update(_sent).values(state=State.CLAIMED.value, batch=sa.bindparam("key"))
# First and last bound what is read of the index, whatever the database believes of its rows.
# On SQLite, with one writer, what waits between them is what was chosen; else the list says.
_CLAIM = _CLAIMED.where(
    _sent.c.lrs == sa.bindparam("of"), _sent.c.state == State.WAITING.value,
    _sent.c.statement.between(sa.bindparam("first"), sa.bindparam("last")),
)
_CLAIM_LISTED = _CLAIM.where(_sent.c.statement == sa.func.any(
    sa.bindparam("places", type_=postgresql.ARRAY(sa.BigInteger))))
_MOVE = _CLAIMED.where(
    _sent.c.batch == sa.bindparam("old"), _sent.c.statement >= sa.bindparam("first"))


def freeze_new(connection: sa.Connection, lrs: int, pace: Pace, floor: int) -> Chosen | None:
    """The first waiting statements behind the place `floor`, as many as a batch may hold.

    One that alone is larger than a batch may be goes alone. None when nothing waits there.
    """
    asked = {"of": lrs, "floor": floor, "most": pace.batch_statements}
    rows = sorted((seq, size) for seq, size in connection.execute(_WAITING, asked))
    total = 1
    chosen: list[int] = []
    for seq, size in rows:
        total += size + 1
        if chosen and total > pace.batch_bytes:
            break
        chosen.append(seq)
    if not chosen:
        return None
    return Chosen(chosen, is_last=len(chosen) == len(rows) < pace.batch_statements)


def insert_batch(
    connection: sa.Connection, lrs: int, places: Sequence[int], claim: Mapping[str, object]
) -> uuid.UUID:
    """A new batch of the waiting statements at these places; `claim` are its other columns."""
    key = _insert(connection, lrs, places[0], claim)
    bounds = {"of": lrs, "key": key, "first": places[0], "last": places[-1]}
    if connection.dialect.name == "postgresql":
        connection.execute(_CLAIM_LISTED, bounds | {"places": list(places)})
    else:
        connection.execute(_CLAIM, bounds)
    return key


def move_to_new_batch(connection: sa.Connection, old: uuid.UUID, lrs: int, first: int) -> None:
    """A new batch, never tried, of a batch's statements from the place `first` on."""
    key = _insert(connection, lrs, first, {"attempts": 0})
    connection.execute(_MOVE, {"old": old, "key": key, "first": first})


def _insert(
    connection: sa.Connection, lrs: int, first: int, claim: Mapping[str, object]
) -> uuid.UUID:
    key = uuid.uuid4()
    connection.execute(_INSERT, {"id": key, "lrs": lrs, "first": first, **claim})
    return key


def members_of(connection: sa.Connection, batch: uuid.UUID) -> tuple[Member, ...]:
    """The statements of a batch in the order they were added."""
    members = [Member(*row) for row in connection.execute(_MEMBERS, {"key": batch}).all()]
    return tuple(sorted(members, key=attrgetter("seq")))
