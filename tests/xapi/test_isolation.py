"""Transactions that do not see what others commit, and transactions that stay open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from tests.xapi.samples import ON_POSTGRESQL, Cipher, add, ask
from xapi import lrs_rows, outbox
from xapi.errors import OutboxBusy, WrongIsolation
from xapi.lrs_changes import refill, remove_lrs

WHOSE = {"organisation": "northwind", "name": "main"}
PLACE = {"url": "https://lrs.example.org", "username": "u", "password": "p"}


@pytest.fixture
def plain(store: sa.Engine, database_url: str) -> Iterator[sa.Engine]:
    """An engine of a program of its own, which begins its transactions as SQLAlchemy does."""
    engine = sa.create_engine(database_url)
    yield engine
    engine.dispose()


def put(connection: sa.Connection) -> None:
    lrs_rows.put_lrs(connection, Cipher(), **WHOSE, **PLACE)


CALLS: dict[str, Callable[[sa.Connection], object]] = {
    "add": lambda connection: outbox.add(connection, ask(), organisation="northwind"),
    "add_all": lambda connection: outbox.add_all(connection, [ask()], organisation="northwind"),
    "put_lrs": put,
    "refill": lambda connection: refill(connection, **WHOSE),
    "remove_lrs": lambda connection: remove_lrs(connection, **WHOSE),
}


@ON_POSTGRESQL
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_transaction_with_an_old_snapshot_is_refused(
    plain: sa.Engine, call: Callable[[sa.Connection], object], level: str
) -> None:
    old = plain.execution_options(isolation_level=level)
    with old.begin() as connection, pytest.raises(WrongIsolation, match=f"{level}.*COMMITTED"):
        call(connection)
    with plain.begin() as connection:
        call(connection)


@ON_POSTGRESQL
def test_the_same_statement_again_changes_nothing(plain: sa.Engine) -> None:
    statement = ask()
    for _ in range(2):
        with plain.begin() as connection:
            found = outbox.add_all(connection, [statement], organisation="northwind")
            assert found == [statement.id]


@ON_POSTGRESQL
@pytest.mark.parametrize("call", ["put_lrs", "remove_lrs"])
def test_an_adder_that_stays_open_holds_up_others_for_a_while_only(
    plain: sa.Engine, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(lrs_rows, "LONGEST_STOP", 1)
    raised: list[BaseException] = []

    def change() -> None:
        busy = pytest.raises(OutboxBusy, match="open for 1 seconds: try again")
        with busy as found, plain.begin() as connection:
            CALLS[call](connection)
        raised.append(found.value)

    with plain.connect() as adding:
        outbox.add(adding, ask(), organisation="northwind")
        changing = threading.Thread(target=change)
        changing.start()
        add(plain, 1, "southwind")  # waits for the lock at most until it is given up
        changing.join(10)
        assert len(raised) == 1
        adding.commit()
    with plain.begin() as connection:
        CALLS[call](connection)


@ON_POSTGRESQL
def test_how_long_the_caller_waits_for_locks_is_as_before(plain: sa.Engine) -> None:
    shown = sa.text("SHOW lock_timeout")
    with plain.begin() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '7s'"))
        put(connection)
        assert connection.scalar(shown) == "7s"
    with plain.begin() as connection:
        assert connection.scalar(shown) == "0"
