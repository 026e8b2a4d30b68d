"""The tool's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lti_tool.storage.database import UTCDateTime

revision = "tool_0001"
down_revision = None
branch_labels = ("tool",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tool_key",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("sealed_private_key", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kid"),
    )
    op.create_table(
        "tool_organisation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("pseudonym_key", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tool_platform_keys",
        sa.Column("key_set_url", sa.String(length=500), nullable=False),
        sa.Column("key_set", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fetched_at", UTCDateTime(), nullable=True),
        sa.Column("tried_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_set_url"),
    )
    op.create_table(
        "tool_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tool_registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("authorization_url", sa.Text(), nullable=False),
        sa.Column("token_url", sa.Text(), nullable=False),
        sa.Column("key_set_url", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=500), nullable=False),
        sa.Column("actor_form", sa.String(length=20), nullable=False),
        sa.Column("actor_home_page", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issuer", "client_id"),
    )
    op.create_table(
        "tool_deployment",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("registration_id", "deployment_id"),
    )
    op.create_table(
        "tool_login",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=True),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=True),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("target_link_uri", sa.Text(), nullable=False),
        sa.Column("login_hint", sa.Text(), nullable=False),
        sa.Column("message_hint", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("id_hash"),
        sa.UniqueConstraint("state_hash"),
    )
    op.create_index(op.f("ix_tool_login_expires_at"), "tool_login", ["expires_at"])
    op.create_table(
        "tool_need",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=True),
        sa.Column("about_someone_led", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("course_id", sa.String(length=255), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("question", sa.JSON(), nullable=True),
        sa.Column("refined_text", sa.Text(), nullable=True),
        sa.Column("unmet_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["tool_person.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tool_need_of_person", "tool_need", ["person_id", "asked_at"])
    op.create_table(
        "tool_person_link",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["tool_person.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("registration_id", "subject"),
    )
    op.create_index(op.f("ix_tool_person_link_person_id"), "tool_person_link", ["person_id"])
    op.create_table(
        "tool_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("course_id", sa.String(length=255), nullable=True),
        sa.Column("course_title", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["tool_organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["tool_person.id"]),
        sa.ForeignKeyConstraint(["registration_id"], ["tool_registration.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index(op.f("ix_tool_session_expires_at"), "tool_session", ["expires_at"])
    op.create_table(
        "tool_recommendation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("identifier", sa.String(length=500), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("recommended_at", UTCDateTime(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=True),
        sa.Column("helped", sa.String(length=10), nullable=True),
        sa.Column("done_differently", sa.Text(), nullable=True),
        sa.Column("helped_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["need_id"], ["tool_need.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("need_id", "round", "rank"),
    )
