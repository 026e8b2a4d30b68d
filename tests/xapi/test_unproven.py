"""An LRS that says it stored, without proof: nothing is settled on its word."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.servers.lrs import Answer, CommitThenAnswer, CommitThenDrop, Fault, ScriptableLrs
from tests.xapi.samples import Clock, add, as_json, ask, set_lrs
from tests.xapi.test_delivery import counts, deliver, deliver_patiently, listed
from xapi.decision import Pace
from xapi.delivery import DeliverySummary
from xapi.lrs_rows import lrss
from xapi.schema import State

HOLLOW: list[Fault] = [Answer(204), Answer(200, "[]"), Answer(200, '["hello"]')]


def gets(lrs: ScriptableLrs) -> int:
    return sum(request.method == "GET" for request in lrs.requests)


@pytest.mark.parametrize("fault", HOLLOW)
def test_what_an_lrs_only_says_it_stored_is_not_delivered(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, fault: Fault
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 3)
    lrs.always = fault
    for _ in range(Pace().doubt_after):
        assert deliver(store, clock).delivered == 0
        clock.go(60)
    with store.connect() as connection:
        (row,) = lrss(connection)
    assert row.trouble is not None
    assert row.trouble.startswith("the LRS answers that it stored, and does not have it")
    for _ in range(20):
        deliver(store, clock)
        clock.go(60)
    assert (counts(store).waiting, counts(store).refused) == (3, 0)
    assert {request.ids for request in lrs.posts()} == {tuple(ids)}
    lrs.always = None
    assert deliver(store, clock).delivered == 3
    with store.connect() as connection:
        assert lrss(connection)[0].trouble is None


@pytest.mark.parametrize("status_and_body", [(204, ""), (200, "[]"), (200, '["hello"]')])
def test_what_is_there_when_read_back_is_delivered_at_once(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, status_and_body: tuple[int, str]
) -> None:
    set_lrs(store, lrs)
    add(store, 5)
    lrs.fail_next(CommitThenAnswer(*status_and_body))
    assert deliver(store, clock) == DeliverySummary(delivered=5)
    assert (len(lrs.posts()), gets(lrs)) == (1, 2)


def test_a_200_with_our_ids_needs_no_read_back(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 250)
    assert deliver(store, clock).delivered == 250
    assert gets(lrs) == 0


@pytest.mark.parametrize("on_known", ["conflict", "no_content", "new_ids", "all_ids"])
@pytest.mark.parametrize("fault", [CommitThenAnswer(204), CommitThenDrop()])
@pytest.mark.parametrize("unseen", [1, 15])
def test_a_statement_that_is_stored_but_shown_late_is_delivered_and_never_refused(
    store: sa.Engine, clock: Clock, on_known: str, fault: Fault, unseen: int
) -> None:
    with ScriptableLrs(on_known=on_known) as lrs:
        set_lrs(store, lrs)
        ids = add(store, 4)
        lrs.fail_next(fault)
        lrs.unseen = unseen
        deliver_patiently(store, clock, passes=80)
        assert list(lrs.statements) == ids
    assert (counts(store).delivered, counts(store).refused) == (4, 0)


def test_another_statement_under_an_id_shows_although_the_lrs_says_204(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 2)
    lrs.statements[ids[0]] = as_json(ask()) | {"id": ids[0]}
    lrs.fault_for = lambda sent: Answer(204) if ids[0] in sent else None
    assert deliver(store, clock) == DeliverySummary(delivered=1, refused=1)
    (refused,) = listed(store, State.REFUSED)
    assert (str(refused.id), refused.reason) == (
        ids[0], "the LRS holds another statement with this id")


def test_an_lrs_that_may_not_be_read_is_paused_when_it_must_be_looked_at(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 2)
    lrs.fail_next(CommitThenAnswer(204))
    lrs.reading = Answer(403)
    ((_, reason),) = deliver(store, clock).paused
    assert "must be allowed to read statements" in reason
    assert counts(store).waiting == 2
