"""Quotations: the passage of a module that was shown with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tool_0004"
down_revision = "tool_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tool_recommendation", sa.Column("quotation", sa.JSON(none_as_null=True), nullable=True)
    )
