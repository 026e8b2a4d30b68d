"""The tool's tables. Their prefix is `tool_`; xapi and catalogue_sync have tables of their own."""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.storage.database import UTCDateTime

metadata = sa.MetaData()

organisation = sa.Table(
    "tool_organisation",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("pseudonym_key", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

registration = sa.Table(
    "tool_registration",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("issuer", sa.String(500), nullable=False),
    sa.Column("client_id", sa.String(255), nullable=False),
    sa.Column("authorization_url", sa.Text, nullable=False),
    sa.Column("token_url", sa.Text, nullable=False),
    sa.Column("key_set_url", sa.Text, nullable=False),
    sa.Column("origin", sa.String(500), nullable=False),
    sa.Column("actor_form", sa.String(20), nullable=False),
    sa.Column("actor_home_page", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.UniqueConstraint("issuer", "client_id"),
)

deployment = sa.Table(
    "tool_deployment",
    metadata,
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), primary_key=True),
    sa.Column("deployment_id", sa.String(255), primary_key=True),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

key = sa.Table(
    "tool_key",
    metadata,
    sa.Column("kid", sa.String(64), primary_key=True),
    sa.Column("sealed_private_key", sa.Text, nullable=False),
    sa.Column("public_jwk", sa.JSON, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

platform_keys = sa.Table(
    "tool_platform_keys",
    metadata,
    sa.Column("key_set_url", sa.String(500), primary_key=True),
    sa.Column("key_set", sa.JSON(none_as_null=True)),
    sa.Column("fetched_at", UTCDateTime),
    sa.Column("tried_at", UTCDateTime, nullable=False),
)

login = sa.Table(
    "tool_login",
    metadata,
    sa.Column("id_hash", sa.String(64), primary_key=True),
    sa.Column("state_hash", sa.String(64), unique=True),
    sa.Column("nonce", sa.String(64)),
    sa.Column("browser_hash", sa.String(64)),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), nullable=False),
    sa.Column("target_link_uri", sa.Text, nullable=False),
    sa.Column("login_hint", sa.Text, nullable=False),
    sa.Column("message_hint", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False, index=True),
    sa.Column("used_at", UTCDateTime),
)

person = sa.Table(
    "tool_person",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

person_link = sa.Table(
    "tool_person_link",
    metadata,
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), primary_key=True),
    sa.Column("subject", sa.String(255), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("tool_person.id"), nullable=False, index=True),
)

session = sa.Table(
    "tool_session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), nullable=False),
    sa.Column("person_id", sa.ForeignKey("tool_person.id")),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("course_id", sa.String(255)),
    sa.Column("course_title", sa.Text),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False, index=True),
)

need = sa.Table(
    "tool_need",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("person_id", sa.ForeignKey("tool_person.id"), nullable=False),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer),
    sa.Column("purpose", sa.String(20)),
    sa.Column("about_someone_led", sa.Boolean, nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("course_id", sa.String(255)),
    sa.Column("asked_at", UTCDateTime, nullable=False),
    sa.Column("answer", sa.String(20), nullable=False),
    sa.Column("question", sa.JSON),
    sa.Column("refined_text", sa.Text),
    sa.Column("unmet_at", UTCDateTime),
    sa.Index("tool_need_of_person", "person_id", "asked_at"),
)

recommendation = sa.Table(
    "tool_recommendation",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("need_id", sa.ForeignKey("tool_need.id", ondelete="CASCADE"), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("identifier", sa.String(500), nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("recommended_at", UTCDateTime, nullable=False),
    sa.Column("opened_at", UTCDateTime),
    sa.Column("helped", sa.String(10)),
    sa.Column("done_differently", sa.Text),
    sa.Column("helped_at", UTCDateTime),
    sa.UniqueConstraint("need_id", "round", "rank"),
)
