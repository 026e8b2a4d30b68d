"""An LRS that lets its user store and not void: only the voiding statements are stopped."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from tests.servers.lrs import Answer, ScriptableLrs
from tests.xapi.samples import Clock, add, set_lrs
from tests.xapi.test_delivery import counts, deliver, listed
from xapi import schema
from xapi.delivery import DeliverySummary
from xapi.lrs_rows import lrss
from xapi.schema import State


def mark_as_voiding(store: sa.Engine, identifier: str) -> None:
    kept = schema.statement
    with store.begin() as connection:
        connection.execute(
            sa.update(kept).where(kept.c.id == uuid.UUID(identifier)).values(voids=uuid.uuid4()))


def test_a_voiding_statement_that_is_forbidden_is_refused_and_the_others_arrive(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 20)
    mark_as_voiding(store, ids[7])
    lrs.fault_for = lambda sent: Answer(403, "no voiding") if ids[7] in sent else None
    assert deliver(store, clock) == DeliverySummary(delivered=19, refused=1)
    (refused,) = listed(store, State.REFUSED)
    assert str(refused.id) == ids[7]
    assert "lets this user void nothing" in (refused.reason or "")
    with store.connect() as connection:
        assert lrss(connection)[0].paused_reason is None
    assert sorted(lrs.statements) == sorted(set(ids) - {ids[7]})


def test_a_user_who_may_do_nothing_at_all_pauses_the_lrs_and_other_statements_wait(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 4)
    mark_as_voiding(store, ids[3])
    lrs.always = Answer(403)
    assert deliver(store, clock).paused
    assert (counts(store).waiting, counts(store).refused) == (4, 0)
    lrs.always = None
    clock.go(300)
    assert deliver(store, clock).delivered == 4
