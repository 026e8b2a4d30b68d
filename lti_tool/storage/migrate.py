"""Bring the whole database up to date: the tool's tables, xapi's and the catalogue's."""

from __future__ import annotations

from pathlib import Path

import catalogue_sync.schema
import sqlalchemy as sa
import xapi.schema
from alembic import command
from alembic.config import Config as AlembicConfig


def migrate(engine: sa.Engine) -> None:
    """Create or upgrade every table; running it again changes nothing."""
    xapi.schema.migrate(engine)
    catalogue_sync.schema.migrate(engine)
    migrate_tool(engine)


def migrate_tool(engine: sa.Engine) -> None:
    """Create or upgrade the tool's own tables."""
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
