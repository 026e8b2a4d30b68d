"""A teacher finds modules and places them in a course."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool.actions.asking import ask
from lti_tool.actions.placing import find_modules, known_modules, place
from lti_tool.domain.launch import DeepLinking, MessageType, Role, Session
from lti_tool.domain.need import Need
from lti_tool.domain.placement import Draft, Placement, PlacementKind
from lti_tool.errors import InputError
from lti_tool.storage import tables
from lti_tool.storage.placements import find_placement
from tests.actions.conftest import MODULES, World, module

ASKED = DeepLinking(return_url="https://lms.example.org/return", accept_multiple=True)
FEEDBACK, UPWARDS = ("list", "1"), ("list", "2")


def teacher(world: World, **values: object) -> Session:
    given: dict[str, object] = {"deep_linking": ASKED, "course_id": "8", **values}
    return world.session("15", role=Role.TEACHER, message_type=MessageType.DEEP_LINKING, **given)


def put(
    world: World,
    draft: Draft,
    session: Session | None = None,
    *,
    form_id: str = "f",
    accept_multiple: bool = True,
    accept_score: bool = True,
) -> tuple[Placement, ...]:
    return place(
        world.runtime,
        session or teacher(world),
        draft,
        form_id,
        accept_multiple=accept_multiple,
        accept_score=accept_score,
    )


def collection(*keys: tuple[str, str], **values: object) -> Draft:
    given: dict[str, object] = {"title": "Before the talk", **values}
    return Draft(kind=PlacementKind.COLLECTION, modules=keys, **given)  # type: ignore[arg-type]


def single(*keys: tuple[str, str], **values: object) -> Draft:
    return Draft(kind=PlacementKind.MODULE, modules=keys, **values)  # type: ignore[arg-type]


def count(world: World) -> int:
    with world.runtime.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(tables.placement)) or 0


def stored(world: World, placement: Placement) -> Placement | None:
    with world.runtime.engine.connect() as connection:
        return find_placement(connection, "northwind", placement.id)


def test_the_question_is_placed_with_its_prompt_and_topic(world: World) -> None:
    draft = Draft(kind=PlacementKind.ASK, title="Ask", prompt="Before Friday?", topic="feedback")
    (placed,) = put(world, draft)
    assert stored(world, placed) == placed
    assert (placed.title, placed.prompt, placed.topic) == ("Ask", "Before Friday?", "feedback")
    assert placed.course_id == "8"


def test_a_collection_keeps_the_teachers_order(world: World) -> None:
    (placed,) = put(world, collection(UPWARDS, FEEDBACK, graded=True))
    kept = stored(world, placed)
    assert kept is not None
    assert kept.modules == (UPWARDS, FEEDBACK)
    assert kept.kind is PlacementKind.COLLECTION
    assert kept.graded


def test_modules_placed_separately_are_one_link_each_with_their_own_titles(world: World) -> None:
    placed = put(world, single(UPWARDS, FEEDBACK, separate=True))
    assert [one.title for one in placed] == ["Feedback to your own manager", MODULES[0].title]
    assert [one.modules for one in placed] == [(UPWARDS,), (FEEDBACK,)]
    assert {one.kind for one in placed} == {PlacementKind.MODULE}


def test_the_same_form_sent_twice_places_once(world: World) -> None:
    session = teacher(world)
    draft = collection(FEEDBACK, UPWARDS)
    first = put(world, draft, session)
    assert [one.id for one in put(world, draft, session)] == [one.id for one in first]
    assert count(world) == 1
    put(world, draft, session, form_id="another")
    assert count(world) == 2


@pytest.mark.parametrize("key", [("list", "99"), ("other", "1")])
def test_what_is_not_in_the_catalogue_cannot_be_placed(world: World, key: tuple[str, str]) -> None:
    with pytest.raises(InputError) as refused:
        put(world, collection(FEEDBACK, key))
    assert refused.value.code == "placing-module"
    assert count(world) == 0


def test_what_has_left_the_catalogue_cannot_be_placed(world: World) -> None:
    world.source.modules = world.source.modules[1:]
    world.sync()
    with pytest.raises(InputError):
        put(world, single(FEEDBACK))
    assert known_modules(world.runtime, teacher(world), [FEEDBACK, UPWARDS]) == (MODULES[1],)


def test_what_the_lms_did_not_offer_is_refused(world: World) -> None:
    for draft, code in (
        (single(FEEDBACK, UPWARDS, separate=True), "placing-one-only"),
        (single(FEEDBACK, graded=True), "placing-graded"),
    ):
        with pytest.raises(InputError) as refused:
            put(world, draft, accept_multiple=False, accept_score=False)
        assert refused.value.code == code
    assert count(world) == 0


@pytest.mark.parametrize(
    ("role", "message_type"),
    [
        (Role.LEARNER, MessageType.DEEP_LINKING),
        (Role.MENTOR, MessageType.DEEP_LINKING),
        (Role.TEACHER, MessageType.RESOURCE_LINK),
    ],
)
def test_only_a_teacher_who_was_asked_places_anything(
    world: World, role: Role, message_type: MessageType
) -> None:
    session = world.session("16", role=role, message_type=message_type, deep_linking=ASKED)
    with pytest.raises(InputError) as refused:
        put(world, single(FEEDBACK), session)
    assert refused.value.code == "placing-not-asked"
    assert count(world) == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"kind": PlacementKind.ASK}, "placing-title"),
        ({"kind": PlacementKind.ASK, "title": "a" * 201}, "placing-too-long"),
        ({"kind": PlacementKind.ASK, "title": "a", "prompt": "a" * 201}, "placing-too-long"),
        ({"kind": PlacementKind.ASK, "title": "a", "topic": "a" * 201}, "placing-too-long"),
        ({"kind": PlacementKind.ASK, "title": "a", "graded": True}, "placing-graded"),
        ({"kind": PlacementKind.MODULE}, "placing-empty"),
        ({"kind": PlacementKind.COLLECTION, "modules": (FEEDBACK, UPWARDS)}, "placing-title"),
        (
            {"kind": PlacementKind.MODULE, "modules": tuple(("list", str(n)) for n in range(21))},
            "placing-too-many",
        ),
    ],
)
def test_what_cannot_be_placed_is_refused_with_its_code(
    values: dict[str, object], code: str
) -> None:
    with pytest.raises(InputError) as refused:
        Draft(**values)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_module_with_a_long_title_gets_a_link_with_a_shorter_one(world: World) -> None:
    world.source.modules = [module(1, "word " * 100)]
    world.sync()
    (placed,) = put(world, single(FEEDBACK))
    assert len(placed.title) == 200
    assert placed.title.endswith("…")


def test_a_search_finds_modules_in_the_teachers_words_and_says_when_there_are_more(
    world: World,
) -> None:
    found, more = find_modules(world.runtime, teacher(world), "feedback in writing", most=2)
    assert found[0].title == "Feedback in writing"
    assert (len(found), more) == (2, True)
    found, more = find_modules(world.runtime, teacher(world), "pivot", most=10)
    assert [one.title for one in found] == ["Pivot tables from nothing"]
    assert not more


def test_without_words_the_modules_of_the_course_are_there(world: World) -> None:
    found, more = find_modules(world.runtime, teacher(world, course_id="7"), "", most=4)
    assert [one.identifier for one in found] == ["1", "2", "3", "4"]
    assert more
    assert find_modules(world.runtime, teacher(world), "", most=4) == ([], False)


def test_a_placed_module_goes_first_among_equals_and_says_why(world: World) -> None:
    world.source.modules = [module(n, f"Feedback {'abcdefgh'[n]}") for n in range(6)]
    world.sync()
    plain = ask(world.runtime, world.session(course_id="8"), Need(text="feedback"), "f")
    last = world.source.modules[5]
    assert plain.items[0].module != last
    put(world, single((last.source, last.identifier)))
    asked = ask(world.runtime, world.session(course_id="8"), Need(text="feedback"), "g")
    assert asked.items[0].module == last
    assert {"reason": "placed_by_teacher"} in asked.items[0].reasons
    elsewhere = ask(world.runtime, world.session(course_id="9"), Need(text="feedback"), "h")
    assert [one.module for one in elsewhere.items] == [one.module for one in plain.items]
