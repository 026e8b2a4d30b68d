"""What a launch leaves behind: a session, its sealed details, and what was seen of the platform."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.actions.launching import begin_session, details, resume_session
from lti_tool.domain.launch import (
    DeepLinking,
    Launch,
    MessageType,
    Platform,
    ProvedBy,
    Registration,
    Reviewed,
    Role,
    Services,
    SessionDetails,
    Standing,
)
from lti_tool.errors import LaunchRefused
from lti_tool.storage import people
from lti_tool.storage.launch_states import Ticket
from lti_tool.storage.registrations import get_registration
from lti_tool.storage.seen import Seen, list_seen
from lti_tool.storage.tables import person as person_table
from lti_tool.storage.tables import session as session_table
from tests.actions.conftest import World

MOODLE = Platform(family="moodle", version="2024100706", name="Northwind Learning")


def launch_of(world: World, **values: object) -> Launch:
    """A launch of the world's registration as it stands now."""
    launch = Launch(
        registration=stored(world),
        subject="13",
        standing=Standing(role=Role.LEARNER),
        message_type=MessageType.RESOURCE_LINK,
        deployment_id="1",
        target_link_uri="https://needle.example.org/",
        issued_at=world.clock(),
    )
    return replace(launch, **values)  # type: ignore[arg-type]


def stored(world: World) -> Registration:
    known = world.registration.id
    with world.runtime.engine.begin() as connection:
        return get_registration(connection, known)


def seen(world: World) -> Seen:
    with world.runtime.engine.begin() as connection:
        (found,) = list_seen(connection, "northwind").values()
    return found


def test_session_of_a_launch_is_found_again_whole(world: World) -> None:
    launch = launch_of(
        world,
        standing=Standing(role=Role.TEACHER, administers=True),
        message_type=MessageType.DEEP_LINKING,
        course_id="8",
        course_title="Talking",
        placement_id=uuid.uuid4(),
        deep_linking=DeepLinking(
            return_url="https://lms.example.org/r?sesskey=SECRET", data="\ud800\n", title="t"
        ),
    )
    begun = begin_session(world.runtime, launch)
    assert resume_session(world.runtime, begun.token) == begun
    found = details(world.runtime, begun)
    assert found.deep_linking == launch.deep_linking
    with world.runtime.engine.begin() as connection:
        row = connection.execute(sa.select(session_table)).one()
    assert "SECRET" not in str(tuple(row))


def test_ticket_that_is_redeemed_no_more_leaves_nothing_behind(world: World) -> None:
    ticket = Ticket(checked=launch_of(world, subject="nobody yet"), state="used long ago")
    with pytest.raises(LaunchRefused) as caught:
        begin_session(world.runtime, ticket)
    assert caught.value.code == "state-used"
    assert caught.value.registration_id == world.registration.id
    with world.runtime.engine.begin() as connection:
        for table in (session_table, person_table):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_details_come_back_as_they_were(world: World) -> None:
    services = Services(
        members_url="https://lms.example.org/Members?Page=bookmark:AbC",
        line_items_url="https://lms.example.org/items",
        grade_scopes=frozenset({"a", "b"}),
    )
    reviewed = Reviewed(subject="13", name="Ana")
    begun = begin_session(world.runtime, launch_of(world, services=services, reviewed=reviewed))
    assert details(world.runtime, begun) == SessionDetails(
        deployment_id="1", services=services, reviewed=reviewed
    )


def test_last_launch_is_noted_with_the_platforms_clock_and_version(world: World) -> None:
    ahead = world.clock() + timedelta(seconds=4.25)
    begin_session(
        world.runtime,
        launch_of(world, issued_at=ahead, platform=MOODLE, proved_by=ProvedBy.STORAGE),
    )
    assert seen(world) == Seen(
        last_launch_at=world.clock(),
        proved_by=ProvedBy.STORAGE,
        clock_offset_seconds=4.25,
        platform_version="2024100706",
    )


def test_last_launch_is_noted_once_a_minute(world: World) -> None:
    first = world.clock()
    begin_session(world.runtime, launch_of(world, subject="1"))
    world.clock.move(seconds=59)
    begin_session(world.runtime, launch_of(world, subject="2"))
    assert seen(world).last_launch_at == first
    world.clock.move(seconds=1)
    begin_session(world.runtime, launch_of(world, subject="3"))
    assert seen(world).last_launch_at == first + timedelta(minutes=1)


def test_last_launches_belong_to_an_organisation(world: World) -> None:
    begin_session(world.runtime, launch_of(world))
    with world.runtime.engine.begin() as connection:
        assert list_seen(connection, "southwind") == {}


def test_registration_takes_the_platforms_names_where_it_has_none(world: World) -> None:
    begin_session(world.runtime, launch_of(world, platform=MOODLE))
    assert (stored(world).family, stored(world).name) == ("moodle", "Northwind Learning")
    world.clock.move(minutes=5)
    begin_session(world.runtime, launch_of(world, platform=Platform(family="canvas", name="x")))
    assert (stored(world).family, stored(world).name) == ("moodle", "Northwind Learning")


def test_platform_that_tells_nothing_leaves_the_names_empty(world: World) -> None:
    begin_session(world.runtime, launch_of(world))
    assert (stored(world).family, stored(world).name) == ("", "")


def test_guest_leaves_nobody_behind(world: World) -> None:
    begun = begin_session(world.runtime, launch_of(world, subject=None))
    assert begun.person_id is None
    assert seen(world).last_launch_at == world.clock()


def test_what_no_platform_says_of_a_person_is_kept(world: World) -> None:
    begun = begin_session(world.runtime, launch_of(world))
    other = begin_session(world.runtime, launch_of(world, subject="14"))
    assert begun.person_id is not None
    assert other.person_id is not None
    who = {"registration_id": world.registration.id, "subject": "13"}
    with world.runtime.engine.begin() as connection:
        assert people.own_standing(connection, begun.person_id) == people.OwnStanding()
        people.set_leads_people(connection, begun.person_id, True)
        people.set_learning_and_development(connection, begun.person_id, True)
        assert people.own_standing(connection, begun.person_id) == people.OwnStanding(
            leads_people=True, learning_and_development=True
        )
        assert people.own_standing(connection, other.person_id) == people.OwnStanding()
        assert people.own_standing(connection, uuid.uuid4()) == people.OwnStanding()
        found = people.find_person(connection, organisation="northwind", **who)
        assert found == begun.person_id
        assert people.find_person(connection, organisation="southwind", **who) is None
        holders = people.list_learning_and_development(connection, "northwind")
        assert holders == [(who["registration_id"], "13")]
        assert people.list_learning_and_development(connection, "southwind") == []
