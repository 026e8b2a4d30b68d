"""Dead letters: statements that an LRS refused, to look at, mend, send again or let rest.

Nothing here changes a statement: one that is mended is another one, with an id of its own.
Everything joins the caller's transaction.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
import tincan

from xapi import adding, schema
from xapi import policy as policies
from xapi.adding import AnyStatement, in_parts, utc_now
from xapi.errors import InvalidStatement, NotRefused, UnknownStatement
from xapi.forgetting import lrs_named, settled_if_there
from xapi.schema import State
from xapi.showing import Sent, Shown, export, place_of, show

__all__ = ["Sent", "Shown", "dismiss", "export", "mend", "mended_as", "requeue", "show"]

_kept, _sent, _lrs = schema.statement, schema.delivery, schema.lrs


def requeue(
    connection: sa.Connection,
    organisation: str,
    ids: Iterable[uuid.UUID] | None = None,
    *,
    lrs: str | None = None,
) -> int:
    """Let refused statements wait for their LRSs again; how many deliveries that makes.

    All of the organisation, or `ids`: of these, the dismissed ones too, unless another is
    sent instead. `lrs` names the one LRS that is meant. Raises `UnknownStatement` and
    `UnknownLrs`.
    """
    table = _sent
    states = (State.REFUSED,) if ids is None else (State.REFUSED, State.DISMISSED)
    whole = sa.select(_kept.c.seq).where(
        _kept.c.seq == table.c.statement, _kept.c.emptied_at.is_(None),
        _kept.c.replaced_by.is_(None),
    )
    again = (
        sa.update(table).where(table.c.state.in_(states), sa.exists(whole))
        .values(state=State.WAITING, reason=None, settled_at=settled_if_there())
    )
    return _each(connection, again, organisation, ids, lrs)


def dismiss(
    connection: sa.Connection,
    organisation: str,
    ids: Iterable[uuid.UUID] | None = None,
    *,
    lrs: str | None = None,
    now: datetime | None = None,
) -> int:
    """Let refused statements rest; how many deliveries that ends.

    They keep the LRS's words, and `requeue` with their ids brings them back. All of the
    organisation, or `ids`. Raises `UnknownStatement` and `UnknownLrs`.
    """
    rest = (
        sa.update(_sent).where(_sent.c.state == State.REFUSED)
        .values(state=State.DISMISSED, settled_at=now or utc_now())
    )
    return _each(connection, rest, organisation, ids, lrs)


def mend(
    connection: sa.Connection,
    organisation: str,
    identifier: uuid.UUID,
    statement: AnyStatement,
    *,
    policy: policies.Policy = policies.PSEUDONYM,
    now: datetime | None = None,
) -> uuid.UUID:
    """Send `statement` instead of one that was refused, to the LRSs that refused it.

    It becomes a new statement, under the id it has, or under a random one when it has none
    or the old one's. The old one stays as it is, and is dismissed at those LRSs. Returns the
    new id. Raises `UnknownStatement`; `NotRefused` when no LRS refused it;
    `InvalidStatement` when nothing but the id is another, and when the registration is, since
    by it a person's statements are found when they are forgotten; and what `outbox.add` raises.
    """
    seq = place_of(connection, organisation, identifier)
    if not _lock(connection, [seq]):
        raise UnknownStatement(f"the statement {identifier} was forgotten just now")
    refusing = _refusing(connection, seq)
    if not refusing:
        raise NotRefused(f"no LRS refuses the statement {identifier}: there is nothing to mend")
    row = adding.make_row(_renamed(statement, identifier), organisation, policy, now)
    old = connection.execute(
        sa.select(_kept.c.registration, _kept.c.body).where(_kept.c.seq == seq)
    ).one()
    if row.registration != adding.registration_in(old.body):
        raise InvalidStatement(
            "context.registration: a mended statement keeps the registration of the refused one"
        )
    if _without_id(row.body) == _without_id(old.body):
        raise InvalidStatement(
            "it says the same as the refused one: change what the LRS refused, or, to send it "
            "again as it is, requeue it"
        )
    # What `forget` finds it by need not be the one that stands in it (`outbox.add`).
    new = adding.insert_row(connection, replace(row, registration=old.registration))
    if new is None:
        raise NotRefused(
            f"the statement {row.id} is in the outbox already: to send it again, requeue it"
        )
    adding.give_to(connection, [(new, lrs) for lrs in refusing])
    connection.execute(
        sa.update(_kept).where(_kept.c.seq == seq).values(replaced_by=row.id)
    )
    connection.execute(
        sa.update(_sent).where(_sent.c.statement == seq, _sent.c.state == State.REFUSED).values(
            state=State.DISMISSED, settled_at=now or utc_now(),
            # The LRS's own words only where `forget` goes by them.
            reason=sa.case((settled_if_there().is_not(None),
                            _sent.c.reason + f"; mended as {row.id}"),
                           else_=f"mended as {row.id}"),
        )
    )
    return row.id


def _lock(connection: sa.Connection, places: Iterable[int]) -> list[int]:
    """Lock statements, in the order in which who forgets them does; those that are there.

    Who forgets them, or gives up their bodies, is waited for, or waits for this.
    """
    return list(connection.execute(
        sa.select(_kept.c.seq).where(_kept.c.seq.in_(places)).order_by(_kept.c.seq)
        .with_for_update()
    ).scalars())


def mended_as(
    connection: sa.Connection, organisation: str, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Those of these statements that another is sent instead of, each with that one's id."""
    return {
        old: new
        for some in in_parts(list(ids))
        for old, new in connection.execute(
            sa.select(_kept.c.id, _kept.c.replaced_by).where(
                _kept.c.organisation == organisation, _kept.c.id.in_(some),
                _kept.c.replaced_by.is_not(None),
            )
        )
    }


def _refusing(connection: sa.Connection, seq: int) -> list[int]:
    """The LRSs that refuse the statement, its deliveries locked."""
    return list(connection.execute(
        sa.select(_sent.c.lrs)
        .where(_sent.c.statement == seq, _sent.c.state == State.REFUSED)
        .order_by(_sent.c.lrs).with_for_update()
    ).scalars())


def _each(
    connection: sa.Connection,
    update: sa.Update,
    organisation: str,
    ids: Iterable[uuid.UUID] | None,
    lrs: str | None,
) -> int:
    """Update the deliveries of these statements, or of all; how many there were."""
    theirs = sa.select(_lrs.c.id).where(_lrs.c.organisation == organisation)
    update = update.where(_sent.c.lrs.in_(theirs))
    if lrs is not None:
        update = update.where(_sent.c.lrs == lrs_named(connection, organisation, lrs))
    if ids is None:
        return connection.execute(update).rowcount
    places = [place_of(connection, organisation, one) for one in dict.fromkeys(ids)]
    return sum(
        connection.execute(
            update.where(_sent.c.statement.in_(_lock(connection, some)))
        ).rowcount
        for some in in_parts(sorted(places))
    )


def _without_id(body: bytes) -> dict[str, object]:
    values: dict[str, object] = json.loads(body)
    return {key: value for key, value in values.items() if key != "id"}


def _renamed(statement: AnyStatement, old: uuid.UUID) -> Mapping[str, object]:
    """The statement as a mapping, under an id that is not the old one's."""
    values: Mapping[str, object] = (
        statement.as_version() if isinstance(statement, tincan.Statement) else statement
    )
    if str(values.get("id") or old).lower() != str(old):
        return values
    return {**values, "id": str(uuid.uuid4())}
