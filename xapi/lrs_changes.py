"""What changes an LRS's part of the outbox as a whole: send all again, or forget the LRS."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from xapi import isolation, schema
from xapi.filling import is_for_any_lrs
from xapi.forgetting import settled_if_there
from xapi.lrs_rows import stop_adding
from xapi.schema import State


@dataclass(frozen=True, slots=True)
class Refill:
    """`again`: statements that will be sent from the beginning; `emptied`: those that cannot,
    since their bodies were let go of after they were delivered."""

    again: int
    emptied: int


def refill(connection: sa.Connection, *, organisation: str, name: str) -> Refill:
    """Send everything to that LRS again from the beginning, in the caller's transaction.

    For an LRS that lost its data; one that did not has each statement once all the same.
    What is on its way stays as it is, and so do those that a person let rest, and statements
    that void what is not in the outbox any more. Nothing happens when there is no such LRS.
    """
    isolation.check(connection)
    table, sent, kept = schema.lrs, schema.delivery, schema.statement
    key = connection.scalar(
        sa.select(table.c.id)
        .where(table.c.organisation == organisation, table.c.name == name).with_for_update()
    )
    if key is None:
        return Refill(0, 0)
    whole = sa.and_(kept.c.organisation == organisation, is_for_any_lrs())
    there = sa.select(kept.c.seq).where(whole, kept.c.emptied_at.is_(None))
    theirs = sa.and_(sent.c.lrs == key, sent.c.batch.is_(None), sent.c.statement.in_(there))
    # When it was delivered stays known: the LRS may have it after all, if it is to be forgotten.
    connection.execute(
        sa.update(sent).where(theirs, sent.c.state == State.DELIVERED).values(state=State.WAITING)
    )
    connection.execute(
        sa.update(sent).where(theirs, sent.c.state == State.REFUSED)
        .values(state=State.WAITING, reason=None, settled_at=settled_if_there())
    )
    resting = sa.exists().where(
        sent.c.lrs == key, sent.c.statement == kept.c.seq, sent.c.state == State.DISMISSED)
    number = sa.select(sa.func.count()).select_from(kept).where(whole, ~resting)
    return Refill(
        again=connection.scalar(number.where(kept.c.emptied_at.is_(None))) or 0,
        emptied=connection.scalar(number.where(kept.c.emptied_at.is_not(None))) or 0,
    )


def remove_lrs(connection: sa.Connection, *, organisation: str, name: str) -> bool:
    """Forget an LRS in the caller's transaction; False when there is no such LRS.

    What stood about its deliveries goes with it, and which statements of forgotten people it
    holds; the statements stay. What is on its way at this moment may still arrive there.
    """
    isolation.check(connection)
    stop_adding(connection)
    table = schema.lrs
    # First switched off: no worker turns to it any more.
    key = connection.scalar(
        sa.update(table)
        .where(table.c.organisation == organisation, table.c.name == name)
        .values(active=False).returning(table.c.id)
    )
    if key is None:
        return False
    if connection.dialect.name == "postgresql":
        # A worker locks an LRS's row, then its batches, then deliveries: so does this.
        connection.execute(sa.text("LOCK TABLE xapi_batch IN EXCLUSIVE MODE"))
    # Deliveries before batches: they name them.
    for part in (schema.delivery, schema.batch, schema.tally, schema.forgotten):
        connection.execute(sa.delete(part).where(part.c.lrs == key))
    connection.execute(sa.delete(table).where(table.c.id == key))
    return True
