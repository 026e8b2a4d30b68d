"""How transactions begin, what they wait for, and that a closed connection is not handed out."""

from __future__ import annotations

import stat
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from lti_tool.storage.database import BUSY_SECONDS, connect, forgetting, reading, send
from lti_tool.storage.pace import Pace
from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import organisation

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

ADD = Prepared(sa.insert(organisation))
FIND = Prepared(sa.select(organisation).where(organisation.c.id == sa.bindparam("id")))


def values(slug: str = "north") -> dict[str, object]:
    return {"id": slug, "name": "Northwind", "pseudonym_key": "k", "created_at": NOW}


def waits_for_disk(connection: sa.Connection) -> bool:
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    return connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_only_what_may_be_lost_does_not_wait_for_the_disk(migrated_engine: sa.Engine) -> None:
    for _ in range(2):
        with migrated_engine.begin() as connection:
            assert waits_for_disk(connection)
        with forgetting(migrated_engine) as connection:
            assert not waits_for_disk(connection)


def test_forgetting_transaction_is_whole_or_not_there(migrated_engine: sa.Engine) -> None:
    with forgetting(migrated_engine) as connection:
        ADD.change(connection, values())
        connection.rollback()
    with reading(migrated_engine) as connection:
        assert FIND.rows(connection, {"id": "north"}) == []
    with forgetting(migrated_engine) as connection:
        ADD.change(connection, values())
    with reading(migrated_engine) as connection:
        assert len(FIND.rows(connection, {"id": "north"})) == 1


def test_prepared_statement_finds_what_sqlalchemy_finds(migrated_engine: sa.Engine) -> None:
    with migrated_engine.begin() as connection:
        assert ADD.change(connection, values()) == 1
    with migrated_engine.connect() as connection:
        (found,) = FIND.rows(connection, {"id": "north"})
        assert found == list(connection.execute(sa.select(organisation)).one())
        assert connection.in_transaction()


def test_error_of_a_prepared_statement_is_sqlalchemys_and_holds_no_values(
    migrated_engine: sa.Engine,
) -> None:
    with migrated_engine.begin() as connection:
        ADD.change(connection, values())
    with pytest.raises(sa.exc.IntegrityError) as caught, migrated_engine.begin() as connection:
        ADD.change(connection, {**values(), "name": "a learner's words"})
    assert "words" not in str(caught.value)
    with migrated_engine.begin() as connection:
        assert ADD.change(connection, values("south")) == 1


@pytest.mark.parametrize("migrated_engine", ["sqlite"], indirect=True)
def test_writer_that_waits_too_long_is_told_by_sqlalchemy(migrated_engine: sa.Engine) -> None:
    assert BUSY_SECONDS > 1
    with migrated_engine.begin(), migrated_engine.connect() as other:
        driver = other.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA busy_timeout = 20")
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            other.begin()
        other.invalidate()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_connection_that_the_database_closed_is_replaced_unseen(database_url: str) -> None:
    engine = connect(database_url)
    with reading(engine) as connection:
        old = send(connection, "SELECT pg_backend_pid()").fetchone()[0]
    other = connect(database_url)
    with other.begin() as connection:
        send(connection, f"SELECT pg_terminate_backend({old}, 5000)")
    with reading(engine) as connection:
        assert send(connection, "SELECT pg_backend_pid()").fetchone()[0] != old
    engine.dispose()
    other.dispose()


def test_pace_is_kept_for_each_database_and_row(migrated_engine: sa.Engine) -> None:
    pace, row, other = Pace(timedelta(minutes=1)), uuid.uuid4(), sa.create_engine("sqlite://")
    assert pace.is_due(migrated_engine, NOW)
    assert not pace.is_due(migrated_engine, NOW + timedelta(seconds=59))
    assert pace.is_due(migrated_engine, NOW, row)
    assert pace.is_due(other, NOW)
    assert pace.is_due(migrated_engine, NOW + timedelta(seconds=60))
    assert pace.is_due(migrated_engine, NOW)


def test_a_new_file_is_its_owners_alone_and_one_that_is_there_stays_as_it_is(
    tmp_path: Path,
) -> None:
    for name, before, after in (("new", None, 0o600), ("old", 0o640, 0o640)):
        file = tmp_path / f"{name}.sqlite3"
        if before is not None:
            file.touch()
            file.chmod(before)
        engine = connect(f"sqlite:///{file}")
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE t (a)"))
            made = [*tmp_path.glob(f"{name}.sqlite3*")]
            assert len(made) > 1  # the write-ahead log beside it
            assert {stat.S_IMODE(one.stat().st_mode) for one in made} == {after}
        engine.dispose()


@pytest.mark.parametrize("migrated_engine", ["postgresql"], indirect=True)
def test_what_others_commit_is_seen_whatever_the_servers_default_is(
    migrated_engine: sa.Engine,
) -> None:
    level = sa.text("SHOW transaction_isolation")
    default = sa.text("SET default_transaction_isolation = 'serializable'")
    with migrated_engine.connect() as connection:
        connection.execute(default)
        connection.commit()
        assert connection.scalar(level) == "read committed"
        connection.rollback()
        connection.execution_options(postgresql_readonly=True)
        assert connection.scalar(level) == "read committed"
        connection.rollback()
        connection.invalidate()
