"""Statements of the outbox with their content: one to look at, or many to take along.

What is given here holds personal data.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from xapi import schema
from xapi.errors import UnknownStatement
from xapi.schema import State

_kept, _sent, _lrs = schema.statement, schema.delivery, schema.lrs
_PART = 500
"""Statements that `export` holds in memory at once."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a statement got at one LRS, and that LRS's words."""

    lrs: str
    state: State
    reason: str | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A statement of the outbox, whole.

    `statement` is the JSON object as it is sent; None once its body was given up
    (`emptied_at`). `replaced_by` is the id of the one that is sent instead of it, `voids`
    of the one that it voids.
    """

    id: uuid.UUID
    verb: str
    created_at: datetime
    statement: Mapping[str, object] | None
    emptied_at: datetime | None
    replaced_by: uuid.UUID | None
    voids: uuid.UUID | None
    deliveries: tuple[Sent, ...]


def show(connection: sa.Connection, organisation: str, identifier: uuid.UUID) -> Shown:
    """A statement with its content, and where it stands at each LRS.

    It holds personal data. Raises `UnknownStatement`.
    """
    seq = place_of(connection, organisation, identifier)
    return next(iter(_whole(connection, [seq])))


def export(
    connection: sa.Connection, organisation: str, state: State | None = State.REFUSED
) -> Iterator[dict[str, object]]:
    """The statements in that state at some LRS (None: all), in the order they were added.

    Each as plain values for JSON, its content included, so it holds personal data. WAITING
    are those under way and those without an LRS as well. A few hundred are in memory at
    once, however many there are.
    """
    last = 0
    query = sa.select(_kept.c.seq).where(_kept.c.organisation == organisation)
    if state is not None:
        query = query.where(_is_somewhere(state))
    query = query.where(_kept.c.seq > sa.bindparam("last")).order_by(_kept.c.seq).limit(_PART)
    while part := connection.execute(query, {"last": last}).scalars().all():
        for shown in _whole(connection, part):
            yield as_values(shown)
        last = part[-1]


def as_values(shown: Shown) -> dict[str, object]:
    """A statement of the outbox as plain values for JSON; times are ISO 8601, UTC."""
    return {
        "id": str(shown.id),
        "verb": shown.verb,
        "created_at": shown.created_at.isoformat(),
        "emptied_at": shown.emptied_at and shown.emptied_at.isoformat(),
        "replaced_by": shown.replaced_by and str(shown.replaced_by),
        "voids": shown.voids and str(shown.voids),
        "lrss": [
            {"lrs": sent.lrs, "state": _outward(sent.state).value, "reason": sent.reason,
             "settled_at": sent.settled_at and sent.settled_at.isoformat()}
            for sent in shown.deliveries
        ],
        "statement": shown.statement,
    }


def place_of(connection: sa.Connection, organisation: str, identifier: uuid.UUID) -> int:
    """The place of a statement in the outbox; raises `UnknownStatement`."""
    found = connection.scalar(
        sa.select(_kept.c.seq).where(
            _kept.c.id == identifier, _kept.c.organisation == organisation
        )
    )
    if found is None:
        raise UnknownStatement(
            f"the outbox of {organisation} holds no statement with the id {identifier}"
        )
    return int(found)


def _is_somewhere(state: State) -> sa.ColumnElement[bool]:
    rows = sa.exists().where(_sent.c.statement == _kept.c.seq)
    if state is not State.WAITING:
        return rows.where(_sent.c.state == state)
    return sa.or_(rows.where(_sent.c.state.in_((State.WAITING, State.CLAIMED))), ~rows)


def _whole(connection: sa.Connection, places: Iterable[int]) -> Iterator[Shown]:
    wanted = list(places)
    deliveries: dict[int, list[Sent]] = {}
    for seq, name, state, reason, at in connection.execute(
        sa.select(_sent.c.statement, _lrs.c.name, _sent.c.state, _sent.c.reason,
                  _sent.c.settled_at)
        .select_from(_sent.join(_lrs, _lrs.c.id == _sent.c.lrs))
        .where(_sent.c.statement.in_(wanted)).order_by(_lrs.c.id)
    ):
        deliveries.setdefault(seq, []).append(Sent(name, State(state), reason, at))
    for row in connection.execute(
        sa.select(_kept).where(_kept.c.seq.in_(wanted)).order_by(_kept.c.seq)
    ):
        yield Shown(
            id=row.id, verb=row.verb, created_at=row.created_at,
            statement=json.loads(row.body) if row.emptied_at is None else None,
            emptied_at=row.emptied_at, replaced_by=row.replaced_by, voids=row.voids,
            deliveries=tuple(deliveries.get(row.seq, ())),
        )


def _outward(state: State) -> State:
    """A statement that is on its way still waits, to whoever looks."""
    return State.WAITING if state is State.CLAIMED else state
