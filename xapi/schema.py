"""The tables of the outbox, and `migrate`, which makes or upgrades them."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.types import TypeDecorator

_MIGRATION_LOCK = 7_265_001
"""The number of PostgreSQL's advisory lock that lets one migration run at a time."""


class State(StrEnum):
    """Where a statement stands on its way to one LRS."""

    WAITING = "waiting"
    CLAIMED = "claimed"  # in a batch whose outcome is not known yet
    DELIVERED = "delivered"
    REFUSED = "refused"
    DISMISSED = "dismissed"  # was refused, and a person let it rest or sent another instead


class UTCDateTime(TypeDecorator[datetime]):
    """A time that is always aware and UTC; a naive one is an error."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a naive time; give the database UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the time back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()
_Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

statement = sa.Table(
    "xapi_statement",
    metadata,
    sa.Column("seq", _Serial, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Uuid, nullable=False, unique=True),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("verb", sa.String(200), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("registration", sa.Uuid),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("voids", sa.Uuid),
    sa.Column("replaced_by", sa.Uuid),
    sa.Column("emptied_at", UTCDateTime),
    sa.Column("digest", sa.LargeBinary),
    sa.Index("xapi_statement_organisation", "organisation", "seq"),
    sa.Index("xapi_statement_registration", "registration"),
    sa.Index(
        "xapi_statement_full", "organisation", "created_at",
        sqlite_where=sa.text("emptied_at IS NULL"),
        postgresql_where=sa.text("emptied_at IS NULL"),
    ),
)
"""Every statement: `body` is the UTF-8 JSON as it is sent, never changed; `size` its bytes;
`verb` the verb's English display, `registration` its context's, by which it can be found.

`voids` is the id of the statement that this one voids. One that was refused and mended has
`replaced_by`, the id of the statement that is sent instead; no new LRS gets it. What was
delivered everywhere loses its body when its time is over (`emptied_at`): its id stays, so
that it can be voided, and the SHA-256 of the body (`digest`), so that adding it again can be
told from adding another under its id."""

lrs = sa.Table(
    "xapi_lrs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("version", sa.String(10), nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("sealed_password", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("noted_at", UTCDateTime),
    sa.Column("not_before", UTCDateTime),
    sa.Column("trouble", sa.Text),
    sa.Column("paused_reason", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("auth", sa.String(10), nullable=False, server_default="basic"),
    sa.Column("token_url", sa.Text),
    sa.Column("scope", sa.Text),
    sa.Column("ca_pem", sa.Text),
    sa.Column("sealed_proxy", sa.Text),
    sa.Column("voids", sa.Boolean),
    sa.Column("filled_to", _Serial, nullable=False, server_default="0"),
    sa.Column("fill_until", _Serial, nullable=False, server_default="0"),
    sa.UniqueConstraint("organisation", "name"),
)
"""An organisation's LRSs. `failures` counts tries in a row without an answer; `trouble` is
the last reason of one; `paused_reason` says what a person must mend. One that is not
`active` is sent nothing; what is meant for it waits. `noted_at` is when
`not_before` was written: if that lies ahead, the clock was put back since.

`auth` is `basic`, or `oauth2`: client credentials, which `token_url` gives a token for
(`scope`, when it asks for one). `ca_pem` are the certificates of a private authority, and
`sealed_proxy` the proxy's URL. `voids` is what a check found: whether a voided statement is
no longer shown (None: not checked). What was added before the LRS was, up to the place
`fill_until`, gets its rows in xapi_delivery little by little; that was done up to
`filled_to`."""

batch = sa.Table(
    "xapi_batch",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("lrs", sa.ForeignKey("xapi_lrs.id"), nullable=False),
    sa.Column("first", _Serial, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("noted_at", UTCDateTime),
    sa.Column("lease_until", UTCDateTime),
    sa.Column("not_before", UTCDateTime),
    sa.Column("worker", sa.Uuid),
    sa.Index("xapi_batch_lrs", "lrs", "first"),
)
"""Batches whose outcome is not known: their members stay the same until it is, over any
crash. `attempts` counts the claims, so that a worker that lost its lease can tell;
`noted_at` is when `lease_until` or `not_before` was written, `worker` who holds the lease."""

delivery = sa.Table(
    "xapi_delivery",
    metadata,
    sa.Column("statement", sa.ForeignKey("xapi_statement.seq"), primary_key=True),
    sa.Column("lrs", sa.ForeignKey("xapi_lrs.id"), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("batch", sa.ForeignKey("xapi_batch.id")),
    sa.Column("reason", sa.Text),
    sa.Column("settled_at", UTCDateTime),
    sa.Index("xapi_delivery_lrs", "lrs", "state", "statement"),
    sa.Index("xapi_delivery_batch", "batch"),
)
"""One row for a statement and an LRS that shall get it: its `State`, and the LRS's words."""

tally = sa.Table(
    "xapi_tally",
    metadata,
    sa.Column("lrs", sa.ForeignKey("xapi_lrs.id"), primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("delivered", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
    sa.Column("exchanges", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)
"""What was ever delivered to an LRS and refused by it, and how many exchanges that took, and
seconds. Never lowered. Each worker adds to a `slot` of its own, so that none waits for another;
the sum of the slots counts."""

forgotten = sa.Table(
    "xapi_forgotten",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("lrs", sa.ForeignKey("xapi_lrs.id"), primary_key=True),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("voided_by", sa.Uuid),
    sa.Column("forgotten_at", UTCDateTime, nullable=False),
    sa.Index("xapi_forgotten_organisation", "organisation", "forgotten_at"),
)
"""Statements of forgotten people that an LRS has, or may have: only their random ids.
`voided_by` is the id of the statement that voids one there, if one was sent."""


def migrate(engine: sa.Engine) -> None:
    """Create or upgrade the tables `xapi_…`; running it again changes nothing."""
    config = Config()
    config.set_main_option("script_location", _folder().replace("%", "%%"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _folder() -> str:
    return str(Path(__file__).with_name("migrations"))
