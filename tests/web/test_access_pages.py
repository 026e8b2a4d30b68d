"""Pages say what a person finds behind a link before they open it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from catalogue_sync.module import Access, Module
from lti_tool.actions.enrolments import Enrolment
from lti_tool.domain.launch import DeepLinking, MessageType, Role, Session
from tests.web.conftest import OpenWorld
from tests.web.walker import Page, Walker
from tests.web.world import LMS, NOW, World, talk_modules

WORDING = "someone whose work got worse, how do I put it?"
ELSEWHERE = "Leading <b>people</b> & teams"


def talk(access: Access | None, **values: object) -> tuple[Module, ...]:
    """The seven pieces on one skill, of another course than that of the launch."""
    given: dict[str, object] = {"course_id": "8", "course": ELSEWHERE, **values}
    return tuple(replace(one, access=access, **given) for one in talk_modules())  # type: ignore[arg-type]


def enrol(world: World, session: Session, *courses: str) -> None:
    """What the LMS would have answered is known: the person is in these courses."""
    assert session.person_id is not None
    known = Enrolment(home=frozenset({"shelf"}), courses={"shelf": frozenset(courses)})
    key = (session.organisation, session.registration_id, session.person_id)
    assert world.runtime.enrolments.find(key, lambda: iter([known]), wait=5) == known


def walk(world: World, *courses: str, locale: str = "en", **values: object) -> Walker:
    session = world.launch(locale=locale, **values)  # type: ignore[arg-type]
    if courses:
        enrol(world, session, *courses)
    return Walker(world, session)


def ask(walker: Walker, text: str = WORDING) -> Page:
    """Ask in the language of the page."""
    button = "Zoek het" if walker.session.language == "nl" else "Find it"
    return walker.press(button, text=text)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "You enrol yourself first; it takes a click."),
        ("nl", "Je schrijft je eerst zelf in; dat is één klik."),
    ],
    ids=["en", "nl"],
)
def test_self_enrolment_is_marked_in_the_readers_language(
    open_tool: OpenWorld, locale: str, words: str
) -> None:
    world = open_tool(modules=talk(Access.SELF_ENROLMENT))
    page = ask(walk(world, "7", locale=locale))
    assert page.text.count(words) == 3


def test_what_could_not_be_checked_is_said_with_the_courses_name(open_tool: OpenWorld) -> None:
    world = open_tool(modules=talk(Access.ENROLLED))
    page = walk(world).ask(WORDING)
    assert (
        f"Only for people enrolled in “{ELSEWHERE}”; we could not check whether you are."
        in page.text
    )
    assert "<b>people" not in page.html


def test_a_mark_stands_beside_the_reasons_and_takes_the_place_of_none(
    open_tool: OpenWorld,
) -> None:
    plain = walk(open_tool(modules=talk(None))).ask(WORDING)
    marked = walk(open_tool(modules=talk(Access.SELF_ENROLMENT)), "7").ask(WORDING)
    without = marked.text.replace(" You enrol yourself first; it takes a click.", "")
    assert without == plain.text


def test_in_the_persons_own_course_nothing_is_marked(open_tool: OpenWorld) -> None:
    page = walk(open_tool(modules=talk(Access.ENROLLED)), "7", "8").ask(WORDING)
    assert 'class="entering"' not in page.html
    assert page.html.count('class="open') == 3


@pytest.mark.parametrize(
    ("locale", "heading", "why"),
    [
        (
            "en",
            "modules fit, but you cannot open them",
            "Only people who are enrolled in this course can, and you are not.",
        ),
        (
            "nl",
            "modules passen, maar je kunt ze niet openen",
            "Dat kan alleen wie in deze cursus is ingeschreven, en dat ben je niet.",
        ),
    ],
    ids=["en", "nl"],
)
def test_what_is_locked_is_counted_and_its_course_named_without_a_link(
    open_tool: OpenWorld, locale: str, heading: str, why: str
) -> None:
    world = open_tool(modules=talk(Access.ENROLLED))
    page = ask(walk(world, "7", locale=locale))
    assert heading in page.text
    assert why in page.text
    assert ELSEWHERE in page.text
    assert "<b>people" not in page.html
    assert "/open/" not in page.html
    assert "mod/page" not in page.html


def test_one_locked_module_of_a_course_without_a_name_is_told_too(open_tool: OpenWorld) -> None:
    (*_, last) = talk(Access.ENROLLED, course=None)
    page = walk(open_tool(modules=(last,)), "7").ask("agree what comes next")
    assert "One module fits, but you cannot open it" in page.text
    assert "Ask whoever looks after your courses for a place." in page.text


def test_many_courses_are_counted_after_the_third(open_tool: OpenWorld) -> None:
    modules = tuple(
        replace(
            one,
            title=f"{one.title}: conversation",
            course=f"Course {n}",
            course_id=f"x{n}",
            access=Access.ENROLLED,
        )
        for n, one in enumerate(talk_modules())
    )
    page = walk(open_tool(modules=modules), "7").ask("conversation")
    assert page.text.count("Course ") == 3
    assert "and 4 more" in page.text


def test_after_the_last_round_the_page_tells_what_is_locked(open_tool: OpenWorld) -> None:
    (mine, *others) = talk_modules()
    locked = tuple(
        replace(one, access=Access.ENROLLED, course_id="8", course=ELSEWHERE) for one in others
    )
    walker = walk(open_tool(modules=(mine, *locked)), "7")
    assert mine.title in walker.ask("conversation").text
    page = walker.press("None of these")
    assert "That was everything close to it" in page.text
    assert "more modules fit, but you cannot open them." in page.text
    assert ELSEWHERE in page.text


def test_who_has_opened_it_is_told_no_more_how_to_enter(open_tool: OpenWorld) -> None:
    world = open_tool(modules=talk(Access.SELF_ENROLMENT))
    walker = walk(world, "7")
    walker.ask(WORDING)
    walker.client.get(next(href for _, href in walker.page.links if "/open/" in href))
    page = walker.post("/start", token=walker.session.token)
    opened = page.html.split("</article>")[0]
    assert "Open again" in opened
    assert "You enrol yourself first" not in opened


def test_an_event_that_ended_meanwhile_is_named_as_over(open_tool: OpenWorld) -> None:
    modules = tuple(replace(one, ends=NOW + timedelta(minutes=5)) for one in talk_modules())
    world = open_tool(modules=modules)
    walker = walk(world)
    assert "/open/" in walker.ask(WORDING).html
    world.pass_time(timedelta(minutes=6))
    page = walker.post("/start", token=walker.session.token)
    assert "This one is over." in page.text
    assert "/open/" not in page.html


ASKED = DeepLinking(return_url=f"{LMS}/return", accept_multiple=True)


def teacher(world: World, locale: str = "en") -> tuple[Session, Page]:
    session = world.launch(
        role=Role.TEACHER,
        message_type=MessageType.DEEP_LINKING,
        deep_linking=ASKED,
        locale=locale,
    )
    return session, search(world, session, do="search", sought="conversation")


def search(world: World, session: Session, **fields: str) -> Page:
    client = world.app.test_client(use_cookies=False)
    return Page(client.post("/place", data={"token": session.token, **fields}))


@pytest.mark.parametrize(
    ("access", "locale", "words"),
    [
        (
            Access.ENROLLED,
            "en",
            f"Only people enrolled in “{ELSEWHERE}” can open it: are your learners?",
        ),
        (
            Access.ENROLLED,
            "nl",
            f"Alleen wie is ingeschreven in “{ELSEWHERE}” kan het openen: zijn je cursisten dat?",
        ),
        (Access.SELF_ENROLMENT, "en", f"Your learners first enrol themselves in “{ELSEWHERE}”."),
    ],
    ids=["enrolled-en", "enrolled-nl", "self-en"],
)
def test_a_teacher_is_warned_before_placing_what_learners_may_not_open(
    open_tool: OpenWorld, access: Access, locale: str, words: str
) -> None:
    world = open_tool(modules=talk(access))
    session, page = teacher(world, locale)
    assert words in page.text
    for keys in (["shelf/talk-5"], ["shelf/talk-5", "shelf/talk-6"]):
        client = world.app.test_client(use_cookies=False)
        sent = {
            "token": session.token, "do": "preview", "kind": "modules", "title": "T",
            "form": uuid.uuid4().hex, "module": keys,
        }  # fmt: skip
        preview = Page(client.post("/place", data=sent))
        assert preview.text.count(words) == len(keys)


def test_a_teacher_is_not_warned_of_what_anybody_can_open(open_tool: OpenWorld) -> None:
    _, page = teacher(open_tool(modules=talk(Access.SIGNED_IN)))
    assert 'class="entering"' not in page.html
