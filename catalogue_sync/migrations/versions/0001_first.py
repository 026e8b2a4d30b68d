"""The first tables: sources, modules, what a scan has seen, refusals, versions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_sources()
    _create_modules()
    op.create_table(
        "catalogue_refusal",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("identifier", sa.Text),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("refused_at", TIME, nullable=False),
    )
    op.create_index("catalogue_refusal_source", "catalogue_refusal", ["organisation", "source"])


def _create_sources() -> None:
    op.create_table(
        "catalogue_state",
        sa.Column("organisation", sa.String(64), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "catalogue_source",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("sealed_secret", sa.Text),
        sa.Column("scan", sa.BigInteger, nullable=False),
        sa.Column("scan_started_at", TIME),
        sa.Column("cursor", sa.Text),
        sa.Column("last_synced_at", TIME),
        sa.Column("last_report", sa.JSON),
        sa.UniqueConstraint("organisation", "name", name="catalogue_source_name"),
    )
    op.create_table(
        "catalogue_seen",
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("module_id", BIG_KEY, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


def _create_modules() -> None:
    op.create_table(
        "catalogue_module",
        sa.Column("id", BIG_KEY, primary_key=True),
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
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("provenance", sa.String(20), nullable=False),
        sa.Column("licence", sa.Text),
        sa.Column("updated", TIME),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("removed_at", TIME),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("organisation", "source", "identifier", name="catalogue_module_key"),
    )
    op.create_index(
        "catalogue_module_version", "catalogue_module", ["organisation", "version", "id"]
    )
