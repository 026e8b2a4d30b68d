"""Forgetting while workers deliver: whatever the order, nothing of the forgotten stands open."""

from __future__ import annotations

import threading
import uuid

import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import Cipher, Clock, add, set_lrs
from tests.xapi.test_delivery import deliver
from tests.xapi.test_forgetting import add_of, counts, forget, listed
from xapi.decision import Pace
from xapi.delivery import deliver_once


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
