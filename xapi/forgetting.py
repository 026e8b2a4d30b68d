"""Forgetting: a person's statements are removed here, and voided or listed elsewhere.

Voiding hides a statement at an LRS; it does not erase it (xAPI part 2, 2.3.2). So what an
LRS has, or may have, is listed by its random id until that LRS's keeper says it is erased.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from xapi import adding, schema
from xapi.adding import in_parts, utc_now
from xapi.decision import MAY_STILL_BE_THERE
from xapi.errors import UnknownLrs
from xapi.policy import PSEUDONYM
from xapi.schema import State
from xapi.statements import Actor, freeze, voided

_kept, _sent, _lrs, _forgotten = (
    schema.statement, schema.delivery, schema.lrs, schema.forgotten,
)

_REFUSED = (State.REFUSED, State.DISMISSED)
MAY_BE_THERE = (State.DELIVERED, State.CLAIMED)
"""Where an LRS has a statement, or may have got it in a batch that is under way. One that
waits again and was settled before may be there too; and so may one that was refused
for a reason of `MAY_STILL_BE_THERE`."""


def settled_if_there() -> sa.ColumnElement[datetime | None]:
    """What `settled_at` of a refused delivery becomes when it waits again: kept, as a mark,
    when the statement may be at the LRS all the same."""
    maybe = sa.or_(*(_sent.c.reason.startswith(one, autoescape=True)
                     for one in MAY_STILL_BE_THERE))
    return sa.case((maybe, _sent.c.settled_at), else_=sa.null())


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `forget` did: `statements` removed here, `voiding` statements added, and `listed`
    places where an LRS has one, or may have, each for that LRS's keeper."""

    statements: int = 0
    voiding: int = 0
    listed: int = 0


class Voiding(StrEnum):
    """How far the voiding of a forgotten statement got at its LRS."""

    NOT_SENT = "not sent"
    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LeftThere:
    """A forgotten statement that the LRS named `lrs` has, or may have.

    `lrs_voids` is whether that LRS stops showing a voided statement (None: not checked).
    """

    id: uuid.UUID
    lrs: str
    voiding: Voiding
    lrs_voids: bool | None
    forgotten_at: datetime


def forget(
    connection: sa.Connection,
    registrations: Iterable[uuid.UUID],
    *,
    tool: Actor | None = None,
    now: datetime | None = None,
) -> Forgotten:
    """Remove every statement of these registrations, in the caller's transaction.

    What waited is not sent any more. Each that an LRS has, or may have, is listed (see
    `listed`), and `tool` voids it there by a statement for that LRS alone, unless the LRS is
    known to void nothing or there is no `tool`. The voiding statement holds the random id,
    and no registration.
    """
    at = now or utc_now()
    wanted = sorted(set(registrations))
    removed = voiding = listed_now = 0
    for some in in_parts(wanted):
        # Again and again, since one that was mended while this waited is another one now.
        while statements := _lock(connection, some):
            for part in in_parts(statements):
                left = _remove(connection, {seq: statements[seq] for seq in part})
                made = _void(connection, left, tool, at) if tool is not None else {}
                _list(connection, left, made, at)
                removed += len(part)
                voiding += len(made)
                listed_now += len(left)
    return Forgotten(removed, voiding, listed_now)


def listed(connection: sa.Connection, organisation: str) -> list[LeftThere]:
    """The forgotten statements that an LRS of the organisation has, or may have.

    The oldest first. They are for that LRS's keeper, who can erase them.
    """
    query = (
        sa.select(_forgotten.c.id, _lrs.c.name, _forgotten.c.voided_by, _sent.c.state,
                  _lrs.c.voids, _forgotten.c.forgotten_at)
        .select_from(
            _forgotten.join(_lrs, _lrs.c.id == _forgotten.c.lrs)
            .outerjoin(_kept, _kept.c.id == _forgotten.c.voided_by)
            .outerjoin(_sent, sa.and_(_sent.c.statement == _kept.c.seq,
                                      _sent.c.lrs == _forgotten.c.lrs))
        )
        .where(_forgotten.c.organisation == organisation)
        .order_by(_forgotten.c.forgotten_at, _forgotten.c.id, _lrs.c.id)
    )
    return [
        LeftThere(identifier, name, _how_far(voided_by, state), voids, at)
        for identifier, name, voided_by, state, voids, at in connection.execute(query)
    ]


def erased(
    connection: sa.Connection,
    organisation: str,
    *,
    lrs: str,
    ids: Sequence[uuid.UUID] | None = None,
) -> int:
    """Take from the list what the keeper of the LRS of that name has erased; how many.

    All that is listed for it, or only `ids`. Raises `UnknownLrs` when the organisation has
    no LRS of that name.
    """
    key = lrs_named(connection, organisation, lrs)
    where = [_forgotten.c.organisation == organisation, _forgotten.c.lrs == key]
    if ids is None:
        return connection.execute(sa.delete(_forgotten).where(*where)).rowcount
    return sum(
        connection.execute(
            sa.delete(_forgotten).where(*where, _forgotten.c.id.in_(some))
        ).rowcount
        for some in in_parts(ids)
    )


