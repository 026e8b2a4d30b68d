"""What people said before there was learning counts from the first day on."""

from __future__ import annotations

import uuid
from datetime import timedelta

import sqlalchemy as sa

from lti_tool.storage import migrate, uses
from lti_tool.storage.database import reading
from tests.test_upgrades import (
    PERSON,
    REGISTRATION,
    THEN,
    fill_the_first_tables,
    upgrade_to,
)


def said_before(engine: sa.Engine, minutes: int, helped: str | None) -> None:
    """One need of PERSON and one module recommended for it, as the second version wrote them."""
    at = THEN + timedelta(minutes=minutes)
    needs = {
        "organisation": "northwind", "person_id": PERSON, "registration_id": REGISTRATION,
        "text": "feedback", "about_someone_led": False, "language": "en", "asked_at": at,
        "answer": "recommendations", "id": uuid.uuid4(),
    }  # fmt: skip
    shown = {
        "id": uuid.uuid4(), "need_id": needs["id"], "round": 1, "rank": 1, "source": "list",
        "identifier": "2", "reasons": "[]", "recommended_at": at, "helped": helped,
        "helped_at": at if helped else None,
    }  # fmt: skip
    old = sa.MetaData()
    old.reflect(engine, only=["tool_need", "tool_recommendation"])
    with engine.begin() as connection:
        for table, values in (("tool_need", needs), ("tool_recommendation", shown)):
            known = old.tables[table]
            typed = {
                name: value.hex
                if isinstance(value, uuid.UUID) and not isinstance(known.c[name].type, sa.Uuid)
                else value
                for name, value in values.items()
            }
            connection.execute(sa.insert(known).values(typed))


def test_what_was_said_before_is_counted_once_a_person_with_the_last_word(
    engine: sa.Engine,
) -> None:
    upgrade_to(engine, "tool_0001")
    fill_the_first_tables(engine)
    upgrade_to(engine, "tool_0002")
    said_before(engine, 1, "yes")
    said_before(engine, 2, "no")
    said_before(engine, 3, None)
    migrate.migrate_tool(engine)
    with reading(engine) as connection:
        assert uses.read_counts(connection, "northwind") == {("list", "2"): {"": (0, 0, 1)}}
        assert uses.learns_since(connection, "northwind") is None
