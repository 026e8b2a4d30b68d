"""The first tables: statements, LRSs, batches, deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "xapi_statement",
        sa.Column("seq", _serial, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Uuid, nullable=False, unique=True),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("verb", sa.String(200), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("registration", sa.Uuid),
        sa.Column("created_at", _time, nullable=False),
    )
    op.create_index("xapi_statement_organisation", "xapi_statement", ["organisation", "seq"])
    op.create_index("xapi_statement_registration", "xapi_statement", ["registration"])
    op.create_table(
        "xapi_lrs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("version", sa.String(10), nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("sealed_password", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("noted_at", _time),
        sa.Column("not_before", _time),
        sa.Column("trouble", sa.Text),
        sa.Column("paused_reason", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.UniqueConstraint("organisation", "name"),
    )
    op.create_table(
        "xapi_batch",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("lrs", sa.Integer, sa.ForeignKey("xapi_lrs.id"), nullable=False),
        sa.Column("first", _serial, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("noted_at", _time),
        sa.Column("lease_until", _time),
        sa.Column("not_before", _time),
    )
    op.create_index("xapi_batch_lrs", "xapi_batch", ["lrs", "first"])
    op.create_table(
        "xapi_delivery",
        sa.Column("statement", _serial, sa.ForeignKey("xapi_statement.seq"), primary_key=True),
        sa.Column("lrs", sa.Integer, sa.ForeignKey("xapi_lrs.id"), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("batch", sa.Uuid, sa.ForeignKey("xapi_batch.id")),
        sa.Column("reason", sa.Text),
        sa.Column("settled_at", _time),
    )
    op.create_index("xapi_delivery_lrs", "xapi_delivery", ["lrs", "state", "statement"])
    op.create_index("xapi_delivery_batch", "xapi_delivery", ["batch"])
