"""Made-up names: made with a key, made anew with another, and told to their person alone."""

from __future__ import annotations

import base64
import json
import re
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.actions.asking import ask
from lti_tool.actions.helping import tell_helped
from lti_tool.actions.opening import open_module
from lti_tool.actions.own_data import export, forget
from lti_tool.actions.pseudonyms import pseudonym, rekey
from lti_tool.domain.history import Helped
from lti_tool.domain.launch import Session
from lti_tool.domain.need import Need
from lti_tool.errors import NotFound
from lti_tool.sealing import SealedElsewhere, Sealer
from lti_tool.storage import tables
from lti_tool.storage.organisations import list_organisations, sealed_pseudonym_key
from tests.actions.conftest import World
from xapi import schema

WORDS = "feedback to my boss"
SUBJECT = "ana-4711-of-sales"


def names(world: World) -> list[str]:
    """The names of learners in what was recorded, in order."""
    found = [one["actor"]["account"]["name"] for one in recorded(world)]
    return [name for name in found if name != "needle"]


def recorded(world: World) -> list[dict[str, Any]]:
    return world.statements()  # type: ignore[return-value]


def own_names(world: World, session: Session) -> list[str]:
    records: Any = export(world.runtime, session)["learning_records"]
    return [account["name"] for account in records]


def all_values(world: World, prefix: str) -> set[str]:
    """Every value that stands in the tables of that prefix, as text."""
    values = set()
    with world.runtime.engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name.startswith(prefix):
                found = sa.Table(name, sa.MetaData(), autoload_with=connection)
                for row in connection.execute(sa.select(found)):
                    values |= {_text(value) for value in row if value is not None}
    return values


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, uuid.UUID):
        return value.hex
    return str(value).replace("-", "")


def test_a_new_key_gives_everybody_a_new_name_at_once(world: World) -> None:
    session, other = world.session(), world.session("14")
    for one in (session, other):
        ask(world.runtime, one, Need(text=WORDS), "f")
    rekey(world.runtime, "northwind")
    for one in (session, other):
        ask(world.runtime, one, Need(text=WORDS), "g")
    assert len(set(names(world))) == 4


def test_a_need_asked_before_goes_on_without_tying_the_new_name_to_the_old(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text=WORDS), "f")
    open_module(world.runtime, asked.items[0].id)
    before = recorded(world)
    rekey(world.runtime, "northwind")
    tell_helped(world.runtime, session, asked.items[0].id, Helped.YES, "")
    open_module(world.runtime, asked.items[1].id)
    after = recorded(world)[len(before):]
    assert len(after) == 2
    assert shared_identifiers(before, after) == set()
    assert len({one["context"]["registration"] for one in after}) == 1


def shared_identifiers(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> set[str]:
    """The random identifiers that stand in both."""
    pattern = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    return set(pattern.findall(json.dumps(one))) & set(pattern.findall(json.dumps(other)))


def test_what_was_recorded_before_stays_as_it_is(world: World) -> None:
    ask(world.runtime, world.session(), Need(text=WORDS), "f")
    before = recorded(world)
    rekey(world.runtime, "northwind")
    assert recorded(world) == before


def test_deleting_everything_takes_what_was_recorded_under_every_name(world: World) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text=WORDS), "f")
    rekey(world.runtime, "northwind")
    open_module(world.runtime, asked.items[0].id)
    ask(world.runtime, session, Need(text=WORDS), "g")
    ask(world.runtime, world.session("14"), Need(text=WORDS), "f")
    assert forget(world.runtime, session).statements == 5
    assert len(recorded(world)) == 2
    assert len(set(names(world))) == 1


def test_the_old_key_is_nowhere_after_it_was_replaced(world: World) -> None:
    with world.runtime.engine.connect() as connection:
        sealed = sealed_pseudonym_key(connection, "northwind")
    key = world.runtime.sealer.open(sealed)
    rekey(world.runtime, "northwind")
    with world.runtime.engine.connect() as connection:
        now = sealed_pseudonym_key(connection, "northwind")
    assert world.runtime.sealer.open(now) != key
    for value in all_values(world, "tool_") | all_values(world, "xapi_"):
        assert key not in value
        assert sealed not in value
    if world.runtime.engine.dialect.name == "sqlite":
        path = Path(str(world.runtime.engine.url.database))
        for file in (path, path.with_name(path.name + "-wal")):
            assert sealed.encode() not in file.read_bytes()


