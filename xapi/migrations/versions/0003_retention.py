"""What is left of a statement whose body is given up, and the way to those that have theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("xapi_statement", sa.Column("digest", sa.LargeBinary))
    op.create_index(
        "xapi_statement_full",
        "xapi_statement",
        ["organisation", "created_at"],
        sqlite_where=sa.text("emptied_at IS NULL"),
        postgresql_where=sa.text("emptied_at IS NULL"),
    )
