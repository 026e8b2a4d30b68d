"""A runtime on an empty database, with one organisation, a catalogue and a learner."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from catalogue_sync.module import Basis, Duration, Kind, Module
from catalogue_sync.records import Batch, Reading
from catalogue_sync.sync import sync
from lti_tool.actions.indexing import Indexes
from lti_tool.actions.launching import begin_session
from lti_tool.actions.platforms import add_platform
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.sources import catalogue_of
from lti_tool.config import Config
from lti_tool.domain.launch import Launch, MessageType, Role, Session, Standing
from lti_tool.sealing import Sealer

BEGAN = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = BEGAN

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class ListSource:
    """A source whose modules are a list; reading it is a full scan."""

    modules: list[Module]
    name: str = "list"
    hint_when_missing: str = ""

    def read(self, reading: Reading) -> Iterator[Batch]:
        yield Batch(tuple(self.modules), complete=True)

    def check(self) -> tuple[str, ...]:
        return ()


def module(number: int, title: str, text: str = "", **values: object) -> Module:
    """A module of the source `list`, with a URL and ten minutes."""
    given: dict[str, object] = {
        "kind": Kind.LESSON,
        "open_url": f"https://lms.example.org/mod/page/view.php?id={number}",
        "course": "Talking with people",
        "course_id": "7",
        "duration": Duration(10, Basis.ESTIMATED),
        "text": text,
        "language": "en",
    }
    return Module(source="list", identifier=str(number), title=title, **{**given, **values})  # type: ignore[arg-type]


MODULES = [
    module(1, "Giving feedback that lands", "Say what you saw, what it did, what you ask for."),
    module(2, "Feedback to your own manager", "Give feedback upwards without fear."),
    module(3, "Asking for feedback", "Ask for feedback on one thing at a time."),
    module(4, "Feedback in writing", "Written feedback stays: weigh every word."),
    module(5, "When feedback hurts", "Why feedback hurts, and what helps."),
    module(6, "Pivot tables from nothing", "Group rows and sum them.", course="Spreadsheets"),
]


@dataclass
class World:
    """Everything an action needs, and what to look at afterwards."""

    runtime: Runtime
    clock: Clock
    source: ListSource
    woken: list[bool] = field(default_factory=list)

    def sync(self) -> None:
        """Bring the catalogue in step with the list."""
        sync(self.source, catalogue_of(self.runtime, "northwind"), now=self.clock())

    def session(
        self,
        subject: str | None = "13",
        role: Role = Role.LEARNER,
        message_type: MessageType = MessageType.RESOURCE_LINK,
        **values: object,
    ) -> Session:
        """A new launch of that person."""
        launch = Launch(
            registration=self.registration,
            subject=subject,
            standing=Standing(role=role),
            message_type=message_type,
            deployment_id="1",
            target_link_uri="https://needle.example.org/",
            issued_at=self.clock(),
            **values,  # type: ignore[arg-type]
        )
        return begin_session(self.runtime, launch)

    @property
    def registration(self):  # type: ignore[no-untyped-def]
        return add_platform(
            self.runtime,
            issuer="https://lms.example.org",
            client_id="c1",
            authorization_url="https://lms.example.org/auth",
            token_url="https://lms.example.org/token",
            key_set_url="https://lms.example.org/keys",
            deployment_id="1",
            origin="https://lms.example.org",
            organisation="northwind",
        )

    def statements(self) -> list[dict[str, object]]:
        """What the outbox holds, oldest first."""
        import json

        from xapi import schema

        with self.runtime.engine.begin() as connection:
            rows = connection.execute(
                sa.select(schema.statement.c.body).order_by(schema.statement.c.seq)
            )
            return [json.loads(bytes(body)) for body in rows.scalars()]


@pytest.fixture
def make_world(migrated_engine: sa.Engine) -> Callable[..., World]:
    """Makes a world with settings of its own."""

    def make(modules: list[Module] | None = None, **settings: object) -> World:
        clock = Clock()
        woken: list[bool] = []
        config = Config(public_url="https://needle.example.org", secret_key="k" * 40, **settings)  # type: ignore[arg-type]
        runtime = Runtime(
            config=config,
            engine=migrated_engine,
            sealer=Sealer(config.secret_key),
            indexes=Indexes(migrated_engine),
            now=clock,
            wake_delivery=lambda: woken.append(True),
        )
        world = World(runtime, clock, ListSource(list(MODULES if modules is None else modules)))
        world.woken = woken
        _ = world.registration
        catalogue_of(runtime, "northwind").add_source("list", "cartridge", {"path": "-"})
        world.sync()
        return world

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world as most tests need it."""
    return make_world()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Waits until something is so; half a minute at most."""

    def wait(is_so: Callable[[], bool]) -> None:
        ends = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < ends, "it never came to be"
            time.sleep(0.02)

    return wait
