"""A placed link for a learner, and what a teacher sees of it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from lti_tool.actions.placing import place
from lti_tool.domain.launch import (
    DeepLinking,
    MessageType,
    Reviewed,
    Role,
    Services,
    Session,
)
from lti_tool.domain.placement import Draft, Placement, PlacementKind
from lti_tool.lti import claims
from tests.servers.services import TOKEN_PATH, Told, serve_services
from tests.web.conftest import OpenWorld
from tests.web.walker import Page, Walker, identifiers
from tests.web.world import LMS, World, talk_modules

ASKED = DeepLinking(return_url=f"{LMS}/return", accept_multiple=True)
SERVICES = Services(
    line_items_url=f"{LMS}/lineitems",
    line_item_url=f"{LMS}/lineitems/14/lineitem",
    grade_scopes=frozenset({claims.SCORE_SCOPE}),
)
NOTHING = Services()
WORDING, LISTEN = ("shelf", "talk-5"), ("shelf", "talk-6")
COLLECTION = Draft(
    kind=PlacementKind.COLLECTION, title="Before the talk", modules=(WORDING, LISTEN), graded=True
)
SINGLE = Draft(kind=PlacementKind.MODULE, modules=(WORDING,))
QUESTION = Draft(kind=PlacementKind.ASK, title="Ask", prompt="Now?", topic="wording")
NEED = "someone whose work got worse, how do I put it?"


def put(world: World, draft: Draft, **values: object) -> Placement:
    session = world.launch(
        role=Role.TEACHER, message_type=MessageType.DEEP_LINKING, deep_linking=ASKED, **values
    )
    (placed,) = place(
        world.runtime,
        session,
        draft,
        uuid.uuid4().hex,
        accept_multiple=True,
        accept_score=True,
    )
    return placed


def come(world: World, placement: Placement | None, **values: object) -> Walker:
    given: dict[str, object] = {"resource_link_id": "2", "services": SERVICES, **values}
    given.setdefault("placement_id", placement.id if placement else None)
    return Walker(world, world.launch(**given))  # type: ignore[arg-type]


def look(
    world: World, placement: Placement, *, services: Services = NOTHING, **reviewed: str
) -> Page:
    """What a teacher sees who opens the work of that person."""
    session = reviewing(world, placement, services=services, **reviewed)
    client = world.app.test_client(use_cookies=False)
    return Page(client.post("/start", data={"token": session.token}))


def reviewing(
    world: World,
    placement: Placement,
    *,
    role: Role = Role.TEACHER,
    services: Services = NOTHING,
    **reviewed: str,
) -> Session:
    return world.launch(
        role=role,
        services=services,
        message_type=MessageType.SUBMISSION_REVIEW,
        placement_id=placement.id,
        resource_link_id="2",
        reviewed=Reviewed(**{"subject": "13", **reviewed}),
    )


def test_a_collection_comes_first_and_the_question_below_it(world: World) -> None:
    page = come(world, put(world, COLLECTION)).page
    heads = re.findall(r"<h([1-6])", page.html)
    assert heads.count("1") == 1
    assert page.text.index("Before the talk") < page.text.index("piece 5 of 7")
    assert page.text.index("piece 5 of 7") < page.text.index("Need something else?")
    assert len(identifiers(page)) == 2
    assert "Your teacher sees that you opened this." in page.text


def test_the_need_form_of_a_placed_link_works_as_ever(world: World) -> None:
    walker = come(world, put(world, COLLECTION))
    page = walker.ask(NEED)
    assert "may help" in page.text
    assert "Your teacher placed it in this course." in page.text
    assert "Before the talk" in walker.press("Ask something else").text


def test_opening_a_placed_module_asks_nothing_and_is_seen_as_opened(world: World) -> None:
    walker = come(world, put(world, SINGLE))
    (one,) = identifiers(walker.page)
    assert "Did it help?" not in walker.page.text
    assert walker.client.get(f"/open/{one}").headers["Location"].endswith("id=5")
    assert walker.client.open(f"/open/{one}", method="HEAD").status_code == 204
    page = walker.post("/start", token=walker.session.token)
    assert page.link("Open again")
    kept = walker.press("What Needle keeps about you")
    assert "What a teacher placed and you saw" in kept.text
    assert "The wording" in kept.text


def test_a_mistake_in_the_need_leaves_the_placed_modules_there(world: World) -> None:
    walker = come(world, put(world, COLLECTION))
    page = walker.ask("many words " * 300)
    assert page.status == 400
    assert "Before the talk" in page.text


def test_a_guest_goes_straight_to_the_module(world: World) -> None:
    page = come(world, put(world, COLLECTION), subject=None).page
    assert not identifiers(page)
    assert page.link("Open: The wording").startswith(LMS)
    assert "Your teacher sees" not in page.text


@pytest.mark.parametrize("placement_id", [uuid.uuid4(), uuid.UUID(int=0)])
def test_what_is_no_longer_placed_is_told_and_the_question_is_there(
    world: World, placement_id: uuid.UUID
) -> None:
    page = come(world, None, placement_id=placement_id).page
    assert page.status == 200
    assert "What was placed at this link is no longer there." in page.text
    assert page.has_button("Find it")


def test_a_module_that_left_the_catalogue_is_told_on_its_card(open_tool: OpenWorld) -> None:
    world = open_tool()
    placement = put(world, SINGLE)
    world.fill(tuple(m for m in talk_modules() if m.identifier != "talk-5"))
    page = come(world, placement).page
    assert "This one is no longer in the catalogue." in page.text
    assert not identifiers(page)


def test_the_prompt_stands_below_the_question_and_the_topic_in_the_box(world: World) -> None:
    page = come(world, put(world, QUESTION)).page
    assert "Now?" in page.text
    assert dict(page.form("Find it").fields)["text"] == "wording"


def test_a_learner_who_changes_the_topic_keeps_their_words(world: World) -> None:
    walker = come(world, put(world, QUESTION))
    walker.ask("xylophone")
    page = walker.press("Something else")
    assert dict(page.form("Find it").fields)["text"] == "xylophone"


def test_a_teacher_sees_who_has_not_opened_it_yet(world: World) -> None:
    page = look(world, put(world, COLLECTION), name="Ana <b>Ferreira</b>")
    assert page.status == 200
    assert "Ana <b>Ferreira</b>" in page.text
    assert "Has not opened it yet." in page.text


def test_a_teacher_reads_the_name_that_the_platform_gives_for_a_number(
    open_tool: OpenWorld,
) -> None:
    world = open_tool(allowed_networks="127.0.0.0/8")
    placement = put(world, COLLECTION)
    with serve_services() as platform:
        platform.grant(claims.NAMES_AND_ROLES_SCOPE)
        world.register(token_url=platform.origin + TOKEN_PATH)
        url = platform.on("/members", Told(200, {"members": [{"user_id": "13", "name": "Ana F"}]}))
        assert "Ana F" in look(world, placement, services=Services(members_url=url)).text
        platform.on("/members", Told(503, {}))
        assert "LMS user 13" in look(world, placement, services=Services(members_url=url)).text


def test_a_teacher_sees_what_was_opened_and_when_and_the_point(open_tool: OpenWorld) -> None:
    world = open_tool()
    placement = put(world, COLLECTION)
    walker = come(world, placement, subject="13")
    walker.ask(NEED)
    walker.post("/start", token=walker.session.token)
    first, second = identifiers(walker.page)[:2]
    walker.client.get(f"/open/{first}")
    page = look(world, placement)
    assert "LMS user 13" in page.text
    assert "opened on March 2, 2026" in page.text
    assert "not opened yet" in page.text
    assert "The point is" not in page.text
    walker.client.get(f"/open/{second}")
    page = look(world, placement)
    assert "The point is on its way to the grade book." in page.text
    assert "worse" not in page.text
    assert "theirs" in page.text


def test_a_teacher_sees_nobody_at_a_link_without_a_point(world: World) -> None:
    placement = put(world, SINGLE)
    walker = come(world, placement, subject="14")
    walker.client.get(f"/open/{identifiers(walker.page)[0]}")
    page = look(world, placement, subject="14")
    assert "This link gives no point." in page.text
    assert "opened on" not in page.text


def test_who_is_no_teacher_sees_nobodys_work(world: World) -> None:
    session = reviewing(world, put(world, COLLECTION), role=Role.LEARNER)
    client = world.app.test_client(use_cookies=False)
    page = Page(client.post("/start", data={"token": session.token}))
    assert page.status == 400
    assert "There is nothing to see here" in page.text


def test_another_course_learns_nothing_of_what_was_placed(open_tool: OpenWorld) -> None:
    world = open_tool()
    put(world, COLLECTION)
    page = Walker(world, world.launch(course_id="8")).ask(NEED)
    assert "may help" in page.text
    assert "Your teacher placed it" not in page.text


def test_a_placed_link_lives_as_long_as_its_showing(open_tool: OpenWorld) -> None:
    world = open_tool()
    placement = put(world, SINGLE)
    walker = come(world, placement, subject="13")
    (one,) = identifiers(walker.page)
    world.pass_time(timedelta(days=31))
    assert walker.client.get(f"/open/{one}").status_code == 410
    assert identifiers(come(world, placement, subject="13").page) == [one]
    assert walker.client.get(f"/open/{one}").status_code == 302
