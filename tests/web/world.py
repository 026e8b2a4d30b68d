"""A running tool with a small catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Basis, Duration, Kind, Module
from catalogue_sync.records import Batch, Reading
from catalogue_sync.sync import sync
from lti_tool.actions.launching import begin_session
from lti_tool.actions.runtime import Runtime, start
from lti_tool.config import Config
from lti_tool.domain.launch import Launch, MessageType, Registration, Role, Session, Standing
from lti_tool.storage.migrate import migrate
from lti_tool.storage.organisations import ensure_organisation
from lti_tool.storage.registrations import put_registration
from lti_tool.web.app import create_app

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LMS = "https://lms.example.org"

TALK = "Performance conversations"
TALK_PIECES = (
    ("Why the conversation matters", 2.0, "What a good conversation about work brings about."),
    ("Collect what you saw", 4.0, "Facts, dates and examples before you speak about work."),
    ("Choose the moment and the room", 1.5, "Where and when to have the conversation."),
    ("Open the conversation", 3.0, "The first minute: say why you meet."),
    ("The wording: say it clearly and kindly", 3.0, "How to put it when someone's work got worse."),
    ("Listen to the answer", 4.0, "Silence, questions, and what not to say."),
    ("Agree what comes next", 75.0, "Write down what each of you will do."),
)


@dataclass(frozen=True)
class Shelf:
    """A source that yields the modules it was given."""

    modules: tuple[Module, ...]
    name: str = "shelf"
    hint_when_missing: str = "Look on the shelf."

    def read(self, reading: Reading) -> Iterator[Batch]:
        yield Batch(records=self.modules, complete=True)

    def check(self) -> tuple[str, ...]:
        return ()


def talk_modules() -> tuple[Module, ...]:
    return tuple(
        Module(
            source="shelf",
            identifier=f"talk-{position}",
            title=title,
            kind=Kind.MICRO if minutes < 3 else Kind.ARTICLE,
            open_url=f"{LMS}/mod/page/view.php?id={position}",
            description=description,
            duration=Duration(minutes, Basis.DECLARED if minutes < 2 else Basis.ESTIMATED),
            language="en",
            course_id="7",
            course=TALK,
            section="Before, during and after",
            position=position,
            siblings=len(TALK_PIECES),
        )
        for position, (title, minutes, description) in enumerate(TALK_PIECES, start=1)
    )


@dataclass
class World:
    """The application over a real runtime, with a clock that can be moved."""

    runtime: Runtime
    app: Flask
    registration: Registration
    moment: list[datetime]

    def launch(
        self,
        *,
        subject: str | None = "",
        locale: str = "en",
        actor_form: str | None = None,
        role: Role = Role.LEARNER,
        message_type: MessageType = MessageType.RESOURCE_LINK,
        **values: object,
    ) -> Session:
        """The session of a launch; without a subject named, of somebody new.

        `values` are what else the launch tells.
        """
        if subject == "":
            subject = uuid.uuid4().hex
        registration = self.registration
        if actor_form is not None:
            registration = self.register(client_id=f"client-{actor_form}", actor_form=actor_form)
        return begin_session(
            self.runtime,
            Launch(
                registration=registration,
                subject=subject,
                standing=Standing(role=role),
                message_type=message_type,
                deployment_id="1",
                target_link_uri="https://needle.example.org/",
                issued_at=self.moment[0],
                locale=locale,
                **{"course_id": "7", "course_title": TALK, **values},  # type: ignore[arg-type]
            ),
        )

    def register(self, **values: str) -> Registration:
        return _register(self.runtime, **values)

    def fill(self, modules: tuple[Module, ...]) -> None:
        catalogue = Catalogue(self.runtime.engine, "northwind")
        if not catalogue.sources():
            catalogue.add_source("shelf", "shelf", {})
        sync(Shelf(modules), catalogue, now=self.moment[0], allow_removals=True)

    def pass_time(self, time: timedelta) -> None:
        self.moment[0] += time


def open_world(config: Config, *, modules: tuple[Module, ...] | None = None) -> World:
    """Start a tool on the configured database, with a registration and modules."""
    moment = [NOW]
    runtime = start(config, now=lambda: moment[0])
    if not sa.inspect(runtime.engine).has_table("tool_session"):
        migrate(runtime.engine)
    app = create_app(runtime)
    world = World(runtime, app, _register(runtime), moment)
    world.fill(talk_modules() if modules is None else modules)
    return world


def _register(
    runtime: Runtime,
    *,
    client_id: str = "client",
    actor_form: str = "pseudonym",
    key_set_url: str = f"{LMS}/jwks",
    token_url: str = f"{LMS}/token",
    deployment_id: str = "1",
) -> Registration:
    with runtime.engine.begin() as connection:
        ensure_organisation(
            connection,
            "northwind",
            sealed_pseudonym_key=runtime.sealer.seal("k" * 43),
            now=NOW,
        )
        return put_registration(
            connection,
            organisation="northwind",
            issuer=LMS,
            client_id=client_id,
            authorization_url=f"{LMS}/auth",
            token_url=token_url,
            key_set_url=key_set_url,
            origin=LMS,
            deployment_id=deployment_id,
            actor_form=actor_form,
            actor_home_page="http://127.0.0.1:8411" if actor_form == "pseudonym" else LMS,
            now=NOW,
        )


def configured(config: Config, **settings: object) -> Config:
    return replace(config, **settings)  # type: ignore[arg-type]
