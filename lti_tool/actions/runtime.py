"""What a running tool holds, handed to every action."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from lti_tool.actions.enrolments import Enrolments
from lti_tool.actions.indexing import Indexes, index_settings
from lti_tool.actions.learning import Learning
from lti_tool.config import Config
from lti_tool.errors import ConfigError
from lti_tool.sealing import Sealer, secret_key_beside
from lti_tool.storage.database import connect


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nobody_to_wake() -> None:
    """Delivery is another process: it looks by itself."""


def _no_trouble() -> None:
    """Delivery is another process: it tells by itself."""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Configuration, database, clock, search indexes, known enrolments, what was learned from use.

    `wake_delivery` is called after statements were committed to the outbox;
    `delivery_trouble` tells what hinders the thread that delivers, None when nothing does or
    when delivery is another process.
    """

    config: Config
    engine: sa.Engine
    sealer: Sealer
    indexes: Indexes
    enrolments: Enrolments = field(default_factory=Enrolments)
    learning: Learning = field(default_factory=Learning)
    now: Callable[[], datetime] = _utc_now
    wake_delivery: Callable[[], None] = field(default=_nobody_to_wake)
    delivery_trouble: Callable[[], str | None] = field(default=_no_trouble)

    def close(self) -> None:
        """End what works in the background, and let go of the database's connections."""
        self.indexes.close()
        self.enrolments.close()
        self.engine.dispose()


def _try(engine: sa.Engine, file: Path) -> None:
    """Open the embedded database before anything is written beside it."""
    try:
        with engine.connect():
            pass
    except sa.exc.DatabaseError as error:
        engine.dispose()
        raise ConfigError(
            f"{file} cannot be used as a database ({error.orig}).",
            mend="NEEDLE_DATABASE_URL must name a SQLite file, in a folder that is there and "
            "that this user may write.",
            code="database-unusable",
        ) from error


def start(config: Config, *, now: Callable[[], datetime] = _utc_now) -> Runtime:
    """Connect to the configured database and find the secret key.

    Raises `ConfigError` when either cannot be. The tables are not made here: see
    `lti_tool.storage.migrate`.
    """
    engine = connect(config.database_url, connections=2 * config.threads + 4)
    if not config.secret_key:
        database_file = Path(str(engine.url.database))
        _try(engine, database_file)
        config = dataclasses.replace(config, secret_key=secret_key_beside(database_file))
    return Runtime(
        config=config,
        engine=engine,
        sealer=Sealer(config.secret_key),
        indexes=Indexes(engine, index_settings(config, engine), now=now),
        now=now,
    )
