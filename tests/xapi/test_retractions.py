"""Retractions: a statement that was taken back stays so at an LRS that gets all of it later."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from tests.servers.lrs import Answer, ScriptableLrs
from tests.xapi.samples import AT, NEEDLE, Clock, add, set_lrs
from tests.xapi.test_delivery import counts, deliver, deliver_patiently
from tests.xapi.test_forgetting import add_of, forget
from xapi import outbox, schema
from xapi.lrs_changes import Refill, refill
from xapi.schema import State
from xapi.statements import voided


def take_back(store: sa.Engine, target: str) -> str:
    with store.begin() as connection:
        statement = voided(tool=NEEDLE, target=uuid.UUID(target), at=AT)
        return str(outbox.add(connection, statement, organisation="northwind"))


def again(store: sa.Engine) -> Refill:
    with store.begin() as connection:
        return refill(connection, organisation="northwind", name="main")


def test_a_new_lrs_gets_a_retraction_with_what_it_takes_back(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    first, second = add(store, 2)
    take_back(store, first)
    deliver(store, clock)
    with ScriptableLrs() as new:
        set_lrs(store, new, name="new")
        assert counts(store).waiting == 3
        assert deliver(store, clock).delivered == 3
        assert list(new.voided) == [first]
        assert second in new.statements


def test_a_new_lrs_gets_no_voiding_of_what_was_forgotten(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    add_of(store, need)
    deliver(store, clock)
    forget(store, [need])
    deliver(store, clock)
    with ScriptableLrs() as new:
        set_lrs(store, new, name="new")
        assert counts(store).waiting == 0
        assert deliver(store, clock).delivered == 0
        assert not new.statements
    before = len(lrs.posts())
    assert again(store) == Refill(again=0, emptied=0)
    deliver(store, clock)
    assert len(lrs.posts()) == before


def test_an_lrs_that_lost_its_data_gets_the_retractions_again(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    (first,) = add(store, 1)
    voiding = take_back(store, first)
    deliver(store, clock)
    lrs.statements.clear()
    lrs.voided.clear()
    assert again(store) == Refill(again=2, emptied=0)
    assert deliver(store, clock).delivered == 2
    assert lrs.voided == {first: voiding}


def test_what_an_lrs_kept_and_no_longer_shows_is_delivered_after_a_refill(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    (first,) = add(store, 1)
    take_back(store, first)
    deliver(store, clock)
    again(store)
    deliver_patiently(store, clock)
    assert (counts(store).delivered, counts(store).waiting) == (2, 0)


def test_another_statement_that_was_voided_under_an_id_is_not_ours(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    (first,) = add(store, 1)
    take_back(store, first)
    deliver(store, clock)
    again(store)
    lrs.statements[first] = lrs.statements[first] | {"timestamp": "2020-01-01T00:00:00Z"}
    deliver_patiently(store, clock)
    assert (counts(store).delivered, counts(store).refused) == (1, 1)


@pytest.mark.parametrize("unknown", [Answer(400, "no such parameter"), Answer(500), Answer(403)])
def test_an_lrs_that_cannot_be_asked_for_voided_ones_is_asked_again_later_and_not_paused(
    store: sa.Engine, clock: Clock, unknown: Answer
) -> None:
    with LrsThatKnowsNoVoided(unknown) as lrs:
        set_lrs(store, lrs)
        (first,) = add(store, 1)
        take_back(store, first)
        deliver(store, clock)
        again(store)
        summary = deliver(store, clock)
        assert (summary.delivered, summary.refused, summary.paused) == (1, 0, ())
        assert counts(store).waiting == 1
        (young,) = add(store, 1)
        assert deliver(store, clock).delivered == 1
        assert young in lrs.statements


class LrsThatKnowsNoVoided(ScriptableLrs):
    """One that answers as it is told when it is asked for a voided statement."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    def show(self, wanted: str, *, voided: bool) -> Answer:
        return self._answer if voided else super().show(wanted, voided=voided)


def test_a_statement_that_was_delivered_is_remembered_when_it_is_refused_after_a_refill(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """And however often it is sent again after that, it is voided when it is forgotten."""
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (identifier,) = add_of(store, need)
    deliver(store, clock)
    lrs.refused_ids = {identifier}
    for _ in range(2):
        again(store)
        assert deliver(store, clock).refused == 1
        with store.connect() as connection:
            (row,) = connection.execute(sa.select(schema.delivery))
        assert row.state == State.REFUSED
        assert row.reason.startswith("it may be there from before: the LRS answered 400")
        assert row.reason.count("from before") == 1
    assert forget(store, [need]) == outbox.Forgotten(1, 1, 1)
    deliver(store, clock)
    assert list(lrs.voided) == [identifier]
