"""Learning from use: what people said of modules, counted by module and likeness of need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.storage.database import UTCDateTime

revision = "tool_0003"
down_revision = "tool_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tool_use",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("identifier", sa.String(length=500), nullable=False),
        sa.Column("likeness", sa.String(length=40), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("partly", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.PrimaryKeyConstraint("organisation", "source", "identifier", "likeness"),
    )
    op.create_table(
        "tool_learning",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.PrimaryKeyConstraint("organisation"),
    )
    op.add_column("tool_need", sa.Column("likeness", sa.String(length=40), nullable=True))
    # Only what was judged: few of the modules shown, and those alone are counted by module.
    op.create_index(
        "tool_recommendation_judged",
        "tool_recommendation",
        ["source", "identifier"],
        unique=False,
        sqlite_where=sa.text("helped IS NOT NULL"),
        postgresql_where=sa.text("helped IS NOT NULL"),
    )
    _count_what_was_said()


def _count_what_was_said() -> None:
    """What people said before this version counts too, for any need."""
    op.execute(
        """
        INSERT INTO tool_use (organisation, source, identifier, likeness, yes, partly, no)
        SELECT organisation, source, identifier, '',
               SUM(CASE helped WHEN 'yes' THEN 1 ELSE 0 END),
               SUM(CASE helped WHEN 'partly' THEN 1 ELSE 0 END),
               SUM(CASE helped WHEN 'no' THEN 1 ELSE 0 END)
        FROM (
            SELECT n.organisation, r.source, r.identifier, r.helped,
                   ROW_NUMBER() OVER (
                       PARTITION BY n.organisation, r.source, r.identifier, n.person_id
                       ORDER BY r.helped_at DESC, r.id
                   ) AS place
            FROM tool_recommendation r JOIN tool_need n ON n.id = r.need_id
            WHERE r.helped IS NOT NULL
        ) AS said
        WHERE place = 1
        GROUP BY organisation, source, identifier
        """
    )