def lrs_named(connection: sa.Connection, organisation: str, name: str) -> int:
    """The LRS of that name; raises `UnknownLrs`."""
    found = connection.scalar(
        sa.select(_lrs.c.id).where(_lrs.c.organisation == organisation, _lrs.c.name == name)
    )
    if found is None:
        raise UnknownLrs(f"the organisation {organisation} has no LRS named {name[:100]!r}")
    return int(found)


def _lock(
    connection: sa.Connection, registrations: Sequence[uuid.UUID]
) -> dict[int, uuid.UUID]:
    """The statements of these registrations, by their places, locked with their batches.

    A worker settles a batch under the batch's lock, and a new LRS is filled under the
    statements' locks: whoever has both cannot run into either half-way.
    """
    query = (
        sa.select(_kept.c.seq, _kept.c.id).where(_kept.c.registration.in_(registrations))
        .order_by(_kept.c.seq).with_for_update()
    )
    statements = {int(seq): identifier for seq, identifier in connection.execute(query)}
    for some in in_parts(statements):
        claimed = sa.select(_sent.c.batch).where(
            _sent.c.statement.in_(some), _sent.c.batch.is_not(None)
        )
        table = schema.batch
        connection.execute(
            # In the order in which a worker takes them, so that neither waits for the other.
            sa.select(table.c.id).where(table.c.id.in_(claimed))
            .order_by(table.c.first, table.c.id).with_for_update()
        ).all()
    return statements


def _remove(
    connection: sa.Connection, statements: Mapping[int, uuid.UUID]
) -> list[tuple[uuid.UUID, int]]:
    """Remove these and their deliveries; the ids that an LRS may have, each with that LRS."""
    places = list(statements)
    deleted = connection.execute(
        sa.delete(_sent).where(_sent.c.statement.in_(places))
        .returning(_sent.c.statement, _sent.c.lrs, _sent.c.state, _sent.c.settled_at,
                   _sent.c.reason)
    ).all()
    connection.execute(sa.delete(_kept).where(_kept.c.seq.in_(places)))
    return sorted(
        (statements[seq], lrs) for seq, lrs, state, settled_at, reason in deleted
        if state in MAY_BE_THERE or (state == State.WAITING and settled_at is not None)
        or (state in _REFUSED and (reason or "").startswith(MAY_STILL_BE_THERE))
    )


def _void(
    connection: sa.Connection,
    left: Sequence[tuple[uuid.UUID, int]],
    tool: Actor,
    at: datetime,
) -> dict[tuple[uuid.UUID, int], uuid.UUID]:
    """Let a statement of the tool void each at its LRS; the ids of those statements."""
    organisations = _that_may_void(connection, {lrs for _, lrs in left})
    wanted = [(target, lrs) for target, lrs in left if lrs in organisations]
    if not wanted:
        return {}
    # The builder is slow: one statement of its making serves as the pattern of all.
    pattern = json.loads(freeze(voided(tool=tool, target=wanted[0][0], at=at)))
    rows = [
        adding.make_row(
            pattern
            | {"id": str(uuid.uuid4()), "object": pattern["object"] | {"id": str(target)}},
            organisations[lrs], PSEUDONYM, at,
        )
        for target, lrs in wanted
    ]
    places: dict[uuid.UUID, int] = {}
    for some in in_parts(rows):
        places |= adding.insert_rows(connection, some)
    adding.give_to(
        connection,
        [(places[row.id], lrs) for row, (_, lrs) in zip(rows, wanted, strict=True)],
    )
    return {pair: row.id for row, pair in zip(rows, wanted, strict=True)}


def _that_may_void(connection: sa.Connection, lrss: set[int]) -> dict[int, str]:
    """Those that are not known to void nothing, each with its organisation."""
    query = sa.select(_lrs.c.id, _lrs.c.organisation).where(
        _lrs.c.id.in_(lrss), _lrs.c.voids.is_not(False)
    )
    return {int(key): organisation for key, organisation in connection.execute(query)}


def _list(
    connection: sa.Connection,
    left: Sequence[tuple[uuid.UUID, int]],
    made: Mapping[tuple[uuid.UUID, int], uuid.UUID],
    at: datetime,
) -> None:
    if not left:
        return
    query = sa.select(_lrs.c.id, _lrs.c.organisation).where(
        _lrs.c.id.in_({lrs for _, lrs in left})
    )
    organisations = {row.id: row.organisation for row in connection.execute(query)}
    # It may stand there from a time before: an id that was added again, and forgotten again.
    on_postgresql = connection.dialect.name == "postgresql"
    insert = postgresql.insert(_forgotten) if on_postgresql else sqlite.insert(_forgotten)
    connection.execute(
        insert.on_conflict_do_nothing(),
        [
            {"id": target, "lrs": lrs, "organisation": organisations[lrs],
             "voided_by": made.get((target, lrs)), "forgotten_at": at}
            for target, lrs in left
        ],
    )


def _how_far(voided_by: uuid.UUID | None, state: str | None) -> Voiding:
    if voided_by is None or state is None:
        return Voiding.NOT_SENT
    if state == State.DELIVERED:
        return Voiding.DELIVERED
    return Voiding.REFUSED if state in _REFUSED else Voiding.WAITING
