"""Upgrades: an older database, with what people left in it, is brought up to date whole."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig

import lti_tool.storage
from lti_tool.domain.launch import MessageType, Role
from lti_tool.lti.keys import tool_keys
from lti_tool.sealing import Sealer
from lti_tool.storage import migrate, registrations, sessions
from lti_tool.storage.logins import find_by_state, hash_secret
from lti_tool.storage.people import subject_of

THEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REGISTRATION, PERSON = uuid.uuid4(), uuid.uuid4()


def upgrade_to(engine: sa.Engine, revision: str) -> None:
    """Bring an empty database to an older revision of the tool's tables."""
    alembic = AlembicConfig()
    folder = Path(lti_tool.storage.__file__).with_name("migrations")
    alembic.set_main_option("script_location", str(folder))
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, revision)


def fill_the_first_tables(engine: sa.Engine) -> None:
    """One row of each kind that a launch leaves, as the first version wrote it."""
    old = sa.MetaData()
    old.reflect(engine)

    def add(table: str, **values: object) -> None:
        known = {column.name: column for column in old.tables[table].c}
        typed = {
            name: value.hex
            if isinstance(value, uuid.UUID) and isinstance(known[name].type, sa.CHAR | sa.String)
            else value
            for name, value in values.items()
        }
        connection.execute(sa.insert(old.tables[table]).values(typed))

    with engine.begin() as connection:
        add("tool_organisation", id="northwind", name="N", pseudonym_key="x", created_at=THEN)
        add(
            "tool_registration",
            id=REGISTRATION,
            organisation="northwind",
            issuer="https://lms.example.org",
            client_id="c1",
            authorization_url="https://lms.example.org/auth",
            token_url="https://lms.example.org/token",
            key_set_url="https://lms.example.org/keys",
            origin="https://lms.example.org",
            actor_form="account",
            actor_home_page="https://lms.example.org",
            created_at=THEN,
        )
        add("tool_deployment", registration_id=REGISTRATION, deployment_id="7", created_at=THEN)
        add("tool_person", id=PERSON, organisation="northwind", created_at=THEN)
        add("tool_person_link", registration_id=REGISTRATION, subject="13", person_id=PERSON)
        add(
            "tool_key",
            kid="old",
            sealed_private_key="sealed",
            public_jwk={"kty": "RSA", "kid": "old"},
            created_at=THEN,
        )
        add(
            "tool_login",
            id_hash="i" * 64,
            state_hash=hash_secret("state"),
            nonce="n",
            browser_hash="b" * 64,
            registration_id=REGISTRATION,
            target_link_uri="",
            login_hint="",
            message_hint="",
            created_at=THEN,
            expires_at=LATER,
        )
        add(
            "tool_session",
            token_hash=sessions.hash_token("token"),
            organisation="northwind",
            registration_id=REGISTRATION,
            person_id=PERSON,
            language="nl",
            role="teacher",
            course_id="5",
            course_title="Talking",
            created_at=THEN,
            expires_at=LATER,
        )


def test_the_first_version_is_upgraded_with_everything_in_it(engine: sa.Engine) -> None:
    upgrade_to(engine, "tool_0001")
    fill_the_first_tables(engine)
    migrate.migrate_tool(engine)
    with engine.begin() as connection:
        found = registrations.get_registration(connection, REGISTRATION)
        session = sessions.find_session(connection, "token", now=THEN)
        login = find_by_state(connection, "state")
        assert subject_of(connection, REGISTRATION, PERSON) == "13"
    assert (found.deployment_ids, found.actor_form, found.family) == ({"7"}, "account", "")
    assert session is not None
    assert (session.role, session.course_title) == (Role.TEACHER, "Talking")
    assert session.message_type is MessageType.RESOURCE_LINK
    assert login is not None
    assert login.nonce == "n"


def test_a_key_made_by_the_first_version_still_signs(engine: sa.Engine) -> None:
    upgrade_to(engine, "tool_0001")
    fill_the_first_tables(engine)
    migrate.migrate_tool(engine)
    keys = tool_keys(engine, Sealer("s" * 40), LATER)["keys"]
    assert [key["kid"] for key in keys] == ["old"]
