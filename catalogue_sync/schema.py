"""The catalogue's tables. Their prefix is `catalogue_`; every row belongs to an organisation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """A time that is always aware and always UTC; a naive one is an error."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a naive time; give the database UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the time back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()

state = sa.Table(
    "catalogue_state",
    metadata,
    sa.Column("organisation", sa.String(64), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
)
"""The catalogue's version of each organisation; its row is the lock of every change."""

source = sa.Table(
    "catalogue_source",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("sealed_secret", sa.Text),
    sa.Column("scan", sa.BigInteger, nullable=False),
    sa.Column("scan_started_at", UTCDateTime),
    sa.Column("cursor", sa.Text),
    sa.Column("last_synced_at", UTCDateTime),
    sa.Column("last_report", sa.JSON),
    sa.Column("first_scan", sa.BigInteger),
    sa.Column("run", sa.String(32)),
    sa.Column("signature", sa.String(64)),
    sa.Column("mark", sa.Text),
    sa.Column("scan_mark", sa.Text),
    sa.Column("scan_added", sa.Integer),
    sa.Column("in_blocks", sa.Boolean),
    sa.UniqueConstraint("organisation", "name", name="catalogue_source_name"),
)
"""Where modules come from. `scan` numbers the runs, and `run` is the name of the one that may
write, so that two cannot mix; `last_synced_at` is when the whole source was last read.

Of a scan that is under way or was interrupted: `first_scan` is its first run, `cursor` where it
goes on, `scan_mark` the mark that it was told, `scan_added` the modules that it added.

`mark` is what the last complete scan left for the next; none while one has begun to write. With
another `signature` (settings, edition of the readers) nothing counts as unchanged. `in_blocks`
says that every live module stands in a block, as it does after the first whole scan."""

module = sa.Table(
    "catalogue_module",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("identifier", sa.String(500), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("open_url", sa.Text),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("minutes", sa.Double),
    sa.Column("minutes_basis", sa.String(20)),
    sa.Column("language", sa.String(40)),
    sa.Column("level", sa.Text),
    sa.Column("skills", sa.JSON, nullable=False),
    sa.Column("course_id", sa.String(500)),
    sa.Column("course", sa.Text),
    sa.Column("section", sa.Text),
    sa.Column("position", sa.Integer),
    sa.Column("siblings", sa.Integer),
    sa.Column("part_of", sa.String(500)),
    sa.Column("access", sa.String(20)),
    sa.Column("visible", sa.Boolean, nullable=False),
    sa.Column("withheld", sa.String(20)),
    sa.Column("starts", UTCDateTime),
    sa.Column("ends", UTCDateTime),
    sa.Column("passages", sa.JSON(none_as_null=True)),
    sa.Column("provenance", sa.String(20), nullable=False),
    sa.Column("licence", sa.Text),
    sa.Column("updated", UTCDateTime),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("removed_at", UTCDateTime),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("organisation", "source", "identifier", name="catalogue_module_key"),
    sa.Index("catalogue_module_version", "organisation", "version", "id"),
)
"""Modules. `removed_at` is the tombstone; `version` the catalogue's at the last change."""

BIG_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")

block = sa.Table(
    "catalogue_block",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True),
    sa.Column("source_id", sa.Integer, nullable=False),
    sa.Column("scan", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64)),
    sa.Column("modules", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
    sa.Column("remarks", sa.JSON(none_as_null=True)),
    sa.Index("catalogue_block_digest", "source_id", "digest"),
)
"""A batch as it was last read: `scan` is the run that found it. By its `digest` a later scan
knows that nothing in it has changed; without one it must be read again."""

member = sa.Table(
    "catalogue_member",
    metadata,
    sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("module_id", BIG_KEY, primary_key=True, autoincrement=False),
    sa.Column("block", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Which block a live module was last read in. What stands in no block that the running scan has
found is what vanished; it is on disk, so that memory stays flat and a killed run can go on."""

refusal = sa.Table(
    "catalogue_refusal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("identifier", sa.Text),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("refused_at", UTCDateTime, nullable=False),
    sa.Column("block", sa.BigInteger),
    sa.Index("catalogue_refusal_source", "organisation", "source"),
)
"""Records set aside by the last scan of each source, with place and reason."""

skill = sa.Table(
    "catalogue_skill",
    metadata,
    sa.Column("organisation", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(100), primary_key=True),
    sa.Column("identifier", sa.String(500), primary_key=True),
    sa.Column("code", sa.String(500)),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("framework", sa.Text),
    sa.Column("level", sa.Text),
    sa.Column("parent", sa.String(500)),
    sa.Column("block", sa.BigInteger, nullable=False),
)
"""Skills of competency frameworks; modules that name their identifier or code get their name."""

correction = sa.Table(
    "catalogue_correction",
    metadata,
    sa.Column("organisation", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(100), primary_key=True),
    sa.Column("identifier", sa.String(500), primary_key=True),
    sa.Column("corrected", sa.JSON, nullable=False),
    sa.Column("original", sa.JSON, nullable=False),
    sa.Column("corrected_at", UTCDateTime, nullable=False),
)
"""What a curator says of a module; it wins over what its source says, at every sync. `original`
holds the columns that it covers, as the source says them."""

run = sa.Table(
    "catalogue_run",
    metadata,
    sa.Column("id", BIG_KEY, primary_key=True),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("started_at", UTCDateTime, nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Index("catalogue_run_source", "organisation", "source", "id"),
)
"""The reports of the last syncs of each source, newest last."""


def migrate(engine: sa.Engine) -> None:
    """Create or upgrade the catalogue's tables; running it again changes nothing."""
    alembic = Config()
    folder = str(Path(__file__).with_name("migrations"))
    alembic.set_main_option("script_location", folder.replace("%", "%%"))
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
