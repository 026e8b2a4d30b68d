"""The LRSs of an organisation: how each is reached, filled, switched, sent all again, forgotten."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers.authority import Authority
from tests.servers.lrs import Answer, ScriptableLrs
from tests.servers.oauth import TokenServer
from tests.servers.proxy import LocalProxy
from tests.xapi.samples import AT, NEEDLE, Cipher, Clock, add, ask, set_lrs
from tests.xapi.test_hostile import running
from tests.xapi.test_workers import wait_for
from xapi import outbox, schema
from xapi.decision import Pace
from xapi.delivery import Deliverer, deliver_once
from xapi.errors import InvalidLrs
from xapi.lrs import Stored
from xapi.lrs_changes import Refill, refill, remove_lrs
from xapi.lrs_rows import Lrs, lrss, note_voids, open_lrs, put_lrs, switch_off, switch_on
from xapi.schema import State
from xapi.statements import freeze, voided

WHOSE = {"organisation": "northwind", "name": "main"}


PLACE = {"url": "https://lrs.example.org", "username": "u", "password": "p"}


def put(engine: sa.Engine, **values: str) -> Lrs:
    """Make an LRS that is never asked one of the organisation's."""
    with engine.begin() as connection:
        return put_lrs(connection, Cipher(), **(WHOSE | PLACE | values))


def states(engine: sa.Engine) -> list[tuple[int, str]]:
    """Each statement's place and state on its way to an LRS."""
    sent = schema.delivery
    with engine.connect() as connection:
        return [(row.statement, row.state) for row in connection.execute(
            sa.select(sent.c.statement, sent.c.state).order_by(sent.c.statement))]


def deliver(engine: sa.Engine, clock: Clock) -> int:
    return deliver_once(engine, Cipher(), clock=clock, impatient=True).delivered


def again(engine: sa.Engine) -> Refill:
    with engine.begin() as connection:
        return refill(connection, **WHOSE)


def set_where(engine: sa.Engine, table: sa.Table, where: Any, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(table).where(where).values(values))


def test_a_new_lrs_is_filled_later_and_up_to_what_there_was(store: sa.Engine) -> None:
    """Who adds it does not wait for a million rows; who adds a statement makes its row at once."""
    add(store, 3)
    add(store, 1, "southwind")
    made = put(store)
    with store.connect() as connection:
        last = connection.scalar(sa.select(sa.func.max(schema.statement.c.seq)).where(
            schema.statement.c.organisation == "northwind"))
    assert (made.filled_to, made.fill_until) == (0, last)
    assert states(store) == []
    add(store, 1)
    assert len(states(store)) == 1


def test_an_lrs_without_statements_before_it_has_nothing_to_fill(store: sa.Engine) -> None:
    made = put(store)
    assert made.fill_until == 0


@pytest.fixture
def private(tmp_path: Path) -> Iterator[tuple[ScriptableLrs, TokenServer, LocalProxy, Authority]]:
    """An LRS that takes tokens only, over the TLS of an own authority, behind a proxy."""
    authority = Authority(tmp_path)
    with (
        ScriptableLrs("nobody", "knows it", tls=authority.server()) as lrs,
        TokenServer("needle:1", "geheim", scope="all", give=lrs.tokens.add,
                    tls=authority.server()) as tokens,
        LocalProxy("user", "proxy-geheim") as proxy,
    ):
        yield lrs, tokens, proxy, authority


def test_a_row_tells_all_that_it_takes_to_reach_an_lrs(
    store: sa.Engine, clock: Clock,
    private: tuple[ScriptableLrs, TokenServer, LocalProxy, Authority],
) -> None:
    lrs, tokens, proxy, authority = private
    add(store, 2)
    made = set_lrs(
        store, lrs, username="needle:1", password="geheim", token_url=tokens.url, scope="all",
        ca_pem=authority.pem, proxy=f"http://user:proxy-geheim@{proxy.place}",
    )
    assert (made.auth, made.token_url, made.scope) == ("oauth2", tokens.url, "all")
    with store.connect() as connection, open_lrs(connection, Cipher(), made.id) as client:
        assert client.post_statements([freeze(ask())]) == Stored()
    assert deliver(store, clock) == 2
    assert len(lrs.statements) == 3
    assert proxy.requests


