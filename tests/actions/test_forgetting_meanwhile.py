"""A person deletes everything while something of theirs is being recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.actions.asking import ask
from lti_tool.actions.helping import tell_helped
from lti_tool.actions.opening import open_module
from lti_tool.actions.own_data import forget
from lti_tool.domain.history import Helped
from lti_tool.domain.need import Need
from lti_tool.storage import tables
from tests.actions.conftest import World
from xapi import outbox

MOMENT = 0.5
"""Seconds in which the one that deletes gets as far as it can."""

Action = Callable[[World, Any, Any], object]
ACTIONS: dict[str, Action] = {
    "a module is opened": lambda world, session, asked: open_module(
        world.runtime, asked.items[0].id),
    "it is told that it helped": lambda world, session, asked: tell_helped(
        world.runtime, session, asked.items[0].id, Helped.YES, ""),
    "another need is asked": lambda world, session, asked: ask(
        world.runtime, session, Need(text="another thing entirely"), "g"),
}


@pytest.mark.parametrize("name", list(ACTIONS))
def test_nothing_is_left_of_who_deletes_everything_while(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    session = world.session()
    asked = ask(world.runtime, session, Need(text="feedback to my boss"), "f")
    added, deleting = threading.Event(), threading.Event()
    add = outbox.add

    def add_and_wait(*given: Any, **named: Any) -> Any:
        done = add(*given, **named)
        added.set()
        deleting.wait(MOMENT)  # not committed yet
        return done

    monkeypatch.setattr(outbox, "add", add_and_wait)
    recording = threading.Thread(target=ACTIONS[name], args=(world, session, asked))
    recording.start()
    try:
        assert added.wait(20)
        forget(world.runtime, session)
    finally:
        deleting.set()
        recording.join(30)
    with world.runtime.engine.connect() as connection:
        for table in (tables.person, tables.need, tables.recommendation):
            count = sa.select(sa.func.count()).select_from(table)
            assert connection.scalar(count) == 0, table.name
        assert outbox.counts(connection).statements == 0
