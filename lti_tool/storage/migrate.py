"""Bring the whole database up to date: the tool's tables, xapi's and the catalogue's."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

import catalogue_sync.schema
import xapi.schema

_LOCK = 0x6E6565646C65
"""The advisory lock's number: the letters of our name."""


def migrate(engine: sa.Engine) -> None:
    """Create or upgrade every table; running it again, or on two nodes at once, is harmless."""
    xapi.schema.migrate(engine)
    catalogue_sync.schema.migrate(engine)
    migrate_tool(engine)


def migrate_tool(engine: sa.Engine) -> None:
    """Create or upgrade the tool's own tables."""
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
