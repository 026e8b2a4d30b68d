"""Faults between the outbox and Ralph: each statement is held once, whatever breaks."""

from __future__ import annotations

import json
import random
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.peers.ralph import Ralph, start_ralph
from tests.servers.breaking import BREAKS, Breaking
from tests.xapi.samples import Cipher, Clock, add, as_json, ask, set_lrs
from tests.xapi.stepping import PACE as STEPPING
from tests.xapi.stepping import stepping
from xapi import batches, outbox, schema
from xapi.decision import Pace
from xapi.delivery import DeliverySummary, deliver_once
from xapi.schema import State

pytestmark = pytest.mark.peers
pytest.importorskip("ralph", reason="ralph-malph[cli,lrs] is not installed here")

PACE = Pace(connect=2.0, read=0.8, whole=3.0, batch_statements=20)
STEPS = sorted(random.Random(2).sample(range(1, 110), 6))


@pytest.fixture(scope="module")
def ralph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ralph]:
    with start_ralph(tmp_path_factory.mktemp("ralph")) as running:
        yield running


@pytest.fixture
def proxy(ralph: Ralph) -> Iterator[Breaking]:
    with Breaking("127.0.0.1", int(ralph.url.rsplit(":", 1)[1])) as between:
        yield between


@pytest.fixture
def kept(engine: sa.Engine) -> sa.Engine:
    schema.migrate(engine)
    return engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


def deliver(engine: sa.Engine, clock: Clock, pace: Pace = PACE) -> DeliverySummary:
    return deliver_once(engine, Cipher(), clock=clock, pace=pace, draw=lambda: 1.0)


def deliver_patiently(engine: sa.Engine, clock: Clock) -> None:
    for _ in range(40):
        deliver(engine, clock)
        if counts(engine).waiting == 0:
            return
        clock.go(301)
    raise AssertionError(f"still open: {counts(engine)}")


def counts(engine: sa.Engine) -> outbox.Counts:
    with engine.connect() as connection:
        return outbox.counts(connection, "northwind")


def held(ralph: Ralph, ids: list[str]) -> Counter[str]:
    """How often Ralph holds each of these."""
    return Counter(one["id"] for one in ralph.held() if one["id"] in ids)


@pytest.mark.parametrize("broken", BREAKS)
def test_whatever_breaks_on_the_way_ralph_holds_each_statement_once(
    kept: sa.Engine, ralph: Ralph, proxy: Breaking, clock: Clock, broken: str
) -> None:
    """Twice, since a connection that breaks is tried once more at once."""
    set_lrs(kept, ralph, url=proxy.url + "/xAPI")
    ids = add(kept, 50)
    proxy.break_next(broken, broken)
    deliver(kept, clock)
    ids += add(kept, 3)
    deliver_patiently(kept, clock)
    assert set(proxy.broken) == {broken}
    assert held(ralph, ids) == Counter(ids)
    assert (counts(kept).delivered, counts(kept).refused) == (53, 0)


def test_a_worker_killed_at_a_step_loses_and_doubles_nothing_at_ralph(
    kept: sa.Engine, database_url: str, ralph: Ralph, clock: Clock
) -> None:
    set_lrs(kept, ralph, url=ralph.url + "/xAPI")
    ids: list[str] = []
    with stepping(database_url) as worker:
        killed = 0
        for step in STEPS:
            ids += add(kept, 7)
            killed += worker.run(step, clock()) is None
            clock.go(STEPPING.lease + 1)
            deliver(kept, clock, STEPPING)
            assert held(ralph, ids) == Counter(ids), f"step {step}"
    assert killed
    assert (counts(kept).delivered, counts(kept).waiting) == (len(ids), 0)


def test_another_statement_with_the_same_id_at_ralph_is_refused_and_the_rest_arrives(
    kept: sa.Engine, ralph: Ralph, clock: Clock
) -> None:
    set_lrs(kept, ralph, url=ralph.url + "/xAPI")
    ids = add(kept, 30)
    store_directly(ralph, as_json(ask()) | {"id": ids[11]})
    deliver_patiently(kept, clock)
    assert (counts(kept).delivered, counts(kept).refused) == (29, 1)
    with kept.connect() as connection:
        (line,) = outbox.list_statements(connection, "northwind", State.REFUSED)
    assert str(line.id) == ids[11]
    assert line.reason is not None
    assert held(ralph, ids) == Counter(ids)


