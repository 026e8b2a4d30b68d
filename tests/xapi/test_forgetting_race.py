"""Forgetting while workers deliver: whatever the order, nothing of the forgotten stands open."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import AT, LEARNER, ON_POSTGRESQL, Cipher, Clock, add, as_json, set_lrs
from tests.xapi.test_delivery import deliver
from tests.xapi.test_forgetting import add_of, ask_about, counts, forget, listed
from xapi import outbox, refused, schema
from xapi.decision import Pace
from xapi.delivery import deliver_once
from xapi.errors import UnknownStatement
from xapi.statements import need_asked


def mended(need: uuid.UUID) -> dict[str, Any]:
    """Another statement of the same need."""
    return as_json(need_asked(actor=LEARNER, need_id=need, at=AT, language="en", minutes=20))


def test_people_who_are_forgotten_while_workers_deliver_are_voided_or_never_arrive(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    needs = [uuid.uuid4() for _ in range(12)]
    theirs = {one for need in needs for one in add_of(store, need, 4)}
    others = set(add(store, 40))
    ended = threading.Event()
    troubles: list[BaseException] = []

    def work() -> None:
        try:
            while not ended.is_set():
                deliver_once(store, Cipher(), clock=clock, impatient=True,
                             pace=Pace(batch_statements=7))
        except BaseException as error:
            troubles.append(error)
            raise

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    done = [forget(store, [need]) for need in needs]
    ended.set()
    for worker in workers:
        worker.join(60)
    assert not troubles
    clock.go(Pace().lease)
    deliver(store, clock)
    clock.go(Pace().lease)
    deliver(store, clock)
    arrived = theirs & set(lrs.statements)
    assert arrived <= set(lrs.voided)
    assert arrived <= {str(one.id) for one in listed(store)}
    assert sum(one.statements for one in done) == len(theirs)
    assert set(lrs.voided) <= theirs
    assert others <= set(lrs.statements)
    found = counts(store)
    assert (found.waiting, found.refused) == (0, 0)
    assert found.delivered == len(others) + sum(one.voiding for one in done)


def test_a_statement_that_is_being_mended_is_forgotten_with_what_is_sent_instead(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (bad,) = add_of(store, need)
    lrs.refused_ids = {bad}
    deliver(store, clock)
    done: list[outbox.Forgotten] = []
    with store.begin() as connection:
        other = mended(need)
        refused.mend(connection, "northwind", uuid.UUID(bad), other)
        thread = threading.Thread(target=lambda: done.append(forget(store, [need])))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(20)
    assert done == [outbox.Forgotten(statements=2)]
    assert deliver(store, clock).delivered == 0
    assert not lrs.statements


@ON_POSTGRESQL
def test_a_statement_that_is_being_forgotten_is_not_mended(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (bad,) = add_of(store, need)
    lrs.refused_ids = {bad}
    deliver(store, clock)
    troubles: list[Exception] = []

    def mend() -> None:
        try:
            with store.begin() as connection:
                refused.mend(connection, "northwind", uuid.UUID(bad), mended(need))
        except UnknownStatement as error:
            troubles.append(error)

    with store.begin() as connection:
        outbox.forget(connection, [need])
        thread = threading.Thread(target=mend)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(20)
    assert len(troubles) == 1
    with store.connect() as connection:
        assert connection.execute(sa.select(schema.statement)).all() == []


@pytest.mark.parametrize("then", ["nothing", "dismissed", "requeued", "mended"])
def test_what_an_lrs_may_hold_in_other_words_is_voided_although_it_was_refused(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, then: str
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (identifier,) = add_of(store, need)
    lrs.statements[identifier] = as_json(ask_about(uuid.uuid4())) | {"id": identifier}
    assert deliver(store, clock).refused == 1
    with store.begin() as connection:
        if then == "dismissed":
            refused.dismiss(connection, "northwind")
        elif then == "requeued":
            refused.requeue(connection, "northwind")
        elif then == "mended":
            refused.mend(connection, "northwind", uuid.UUID(identifier), mended(need))
    done = forget(store, [need])
    assert (done.voiding, done.listed) == (1, 1)
    assert [str(one.id) for one in listed(store)] == [identifier]
    deliver(store, clock)
    assert list(lrs.voided) == [identifier]
