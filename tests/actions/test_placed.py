"""A learner comes through a placed link: what is shown, opened, pointed and seen of it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from lti_tool.actions.asking import ask
from lti_tool.actions.launching import resume_session
from lti_tool.actions.opening import open_module
from lti_tool.actions.own_data import export, forget
from lti_tool.actions.placed import show_placed
from lti_tool.actions.reviewing import review
from lti_tool.domain.grade import GradeState
from lti_tool.domain.launch import MessageType, Reviewed, Role, Services, Session
from lti_tool.domain.need import Need
from lti_tool.domain.placement import Draft, Placed, Placement, PlacementKind, Review
from lti_tool.errors import NotFound, OpeningExpired
from lti_tool.storage import tables
from tests.actions.conftest import MODULES, World
from tests.actions.test_placing import FEEDBACK, UPWARDS, collection, put, single

SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
SERVICES = Services(
    line_items_url="https://lms.example.org/lineitems?type_id=1",
    line_item_url="https://lms.example.org/lineitems/14/lineitem?type_id=1",
    grade_scopes=frozenset({SCORE}),
)


def learner(world: World, placement: Placement, **values: object) -> Session:
    given: dict[str, object] = {
        "placement_id": placement.id,
        "resource_link_id": "2",
        "services": SERVICES,
        "course_id": "8",
        **values,
    }
    return world.session(**given)  # type: ignore[arg-type]


def show(world: World, session: Session, *, takes_scores: bool = True) -> Placed:
    placed = show_placed(world.runtime, session, takes_scores=takes_scores)
    assert placed is not None
    return placed


def open_all(world: World, placed: Placed) -> None:
    for one in placed.modules:
        assert one.id is not None
        open_module(world.runtime, one.id)


def grades(world: World) -> Sequence[sa.Row[tuple[object, ...]]]:
    with world.runtime.engine.connect() as connection:
        return connection.execute(sa.select(tables.grade)).all()


def look(world: World, placement: Placement | None, subject: str = "13") -> Review:
    session = world.session(
        "15",
        role=Role.TEACHER,
        message_type=MessageType.SUBMISSION_REVIEW,
        placement_id=placement.id if placement else None,
        resource_link_id="2",
    )
    return review(world.runtime, session, Reviewed(subject=subject))


def test_a_link_that_needle_did_not_place_shows_nothing_of_a_placement(world: World) -> None:
    assert show_placed(world.runtime, world.session(), takes_scores=True) is None


def test_a_placement_that_is_not_known_is_told(world: World) -> None:
    session = world.session(placement_id=uuid.uuid4())
    assert show(world, session) == Placed(placement=None)


def test_another_organisations_placement_is_not_found(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK))
    with world.runtime.engine.begin() as connection:
        connection.execute(
            sa.insert(tables.organisation).values(
                id="acme", name="Acme", pseudonym_key="k", created_at=world.clock()
            )
        )
        connection.execute(sa.update(tables.placement).values(organisation="acme"))
    assert show(world, learner(world, placement)).placement is None


def test_modules_are_shown_in_order_with_ids_that_stay(world: World) -> None:
    (placement,) = put(world, collection(UPWARDS, FEEDBACK))
    first = show(world, learner(world, placement))
    assert [one.module for one in first.modules] == [MODULES[1], MODULES[0]]
    again = show(world, learner(world, placement))
    assert [one.id for one in again.modules] == [one.id for one in first.modules]
    other = show(world, learner(world, placement, subject="14"))
    assert not {one.id for one in other.modules} & {one.id for one in first.modules}


def test_opening_is_recorded_once_and_no_need_is_told_of(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK))
    one = show(world, learner(world, placement)).modules[0]
    assert one.id is not None
    world.woken.clear()
    assert open_module(world.runtime, one.id) == one.module.open_url
    assert world.woken
    open_module(world.runtime, one.id)
    (statement,) = world.statements()
    assert statement["verb"]["display"] == {"en": "opened"}  # type: ignore[index]
    assert statement["context"]["registration"] != str(one.id)  # type: ignore[index]
    assert "need" not in str(statement["object"])
    assert show(world, learner(world, placement)).modules[0].opened_at == world.clock()


def test_a_guest_opens_directly_and_leaves_nothing(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK, graded=True))
    placed = show(world, learner(world, placement, subject=None))
    assert placed.modules[0].id is None
    assert not placed.told
    with world.runtime.engine.connect() as connection:
        assert connection.execute(sa.select(tables.placed_module)).all() == []


def test_a_module_that_has_left_the_catalogue_is_told_and_not_opened(world: World) -> None:
    (placement,) = put(world, collection(FEEDBACK, UPWARDS))
    before = show(world, learner(world, placement))
    world.source.modules = world.source.modules[1:]
    world.sync()
    placed = show(world, learner(world, placement))
    assert [one.gone for one in placed.modules] == [True, False]
    assert before.modules[0].id is not None
    with pytest.raises(NotFound, match="no longer"):
        open_module(world.runtime, before.modules[0].id)


def test_a_link_on_an_old_page_expires_and_a_new_showing_revives_it(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK))
    one = show(world, learner(world, placement)).modules[0].id
    assert one is not None
    world.clock.move(days=31)
    with pytest.raises(OpeningExpired):
        open_module(world.runtime, one)
    show(world, learner(world, placement))
    open_module(world.runtime, one)


def test_opening_a_graded_module_gives_one_point_once(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK, graded=True))
    placed = show(world, learner(world, placement))
    assert placed.told
    open_all(world, placed)
    open_all(world, placed)
    (grade,) = grades(world)
    assert (grade.score, grade.score_maximum, grade.resource_link_id) == (1.0, 1.0, "2")
    assert grade.line_item_url == SERVICES.line_item_url
    assert grade.due_at is not None


def test_a_collection_gives_its_point_when_all_were_opened(world: World) -> None:
    (placement,) = put(world, collection(FEEDBACK, UPWARDS, graded=True))
    first, second = (one.id for one in show(world, learner(world, placement)).modules)
    assert first is not None
    assert second is not None
    open_module(world.runtime, first)
    assert not grades(world)
    open_module(world.runtime, second)
    assert len(grades(world)) == 1


def test_two_modules_opened_at_the_same_moment_give_the_point(world: World) -> None:
    (placement,) = put(world, collection(FEEDBACK, UPWARDS, graded=True))
    for subject in ("21", "22", "23", "24"):
        placed = show(world, learner(world, placement, subject=subject))
        threads = [
            threading.Thread(target=open_module, args=(world.runtime, one.id))
            for one in placed.modules
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(grades(world)) == 4


def test_a_module_that_left_the_catalogue_does_not_stand_in_the_way_of_a_point(
    world: World,
) -> None:
    (placement,) = put(world, collection(FEEDBACK, UPWARDS, graded=True))
    world.source.modules = world.source.modules[1:]
    world.sync()
    still_there = show(world, learner(world, placement)).modules[1].id
    assert still_there is not None
    open_module(world.runtime, still_there)
    assert len(grades(world)) == 1


@pytest.mark.parametrize(
    ("values", "takes_scores"),
    [
        ({"role": Role.TEACHER}, True),
        ({"services": Services()}, True),
        ({"resource_link_id": None}, True),
        ({}, False),
    ],
)
def test_no_point_is_given_to_who_or_where_none_can_be(
    world: World, values: dict[str, object], takes_scores: bool
) -> None:
    (placement,) = put(world, single(FEEDBACK, graded=True))
    open_all(world, show(world, learner(world, placement, **values), takes_scores=takes_scores))
    assert not grades(world)


def test_a_placement_without_a_point_gives_none(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK))
    placed = show(world, learner(world, placement))
    assert not placed.told
    open_all(world, placed)
    assert not grades(world)


def test_a_teacher_sees_what_was_opened_of_that_link_and_the_point(world: World) -> None:
    (placement,) = put(world, collection(FEEDBACK, UPWARDS, graded=True))
    assert look(world, placement).opened == {}
    placed = show(world, learner(world, placement))
    open_module(world.runtime, placed.modules[0].id or uuid.uuid4())
    found = look(world, placement)
    assert found.opened == {FEEDBACK: world.clock()}
    assert found.grade is None
    open_all(world, placed)
    assert look(world, placement).grade is GradeState.WAITING
    assert look(world, placement, subject="14").opened == {}


def test_a_review_finds_the_placement_by_the_link_when_its_address_does_not_tell(
    world: World,
) -> None:
    (placement,) = put(world, single(FEEDBACK, graded=True))
    open_all(world, show(world, learner(world, placement)))
    assert look(world, None).placement == placement
    assert list(look(world, None).opened) == [FEEDBACK]


def test_a_teacher_sees_no_need_and_no_other_opening(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK, graded=True))
    session = learner(world, placement)
    asked = ask(world.runtime, session, Need(text="feedback to my own boss"), "f")
    open_module(world.runtime, asked.items[0].id)
    found = look(world, placement)
    assert found.opened == {}
    assert "boss" not in repr(found)


def test_where_nobody_was_told_a_teacher_sees_nobody(world: World) -> None:
    (placement,) = put(world, single(FEEDBACK))
    open_all(world, show(world, learner(world, placement)))
    found = look(world, placement)
    assert found.placement == placement
    assert (found.opened, found.modules, found.grade) == ({}, (), None)


def test_what_was_placed_opened_and_pointed_is_the_learners_to_take_and_to_delete(
    world: World,
) -> None:
    (placement,) = put(world, single(FEEDBACK, graded=True))
    session = learner(world, placement)
    placed = show(world, session)
    open_all(world, placed)
    kept = export(world.runtime, session)
    assert kept["placed"] == [
        {
            "module": MODULES[0].title,
            "url": MODULES[0].open_url,
            "shown_at": world.clock().isoformat(),
            "opened_at": world.clock().isoformat(),
        }
    ]
    (point,) = kept["points"]  # type: ignore[misc]
    assert (point["link"], point["score"], point["of"]) == (MODULES[0].title, 1.0, 1.0)
    forget(world.runtime, session)
    assert world.statements() == []
    assert not grades(world)
    with pytest.raises(NotFound):
        open_all(world, placed)
    assert look(world, placement).opened == {}


def test_a_session_keeps_the_placement_over_its_pages(world: World) -> None:
    draft = Draft(kind=PlacementKind.ASK, title="Ask", topic="feedback")
    (placement,) = put(world, draft)
    session = learner(world, placement)
    resumed = resume_session(world.runtime, session.token)
    found = show(world, resumed).placement
    assert found is not None
    assert found.topic == "feedback"