def store_directly(ralph: Ralph, statement: dict[str, Any]) -> None:
    """Store at Ralph what did not come from the outbox."""
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    passwords.add_password(None, ralph.url, ralph.user, ralph.password, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    request = urllib.request.Request(
        f"{ralph.url}/xAPI/statements", json.dumps(statement).encode(),
        {"Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"})
    with opener.open(request, timeout=20) as answer:
        assert answer.status == 200


def test_one_bad_statement_of_a_hundred_is_refused_in_ralphs_words(
    kept: sa.Engine, ralph: Ralph, clock: Clock
) -> None:
    """Bytes damaged in the database stand for a statement that Ralph dislikes."""
    set_lrs(kept, ralph, url=ralph.url + "/xAPI")
    ids = add(kept, 100)
    table = schema.statement
    place = sa.select(table.c.seq).order_by(table.c.seq).offset(61).limit(1).scalar_subquery()
    with kept.begin() as connection:
        connection.execute(
            sa.update(table).where(table.c.seq == place).values(body=b'{"actor": {}}'))
    summary = deliver(kept, clock, Pace())
    assert (summary.delivered, summary.refused) == (99, 1)
    good = ids[:61] + ids[62:]
    assert held(ralph, ids) == Counter(good)
    with kept.connect() as connection:
        (line,) = outbox.list_statements(connection, "northwind", State.REFUSED)
    assert line.reason is not None
    assert "422" in line.reason


class Trouble(RuleBasedStateMachine):
    """One sequence; at its end Ralph must hold each statement once."""

    def __init__(self, engine: sa.Engine, ralph: Ralph, proxy: Breaking) -> None:
        super().__init__()
        self.engine, self.ralph, self.proxy = engine, ralph, proxy
        self.clock = Clock()
        self.ids: list[str] = []
        self.away = False
        with engine.begin() as connection:
            for name in ("xapi_delivery", "xapi_batch", "xapi_tally", "xapi_statement",
                         "xapi_lrs"):
                connection.execute(sa.text(f"DELETE FROM {name}"))
        self.row = set_lrs(engine, ralph, url=proxy.url + "/xAPI").id

    @rule(number=st.sampled_from([1, 5, 30]))
    def add(self, number: int) -> None:
        self.ids += add(self.engine, number)

    @rule(broken=st.sampled_from([one for one in BREAKS if one != "hold the answer"]))
    def fail_while_delivering(self, broken: str) -> None:
        self.ids += add(self.engine, 7)
        self.proxy.break_next(broken)
        deliver(self.engine, self.clock)

    @rule(seconds=st.sampled_from([1, 60, 301, 86400, -3600]))
    def change_the_clock(self, seconds: int) -> None:
        self.clock.go(seconds)

    @rule()
    def deliver(self) -> None:
        deliver(self.engine, self.clock)

    @rule()
    def claim_and_die(self) -> None:
        with self.engine.begin() as connection:
            batches.claim(connection, self.row, self.clock(), PACE)

    @rule()
    def go_away_or_come_back(self) -> None:
        if self.away:
            self.ralph.start()
        else:
            self.ralph.stop()
        self.away = not self.away

    def teardown(self) -> None:
        self.proxy.mend()
        if self.away:
            self.ralph.start()
        deliver_patiently(self.engine, self.clock)
        assert held(self.ralph, self.ids) == Counter(self.ids)
        assert (counts(self.engine).delivered, counts(self.engine).refused) == (
            len(self.ids), 0)


def test_after_any_trouble_ralph_holds_each_statement_once(
    kept: sa.Engine, ralph: Ralph, proxy: Breaking
) -> None:
    run_state_machine_as_test(
        seed(6)(lambda: Trouble(kept, ralph, proxy)),
        settings=settings(max_examples=4, stateful_step_count=15, deadline=None, database=None,
                          suppress_health_check=list(HealthCheck)),
    )
