"""The figures of delivery: what waits, for how long, what came of the rest."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from tests.servers.lrs import Answer, ScriptableLrs
from tests.xapi.samples import Cipher, Clock, add, ask, set_lrs
from xapi import batches, outbox, refused
from xapi.decision import Pace
from xapi.delivery import deliver_once
from xapi.figures import (
    Leased,
    LrsFigures,
    count_leased,
    count_without_lrs,
    read_figures,
)
from xapi.lrs_changes import refill
from xapi.lrs_rows import switch_off


def add_at(engine: sa.Engine, clock: Clock, number: int) -> list[str]:
    with engine.begin() as connection:
        return [
            str(outbox.add(connection, ask(), organisation="northwind", now=clock()))
            for _ in range(number)
        ]


def look(engine: sa.Engine, clock: Clock, most: int | None = None) -> LrsFigures:
    with engine.connect() as connection:
        (found,) = read_figures(connection, clock(), most=most)
    return found


def deliver(engine: sa.Engine, clock: Clock) -> None:
    deliver_once(engine, Cipher(), clock=clock, draw=lambda: 0.5)


def test_what_waits_is_counted_with_the_age_of_the_oldest(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add_at(store, clock, 2)
    clock.go(90)
    add_at(store, clock, 1)
    found = look(store, clock)
    assert (found.organisation, found.lrs, found.state) == ("northwind", "main", "ok")
    assert (found.waiting, found.oldest_seconds, found.delivered) == (3, 90.0, 0)


def test_what_a_new_lrs_is_still_to_be_given_waits(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    add_at(store, clock, 4)
    clock.go(60)
    set_lrs(store, lrs)
    found = look(store, clock)
    assert (found.waiting, found.oldest_seconds) == (4, 60.0)
    deliver(store, clock)
    assert look(store, clock).waiting == 0


def test_delivered_and_refused_are_counted_and_nothing_waits_after(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    lrs.refused_ids.add(add_at(store, clock, 5)[2])
    deliver(store, clock)
    found = look(store, clock)
    assert (found.held, found.delivered, found.refused, found.set_aside) == (4, 4, 1, 1)
    assert "not to this LRS's taste" in (found.set_aside_reason or "")
    assert (found.waiting, found.oldest_seconds) == (0, None)
    assert found.needs_a_person


def test_exchanges_and_their_seconds_are_told(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add_at(store, clock, 3)
    deliver(store, clock)
    found = look(store, clock)
    assert found.exchanges == len(lrs.requests)
    assert found.seconds > 0


def test_paused_lrs_says_why_and_since_when_it_was_tried(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs, password="wrong")
    add_at(store, clock, 1)
    deliver(store, clock)
    tried = clock()
    clock.go(5)
    found = look(store, clock)
    assert (found.state, found.tried_at, found.needs_a_person) == ("paused", tried, True)
    assert "401" in (found.reason or "")


def test_lrs_that_does_not_answer_is_in_trouble_and_late_after_an_hour(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add_at(store, clock, 1)
    lrs.always = Answer(503, "back soon")
    deliver(store, clock)
    found = look(store, clock)
    assert (found.state, found.is_late, found.needs_a_person) == ("in trouble", False, False)
    assert "back soon" in (found.reason or "")
    clock.go(3601)
    assert look(store, clock).needs_a_person
    lrs.always = None
    deliver(store, clock)
    found = look(store, clock)
    assert (found.state, found.reason, found.tried_at) == ("ok", None, None)


def test_lrs_that_is_switched_off_is_off_and_never_late(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add_at(store, clock, 2)
    with store.begin() as connection:
        switch_off(connection, organisation="northwind", name="main")
    clock.go(7200)
    found = look(store, clock)
    assert (found.state, found.waiting, found.needs_a_person) == ("off", 2, False)


def test_what_is_held_is_what_stands_now_and_not_what_ever_happened(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    lrs.refused_ids = {add_at(store, clock, 3)[0]}
    deliver(store, clock)
    lrs.refused_ids = set()
    with store.begin() as connection:
        refused.requeue(connection, "northwind")
    deliver(store, clock)
    with store.begin() as connection:
        refill(connection, organisation="northwind", name="main")
    deliver(store, clock)
    found = look(store, clock)
    assert (found.held, found.set_aside, found.set_aside_reason) == (3, 0, None)
    assert (found.delivered, found.refused) == (6, 1)


def test_what_a_worker_has_in_hand_is_counted_until_its_lease_ends(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    main = set_lrs(store, lrs)
    add_at(store, clock, 3)
    with store.begin() as connection:
        batches.begin(connection)
        assert batches.claim(connection, main.id, clock(), Pace(), uuid.uuid4()) is not None
    clock.go(30)
    with store.connect() as connection:
        assert count_leased(connection, clock()) == Leased(3, 60.0)
        assert count_leased(connection, clock(), organisation="other") == Leased(0, 0.0)
        clock.go(60)
        assert count_leased(connection, clock()) == Leased(0, 0.0)


@pytest.mark.parametrize(("most", "counted"), [(3, 3), (7, 7), (9, 7), (None, 7)])
def test_no_more_is_counted_than_asked_for(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock, most: int | None, counted: int
) -> None:
    add_at(store, clock, 4)
    set_lrs(store, lrs)
    add_at(store, clock, 3)
    assert look(store, clock, most).waiting == counted


def test_each_organisation_is_told_apart(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    set_lrs(store, lrs, "southwind", name="theirs")
    add(store, 2)
    add(store, 3, "southwind")
    add(store, 4, "eastwind")
    add(store, 1, f"x-{uuid.uuid4().hex}")
    with store.connect() as connection:
        everything = read_figures(connection, clock())
        theirs = read_figures(connection, clock(), organisation="southwind")
        without = count_without_lrs(connection)
        of_east = count_without_lrs(connection, organisation="eastwind", most=2)
        of_north = count_without_lrs(connection, organisation="northwind")
    assert [(one.lrs, one.waiting) for one in everything] == [("main", 2), ("theirs", 3)]
    assert [one.lrs for one in theirs] == ["theirs"]
    assert sorted(without.values()) == [1, 4]
    assert (of_east, of_north) == ({"eastwind": 2}, {})
