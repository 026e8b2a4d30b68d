"""How delivery goes, LRS by LRS: what a person, or a monitoring program, looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from xapi import schema
from xapi.schema import State

MOST_COUNTED = 100_000
"""Rows that a look counts for each LRS: about 10 ms. A million would take 90 ms and more."""

LATE_SECONDS = 3600.0
"""What waits longer than this has been tried several times in vain."""

OK, PAUSED, IN_TROUBLE, OFF = "ok", "paused", "in trouble", "off"

_OPEN = (State.WAITING.value, State.CLAIMED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class LrsFigures:
    """How delivery to one LRS goes.

    `waiting` counts statements that it has not got yet, those under way and those that a new
    LRS is still to be given included; `set_aside` those it refused, which wait for a person,
    with its words on the newest (`set_aside_reason`); both are counted up to the `most` of
    `read_figures`. `held` counts those that stand as delivered now, up to `MOST_COUNTED`.
    `oldest_seconds` is how long ago the oldest waiting one was added (None: nothing waits).
    `delivered` and `refused` count what ever happened, and what was sent again once more; so do
    `exchanges`, which took `seconds` in all. `state` is `ok`, `paused` (a
    person must mend something), `in trouble` (the last try had no answer) or `off` (switched
    off), with the `reason`, and `tried_at` (aware UTC) the time of the try that had it.
    """

    organisation: str
    lrs: str
    waiting: int
    oldest_seconds: float | None
    held: int
    delivered: int
    refused: int
    set_aside: int
    set_aside_reason: str | None
    exchanges: int
    seconds: float
    state: str
    reason: str | None
    tried_at: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether a statement waits longer than `LATE_SECONDS` for an LRS that is switched on."""
        return self.state != OFF and (self.oldest_seconds or 0.0) > LATE_SECONDS

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody must look: it is paused, it refused statements, or some are late."""
        return self.state == PAUSED or self.set_aside > 0 or self.is_late


def read_figures(
    connection: sa.Connection,
    now: datetime,
    *,
    organisation: str | None = None,
    most: int | None = MOST_COUNTED,
) -> list[LrsFigures]:
    """The figures of an organisation's LRSs, or (None) of all, in the order they were added.

    `now` is aware UTC. At most `most` rows are counted for each LRS (None: all of them).
    """
    table = schema.lrs
    query = sa.select(table).order_by(table.c.id)
    if organisation is not None:
        query = query.where(table.c.organisation == organisation)
    tallied = _read_tallies(connection)
    return [
        _figures(connection, row, tallied.get(row.id, (0, 0, 0, 0.0)), now, most)
        for row in connection.execute(query)
    ]


def count_without_lrs(
    connection: sa.Connection, *, organisation: str | None = None, most: int | None = MOST_COUNTED
) -> dict[str, int]:
    """How many statements are kept by each organisation that has no LRS, up to `most` of each."""
    with_lrs = set(connection.scalars(sa.select(schema.lrs.c.organisation).distinct()))
    kept = schema.statement
    counted = {
        one: _count(connection, [kept.c.organisation == one], most)
        for one in ([organisation] if organisation is not None else _organisations(connection))
        if one not in with_lrs
    }
    return {one: number for one, number in counted.items() if number}


@dataclass(frozen=True, slots=True)
class Leased:
    """Statements in batches that some worker has, for at most so many `seconds` more."""

    statements: int
    seconds: float


def count_leased(
    connection: sa.Connection, now: datetime, *, organisation: str | None = None
) -> Leased:
    """What workers have in hand. A worker that was killed keeps its batches until their lease
    ends; then any other sends them. `now` is aware UTC."""
    sent, lrs, batch = schema.delivery, schema.lrs, schema.batch
    members = batch.join(sent, sent.c.batch == batch.c.id).join(lrs, lrs.c.id == batch.c.lrs)
    query = (
        sa.select(sa.func.count(), sa.func.max(batch.c.lease_until))
        .select_from(members)
        .where(batch.c.lease_until > now, lrs.c.active)
    )
    if organisation is not None:
        query = query.where(lrs.c.organisation == organisation)
    number, until = connection.execute(query).one()
    return Leased(number, (until - now).total_seconds() if until is not None else 0.0)


def _figures(
    connection: sa.Connection,
    row: sa.Row[tuple[object, ...]],
    tallied: tuple[int, int, int, float],
    now: datetime,
    most: int | None,
) -> LrsFigures:
    delivered, refused, exchanges, seconds = tallied
    state, reason = _state(row)
    set_aside = _count_in(connection, row.id, [State.REFUSED.value], most)
    return LrsFigures(
        organisation=row.organisation,
        lrs=row.name,
        waiting=_count_waiting(connection, row, most),
        oldest_seconds=_oldest_seconds(connection, row, now),
        held=_count_in(connection, row.id, [State.DELIVERED.value], MOST_COUNTED),
        delivered=delivered,
        refused=refused,
        set_aside=set_aside,
        set_aside_reason=_newest_reason(connection, row.id) if set_aside else None,
        exchanges=exchanges,
        seconds=seconds,
        state=state,
        reason=reason,
        tried_at=row.noted_at if reason else None,
    )


def _state(row: sa.Row[tuple[object, ...]]) -> tuple[str, str | None]:
    if not row.active:
        return OFF, None
    if row.paused_reason:
        return PAUSED, row.paused_reason
    if row.trouble:
        return IN_TROUBLE, row.trouble
    return OK, None


def _read_tallies(connection: sa.Connection) -> dict[int, tuple[int, int, int, float]]:
    table = schema.tally
    sums = [sa.func.sum(table.c[name]) for name in ("delivered", "refused", "exchanges", "seconds")]
    query = sa.select(table.c.lrs, *sums).group_by(table.c.lrs)
    return {
        lrs: (int(delivered), int(refused), int(exchanges), float(seconds))
        for lrs, delivered, refused, exchanges, seconds in connection.execute(query)
    }


def _count_waiting(
    connection: sa.Connection, row: sa.Row[tuple[object, ...]], most: int | None
) -> int:
    waiting = _count_in(connection, row.id, _OPEN, most)
    if most is not None and waiting >= most:
        return most
    left = None if most is None else most - waiting
    return waiting + _count(connection, _to_fill(row), left)


def _to_fill(row: sa.Row[tuple[object, ...]]) -> list[sa.ColumnElement[bool]]:
    """What was added before the LRS was, and has no row in xapi_delivery yet."""
    kept = schema.statement
    return [
        kept.c.organisation == row.organisation,
        kept.c.seq > row.filled_to,
        kept.c.seq <= row.fill_until,
    ]


def _count_in(
    connection: sa.Connection, lrs: int, states: Iterable[str], most: int | None
) -> int:
    sent = schema.delivery
    return _count(connection, [sent.c.lrs == lrs, sent.c.state.in_(list(states))], most)


def _newest_reason(connection: sa.Connection, lrs: int) -> str | None:
    """The LRS's words on the newest statement that it refused."""
    sent = schema.delivery
    return connection.scalar(
        sa.select(sent.c.reason)
        .where(sent.c.lrs == lrs, sent.c.state == State.REFUSED.value)
        .order_by(sent.c.statement.desc())
        .limit(1)
    )


