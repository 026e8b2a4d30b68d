"""Dead letters: shown, sent again, mended as another statement, let rest, taken along."""

from __future__ import annotations

import json
import tracemalloc
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import AT, LEARNER, Cipher, Clock, add, as_json, ask, set_lrs
from tests.xapi.test_delivery import deliver
from xapi import outbox, refused, schema
from xapi.errors import (
    InvalidStatement,
    NotRefused,
    PolicyError,
    StatementConflict,
    UnknownLrs,
    UnknownStatement,
)
from xapi.lrs_rows import put_lrs
from xapi.schema import State


def refuse_one(store: sa.Engine, lrs: ScriptableLrs, clock: Clock) -> uuid.UUID:
    """A statement that the LRS refused, beside one that it took."""
    set_lrs(store, lrs)
    bad, _ = add(store, 2)
    lrs.refused_ids = {bad}
    assert deliver(store, clock).refused == 1
    return uuid.UUID(bad)


def show(store: sa.Engine, identifier: uuid.UUID) -> refused.Shown:
    with store.connect() as connection:
        return refused.show(connection, "northwind", identifier)


def counts(store: sa.Engine) -> tuple[int, int, int, int]:
    with store.connect() as connection:
        found = outbox.counts(connection, "northwind")
    return found.waiting, found.delivered, found.refused, found.dismissed


def requeue(store: sa.Engine, ids: list[uuid.UUID] | None = None, **more: Any) -> int:
    with store.begin() as connection:
        return refused.requeue(connection, "northwind", ids, **more)


def dismiss(store: sa.Engine, ids: list[uuid.UUID] | None = None, **more: Any) -> int:
    with store.begin() as connection:
        return refused.dismiss(connection, "northwind", ids, **more)


def mend(
    store: sa.Engine, identifier: uuid.UUID, statement: Mapping[str, object], **more: Any
) -> uuid.UUID:
    with store.begin() as connection:
        return refused.mend(connection, "northwind", identifier, statement, **more)


def mended(store: sa.Engine, identifier: uuid.UUID, minutes: int = 20) -> dict[str, Any]:
    """The refused statement with other minutes, as a person would write it."""
    values: dict[str, Any] = json.loads(json.dumps(show(store, identifier).statement))
    (extension,) = [key for key in values["context"]["extensions"] if "minutes" in key]
    values["context"]["extensions"][extension] = minutes
    return values


