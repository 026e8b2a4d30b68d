"""Delivery into Ralph: each statement once, across an outage, and its answers understood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.peers.ralph import Ralph, start_ralph
from tests.xapi.samples import NEEDLE, Cipher, Clock, add, every_statement, set_lrs
from xapi import outbox, schema
from xapi.delivery import deliver_once
from xapi.lrs import Absent, Found, LrsClient, Rejected, Stored, Unproven
from xapi.lrs_check import check_lrs
from xapi.statements import freeze

pytestmark = pytest.mark.peers
pytest.importorskip("ralph", reason="ralph-malph[cli,lrs] is not installed here")


@pytest.fixture(scope="module")
def ralph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ralph]:
    with start_ralph(tmp_path_factory.mktemp("ralph")) as running:
        yield running


@pytest.fixture
def client(ralph: Ralph) -> Iterator[LrsClient]:
    with LrsClient(ralph.url + "/xAPI", ralph.user, ralph.password, "1.0.3") as made:
        yield made


def test_each_statement_is_held_once_across_a_stop_and_a_start(
    engine: sa.Engine, ralph: Ralph
) -> None:
    schema.migrate(engine)
    clock = Clock()
    set_lrs(engine, ralph, url=ralph.url + "/xAPI")
    ids = add(engine, 130)
    assert deliver_once(engine, Cipher(), clock=clock).delivered == 130
    ralph.stop()
    ids += add(engine, 7)
    assert [name for name, _ in deliver_once(engine, Cipher(), clock=clock).unreachable] == ["main"]
    ids += add(engine, 7)
    ralph.start()
    clock.go(60)
    assert deliver_once(engine, Cipher(), clock=clock).delivered == 14
    assert [one["id"] for one in ralph.held() if one["id"] in ids] == ids
    with engine.connect() as connection:
        counts = outbox.counts(connection, "northwind")
    assert (counts.delivered, counts.waiting, counts.refused) == (144, 0, 0)


@pytest.mark.parametrize("full", [True, False])
def test_every_kind_of_statement_is_taken_and_read_back(client: LrsClient, full: bool) -> None:
    statements = list(every_statement(full=full).values())
    assert client.post_statements([freeze(one) for one in statements]) == Stored()
    for one in statements:
        assert isinstance(client.get_statement(one.id), Found)


def test_a_batch_that_was_stored_before_is_stored_once_and_has_to_be_looked_for(
    client: LrsClient, ralph: Ralph
) -> None:
    first, second = (list(every_statement(full=True).values()) for _ in range(2))
    assert client.post_statements([freeze(one) for one in first]) == Stored()
    assert isinstance(client.post_statements([freeze(one) for one in first]), Unproven)
    assert client.post_statements([freeze(one) for one in first + second]) == Stored()
    held = [one["id"] for one in ralph.held()]
    assert all(held.count(str(one.id)) == 1 for one in first + second)


def test_an_unknown_statement_is_absent(client: LrsClient) -> None:
    assert client.get_statement(every_statement(full=False)["opened"].id) == Absent()


def test_a_statement_that_it_cannot_take_is_rejected_in_its_words(client: LrsClient) -> None:
    outcome = client.post_statements([b'{"actor": {}}'])
    assert isinstance(outcome, Rejected)
    assert "422" in outcome.words


def test_a_check_finds_it_well_and_that_it_voids_nothing(client: LrsClient, ralph: Ralph) -> None:
    before = len(ralph.held())
    check = check_lrs(client, version="1.0.3", tool=NEEDLE, now=lambda: datetime.now(UTC))
    assert {one.name: one.state for one in check.findings} == {
        "about": "ok", "auth": "ok", "write": "ok", "read": "ok", "void": "warn", "clock": "ok"}
    assert check.voids is False
    assert len(ralph.held()) == before + 2


def test_a_check_with_a_wrong_password_says_what_to_do(ralph: Ralph) -> None:
    with LrsClient(ralph.url + "/xAPI", ralph.user, "wrong", "1.0.3") as client:
        check = check_lrs(client, version="1.0.3", tool=NEEDLE, now=lambda: datetime.now(UTC))
    (fault,) = (one for one in check.findings if one.state == "fail")
    assert fault.name == "auth"
    assert "user and password again" in fault.mend


def test_one_bad_statement_is_refused_and_the_others_arrive(
    engine: sa.Engine, ralph: Ralph
) -> None:
    """Bytes damaged in the database stand for a statement that Ralph dislikes."""
    schema.migrate(engine)
    set_lrs(engine, ralph, url=ralph.url + "/xAPI")
    ids = add(engine, 8)
    kept = schema.statement
    with engine.begin() as connection:
        connection.execute(sa.update(kept).where(kept.c.seq == sa.select(
            sa.func.min(kept.c.seq)).scalar_subquery()).values(body=b'{"verb": {}}'))
    summary = deliver_once(engine, Cipher(), clock=Clock())
    assert (summary.delivered, summary.refused) == (7, 1)
    assert [one["id"] for one in ralph.held() if one["id"] in ids] == ids[1:]
