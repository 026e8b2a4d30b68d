"""A kept answer is shown with what its person may see now, and leads to no other site."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from catalogue_sync.module import Access, Module, Passage
from tests.web.conftest import OpenWorld
from tests.web.test_access_pages import ELSEWHERE, enrol, talk
from tests.web.walker import Page, Walker
from tests.web.world import LMS, World, talk_modules

NEED = "someone whose work got worse, how do I put it, name one example"
QUOTED = "Name one example that you saw yourself, and stop talking after that sentence."
TEXT = f"Say it clearly and kindly when someone's work got worse. {QUOTED}"
DESCRIPTION = "How to put it when someone"
NOT_ENROLLED = f"Only for people enrolled in “{ELSEWHERE}”, and you are not."


def quoted(access: Access | None) -> tuple[Module, ...]:
    return tuple(
        replace(one, text=TEXT) if "wording" in one.title else one for one in talk(access)
    )


def walk(world: World, *courses: str, subject: str = "bob") -> Walker:
    session = world.launch(subject=subject)
    enrol(world, session, *courses)
    return Walker(world, session)


def send(walker: Walker, form: dict[str, str]) -> Page:
    return walker.post("/need", **form)


def form_of(walker: Walker) -> dict[str, str]:
    return {**dict(walker.page.form("Find it").fields), "text": NEED}


def test_a_module_that_was_locked_meanwhile_keeps_its_title_alone(open_tool: OpenWorld) -> None:
    world = open_tool(modules=quoted(Access.SIGNED_IN))
    walker = walk(world, "7")
    form = form_of(walker)
    page = send(walker, form)
    assert QUOTED in page.text
    assert DESCRIPTION in page.text
    world.fill(quoted(Access.ENROLLED))
    again = walk(world, "7")
    assert "The wording" in again.page.text
    assert NOT_ENROLLED in again.page.text
    assert "/open/" not in again.page.html
    page = send(again, form)
    assert "The wording" in page.text
    assert NOT_ENROLLED in page.text
    for gone in (QUOTED, DESCRIPTION, "The pieces before and after", "/open/", "mod/page"):
        assert gone not in unescape(page.html)


def test_who_is_in_its_course_sees_the_kept_answer_whole(open_tool: OpenWorld) -> None:
    world = open_tool(modules=quoted(Access.SIGNED_IN))
    walker = walk(world, "7", "8")
    form = form_of(walker)
    send(walker, form)
    world.fill(quoted(Access.ENROLLED))
    page = send(walk(world, "7", "8"), form)
    assert QUOTED in page.text
    assert "/open/" in page.html


def test_what_may_be_locked_is_not_quoted_again(open_tool: OpenWorld) -> None:
    world = open_tool(modules=quoted(Access.SIGNED_IN))
    walker = walk(world, "7")
    form = form_of(walker)
    assert QUOTED in send(walker, form).text
    world.fill(quoted(Access.SELF_ENROLMENT))
    page = send(walk(world, "7"), form)
    assert QUOTED not in page.text
    assert "/open/" in page.html


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://evil.example/login", f"{LMS}/mod/page/view.php?id=5"),
        (f"{LMS}/mod/page/view.php?id=5#say", f"{LMS}/mod/page/view.php?id=5#say"),
    ],
    ids=["another site", "its own"],
)
def test_a_quotation_leads_to_the_modules_own_site(
    open_tool: OpenWorld, url: str, opens: str
) -> None:
    place = (Passage("Say it", 0, len(TEXT), url),)
    modules = tuple(
        replace(one, text=TEXT, passages=place) if "wording" in one.title else one
        for one in talk_modules()
    )
    world = open_tool(modules=modules)
    page = Walker(world, world.launch()).press("Find it", text=NEED)
    (href,) = set(re.findall(r'href="([^"]+at=quotation[^"]*)"', page.html))
    answer = world.app.test_client().get(unescape(href))
    assert answer.headers["Location"] == opens
    guests = Walker(world, world.launch(subject=None)).press("Find it", text=NEED)
    assert QUOTED in guests.text
    assert f'href="{opens}"' in guests.html
    assert "evil.example" not in guests.html
