"""A PostgreSQL server that crashes and comes back while statements are added and delivered."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from lti_tool.storage.database import connect
from tests.servers.lrs import ScriptableLrs
from tests.servers.postgres import Cluster, cluster, programs
from tests.xapi.samples import Cipher, ask, set_lrs
from tests.xapi.test_delivery import counts
from tests.xapi.test_hostile import QUICK, running
from tests.xapi.test_workers import wait_for
from xapi import outbox
from xapi.decision import Pace
from xapi.delivery import Deliverer
from xapi.schema import migrate

KILLS = int(os.environ.get("NEEDLE_TEST_KILLS", "6"))

PACE = Pace(poll=0.02, first_wait=0.02, longest_wait=0.1, batch_statements=5)


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not on this machine")
    with cluster(found) as made:
        yield made


@pytest.fixture
def kept(server: Cluster) -> Iterator[sa.Engine]:
    """An engine on tables that are empty."""
    engine = connect(server.url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    migrate(engine)
    yield engine
    engine.dispose()


class Adder:
    """Adds in a thread, three in a transaction, whatever happens, and notes what was kept.

    `unsure` are those whose commit had no answer: they may be kept or not, all three or none.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.sure: set[str] = set()
        self.unsure: list[set[str]] = []
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._end.wait(0.005):
            made = [ask() for _ in range(3)]
            ids = {str(one.id) for one in made}
            try:
                with self._engine.begin() as connection:
                    for one in made:
                        outbox.add(connection, one, organisation="northwind")
            except sa.exc.OperationalError:
                self.unsure.append(ids)
                self._end.wait(0.05)
            else:
                self.sure |= ids


def held(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return {str(one.id) for one in outbox.list_statements(
            connection, "northwind", limit=1_000_000)}


def crash_while_at_work(
    server: Cluster, kept: sa.Engine, lrs: ScriptableLrs, moments: list[Callable[[], None]]
) -> None:
    """Crash the server at each moment, with adders and two workers on; then compare."""
    set_lrs(kept, lrs)
    workers = [Deliverer(kept, Cipher(), pace=PACE) for _ in range(2)]
    with running(workers[0]), running(workers[1]):
        with closing(Adder(kept)) as first, closing(Adder(kept)) as second:
            for wait in moments:
                sent = len(lrs.statements)
                wait_for(lambda sent=sent: len(lrs.statements) > sent, 30)  # type: ignore[misc]
                wait()
                server.crash()
                server.start()
        stored = held(kept)
        # The lease of a batch whose claim was kept and never answered runs by the clock.
        with kept.begin() as connection:
            connection.execute(sa.text("UPDATE xapi_batch SET lease_until = NULL"))
        wait_for(lambda: counts(kept).waiting == 0, 60)
        wait_for(lambda: all(one.last_trouble is None for one in workers))
    assert set(lrs.statements) == stored
    assert first.sure | second.sure <= stored
    for unsure in first.unsure + second.unsure:
        assert unsure <= stored or not unsure & stored
    assert stored <= (first.sure | second.sure).union(*first.unsure, *second.unsure)
    assert (counts(kept).delivered, counts(kept).refused) == (len(stored), 0)


def test_a_crash_of_the_database_under_workers_and_adders_loses_and_doubles_nothing(
    server: Cluster, kept: sa.Engine
) -> None:
    chance = random.Random(3)
    moments = [lambda: time.sleep(chance.random() / 50)] * 2
    with ScriptableLrs() as lrs:
        crash_while_at_work(server, kept, lrs, moments)


@pytest.mark.torture
@pytest.mark.parametrize("on_known", ["conflict", "no_content", "new_ids", "all_ids"])
def test_many_crashes_of_the_database_lose_and_double_nothing(
    server: Cluster, kept: sa.Engine, on_known: str
) -> None:
    chance = random.Random(on_known)
    moments = [lambda: time.sleep(chance.random() / 5)] * min(15, KILLS)
    with ScriptableLrs(on_known=on_known) as lrs:
        crash_while_at_work(server, kept, lrs, moments)


def test_a_deliverer_tells_that_its_database_is_gone_and_goes_on_when_it_is_back(
    server: Cluster, kept: sa.Engine, lrs: ScriptableLrs
) -> None:
    set_lrs(kept, lrs)
    deliverer = Deliverer(kept, Cipher(), pace=QUICK)
    with running(deliverer):
        server.crash()
        wait_for(lambda: deliverer.last_trouble is not None, 20)
        assert "waits for the database" in str(deliverer.last_trouble)
        server.start()
        wait_for(lambda: deliverer.last_trouble is None, 20)
        with kept.begin() as connection:
            outbox.add(connection, ask(), organisation="northwind")
        wait_for(lambda: counts(kept).delivered == 1, 20)
    assert len(lrs.statements) == 1