def _count(
    connection: sa.Connection, where: list[sa.ColumnElement[bool]], most: int | None
) -> int:
    rows = sa.select(sa.literal(1).label("one")).where(*where).limit(most).subquery()
    return connection.scalar(sa.select(sa.func.count()).select_from(rows)) or 0


def _oldest_seconds(
    connection: sa.Connection, row: sa.Row[tuple[object, ...]], now: datetime
) -> float | None:
    kept, sent = schema.statement, schema.delivery
    # One state at a time: then the index gives the first without reading the others.
    firsts = [
        sa.select(sa.func.min(sent.c.statement)).where(sent.c.lrs == row.id, sent.c.state == state)
        for state in _OPEN
    ]
    firsts.append(sa.select(sa.func.min(kept.c.seq)).where(*_to_fill(row)))
    found = [seq for first in firsts if (seq := connection.scalar(first)) is not None]
    if not found:
        return None
    added = connection.scalar(sa.select(kept.c.created_at).where(kept.c.seq == min(found)))
    return max(0.0, (now - added).total_seconds()) if added is not None else None


def _organisations(connection: sa.Connection) -> list[str]:
    """Whose statements there are: from one to the next by the index, however many they have."""
    kept = schema.statement
    found: list[str] = []
    after: list[sa.ColumnElement[bool]] = []
    while True:
        first = connection.scalar(sa.select(sa.func.min(kept.c.organisation)).where(*after))
        if first is None:
            return found
        found.append(first)
        after = [kept.c.organisation > first]
