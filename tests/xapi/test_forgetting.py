"""Forgetting: gone here, voided or listed where an LRS has it."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
import tincan

from tests.servers.lrs import CommitThenDrop, Hang, ScriptableLrs
from tests.xapi.samples import AT, LEARNER, NEEDLE, Cipher, Clock, add, set_lrs
from tests.xapi.test_delivery import deliver
from xapi import forgetting, outbox, schema, vocabulary
from xapi.decision import Pace
from xapi.delivery import deliver_once
from xapi.errors import UnknownLrs
from xapi.forgetting import Voiding
from xapi.lrs_changes import refill
from xapi.statements import need_asked


def ask_about(need: uuid.UUID) -> tincan.Statement:
    return need_asked(actor=LEARNER, need_id=need, at=AT, language="en", minutes=10)


def add_of(store: sa.Engine, need: uuid.UUID, number: int = 1) -> list[str]:
    with store.begin() as connection:
        return [
            str(outbox.add(connection, ask_about(need), organisation="northwind"))
            for _ in range(number)
        ]


def forget(store: sa.Engine, needs: Sequence[uuid.UUID], **more: object) -> outbox.Forgotten:
    values = {"tool": NEEDLE, "now": AT} | more
    with store.begin() as connection:
        return outbox.forget(connection, needs, **values)  # type: ignore[arg-type]


def listed(store: sa.Engine) -> list[forgetting.LeftThere]:
    with store.connect() as connection:
        return forgetting.listed(connection, "northwind")


def counts(store: sa.Engine) -> outbox.Counts:
    with store.connect() as connection:
        return outbox.counts(connection, "northwind")


def set_voids(store: sa.Engine, voids: bool | None, name: str = "main") -> None:
    with store.begin() as connection:
        connection.execute(
            sa.update(schema.lrs).where(schema.lrs.c.name == name).values(voids=voids)
        )


def everything(store: sa.Engine) -> str:
    """Every value of every table, as text."""
    told: list[str] = []
    with store.connect() as connection:
        for table in schema.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                told += [
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    for value in row
                ]
    return "\n".join(told)


def test_what_an_lrs_has_is_voided_there_by_the_tool(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need, other = uuid.uuid4(), uuid.uuid4()
    theirs = add_of(store, need, 2)
    kept = add_of(store, other)
    deliver(store, clock)
    assert forget(store, [need]) == outbox.Forgotten(statements=2, voiding=2, listed=2)
    assert deliver(store, clock).delivered == 2
    assert sorted(lrs.voided) == sorted(theirs)
    for identifier in lrs.voided.values():
        voiding = lrs.statements[identifier]
        assert voiding["verb"]["id"] == vocabulary.VOIDED
        assert voiding["actor"]["account"]["name"] == NEEDLE.name
        assert "registration" not in voiding["context"]
    assert set(lrs.statements) - set(lrs.voided) - set(lrs.voided.values()) == set(kept)


def test_no_table_holds_a_forgotten_persons_registration_or_content(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    add_of(store, need)
    deliver(store, clock)
    add_of(store, need)
    before = everything(store)
    assert str(need) in before
    assert LEARNER.name in before
    forget(store, [need])
    after = everything(store)
    assert str(need) not in after
    assert need.hex not in after
    assert LEARNER.name not in after


def test_what_was_never_sent_is_not_sent_and_not_listed(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    add_of(store, need)
    assert forget(store, [need]) == outbox.Forgotten(statements=1)
    assert deliver(store, clock).delivered == 0
    assert not lrs.statements
    assert listed(store) == []


def test_what_was_refused_is_not_voided(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    lrs.refused_ids = set(add_of(store, need))
    assert deliver(store, clock).refused == 1
    assert forget(store, [need]) == outbox.Forgotten(statements=1)


@pytest.mark.parametrize(("voids", "tool", "state"), [
    (False, NEEDLE, Voiding.NOT_SENT), (True, None, Voiding.NOT_SENT),
    (None, NEEDLE, Voiding.WAITING), (True, NEEDLE, Voiding.WAITING),
])  # fmt: skip
def test_an_lrs_that_voids_nothing_is_sent_no_voiding_and_its_ids_are_listed(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock,
    voids: bool | None, tool: object, state: Voiding,
) -> None:  # fmt: skip
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (identifier,) = add_of(store, need)
    deliver(store, clock)
    set_voids(store, voids)
    done = forget(store, [need], tool=tool)
    assert done == outbox.Forgotten(1, 0 if state is Voiding.NOT_SENT else 1, 1)
    (left,) = listed(store)
    assert (str(left.id), left.lrs, left.voiding, left.lrs_voids) == (
        identifier, "main", state, voids)
    assert left.forgotten_at == AT
    deliver(store, clock)
    assert len(lrs.statements) == (1 if state is Voiding.NOT_SENT else 2)


def test_only_the_lrs_that_has_a_statement_is_sent_its_voiding(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    with ScriptableLrs() as away:
        set_lrs(store, lrs)
        set_lrs(store, away, name="away")
        need = uuid.uuid4()
        with store.begin() as connection:
            connection.execute(
                sa.update(schema.lrs).where(schema.lrs.c.name == "away").values(active=False)
            )
        add_of(store, need)
        deliver(store, clock)
        assert forget(store, [need]) == outbox.Forgotten(1, 1, 1)
        with store.begin() as connection:
            connection.execute(sa.update(schema.lrs).values(active=True))
        deliver(store, clock)
        assert not away.statements
        assert len(lrs.voided) == 1
    assert [one.lrs for one in listed(store)] == ["main"]


def test_what_is_under_way_counts_as_being_there(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """The LRS stored it and the answer was lost: nobody knows, so it is voided too."""
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (identifier,) = add_of(store, need)
    kept = add_of(store, uuid.uuid4())
    lrs.fail_next(CommitThenDrop(), CommitThenDrop())
    deliver(store, clock)
    assert counts(store).waiting == 2
    assert forget(store, [need]) == outbox.Forgotten(1, 1, 1)
    clock.go(Pace().lease)
    deliver(store, clock)
    clock.go(Pace().lease)
    deliver(store, clock)
    assert counts(store).waiting == 0
    assert list(lrs.voided) == [identifier]
    assert kept[0] in lrs.statements


def test_a_batch_whose_members_are_all_forgotten_ends_without_a_word(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    add_of(store, need, 3)
    lrs.always = Hang()
    pace = Pace(read=0.2, whole=0.4)
    deliver_once(store, Cipher(), clock=clock, pace=pace, impatient=True)
    assert forget(store, [need], tool=None) == outbox.Forgotten(3, 0, 3)
    lrs.always = None
    sent = len(lrs.posts())
    clock.go(Pace().lease)
    deliver(store, clock)
    assert len(lrs.posts()) == sent
    assert counts(store) == outbox.Counts(0, 0, 0, 0, 0, None, lrss=1)
    with store.connect() as connection:
        assert connection.execute(sa.select(schema.batch)).all() == []


def test_forgetting_while_a_request_is_under_way_leaves_nothing_behind(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """The answer comes after the statements are gone: the rest of the batch is settled."""
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (gone,) = add_of(store, need)
    (kept,) = add_of(store, uuid.uuid4())
    arrived, go = threading.Event(), threading.Event()

    def wait(_ids: list[str]) -> None:
        arrived.set()
        assert go.wait(20)

    lrs.fault_for = wait
    worker = threading.Thread(target=deliver, args=(store, clock))
    worker.start()
    assert arrived.wait(20)
    assert forget(store, [need]) == outbox.Forgotten(1, 1, 1)
    lrs.fault_for = lambda _ids: None
    go.set()
    worker.join(20)
    deliver(store, clock)
    assert list(lrs.voided) == [gone]
    assert kept in lrs.statements
    assert (counts(store).delivered, counts(store).waiting) == (2, 0)


def test_the_list_tells_how_far_voiding_got(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    add_of(store, need)
    deliver(store, clock)
    forget(store, [need])
    set_voids(store, True)
    deliver(store, clock)
    (left,) = listed(store)
    assert (left.voiding, left.lrs_voids) == (Voiding.DELIVERED, True)
    with store.connect() as connection:
        assert forgetting.listed(connection, "southwind") == []


def test_an_lrs_that_lets_the_tool_void_nothing_leaves_a_refused_voiding(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    add_of(store, need)
    deliver(store, clock)
    lrs.voiding = "forbid"
    forget(store, [need])
    add(store, 1)
    deliver(store, clock)
    (left,) = listed(store)
    assert left.voiding is Voiding.REFUSED
    assert counts(store).waiting == 0


def test_the_keeper_s_word_ends_the_list(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    first, *_ = add_of(store, need, 3)
    deliver(store, clock)
    forget(store, [need])
    with store.begin() as connection:
        with pytest.raises(UnknownLrs, match="nowhere"):
            forgetting.erased(connection, "northwind", lrs="nowhere")
        with pytest.raises(UnknownLrs):
            forgetting.erased(connection, "southwind", lrs="main")
        ids = [uuid.UUID(first), uuid.uuid4()]
        assert forgetting.erased(connection, "northwind", lrs="main", ids=ids) == 1
        assert forgetting.erased(connection, "northwind", lrs="main") == 2
    assert listed(store) == []


def test_forgetting_twice_is_forgetting_once(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    statement = ask_about(need)
    for expected in (1, 1):
        with store.begin() as connection:
            outbox.add(connection, statement, organisation="northwind")
        deliver(store, clock)
        assert forget(store, [need]).listed == expected
    assert forget(store, [need]) == outbox.Forgotten()
    assert len(listed(store)) == 1


def test_many_registrations_and_statements_are_forgotten_at_once(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    needs = [uuid.uuid4() for _ in range(600)]
    with store.begin() as connection:
        pattern = json.loads(outbox.adding.freeze(ask_about(needs[0])))
        outbox.add_all(
            connection,
            (pattern | {"id": str(uuid.uuid4()), "context": pattern["context"] | {
                "registration": str(need)}} for need in needs),
            organisation="northwind",
        )
    deliver(store, clock)
    assert forget(store, needs) == outbox.Forgotten(600, 600, 600)
    assert deliver(store, clock).delivered == 600
    assert len(lrs.voided) == 600


def test_forgetting_waits_for_a_new_lrs_that_is_being_filled(
    store: sa.Engine, lrs: ScriptableLrs
) -> None:
    """The row that gives a statement to an LRS is written before, and committed after."""
    key = set_lrs(store, lrs).id
    need = uuid.uuid4()
    add_of(store, need)
    done: list[outbox.Forgotten] = []
    with store.connect() as filling:
        filling.execute(sa.delete(schema.delivery))
        filling.commit()
        seq = filling.scalar(sa.select(schema.statement.c.seq))
        values = {"statement": seq, "lrs": key, "state": "waiting"}
        filling.execute(sa.insert(schema.delivery).values(values))
        thread = threading.Thread(target=lambda: done.append(forget(store, [need])))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        filling.commit()
    thread.join(20)
    assert done == [outbox.Forgotten(1, 0, 0)]
    assert counts(store) == outbox.Counts(0, 0, 0, 0, 0, None, lrss=1)


def test_what_waits_again_after_it_was_delivered_counts_as_being_there(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """As when an LRS is sent everything again: it may never have lost it."""
    set_lrs(store, lrs)
    need = uuid.uuid4()
    (identifier,) = add_of(store, need)
    deliver(store, clock)
    with store.begin() as connection:
        connection.execute(sa.update(schema.delivery).values(state="waiting"))
    assert forget(store, [need]).listed == 1
    deliver(store, clock)
    assert list(lrs.voided) == [identifier]


def test_what_an_lrs_is_sent_again_is_voided_there_all_the_same(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    need = uuid.uuid4()
    theirs = add_of(store, need, 2)
    deliver(store, clock)
    with store.begin() as connection:
        refill(connection, organisation="northwind", name="main")
    assert forget(store, [need]) == outbox.Forgotten(2, 2, 2)
    deliver(store, clock)
    assert set(theirs) <= set(lrs.voided)
