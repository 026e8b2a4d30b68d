"""Which LRSs may be sent to now, and the notes on how they answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from xapi import schema
from xapi.reach import Auth
from xapi.schema import State

CLOCKS_APART = timedelta(seconds=60)
"""How far the clocks of two workers may be apart before it counts as a clock put back."""


@dataclass(frozen=True, slots=True)
class DueLrs:
    """An LRS that may be sent to, with what it takes to reach it (see `schema.lrs`)."""

    id: int
    organisation: str
    name: str
    url: str
    version: str
    auth: Auth
    username: str
    sealed_password: str
    token_url: str | None
    scope: str | None
    ca_pem: str | None
    sealed_proxy: str | None
    failures: int
    trouble: str | None
    paused_reason: str | None
    filled_to: int
    fill_until: int

    @property
    def is_filling(self) -> bool:
        """Whether statements from before the LRS was added have no place in its queue yet."""
        return self.filled_to < self.fill_until


def times(now: datetime) -> dict[str, datetime]:
    """The values that every condition made by `has_come` asks for."""
    return {"now": now, "ahead": now + CLOCKS_APART}


def has_come(
    column: sa.ColumnElement[datetime | None], noted_at: sa.ColumnElement[datetime | None]
) -> sa.ColumnElement[bool]:
    """Whether a time has come, or was written in what is now the future (the clock was put
    back), so that nothing waits for hours that have passed already. Asks for `times`."""
    return sa.or_(
        column.is_(None),
        column <= sa.bindparam("now", type_=schema.UTCDateTime),
        noted_at > sa.bindparam("ahead", type_=schema.UTCDateTime),
    )


IS_DUE = (
    has_come(schema.batch.c.lease_until, schema.batch.c.noted_at),
    has_come(schema.batch.c.not_before, schema.batch.c.noted_at),
)
"""The condition under which a batch may be claimed: no lease, and not to come later."""


def _any(query: sa.Select[tuple[int]]) -> sa.ColumnElement[bool]:
    # A subquery with a LIMIT is looked up for each of the few LRSs; an EXISTS may be planned
    # as one reading of everything that waits.
    return query.limit(1).scalar_subquery().is_not(None)


# Made once: to build a query takes longer than to run it.
_LRS = sa.select(*(schema.lrs.c[name] for name in DueLrs.__dataclass_fields__)).where(
    schema.lrs.c.active)
_ONE_LRS = _LRS.where(schema.lrs.c.id == sa.bindparam("lrs"))
_HAS_SOMETHING = _LRS.where(sa.or_(
    schema.lrs.c.filled_to < schema.lrs.c.fill_until,
    _any(sa.select(schema.delivery.c.statement).where(
        schema.delivery.c.lrs == schema.lrs.c.id, schema.delivery.c.state == State.WAITING)),
    _any(sa.select(schema.batch.c.first).where(
        schema.batch.c.lrs == schema.lrs.c.id, *IS_DUE)),
)).order_by(schema.lrs.c.id)
_DUE = _HAS_SOMETHING.where(has_come(schema.lrs.c.not_before, schema.lrs.c.noted_at))


def due_lrss(
    connection: sa.Connection, now: datetime, *, impatient: bool
) -> list[DueLrs]:
    """The LRSs that have something to get and are not left alone now (`impatient`: anyway)."""
    query = _HAS_SOMETHING if impatient else _DUE
    return [DueLrs(*row) for row in connection.execute(query, times(now))]


def read_lrs(connection: sa.Connection, lrs: int) -> DueLrs | None:
    """An LRS as it is now; None when it was switched off or removed."""
    row = connection.execute(_ONE_LRS, {"lrs": lrs}).one_or_none()
    return None if row is None else DueLrs(*row)


def note_answer(connection: sa.Connection, lrs: DueLrs) -> None:
    """Note that the LRS answers: whatever was wrong before is over."""
    if not (lrs.failures or lrs.trouble or lrs.paused_reason):
        return
    table = schema.lrs
    connection.execute(
        sa.update(table).where(table.c.id == lrs.id)
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
