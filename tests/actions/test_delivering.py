"""The LRS follows the configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from lti_tool.actions.asking import ask
from lti_tool.actions.delivering import Waking, deliver_once, seed_lrs
from lti_tool.actions.health import check
from lti_tool.actions.own_data import forget
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.need import Need
from tests.actions.conftest import World
from tests.servers.lrs import ScriptableLrs
from xapi import outbox
from xapi.lrs_rows import lrss


def set_lrs(runtime: Runtime, lrs: ScriptableLrs | None) -> Runtime:
    """The runtime as it is after a start with this LRS in the settings."""
    config = dataclasses.replace(
        runtime.config,
        lrs_url=lrs.url if lrs else "",
        lrs_user=lrs.user if lrs else "",
        lrs_password=lrs.password if lrs else "",
    )
    changed = dataclasses.replace(runtime, config=config)
    seed_lrs(changed)
    return changed


def test_an_lrs_that_leaves_the_settings_is_sent_nothing_more_until_it_is_back(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    session = world.session()
    with ScriptableLrs() as lrs:
        runtime = set_lrs(world.runtime, lrs)
        ask(runtime, session, Need(text="feedback"), "1")
        assert deliver_once(runtime).delivered == 2
        runtime = set_lrs(runtime, None)
        ask(runtime, session, Need(text="feedback"), "2")
        assert deliver_once(runtime).delivered == 0
        with runtime.engine.begin() as connection:
            assert outbox.counts(connection).waiting == 2
            waiting = outbox.list_statements(connection, "northwind")[0]
        assert waiting.reason == "the LRS is switched off"
        assert deliver_once(set_lrs(runtime, lrs)).delivered == 2
        assert len(lrs.statements) == 4


def test_a_new_password_in_the_settings_is_taken_over(make_world: Callable[..., World]) -> None:
    world = make_world()
    with ScriptableLrs() as lrs:
        runtime = set_lrs(world.runtime, lrs)
        config = dataclasses.replace(runtime.config, lrs_password="wrong")
        seed_lrs(dataclasses.replace(runtime, config=config))
        ask(runtime, world.session(), Need(text="feedback"), "1")
        assert deliver_once(runtime).paused
        seed_lrs(runtime)
        assert deliver_once(runtime).delivered == 2
        with runtime.engine.begin() as connection:
            assert len(lrss(connection)) == 1


def test_a_tool_started_before_its_first_platform_gets_its_lrs_with_the_first_statements(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    with ScriptableLrs() as lrs, world.runtime.engine.begin() as connection:
        config = dataclasses.replace(
            world.runtime.config, lrs_url=lrs.url, lrs_user=lrs.user, lrs_password=lrs.password
        )
        runtime = dataclasses.replace(world.runtime, config=config)
        assert lrss(connection) == []
    woken: list[bool] = []
    waking = Waking(runtime, lambda: woken.append(True))
    waking._seeded = False
    waking()
    assert woken
    with runtime.engine.begin() as connection:
        assert [row.name for row in lrss(connection)] == ["environment"]


def test_what_a_forgotten_person_did_is_not_sent_any_more(
    make_world: Callable[..., World],
) -> None:
    world = make_world(lrs_identity="account")
    session = world.session("alice-77")
    with ScriptableLrs() as lrs:
        runtime = set_lrs(world.runtime, lrs)
        ask(runtime, session, Need(text="feedback"), "1")
        ask(runtime, world.session("14"), Need(text="feedback"), "2")
        forget(runtime, session)
        assert deliver_once(runtime).delivered == 2
        assert "alice-77" not in str(lrs.statements)
    assert "alice-77" not in str(world.statements())


def test_health_tells_what_hinders_delivery(make_world: Callable[..., World]) -> None:
    world = make_world()
    assert check(world.runtime)["delivery"] == "ok"
    hindered = dataclasses.replace(world.runtime, delivery_trouble=lambda: "it has ended")
    told = check(hindered)
    assert told["delivery"] == "it has ended"
    assert told["status"] == "ok"