def test_no_secret_stands_open_in_a_row(store: sa.Engine) -> None:
    made = put(store, password="geheim",
               proxy="http://user:proxy-geheim@proxy.example.org:3128")
    with store.connect() as connection:
        row = connection.execute(sa.select(schema.lrs)).one()
    assert "geheim" not in repr(made) + repr(row)
    assert Cipher().open(row.sealed_proxy).endswith("proxy-geheim@proxy.example.org:3128")


def test_other_settings_take_the_place_of_all_before(store: sa.Engine, tmp_path: Path) -> None:
    put(store, token_url="https://login.example.org/token", scope="all",
        ca_pem=Authority(tmp_path).pem, proxy="http://proxy.example.org:3128")
    made = put(store)
    assert (made.auth, made.token_url, made.scope) == ("basic", None, None)
    with store.connect() as connection:
        row = connection.execute(sa.select(schema.lrs)).one()
    assert (row.ca_pem, row.sealed_proxy) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [{"token_url": "login.example.org"}, {"scope": "all"}, {"ca_pem": "-----BEGIN"},
     {"proxy": "proxy:3128"}, {"username": "a:b"}, {"url": "https://lrs.example.org/#x"},
     {"url": "https://lrs..example.org"}, {"url": f"https://{'a' * 64}.org"},
     {"url": "https://lrs.example.org/\ud800"}, {"proxy": "http://a..b:3128"},
     {"username": "a\0"}, {"username": "a\udcff"}, {"password": "\udcff"},
     {"token_url": "https://lrs.example.org", "scope": "a\0"},
     {"name": "a\nb"}, {"name": "a\0"}, {"name": "a\udcff"}, {"name": "a\u2028b"},
     {"organisation": ""}, {"organisation": "a\0"}, {"organisation": "a" * 65}],
    ids=lambda wrong: ascii(wrong)[:40],
)  # fmt: skip
def test_a_way_that_cannot_be_is_refused(store: sa.Engine, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidLrs):
        put(store, **wrong)
    with store.connect() as connection:
        assert lrss(connection) == []


def test_an_lrs_that_is_gone_cannot_be_opened(store: sa.Engine) -> None:
    with store.connect() as connection, pytest.raises(InvalidLrs, match="no such LRS"):
        open_lrs(connection, Cipher(), 99)


def test_what_was_found_of_voiding_holds_for_that_address_only(store: sa.Engine) -> None:
    made = put(store)
    assert made.voids is None
    with store.begin() as connection:
        note_voids(connection, made.id, False)
    assert put(store).voids is False
    assert put(store, url="https://other.example.org").voids is None


def test_a_switched_off_lrs_gets_nothing_until_it_is_switched_on(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 2)
    with store.begin() as connection:
        switch_off(connection, **WHOSE)
    assert deliver(store, clock) == 0
    set_where(store, schema.lrs, sa.true(), paused_reason="401", failures=3,
              not_before=AT + timedelta(days=1))
    with store.begin() as connection:
        switch_on(connection, **WHOSE)
        (row,) = lrss(connection)
    assert (row.active, row.paused_reason, row.failures, row.not_before) == (True, None, 0, None)
    assert deliver(store, clock) == 2


def test_an_lrs_that_lost_its_data_gets_everything_again(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 250)
    assert deliver(store, clock) == 250
    lrs.statements.clear()
    assert again(store) == Refill(again=250, emptied=0)
    ids += add(store, 1)
    assert deliver(store, clock) == 251
    assert list(lrs.statements) == ids


def test_an_lrs_that_lost_nothing_has_each_once_after_a_refill(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 3)
    deliver(store, clock)
    before = dict(lrs.statements)
    again(store)
    for _ in range(8):
        deliver(store, clock)
        clock.go(600)
    assert lrs.statements == before
    assert [state for _, state in states(store)] == [State.DELIVERED] * len(ids)


