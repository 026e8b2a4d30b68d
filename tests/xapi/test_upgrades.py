"""An older outbox, with statements in it, is brought up to date whole."""

from __future__ import annotations

import uuid
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import AT, Cipher, Clock, as_json, ask
from tests.xapi.test_delivery import deliver
from xapi import schema
from xapi.figures import read_figures
from xapi.statements import freeze

STATES = ("delivered", "delivered", "refused", "waiting")


def make_first_tables(engine: sa.Engine, lrs: ScriptableLrs) -> list[str]:
    """An outbox as the first version wrote it: a statement in each of `STATES`; their ids."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    statements = [ask() for _ in STATES]
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        old = sa.MetaData()
        old.reflect(connection)
        # Reflection does not tell on SQLite that these columns hold identifiers and times.
        on_sqlite = connection.dialect.name == "sqlite"
        at = AT.replace(tzinfo=None) if on_sqlite else AT
        connection.execute(sa.insert(old.tables["xapi_lrs"]).values(
            id=1, organisation="northwind", name="main", url=lrs.url, version="1.0.3",
            username=lrs.user, sealed_password=Cipher().seal(lrs.password), created_at=at,
            failures=0, active=True))
        for seq, (state, statement) in enumerate(zip(STATES, statements, strict=True), 1):
            body = freeze(statement)
            kept = uuid.UUID(as_json(statement)["id"])
            connection.execute(sa.insert(old.tables["xapi_statement"]).values(
                seq=seq, id=kept.hex if on_sqlite else kept, organisation="northwind",
                verb="asked a need", size=len(body), body=body, created_at=at))
            connection.execute(sa.insert(old.tables["xapi_delivery"]).values(
                statement=seq, lrs=1, state=state))
    return [as_json(one)["id"] for one in statements]


def test_what_an_older_version_kept_is_counted_and_goes_on(
    engine: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    ids = make_first_tables(engine, lrs)
    schema.migrate(engine)
    with engine.connect() as connection:
        (before,) = read_figures(connection, clock())
    assert (before.delivered, before.refused, before.waiting) == (2, 1, 1)
    deliver(engine, clock)
    assert list(lrs.statements) == ids[3:]
    with engine.connect() as connection:
        (after,) = read_figures(connection, clock())
    assert (after.delivered, after.refused, after.waiting) == (3, 1, 0)
