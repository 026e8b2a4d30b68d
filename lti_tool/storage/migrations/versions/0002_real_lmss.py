"""Real LMSs: pending deployments, invitations, key rotation, placed links, grades, admins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.storage.database import UTCDateTime

revision = "tool_0002"
down_revision = "tool_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_tables()
    _add_columns()
    _prepare_keys()
    _widen_source()


def _widen_source() -> None:
    """A source's name is as long as the catalogue's own; SQLite does not bound it."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("tool_recommendation", "source", type_=sa.String(length=100))


def _prepare_keys() -> None:
    """Keys that are there sign since they were made."""
    keys = sa.table("tool_key", sa.column("created_at"), sa.column("signs_from"))
    op.add_column("tool_key", sa.Column("signs_from", UTCDateTime(), nullable=True))
    op.execute(sa.update(keys).values(signs_from=keys.c.created_at))
    with op.batch_alter_table("tool_key") as table:
        table.alter_column("signs_from", existing_type=UTCDateTime(), nullable=False)
        table.add_column(sa.Column("retires_at", UTCDateTime(), nullable=True))
        table.add_column(sa.Column("registration_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            "tool_key_registration_id_fkey", "tool_registration", ["registration_id"], ["id"]
        )


def _make_tables() -> None:
    op.create_table(
        "tool_admin_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index(
        op.f("ix_tool_admin_session_expires_at"), "tool_admin_session", ["expires_at"], unique=False
    )
    op.create_table(
        "tool_invitation",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("sealed_request", sa.Text(), nullable=True),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("id_hash"),
    )
    op.create_table(
        "tool_pending_deployment",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("registration_id", "deployment_id"),
    )
    op.create_table(
        "tool_placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("graded", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "tool_placement_of_course",
        "tool_placement",
        ["organisation", "registration_id", "course_id"],
        unique=False,
    )
    op.create_table(
        "tool_refusal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("mend", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("refused_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "tool_refusal_of_registration",
        "tool_refusal",
        ["registration_id", "refused_at"],
        unique=False,
    )
    op.create_table(
        "tool_registration_seen",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("last_launch_at", UTCDateTime(), nullable=False),
        sa.Column("proved_by", sa.String(length=20), nullable=False),
        sa.Column("clock_offset_seconds", sa.Float(), nullable=False),
        sa.Column("platform_version", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("registration_id"),
    )
    op.create_table(
        "tool_grade",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("line_items_url", sa.Text(), nullable=True),
        sa.Column("line_item_url", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("score_maximum", sa.Float(), nullable=False),
        sa.Column("scored_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["tool_person.id"]),
        sa.ForeignKeyConstraint(["placement_id"], ["tool_placement.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("registration_id", "person_id", "placement_id", "resource_link_id"),
    )
    op.create_index(op.f("ix_tool_grade_due_at"), "tool_grade", ["due_at"], unique=False)
    op.create_index(op.f("ix_tool_grade_person_id"), "tool_grade", ["person_id"], unique=False)
    op.create_table(
        "tool_placed_module",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("identifier", sa.String(length=500), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=True),
        sa.Column("line_items_url", sa.Text(), nullable=True),
        sa.Column("line_item_url", sa.Text(), nullable=True),
        sa.Column("shown_at", UTCDateTime(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["tool_person.id"]),
        sa.ForeignKeyConstraint(["placement_id"], ["tool_placement.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("placement_id", "registration_id", "person_id", "source", "identifier"),
    )
    op.create_index(
        op.f("ix_tool_placed_module_person_id"), "tool_placed_module", ["person_id"], unique=False
    )
    op.create_table(
        "tool_placement_module",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("identifier", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["placement_id"], ["tool_placement.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("placement_id", "place"),
    )


def _add_columns() -> None:
    op.add_column(
        "tool_login",
        sa.Column("storage_target", sa.String(length=255), server_default="", nullable=False),
    )
    op.add_column(
        "tool_login",
        sa.Column("proved_by", sa.String(length=20), server_default="cookie", nullable=False),
    )
    op.add_column(
        "tool_person",
        sa.Column("leads_people", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "tool_person",
        sa.Column(
            "learning_and_development", sa.Boolean(), server_default=sa.false(), nullable=False
        ),
    )
    op.add_column(
        "tool_registration",
        sa.Column("family", sa.String(length=60), server_default="", nullable=False),
    )
    op.add_column(
        "tool_registration",
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
    )
    op.add_column(
        "tool_session",
        sa.Column("administers", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "tool_session",
        sa.Column(
            "message_type",
            sa.String(length=40),
            server_default="LtiResourceLinkRequest",
            nullable=False,
        ),
    )
    op.add_column(
        "tool_session", sa.Column("resource_link_id", sa.String(length=255), nullable=True)
    )
    op.add_column("tool_session", sa.Column("placement_id", sa.Uuid(), nullable=True))
    op.add_column(
        "tool_session", sa.Column("sealed_details", sa.Text(), server_default="", nullable=False)
    )