def test_a_refill_sends_refused_ones_again_and_lets_rest_what_a_person_let_rest(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 4)
    lrs.refused_ids = {ids[0], ids[1]}
    assert deliver(store, clock) == 2
    places = [place for place, _ in states(store)]
    sent, kept = schema.delivery, schema.statement
    set_where(store, sent, sent.c.statement == places[0], state=State.DISMISSED)
    set_where(store, kept, kept.c.seq == places[2], emptied_at=AT, body=b"", size=0)
    lrs.refused_ids = set()
    lrs.statements.clear()
    assert again(store) == Refill(again=2, emptied=1)
    assert deliver(store, clock) == 2
    assert list(lrs.statements) == [ids[1], ids[3]]
    assert dict(states(store))[places[0]] == State.DISMISSED


def test_a_refill_keeps_a_voiding_that_is_still_to_be_sent(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    (first,) = add(store, 1)
    deliver(store, clock)
    statement = voided(tool=NEEDLE, target=uuid.UUID(first), at=AT)
    with store.begin() as connection:
        outbox.add(connection, statement, organisation="northwind")
    assert again(store).again == 2
    assert deliver(store, clock) == 2
    assert set(lrs.voided) == {first}


def test_a_refill_leaves_a_batch_that_is_on_its_way(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    ids = add(store, 2)
    lrs.fail_next(Answer(503))
    assert deliver(store, clock) == 0
    assert again(store).again == 2
    assert [state for _, state in states(store)] == [State.CLAIMED] * 2
    clock.go(600)
    assert deliver(store, clock) == 2
    assert list(lrs.statements) == ids


def test_statements_added_while_an_lrs_is_filled_again_are_not_lost(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    add(store, 5)
    threads = [threading.Thread(target=lambda: [add(store, 1) for _ in range(10)])
               for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        again(store)
    for thread in threads:
        thread.join(30)
    while deliver(store, clock):
        clock.go(1)
    assert len(lrs.statements) == 25


def test_a_forgotten_lrs_leaves_the_statements_and_nothing_else(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    with ScriptableLrs() as other:
        set_lrs(store, lrs)
        second = set_lrs(store, other, name="second")
        add(store, 3)
        lrs.fail_next(Answer(503))
        deliver(store, clock)
        with store.begin() as connection:
            key = connection.scalar(sa.select(schema.lrs.c.id).where(schema.lrs.c.name == "main"))
            connection.execute(sa.insert(schema.forgotten).values(
                id=uuid.uuid4(), lrs=key, organisation="northwind", forgotten_at=AT))
            assert remove_lrs(connection, **WHOSE)
            assert not remove_lrs(connection, **WHOSE)
        with store.connect() as connection:
            for table in (schema.delivery, schema.batch, schema.tally, schema.forgotten):
                assert set(connection.scalars(sa.select(table.c.lrs))) <= {second.id}
            assert [one.name for one in lrss(connection)] == ["second"]
            assert outbox.counts(connection, "northwind").statements == 3
        assert len(other.statements) == 3
        clock.go(600)
        assert deliver(store, clock) == 0


def test_statements_added_while_an_lrs_is_forgotten_are_added(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    """Who adds a statement never fails because an administrator takes an LRS away."""
    added: list[str] = []
    threads = [threading.Thread(target=lambda: [added.extend(add(store, 1)) for _ in range(15)])
               for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        set_lrs(store, lrs)
        with store.begin() as connection:
            remove_lrs(connection, **WHOSE)
    for thread in threads:
        thread.join(30)
    assert len(added) == 30
    assert states(store) == []


def test_an_lrs_is_forgotten_while_it_is_delivered_to(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    """Whatever a worker has under way: another LRS gets all, and nothing of the first remains."""
    with ScriptableLrs() as other:
        set_lrs(store, other, name="second")
        with running(Deliverer(store, Cipher(), pace=Pace(poll=0.02, first_wait=0.02))):
            for _ in range(6):
                set_lrs(store, lrs)
                add(store, 40)
                with store.begin() as connection:
                    assert remove_lrs(connection, **WHOSE)
            wait_for(lambda: len(other.statements) == 240)
    with store.connect() as connection:
        assert [one.name for one in lrss(connection)] == ["second"]
        assert len(set(connection.scalars(sa.select(schema.delivery.c.lrs)))) == 1
