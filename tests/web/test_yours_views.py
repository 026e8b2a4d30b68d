"""What Needle keeps about a learner: seen, taken along, deleted."""

from __future__ import annotations

import json

from tests.web.walker import Walker, identifiers
from tests.web.world import World

NEED = "someone whose work got worse, how do I put it?"
KEEPS = "What Needle keeps about you"


def test_every_page_leads_to_what_is_kept(walker: Walker) -> None:
    assert walker.page.has_button(KEEPS)
    assert walker.ask(NEED).has_button(KEEPS)


def test_what_was_asked_opened_and_said_is_shown(walker: Walker) -> None:
    one = identifiers(walker.ask(NEED, minutes="10"))[0]
    walker.client.get(f"/open/{one}")
    walker.press("Ask something else")
    walker.press("Send", helped="partly", done_differently="I paused.")
    page = walker.press(KEEPS)
    assert page.status == 200
    for told in (NEED, "(10 min)", "March 2, 2026", "helped in part", "I paused."):
        assert told in page.text


def test_what_is_kept_can_be_taken_along(walker: Walker) -> None:
    walker.ask(NEED)
    walker.press(KEEPS)
    response = walker.press("Take it along (JSON file)").response
    assert response.mimetype == "application/json"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="needle-2026-03-02.json"'
    )
    assert response.headers["Cache-Control"] == "no-store"
    taken = json.loads(response.get_data(as_text=True))
    assert [need["need"] for need in taken["needs"]] == [NEED]


def test_deleting_is_asked_twice(walker: Walker) -> None:
    walker.ask(NEED)
    walker.press(KEEPS)
    walker.press("Delete everything…")
    assert "Delete everything about you?" in walker.page.text
    assert NEED in walker.press("No, keep it").text


def test_after_deleting_nothing_is_left_and_the_pages_are_over(walker: Walker) -> None:
    walker.ask(NEED)
    walker.press(KEEPS)
    walker.press("Delete everything…")
    page = walker.press("Yes, delete everything")
    assert page.status == 200
    assert "Everything about you is deleted" in page.text
    assert not page.forms
    assert walker.post("/start", token=walker.session.token).status == 401


def test_of_a_guest_nothing_is_kept(world: World) -> None:
    walker = Walker(world, world.launch(subject=None))
    walker.ask(NEED)
    page = walker.press(KEEPS)
    assert "Nothing. Your LMS opened Needle without saying who you are." in page.text
    assert not page.has_button("Delete everything…")


def test_the_page_says_what_leaves_the_house(world: World) -> None:
    pseudonym = Walker(world, world.launch()).press(KEEPS)
    assert "under a made-up number" in pseudonym.text
    account = Walker(world, world.launch(actor_form="account")).press(KEEPS)
    assert "get your LMS user number" in account.text


def test_whether_somebody_leads_people_is_their_own_word(world: World) -> None:
    walker = Walker(world, world.launch())
    assert "You have not said that you lead people." in walker.press(KEEPS).text
    assert "You said that you lead people." in walker.press("I lead people").text
    assert "You have not said that you lead people." in walker.press("I lead nobody").text
