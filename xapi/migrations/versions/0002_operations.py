"""Voiding, mending, filling, retention, other ways to an LRS, figures of delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("voids", sa.Uuid),
        sa.Column("replaced_by", sa.Uuid),
        sa.Column("emptied_at", _time),
    ):
        op.add_column("xapi_statement", column)
    for column in (
        sa.Column("auth", sa.String(10), nullable=False, server_default="basic"),
        sa.Column("token_url", sa.Text),
        sa.Column("scope", sa.Text),
        sa.Column("ca_pem", sa.Text),
        sa.Column("sealed_proxy", sa.Text),
        sa.Column("voids", sa.Boolean),
        sa.Column("filled_to", _serial, nullable=False, server_default="0"),
        sa.Column("fill_until", _serial, nullable=False, server_default="0"),
    ):
        op.add_column("xapi_lrs", column)
    op.add_column("xapi_batch", sa.Column("worker", sa.Uuid))
    op.create_table(
        "xapi_tally",
        sa.Column("lrs", sa.Integer, sa.ForeignKey("xapi_lrs.id"), primary_key=True),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("delivered", sa.BigInteger, nullable=False),
        sa.Column("refused", sa.BigInteger, nullable=False),
        sa.Column("exchanges", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )
    # What was settled before is counted once, so that the counters tell of all that ever was.
    op.execute(
        "INSERT INTO xapi_tally (lrs, slot, delivered, refused, exchanges, seconds) "
        "SELECT lrs, 0, SUM(CASE state WHEN 'delivered' THEN 1 ELSE 0 END), "
        "SUM(CASE state WHEN 'refused' THEN 1 ELSE 0 END), 0, 0 FROM xapi_delivery "
        "WHERE state IN ('delivered', 'refused') GROUP BY lrs"
    )
    op.create_table(
        "xapi_forgotten",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("lrs", sa.Integer, sa.ForeignKey("xapi_lrs.id"), primary_key=True),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("voided_by", sa.Uuid),
        sa.Column("forgotten_at", _time, nullable=False),
    )
    op.create_index(
        "xapi_forgotten_organisation", "xapi_forgotten", ["organisation", "forgotten_at"]
    )