def test_a_refused_statement_is_shown_whole_with_the_lrs_s_words(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    shown = show(store, bad)
    assert shown.statement is not None
    assert shown.statement["id"] == str(bad)
    (sent,) = shown.deliveries
    assert (sent.lrs, sent.state, sent.settled_at) == ("main", State.REFUSED, clock())
    assert sent.reason is not None
    assert "not to this LRS's taste" in sent.reason


def test_an_unknown_statement_or_another_organisation_s_is_an_error(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    with store.begin() as connection:
        for organisation, identifier in (("northwind", uuid.uuid4()), ("southwind", bad)):
            with pytest.raises(UnknownStatement, match=str(identifier)):
                refused.show(connection, organisation, identifier)
            with pytest.raises(UnknownStatement):
                refused.requeue(connection, organisation, [identifier])
            with pytest.raises(UnknownStatement):
                refused.dismiss(connection, organisation, [identifier])
            with pytest.raises(UnknownStatement):
                refused.mend(connection, organisation, identifier, ask())
        with pytest.raises(UnknownLrs, match="nowhere"):
            refused.requeue(connection, "northwind", lrs="nowhere")
        assert refused.requeue(connection, "southwind") == 0
    assert counts(store) == (0, 1, 1, 0)


def test_what_was_refused_is_sent_again_when_it_is_asked_for(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    lrs.refused_ids = set()
    assert requeue(store) == 1
    assert show(store, bad).deliveries[0].reason is None
    assert counts(store) == (1, 1, 0, 0)
    assert deliver(store, clock).delivered == 1
    assert str(bad) in lrs.statements
    assert requeue(store, [bad]) == 0


def test_only_the_named_lrs_is_sent_it_again(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    with ScriptableLrs() as other:
        set_lrs(store, lrs)
        set_lrs(store, other, name="other")
        bad, *_ = add(store, 2)
        lrs.refused_ids = other.refused_ids = {bad}
        deliver(store, clock)
        assert counts(store) == (0, 2, 2, 0)
        assert requeue(store, lrs="other") == 1
        assert requeue(store, [uuid.UUID(bad)], lrs="main") == 1
        lrs.refused_ids = other.refused_ids = set()
        deliver(store, clock)
        assert bad in lrs.statements
        assert bad in other.statements


def test_what_a_person_lets_rest_keeps_its_reason_and_can_come_back(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    assert dismiss(store, [bad], now=AT) == 1
    assert counts(store) == (0, 1, 0, 1)
    assert dismiss(store) == 0
    (sent,) = show(store, bad).deliveries
    assert sent.state is State.DISMISSED
    assert "taste" in str(sent.reason)
    with store.connect() as connection:
        (line,) = outbox.list_statements(connection, "northwind", State.DISMISSED)
    assert line.id == bad
    assert requeue(store) == 0
    assert requeue(store, [bad]) == 1
    lrs.refused_ids = set()
    assert deliver(store, clock).delivered == 1


def test_a_mended_statement_is_another_one_for_the_lrss_that_refused(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    with ScriptableLrs() as other:
        set_lrs(store, other, name="other")
        bad = refuse_one(store, lrs, clock)
        old = show(store, bad)
        new = mend(store, bad, mended(store, bad), now=clock())
        assert deliver(store, clock).delivered == 1
        assert str(new) in lrs.statements
        assert str(new) not in other.statements
        assert str(bad) in other.statements
    after = show(store, bad)
    assert after.statement == old.statement
    assert after.replaced_by == new
    assert {(sent.lrs, sent.state) for sent in after.deliveries} == {
        ("main", State.DISMISSED), ("other", State.DELIVERED)}
    assert f"mended as {new}" in {sent.reason for sent in after.deliveries}
    assert requeue(store, [bad]) == 0


def test_a_mended_statement_keeps_the_id_that_it_was_given(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    given = uuid.uuid4()
    assert mend(store, bad, mended(store, bad) | {"id": str(given)}) == given
    assert show(store, given).statement == mended(store, bad) | {"id": str(given)}


def test_a_new_lrs_gets_the_mended_statement_and_not_the_old_one(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    new = mend(store, bad, mended(store, bad))
    with ScriptableLrs() as later:
        set_lrs(store, later, name="later")
        deliver(store, clock)
        deliver(store, clock)
        assert str(new) in later.statements
        assert str(bad) not in later.statements


def test_mending_is_held_to_the_rules_of_adding(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    values = mended(store, bad)
    (taken,) = add(store, 1)
    for wrong, error in (
        (values | {"actor": {"objectType": "Agent", "name": "Ann", "mbox": "mailto:a@b.example"}},
         PolicyError),
        ({key: value for key, value in values.items() if key != "object"}, InvalidStatement),
        (values | {"context": values["context"] | {"registration": str(uuid.uuid4())}},
         InvalidStatement),
        (values | {"id": taken}, StatementConflict),
    ):
        with pytest.raises(error):
            mend(store, bad, wrong)
    assert show(store, bad).replaced_by is None
    assert counts(store)[2] == 1


def test_only_what_was_refused_is_mended(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    (waiting,) = add(store, 1)
    with pytest.raises(NotRefused, match=waiting):
        mend(store, uuid.UUID(waiting), as_json(ask()))
    values = mended(store, bad)
    mend(store, bad, values)
    with pytest.raises(NotRefused):
        mend(store, bad, values)


def test_the_export_holds_what_was_refused_and_why(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    bad = refuse_one(store, lrs, clock)
    with store.connect() as connection:
        (line,) = refused.export(connection, "northwind")
        everything = list(refused.export(connection, "northwind", None))
        assert list(refused.export(connection, "southwind", None)) == []
        assert list(refused.export(connection, "northwind", State.WAITING)) == []
    values = json.loads(json.dumps(line))
    assert values["id"] == values["statement"]["id"] == str(bad)
    (sent,) = values["lrss"]
    assert (sent["lrs"], sent["state"]) == ("main", "refused")
    assert "taste" in sent["reason"]
    assert LEARNER.name in json.dumps(values)
    assert everything[0]["id"] == str(bad)
    assert len(everything) == 2


def test_the_export_of_what_waits_holds_what_has_no_lrs_too(store: sa.Engine) -> None:
    ids = add(store, 3)
    with store.connect() as connection:
        found = list(refused.export(connection, "northwind", State.WAITING))
    assert [one["id"] for one in found] == ids
    assert found[0]["lrss"] == []


def test_an_export_holds_few_statements_at_once(store: sa.Engine) -> None:
    """Twelve thousand take no more memory than three thousand."""
    with store.begin() as connection:
        put_lrs(connection, Cipher(), organisation="northwind", name="main",
                url="https://lrs.example.org", username="u", password="p")

    def most(number: int) -> int:
        pattern = as_json(ask())
        with store.begin() as connection:
            outbox.add_all(
                connection, (pattern | {"id": str(uuid.uuid4())} for _ in range(number)),
                organisation="northwind",
            )
            connection.execute(sa.update(schema.delivery).values(state=State.REFUSED))
        with store.connect() as connection:
            tracemalloc.start()
            found = sum(1 for _ in refused.export(connection, "northwind"))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert found >= number
        return peak

    first = most(1_500)
    assert most(4_500) < first * 1.5
