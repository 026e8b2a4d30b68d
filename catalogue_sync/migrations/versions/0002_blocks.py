"""Blocks of a source instead of what a scan has seen; access, parts, passages; corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("catalogue_module", sa.Column("part_of", sa.String(500)))
    op.add_column("catalogue_module", sa.Column("access", sa.String(20)))
    op.add_column("catalogue_module", sa.Column("withheld", sa.String(20)))
    op.add_column("catalogue_module", sa.Column("starts", TIME))
    op.add_column("catalogue_module", sa.Column("ends", TIME))
    op.add_column("catalogue_module", sa.Column("passages", sa.JSON(none_as_null=True)))
    op.execute("UPDATE catalogue_module SET withheld = 'hidden' WHERE NOT visible")
    op.add_column("catalogue_source", sa.Column("first_scan", sa.BigInteger))
    op.add_column("catalogue_source", sa.Column("signature", sa.String(64)))
    op.add_column("catalogue_source", sa.Column("mark", sa.Text))
    op.add_column("catalogue_source", sa.Column("run", sa.String(32)))
    op.add_column("catalogue_source", sa.Column("scan_mark", sa.Text))
    op.add_column("catalogue_source", sa.Column("scan_added", sa.Integer))
    op.add_column("catalogue_source", sa.Column("in_blocks", sa.Boolean))
    # An interrupted scan cannot go on: what it had seen was kept in another form.
    op.execute("UPDATE catalogue_source SET cursor = NULL, scan_started_at = NULL")
    op.drop_table("catalogue_seen")
    op.add_column("catalogue_refusal", sa.Column("block", sa.BigInteger))
    _create_blocks()
    _create_what_curators_add()


def _create_blocks() -> None:
    op.create_table(
        "catalogue_block",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("scan", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("modules", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("remarks", sa.JSON(none_as_null=True)),
    )
    op.create_index("catalogue_block_digest", "catalogue_block", ["source_id", "digest"])
    op.create_table(
        "catalogue_member",
        sa.Column("source_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("module_id", BIG_KEY, primary_key=True, autoincrement=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_what_curators_add() -> None:
    op.create_table(
        "catalogue_skill",
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
    op.create_table(
        "catalogue_correction",
        sa.Column("organisation", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(100), primary_key=True),
        sa.Column("identifier", sa.String(500), primary_key=True),
        sa.Column("corrected", sa.JSON, nullable=False),
        sa.Column("original", sa.JSON, nullable=False),
        sa.Column("corrected_at", TIME, nullable=False),
    )
    op.create_table(
        "catalogue_run",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
    )
    op.create_index("catalogue_run_source", "catalogue_run", ["organisation", "source", "id"])
