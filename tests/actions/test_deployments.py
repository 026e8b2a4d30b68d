"""An administrator approves or dismisses a deployment that waits; their own organisation's."""

from __future__ import annotations

import pytest

from lti_tool.actions.deployments import (
    approve_deployment,
    dismiss_deployment,
    list_pending,
)
from lti_tool.actions.platforms import list_platforms
from lti_tool.errors import NotFound
from lti_tool.storage.deployments import note_pending
from tests.actions.conftest import World


def wait(world: World, name: str = "8") -> None:
    known = world.registration.id
    with world.runtime.engine.begin() as connection:
        note_pending(connection, known, name, now=world.clock())


def waiting(world: World) -> list[str]:
    return [one.deployment_id for one in list_pending(world.runtime, "northwind")]


def allowed(world: World) -> frozenset[str]:
    (found,) = list_platforms(world.runtime, "northwind")
    return found.deployment_ids


def test_approved_deployment_is_allowed_and_waits_no_more(world: World) -> None:
    wait(world)
    for _ in range(2):
        approve_deployment(world.runtime, "northwind", world.registration.id, "8")
        assert (allowed(world), waiting(world)) == ({"1", "8"}, [])


def test_dismissed_deployment_is_not_allowed_and_may_come_again(world: World) -> None:
    wait(world)
    for _ in range(2):
        dismiss_deployment(world.runtime, "northwind", world.registration.id, "8")
        assert (allowed(world), waiting(world)) == ({"1"}, [])
    wait(world)
    assert waiting(world) == ["8"]


def test_allowed_deployment_never_waits(world: World) -> None:
    wait(world, "1")
    assert waiting(world) == []


def test_deployment_that_never_asked_cannot_be_approved(world: World) -> None:
    with pytest.raises(NotFound):
        approve_deployment(world.runtime, "northwind", world.registration.id, "9")
    assert allowed(world) == {"1"}


def test_deployment_of_another_organisation_is_not_found(world: World) -> None:
    wait(world)
    assert list_pending(world.runtime, "southwind") == []
    for decide in (approve_deployment, dismiss_deployment):
        with pytest.raises(NotFound):
            decide(world.runtime, "southwind", world.registration.id, "8")
    assert (allowed(world), waiting(world)) == ({"1"}, ["8"])
