"""Migrations: from nothing to what the code expects, again without a change, and at once."""

from __future__ import annotations

import subprocess
import sys

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import catalogue_sync.schema
import xapi.schema
from lti_tool.storage import tables
from lti_tool.storage.migrate import migrate, migrate_tool


def test_migrating_makes_exactly_the_tables_that_the_code_expects(engine: sa.Engine) -> None:
    migrate(engine)
    migrate(engine)
    for metadata in (tables.metadata, xapi.schema.metadata, catalogue_sync.schema.metadata):
        names = set(metadata.tables)
        with engine.begin() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "compare_type": False,
                    "include_name": lambda name, kind, _: kind != "table" or name in names,  # noqa: B023
                },
            )
            assert compare_metadata(context, metadata) == []


def test_the_tool_migrates_without_the_two_libraries(engine: sa.Engine) -> None:
    migrate_tool(engine)
    names = sa.inspect(engine).get_table_names()
    assert names
    assert all(name.startswith("tool_") for name in names)


def test_nodes_that_start_at_once_all_find_the_tables(database_url: str) -> None:
    code = (
        "import sys; from lti_tool.storage.database import connect; "
        "from lti_tool.storage.migrate import migrate; migrate(connect(sys.argv[1]))"
    )
    nodes = [
        subprocess.Popen([sys.executable, "-c", code, database_url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    outcomes = [(node.communicate(timeout=60)[1], node.returncode) for node in nodes]
    assert [code for _, code in outcomes] == [0, 0, 0], outcomes
