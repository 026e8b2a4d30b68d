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
    sa.Column("family", sa.String(60), nullable=False, server_default=""),
    sa.Column("name", sa.String(200), nullable=False, server_default=""),
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

pending_deployment = sa.Table(
    "tool_pending_deployment",
    metadata,
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), primary_key=True),
    sa.Column("deployment_id", sa.String(255), primary_key=True),
    sa.Column("first_seen_at", UTCDateTime, nullable=False),
    sa.Column("last_seen_at", UTCDateTime, nullable=False),
)

registration_seen = sa.Table(
    "tool_registration_seen",
    metadata,
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), primary_key=True),
    sa.Column("last_launch_at", UTCDateTime, nullable=False),
    sa.Column("proved_by", sa.String(20), nullable=False),
    sa.Column("clock_offset_seconds", sa.Float, nullable=False),
    sa.Column("platform_version", sa.String(200), nullable=False),
)

refusal = sa.Table(
    "tool_refusal",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id")),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("mend", sa.Text, nullable=False),
    sa.Column("reference", sa.String(16), nullable=False),
    sa.Column("refused_at", UTCDateTime, nullable=False),
    sa.Index("tool_refusal_of_registration", "registration_id", "refused_at"),
)

invitation = sa.Table(
    "tool_invitation",
    metadata,
    sa.Column("id_hash", sa.String(64), primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Column("sealed_request", sa.Text),
    sa.Column("used_at", UTCDateTime),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id")),
)

admin_session = sa.Table(
    "tool_admin_session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False, index=True),
)

key = sa.Table(
    "tool_key",
    metadata,
    sa.Column("kid", sa.String(64), primary_key=True),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id")),
    sa.Column("sealed_private_key", sa.Text, nullable=False),
    sa.Column("public_jwk", sa.JSON, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("signs_from", UTCDateTime, nullable=False),
    sa.Column("retires_at", UTCDateTime),
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
    sa.Column("storage_target", sa.String(255), nullable=False, server_default=""),
    sa.Column("proved_by", sa.String(20), nullable=False, server_default="cookie"),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False, index=True),
    sa.Column("used_at", UTCDateTime),
)

person = sa.Table(
    "tool_person",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("leads_people", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("learning_and_development", sa.Boolean, nullable=False, server_default=sa.false()),
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
    sa.Column("administers", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column(
        "message_type",
        sa.String(40),
        nullable=False,
        server_default="LtiResourceLinkRequest",
    ),
    sa.Column("course_id", sa.String(255)),
    sa.Column("course_title", sa.Text),
    sa.Column("resource_link_id", sa.String(255)),
    sa.Column("placement_id", sa.Uuid),
    sa.Column("sealed_details", sa.Text, nullable=False, server_default=""),
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
    sa.Column("likeness", sa.String(40)),
    sa.Index("tool_need_of_person", "person_id", "asked_at"),
)

recommendation = sa.Table(
    "tool_recommendation",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("need_id", sa.ForeignKey("tool_need.id", ondelete="CASCADE"), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("identifier", sa.String(500), nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("quotation", sa.JSON(none_as_null=True)),
    sa.Column("recommended_at", UTCDateTime, nullable=False),
    sa.Column("opened_at", UTCDateTime),
    sa.Column("helped", sa.String(10)),
    sa.Column("done_differently", sa.Text),
    sa.Column("helped_at", UTCDateTime),
    sa.UniqueConstraint("need_id", "round", "rank"),
    sa.Index(
        "tool_recommendation_judged",
        "source",
        "identifier",
        sqlite_where=sa.text("helped IS NOT NULL"),
        postgresql_where=sa.text("helped IS NOT NULL"),
    ),
)

learning = sa.Table(
    "tool_learning",
    metadata,
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), primary_key=True),
    sa.Column("since", UTCDateTime),
    sa.Column("version", sa.Integer, nullable=False),
)

use = sa.Table(
    "tool_use",
    metadata,
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), primary_key=True),
    sa.Column("source", sa.String(100), primary_key=True),
    sa.Column("identifier", sa.String(500), primary_key=True),
    sa.Column("likeness", sa.String(40), primary_key=True),
    sa.Column("yes", sa.Integer, nullable=False),
    sa.Column("partly", sa.Integer, nullable=False),
    sa.Column("no", sa.Integer, nullable=False),
)

placement = sa.Table(
    "tool_placement",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), nullable=False),
    sa.Column("course_id", sa.String(255)),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("title", sa.String(500), nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("graded", sa.Boolean, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Index("tool_placement_of_course", "organisation", "registration_id", "course_id"),
)

placement_module = sa.Table(
    "tool_placement_module",
    metadata,
    sa.Column(
        "placement_id", sa.ForeignKey("tool_placement.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("identifier", sa.String(500), nullable=False),
)

placed_module = sa.Table(
    "tool_placed_module",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "placement_id", sa.ForeignKey("tool_placement.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), nullable=False),
    sa.Column("person_id", sa.ForeignKey("tool_person.id"), nullable=False, index=True),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("identifier", sa.String(500), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("resource_link_id", sa.String(255)),
    sa.Column("line_items_url", sa.Text),
    sa.Column("line_item_url", sa.Text),
    sa.Column("shown_at", UTCDateTime, nullable=False),
    sa.Column("opened_at", UTCDateTime),
    sa.UniqueConstraint("placement_id", "registration_id", "person_id", "source", "identifier"),
)

grade = sa.Table(
    "tool_grade",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organisation", sa.ForeignKey("tool_organisation.id"), nullable=False),
    sa.Column("registration_id", sa.ForeignKey("tool_registration.id"), nullable=False),
    sa.Column(
        "placement_id", sa.ForeignKey("tool_placement.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("person_id", sa.ForeignKey("tool_person.id"), nullable=False, index=True),
    sa.Column("resource_link_id", sa.String(255), nullable=False),
    sa.Column("line_items_url", sa.Text),
    sa.Column("line_item_url", sa.Text),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("score_maximum", sa.Float, nullable=False),
    sa.Column("scored_at", UTCDateTime, nullable=False),
    sa.Column("sent_at", UTCDateTime),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due_at", UTCDateTime, index=True),
    sa.Column("trouble", sa.Text),
    sa.UniqueConstraint("registration_id", "person_id", "placement_id", "resource_link_id"),
)

vector = sa.Table(
    "tool_vector",
    metadata,
    sa.Column("model", sa.String(200), primary_key=True),
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("codes", sa.LargeBinary),
    sa.Column("claimed_until", UTCDateTime),
    sqlite_with_rowid=False,
)

filling = sa.Table(
    "tool_filling",
    metadata,
    sa.Column("organisation", sa.String(64), primary_key=True),
    sa.Column("model", sa.String(200), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("modules", sa.Integer, nullable=False),
    sa.Column("missing", sa.Integer, nullable=False),
    sa.Column("told_at", UTCDateTime, nullable=False),
)