def test_only_the_organisation_named_gets_a_new_key(world: World) -> None:
    with world.runtime.engine.begin() as connection:
        connection.execute(
            sa.insert(tables.organisation).values(
                id="southwind", name="southwind", pseudonym_key="sealed", created_at=world.clock()
            )
        )
        assert set(list_organisations(connection)) == {"northwind", "southwind"}
    rekey(world.runtime, "northwind")
    with world.runtime.engine.connect() as connection:
        assert sealed_pseudonym_key(connection, "southwind") == "sealed"
    with pytest.raises(NotFound, match="westwind"):
        rekey(world.runtime, "westwind")


def test_a_key_replaced_while_people_ask_ties_no_statement_to_both(world: World) -> None:
    session = world.session()
    ends = threading.Event()

    def replace_again_and_again() -> None:
        while not ends.is_set():
            rekey(world.runtime, "northwind")

    replacing = threading.Thread(target=replace_again_and_again)
    replacing.start()
    try:
        for number in range(12):
            ask(world.runtime, session, Need(text=WORDS), f"f{number}")
    finally:
        ends.set()
        replacing.join(30)
    by_name: dict[str, set[str]] = {}
    for one in recorded(world):
        if one["actor"]["account"]["name"] != "needle":
            name = one["actor"]["account"]["name"]
            by_name.setdefault(name, set()).add(one["context"]["registration"])
    threads = [thread for found in by_name.values() for thread in found]
    assert len(threads) == len(set(threads)) == 12


def test_a_persons_own_download_holds_the_name_they_have_now(world: World) -> None:
    session = world.session()
    ask(world.runtime, session, Need(text=WORDS), "f")
    (old,) = own_names(world, session)
    assert names(world) == [old]
    rekey(world.runtime, "northwind")
    ask(world.runtime, session, Need(text=WORDS), "g")
    (new,) = own_names(world, session)
    assert names(world) == [old, new]
    records: Any = export(world.runtime, session)["learning_records"]
    assert records == [{"home_page": "https://needle.example.org", "name": new}]
    assert own_names(world, world.session("14")) != [new]


def test_the_download_of_an_account_holds_the_account_and_a_guests_holds_none(
    make_world: Callable[..., World],
) -> None:
    world = make_world(lrs_identity="account", allow_guests=True)
    assert export(world.runtime, world.session())["learning_records"] == [
        {"home_page": "https://lms.example.org", "name": "13"}
    ]
    assert own_names(world, world.session("ana@example.org")) != ["ana@example.org"]
    assert export(world.runtime, world.session(None))["learning_records"] == []


def test_neither_the_outbox_nor_an_lrs_says_whose_a_name_is(world: World) -> None:
    """What an LRS gets is what the outbox holds: bodies, and nothing of the tool's tables."""
    session = world.session(SUBJECT)
    asked = ask(world.runtime, session, Need(text=WORDS), "f")
    open_module(world.runtime, asked.items[0].id)
    assert session.person_id is not None
    held = " ".join(all_values(world, "xapi_"))
    sent = json.dumps(recorded(world))
    person = session.person_id
    for secret in (SUBJECT, SUBJECT.replace("-", ""), str(person), person.hex):
        assert secret not in held
        assert secret not in sent
    assert str(asked.id) not in sent


def test_the_database_without_the_key_makes_no_name(world: World) -> None:
    session = world.session(SUBJECT)
    ask(world.runtime, session, Need(text=WORDS), "f")
    (name,) = own_names(world, session)
    assert session.person_id is not None
    values = all_values(world, "tool_")
    assert session.person_id.hex in values
    assert not [value for value in values if name in value]
    with world.runtime.engine.connect() as connection:
        sealed = sealed_pseudonym_key(connection, "northwind")
    with pytest.raises(SealedElsewhere):
        Sealer("another key of another installation, long enough").open(sealed)
    tried = {*values, sealed, base64.urlsafe_b64decode(sealed).decode("latin-1")}
    assert name not in {pseudonym(key, session.person_id) for key in tried}
    assert name == pseudonym(world.runtime.sealer.open(sealed), session.person_id)


def test_what_needle_keeps_to_delete_by_is_gone_once_it_was_used(world: World) -> None:
    """The need's id is the one thing that joins a statement here to its person."""
    session = world.session()
    ask(world.runtime, session, Need(text=WORDS), "f")
    with world.runtime.engine.connect() as connection:
        kept = set(connection.scalars(sa.select(schema.statement.c.registration)))
        needs = set(connection.scalars(sa.select(tables.need.c.id)))
    assert kept == needs
    forget(world.runtime, session)
    with world.runtime.engine.connect() as connection:
        assert not list(connection.scalars(sa.select(schema.statement.c.registration)))
