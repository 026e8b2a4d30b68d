"""The outbox and the rows of LRSs, on each kind of database."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.xapi.samples import (
    AT,
    LEARNER,
    NEEDLE,
    TOOL,
    Cipher,
    add,
    as_json,
    ask,
    every_statement,
)
from xapi import outbox, schema
from xapi.errors import InvalidLrs, InvalidStatement, PolicyError, StatementConflict
from xapi.lrs_rows import lrss, put_lrs
from xapi.policy import Field, Policy
from xapi.policy.policy import leaves
from xapi.schema import State, migrate
from xapi.statements import Actor, freeze, voided

MAIN = {"name": "main", "url": "https://lrs.example.org/xapi", "username": "u", "password": "p"}


def put(engine: sa.Engine, organisation: str = "northwind", **other: str) -> int:
    with engine.begin() as connection:
        values = MAIN | other
        return put_lrs(connection, Cipher(), organisation=organisation, **values).id


def counts(engine: sa.Engine, organisation: str | None = "northwind") -> outbox.Counts:
    with engine.connect() as connection:
        return outbox.counts(connection, organisation)


def test_migrating_twice_changes_nothing(store: sa.Engine) -> None:
    add(store, 1)
    migrate(store)
    assert counts(store).statements == 1


def test_the_migrations_make_the_tables_that_the_code_uses(store: sa.Engine) -> None:
    found = sa.inspect(store)
    for table in schema.metadata.sorted_tables:
        made = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert made == {column.name: column.nullable for column in table.columns}
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


def test_what_the_caller_rolls_back_was_never_added(store: sa.Engine) -> None:
    put(store)
    with store.connect() as connection:
        outbox.add(connection, ask(), organisation="northwind")
        connection.rollback()
    assert counts(store) == outbox.Counts(0, 0, 0, 0, 0, None, lrss=1)


def test_without_an_lrs_everything_is_kept(store: sa.Engine) -> None:
    add(store, 3)
    assert counts(store).without_lrs == 3
    with store.connect() as connection:
        listed = outbox.list_statements(connection, "northwind")
    assert [(one.state, one.lrs) for one in listed] == [(State.WAITING, None)] * 3


def test_a_new_lrs_gets_everything_from_the_beginning(store: sa.Engine) -> None:
    add(store, 3)
    add(store, 2, "southwind")
    put(store)
    add(store, 1)
    assert counts(store).waiting == 4
    put(store, name="second")
    assert counts(store).waiting == 8
    assert counts(store).without_lrs == 0
    assert counts(store, "southwind").without_lrs == 2
    assert counts(store, None).statements == 6


def test_a_changed_lrs_keeps_its_place_and_forgets_its_trouble(store: sa.Engine) -> None:
    add(store, 2)
    first = put(store)
    with store.begin() as connection:
        connection.execute(sa.update(schema.lrs).values(failures=4, paused_reason="401"))
    assert put(store, url="https://other.example.org/xapi/statements/") == first
    with store.connect() as connection:
        (row,) = lrss(connection, "northwind")
    assert (row.url, row.failures, row.paused_reason) == (
        "https://other.example.org/xapi", 0, None)
    assert counts(store).waiting == 2


def test_a_password_is_sealed_and_not_in_the_row_that_is_handed_out(store: sa.Engine) -> None:
    put(store, password="open sesame")
    with store.connect() as connection:
        (row,) = lrss(connection)
        sealed = connection.scalar(sa.select(schema.lrs.c.sealed_password))
    assert "open sesame" not in repr(row)
    assert sealed == Cipher().seal("open sesame")


def test_an_lrs_that_cannot_be_is_refused(store: sa.Engine) -> None:
    for wrong in (
        {"url": "ftp://lrs.example.org"}, {"url": "lrs.example.org/xapi"},
        {"url": "https://u:p@lrs.example.org/xapi"}, {"url": "https://lrs.example.org/xapi?a=b"},
        {"url": "https://lrs.example.org:99999/"}, {"url": "https://lrs.example.org/x y"},
        {"version": "0.95"}, {"username": "a:b"}, {"name": " "}, {"name": "x" * 101},
    ):
        with pytest.raises(InvalidLrs):
            put(store, **wrong)


def test_adding_the_same_statement_again_changes_nothing(store: sa.Engine) -> None:
    put(store)
    statement = ask()
    with store.begin() as connection:
        first = outbox.add(connection, statement, organisation="northwind")
        again = outbox.add(connection, statement, organisation="northwind")
    assert first == again == statement.id
    assert counts(store).waiting == 1


def test_another_statement_with_the_same_id_is_an_error(store: sa.Engine) -> None:
    statement, other = ask(), ask()
    other.id = statement.id
    with store.begin() as connection:
        outbox.add(connection, statement, organisation="northwind")
        with pytest.raises(StatementConflict, match=str(statement.id)):
            outbox.add(connection, other, organisation="northwind")
        with pytest.raises(StatementConflict):
            outbox.add(connection, statement, organisation="southwind")


def test_what_may_not_leave_is_not_even_kept(store: sa.Engine) -> None:
    statement = ask()
    statement.actor.name = "Ann"
    with store.begin() as connection, pytest.raises(PolicyError, match=r"actor\.name"):
        outbox.add(connection, statement, organisation="northwind")
    assert counts(store).statements == 0


def test_an_account_is_kept_only_under_the_policy_that_allows_it(store: sa.Engine) -> None:
    statement = every_statement(full=True, learner=Actor(TOOL, "user-4711"))["opened"]
    with store.begin() as connection:
        with pytest.raises(PolicyError):
            outbox.add(connection, statement, organisation="northwind")
        account = outbox.policies.ACCOUNT
        outbox.add(connection, statement, organisation="northwind", policy=account)
    assert counts(store).statements == 1


def test_the_bytes_are_kept_as_they_were_frozen(store: sa.Engine) -> None:
    statement = every_statement(full=True)["opened"]
    with store.begin() as connection:
        outbox.add(connection, statement, organisation="northwind")
        kept = connection.execute(sa.select(schema.statement)).one()
    assert kept.body == freeze(statement)
    assert kept.size == len(kept.body)


def test_the_list_tells_kinds_and_states_but_no_content(store: sa.Engine) -> None:
    put(store)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    with store.begin() as connection:
        made = every_statement(full=False)
        for kind in ("need asked", "recommended", "opened", "helped"):
            outbox.add(connection, made[kind], organisation="northwind", now=at)
        listed = outbox.list_statements(connection, "northwind", State.WAITING, limit=3)
        assert outbox.list_statements(connection, "northwind", State.REFUSED) == []
        assert outbox.list_statements(connection, "southwind") == []
    assert [one.verb for one in listed] == ["rated", "opened", "recommended"]
    assert {(one.state, one.lrs, one.created_at) for one in listed} == {
        (State.WAITING, "main", at)}
    assert LEARNER.name not in repr(listed)
    assert counts(store).oldest_waiting == at


def test_a_naive_time_never_reaches_the_database(store: sa.Engine) -> None:
    with store.begin() as connection, pytest.raises(sa.exc.StatementError, match="time zone"):
        outbox.add(connection, ask(), organisation="northwind",
                   now=datetime(2026, 3, 2))  # noqa: DTZ001


def test_statements_added_while_an_lrs_is_made_reach_it_too(store: sa.Engine) -> None:
    """However the two interleave, each statement is due for the LRS exactly once."""
    go = threading.Barrier(3)

    def add_some() -> None:
        go.wait(10)
        for _ in range(15):
            add(store, 1)

    threads = [threading.Thread(target=add_some) for _ in range(2)]
    for thread in threads:
        thread.start()
    go.wait(10)
    put(store)
    for thread in threads:
        thread.join(30)
    assert counts(store).statements == counts(store).waiting == 30


def test_an_lrs_waits_for_a_statement_that_is_being_added(store: sa.Engine) -> None:
    """The statement is added before the LRS exists, and committed after it is asked for."""
    with store.connect() as adding:
        outbox.add(adding, ask(), organisation="northwind")
        making = threading.Thread(target=put, args=(store,))
        making.start()
        making.join(0.2)
        assert making.is_alive()
        adding.commit()
    making.join(10)
    assert counts(store).waiting == 1


def test_ids_are_what_the_statements_say(store: sa.Engine) -> None:
    (identifier,) = add(store, 1)
    with store.connect() as connection:
        (listed,) = outbox.list_statements(connection, "northwind")
    assert listed.id == uuid.UUID(identifier)


def test_a_mapping_is_added_as_the_statement_it_is(store: sa.Engine) -> None:
    statement = ask()
    values = as_json(statement)
    with store.begin() as connection:
        assert outbox.add(connection, values, organisation="northwind") == statement.id
        assert outbox.add(connection, statement, organisation="northwind") == statement.id
        kept = connection.execute(sa.select(schema.statement)).one()
    assert json.loads(kept.body) == values
    assert kept.registration == statement.context.registration
    assert kept.voids is None


def test_a_mapping_that_breaks_the_standard_is_refused(store: sa.Engine) -> None:
    values = as_json(ask())
    with store.begin() as connection:
        for wrong in (values | {"id": None}, values | {"timestamp": "2026-03-02T09:00:00"},
                      {key: value for key, value in values.items() if key != "actor"}):
            with pytest.raises(InvalidStatement):
                outbox.add(connection, wrong, organisation="northwind")
    assert counts(store).statements == 0


def test_a_voiding_statement_says_what_it_voids(store: sa.Engine) -> None:
    target = uuid.uuid4()
    with store.begin() as connection:
        outbox.add(connection, voided(tool=NEEDLE, target=target, at=AT),
                   organisation="northwind")
        kept = connection.execute(sa.select(schema.statement)).one()
    assert (kept.voids, kept.registration, kept.verb) == (target, None, "voided")


def test_many_are_added_as_each_alone_is(store: sa.Engine) -> None:
    put(store)
    put(store, name="second")
    made = [ask() for _ in range(1_203)]
    with store.begin() as connection:
        outbox.add(connection, made[3], organisation="northwind")
        added = outbox.add_all(connection, iter([*made, made[0]]), organisation="northwind")
    assert added == [statement.id for statement in [*made, made[0]]]
    assert (counts(store).statements, counts(store).waiting) == (1_203, 2_406)
    with store.connect() as connection:
        kept = connection.execute(sa.select(schema.statement.c.id, schema.statement.c.body))
        bodies = {row.id: row.body for row in kept}
    assert bodies == {statement.id: freeze(statement) for statement in made}


def test_one_of_many_that_differs_under_a_known_id_is_an_error(store: sa.Engine) -> None:
    first, second = ask(), ask()
    second.id = first.id
    with store.begin() as connection:
        outbox.add(connection, first, organisation="northwind")
    for several in ([ask(), second], [first, second]):
        with store.connect() as connection:
            with pytest.raises(StatementConflict, match=str(first.id)):
                outbox.add_all(connection, several, organisation="northwind")
            connection.rollback()
    with store.connect() as connection, pytest.raises(StatementConflict):
        outbox.add_all(connection, [third := ask(), other_of(third)], organisation="northwind")
    assert counts(store).statements == 1


def other_of(statement: object) -> dict[str, object]:
    """Another statement under the same id."""
    return as_json(ask()) | {"id": as_json(statement)["id"]}  # type: ignore[arg-type]


def test_adding_takes_two_queries_and_adding_many_two_for_each_500(store: sa.Engine) -> None:
    put(store)
    made = [ask() for _ in range(502)]
    sent: list[str] = []
    with store.begin() as connection:
        sa.event.listen(store, "before_cursor_execute", lambda *args: sent.append(args[2]))
        outbox.add(connection, made[0], organisation="northwind")
        assert len(sent) == 2
        outbox.add_all(connection, made[1:], organisation="northwind")
    assert len(sent) == 2 + 4


def test_a_figure_with_a_bound_stops_there(store: sa.Engine) -> None:
    put(store)
    add(store, 5)
    add(store, 4, "southwind")
    with store.connect() as connection:
        bounded = outbox.counts(connection, at_most=3)
        exact = outbox.counts(connection, at_most=100)
        assert exact == outbox.counts(connection)
    assert (bounded.statements, bounded.waiting, bounded.without_lrs) == (3, 3, 3)
    assert (exact.statements, exact.waiting, exact.without_lrs) == (9, 5, 4)


def test_what_a_new_lrs_is_still_to_be_given_waits(store: sa.Engine) -> None:
    first, *_ = add(store, 3)
    put(store)
    with store.begin() as connection:
        # As the first of a new LRS's rows are made: it has been given the oldest statement.
        connection.execute(sa.delete(schema.delivery))
        oldest = connection.scalar(sa.select(sa.func.min(schema.statement.c.seq)))
        connection.execute(sa.update(schema.lrs).values(filled_to=oldest, fill_until=oldest + 2))
    assert counts(store).waiting == 2
    with store.connect() as connection:
        waiting = outbox.list_statements(connection, "northwind", State.WAITING)
        assert outbox.list_statements(connection, "northwind", State.DELIVERED) == []
    assert [one.lrs for one in waiting] == ["main", "main"]
    assert uuid.UUID(first) not in {one.id for one in waiting}


@pytest.mark.parametrize("name", ["", "a" * 65, "a\0", "a\nb", "a\ud800"])
def test_an_organisation_that_no_database_holds_is_refused(store: sa.Engine, name: str) -> None:
    with store.begin() as connection:
        with pytest.raises(InvalidStatement, match="organisation's name"):
            outbox.add(connection, ask(), organisation=name)
        with pytest.raises(InvalidStatement, match="organisation's name"):
            outbox.add_all(connection, [ask()], organisation=name)
        outbox.add(connection, ask(), organisation="ö" * 64)


def test_a_verb_is_shown_without_its_control_characters(store: sa.Engine) -> None:
    values = as_json(ask())
    values["verb"]["display"] = {"en": "as\0ked\n"}
    verb = frozenset({values["verb"]["id"]})
    all_of_it = Policy(tuple(Field(path, verb, lambda _: True) for path, _ in leaves(values)))
    with store.begin() as connection:
        outbox.add(connection, values, organisation="northwind", policy=all_of_it)
        (listed,) = outbox.list_statements(connection, "northwind")
    assert listed.verb == "asked"
