"""An outbox of the first version is brought up to date with what stands in it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import xapi
from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import AT, NEEDLE, Cipher, Clock, ask
from tests.xapi.test_delivery import deliver
from xapi import outbox, refused, schema
from xapi.figures import read_figures
from xapi.retention import empty_delivered
from xapi.schema import migrate
from xapi.statements import freeze


def upgrade_to(engine: sa.Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(xapi.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def put_as_the_first_version_did(engine: sa.Engine, lrs: ScriptableLrs) -> list[uuid.UUID]:
    """An LRS, and statements that wait for it, were delivered to it, were refused by it."""
    kept = [name for name in schema.statement.columns.keys()  # noqa: SIM118 - names, not columns
            if name not in ("voids", "replaced_by", "emptied_at", "digest")]
    made = [ask() for _ in range(3)]
    with engine.begin() as connection:
        connection.execute(sa.insert(sa.table("xapi_lrs", *(
            sa.column(column.name, column.type) for column in schema.lrs.columns))).values(
                id=1, organisation="northwind", name="main", url=lrs.url, version="1.0.3",
                username=lrs.user, sealed_password=Cipher().seal(lrs.password), created_at=AT,
                failures=0, active=True))
        for seq, statement in enumerate(made, 1):
            body = freeze(statement)
            values = {
                "seq": seq, "id": statement.id, "organisation": "northwind", "body": body,
                "verb": "asked a need", "size": len(body), "created_at": AT,
                "registration": statement.context.registration,
            }
            assert set(values) == set(kept)
            connection.execute(sa.insert(schema.statement).values(values))
        connection.execute(sa.insert(schema.delivery), [
            {"statement": 1, "lrs": 1, "state": "delivered", "reason": None, "settled_at": AT},
            {"statement": 2, "lrs": 1, "state": "refused", "reason": "no", "settled_at": AT},
            {"statement": 3, "lrs": 1, "state": "waiting", "reason": None, "settled_at": None},
        ])  # fmt: skip
    return [statement.id for statement in made]


def test_what_the_first_version_kept_is_counted_delivered_given_up_and_forgotten(
    engine: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    upgrade_to(engine, "0001")
    delivered, bad, waiting = put_as_the_first_version_did(engine, lrs)
    migrate(engine)
    with engine.connect() as connection:
        assert outbox.counts(connection, "northwind") == outbox.Counts(3, 1, 1, 1, 0, AT, lrss=1)
        (figures,) = read_figures(connection, clock())
        assert (figures.delivered, figures.refused, figures.waiting) == (1, 1, 1)
    assert deliver(engine, clock).delivered == 1
    assert list(lrs.statements) == [str(waiting)]
    later = clock() + timedelta(days=1)
    with engine.begin() as connection:
        assert empty_delivered(connection, later) == 2
        assert refused.requeue(connection, "northwind") == 1
        registration = connection.scalar(
            sa.select(schema.statement.c.registration).where(schema.statement.c.id == delivered)
        )
        assert registration is not None
        done = outbox.forget(connection, [registration], tool=NEEDLE)
    assert done == outbox.Forgotten(1, 1, 1)
    assert deliver(engine, clock).delivered == 2
    assert str(bad) in lrs.statements
