"""A long queue made by SQL alone: copies of one statement, each with an id of its own."""

from __future__ import annotations

import sqlalchemy as sa

from benchmarks.lrs.statements import AT, freeze_many
from benchmarks.lrs.stores import ORGANISATION
from xapi import schema
from xapi.schema import State

CHUNK = 50_000
_MARK = "@"

_STATEMENT = """
INSERT INTO xapi_statement (id, organisation, verb, size, body, created_at)
SELECT id, :organisation, 'opened', :size, {body}, :at FROM made"""

# Materialized, so that the id in the row and the id in the body are the same draw.
_SQLITE = """
WITH RECURSIVE
count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < :number),
made AS MATERIALIZED (SELECT lower(hex(randomblob(16))) AS id FROM count)
""" + _STATEMENT.format(body="""CAST(replace(:template, :mark,
    substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' ||
    substr(id, 17, 4) || '-' || substr(id, 21)) AS BLOB)""")
_POSTGRESQL = """
WITH made AS MATERIALIZED (
    SELECT gen_random_uuid() AS id FROM generate_series(1, CAST(:number AS integer)))
""" + _STATEMENT.format(body="""convert_to(
    replace(CAST(:template AS text), CAST(:mark AS text), CAST(id AS text)), 'UTF8')""")
_DELIVERY = """
INSERT INTO xapi_delivery (statement, lrs, state)
SELECT seq, :lrs, :state FROM xapi_statement WHERE seq > :after ORDER BY seq"""


def queue(engine: sa.Engine, lrs: int, number: int) -> None:
    """Let so many statements more wait for the LRS."""
    one = freeze_many(3)[2]
    template = one.body.decode("utf-8").replace(str(one.id), _MARK)
    assert template.count(_MARK) == 1
    made = sa.text(_SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL).bindparams(
        sa.bindparam("at", AT, type_=schema.UTCDateTime()),
        organisation=ORGANISATION, size=len(one.body), template=template, mark=_MARK)
    last = sa.select(sa.func.coalesce(sa.func.max(schema.statement.c.seq), 0))
    for done in range(0, number, CHUNK):
        with engine.begin() as connection:
            after = connection.scalar(last)
            connection.execute(made, {"number": min(CHUNK, number - done)})
            connection.execute(sa.text(_DELIVERY), {
                "lrs": lrs, "state": State.WAITING.value, "after": after})


def analyse(engine: sa.Engine) -> None:
    """Let PostgreSQL know now what it would find out within minutes; then let it be stale.

    It then takes for true, while the queue drains, that everything waits; and nothing is
    cleared away: the worst case for plans and for what is left of rows that were changed.
    """
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE xapi_delivery SET (autovacuum_enabled = off)"))
            connection.execute(sa.text("ANALYZE xapi_statement, xapi_delivery"))
