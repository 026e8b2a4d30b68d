"""Deleting everything: what an LRS has of a person is struck out there, and listed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import sqlalchemy as sa

from lti_tool.actions.asking import ask
from lti_tool.actions.delivering import deliver_once
from lti_tool.actions.own_data import forget
from lti_tool.domain.need import Need
from tests.actions.conftest import World
from tests.actions.test_delivering import set_lrs
from tests.servers.lrs import ScriptableLrs
from xapi import forgetting, schema
from xapi.outbox import Forgotten
from xapi.policy import TOOL_NAME


def test_what_an_lrs_has_of_a_person_is_struck_out_there_by_the_tool(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    mine, others = world.session(), world.session("14")
    woken: list[bool] = []
    with ScriptableLrs() as lrs:
        runtime = set_lrs(world.runtime, lrs)
        runtime = dataclasses.replace(runtime, wake_delivery=lambda: woken.append(True))
        ask(runtime, mine, Need(text="feedback"), "1")
        deliver_once(runtime)
        theirs = set(lrs.statements)
        ask(runtime, others, Need(text="feedback"), "2")
        deliver_once(runtime)
        woken.clear()
        assert forget(runtime, mine) == Forgotten(statements=2, voiding=2, listed=2)
        assert woken
        deliver_once(runtime)
        assert set(lrs.voided) == theirs
        voiding = [lrs.statements[one] for one in lrs.voided.values()]
        assert {one["actor"]["account"]["name"] for one in voiding} == {TOOL_NAME}
        assert len(lrs.statements) == 6
    with runtime.engine.connect() as connection:
        listed = forgetting.listed(connection, "northwind")
        assert {str(one.id) for one in listed} == theirs
        assert connection.scalar(
            sa.select(sa.func.count()).where(schema.statement.c.registration.is_not(None))
        ) == 2  # fmt: skip


def test_a_person_without_delivered_statements_leaves_nothing_to_tell(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    session = world.session()
    ask(world.runtime, session, Need(text="feedback"), "1")
    assert forget(world.runtime, session) == Forgotten(statements=2)
    assert forget(world.runtime, dataclasses.replace(session, person_id=None)) == Forgotten()
