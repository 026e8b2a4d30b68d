"""What was added before an LRS was: its places in that LRS's queue, made little by little.

To make them all when the LRS is added would hold up everyone who adds a statement for as long
as it takes.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from xapi import schema
from xapi.due import DueLrs
from xapi.schema import State

CHUNK = 1_000
"""Statements that one transaction looks at."""

_kept, _lrs = schema.statement, schema.lrs

_MARK = (
    sa.select(_lrs.c.filled_to, _lrs.c.fill_until)
    .where(_lrs.c.id == sa.bindparam("lrs"))
    # The weaker lock: who adds a statement for this LRS does not wait for it.
    .with_for_update(skip_locked=True, key_share=True)
)
_NEXT = (
    _kept.c.organisation == sa.bindparam("organisation"),
    _kept.c.seq > sa.bindparam("after"),
    _kept.c.seq <= sa.bindparam("until"),
)
_LAST_OF_CHUNK = (
    sa.select(_kept.c.seq).where(*_NEXT).order_by(_kept.c.seq).offset(CHUNK - 1).limit(1)
)


def is_for_any_lrs() -> sa.ColumnElement[bool]:
    """Whether a statement is for every LRS, whenever that is added or filled again.

    A retraction goes along with what it takes back: one whose target was forgotten is for the
    LRSs that had the target alone. In place of one that was mended goes the other.
    """
    target = _kept.alias()
    takes_back_what_is_kept = sa.or_(
        _kept.c.voids.is_(None),
        sa.exists().where(target.c.id == _kept.c.voids).correlate(_kept))
    return sa.and_(takes_back_what_is_kept, _kept.c.replaced_by.is_(None))


def may_be_filled() -> sa.ColumnElement[bool]:
    """The same, and not one that gave up its body: of that there is nothing to send."""
    return sa.and_(is_for_any_lrs(), _kept.c.emptied_at.is_(None))


_ROWS = sa.select(
    _kept.c.seq, sa.bindparam("lrs", type_=sa.Integer), sa.literal(State.WAITING.value)
).where(
    *_NEXT, may_be_filled()
).order_by(_kept.c.seq)
_COLUMNS = ["statement", "lrs", "state"]
_FILL_SQLITE = sqlite.insert(schema.delivery).from_select(
    _COLUMNS, _ROWS).on_conflict_do_nothing()
# Waits for who is removing one of them at this moment, and then leaves it out.
_FILL_POSTGRESQL = postgresql.insert(schema.delivery).from_select(
    _COLUMNS, _ROWS.with_for_update(read=True, key_share=True, of=_kept)
).on_conflict_do_nothing()
_FILLED = sa.update(_lrs).where(_lrs.c.id == sa.bindparam("of")).values(
    filled_to=sa.bindparam("to"))


def fill(connection: sa.Connection, lrs: DueLrs) -> bool:
    """Queue the LRS's next earlier statements, in the caller's transaction; whether more remain.

    What has its place already keeps it, so a chunk that is made again doubles nothing. When
    another worker is at it, this one does nothing.
    """
    row = connection.execute(_MARK, {"lrs": lrs.id}).one_or_none()
    if row is None:
        return False
    after, until = int(row.filled_to), int(row.fill_until)
    if after >= until:
        return False
    chunk = {"organisation": lrs.organisation, "after": after, "until": until}
    last = connection.scalar(_LAST_OF_CHUNK, chunk)
    to = until if last is None else last
    insert = _FILL_POSTGRESQL if connection.dialect.name == "postgresql" else _FILL_SQLITE
    connection.execute(insert, chunk | {"until": to, "lrs": lrs.id})
    connection.execute(_FILLED, {"of": lrs.id, "to": to})
    return to < until
