"""A teacher places links in a course, with forms alone."""

from __future__ import annotations

import html
import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import jwt
import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Kind, Module
from catalogue_sync.sync import sync
from lti_tool.domain.launch import DeepLinking, MessageType, Role, Services, Session
from lti_tool.lti import claims
from lti_tool.storage import tables
from lti_tool.web.placing_form import read_key, write_key
from tests.web.conftest import OpenWorld
from tests.web.walker import Page, Walker
from tests.web.world import LMS, TALK_PIECES, Shelf, World

RETURN_URL = f"{LMS}/mod/lti/contentitem_return.php?course=7&sesskey=s<'\"&x=1"
ASKED = DeepLinking(return_url=RETURN_URL, accept_multiple=True, data="a<b>&c")
SERVICES = Services(line_items_url=f"{LMS}/lineitems", grade_scopes=frozenset({claims.SCORE_SCOPE}))
WORDING = "The wording: say it clearly and kindly"


def asked_session(world: World, asked: DeepLinking = ASKED, **values: object) -> Session:
    given: dict[str, object] = {"services": SERVICES, **values}
    return world.launch(
        role=given.pop("role", Role.TEACHER),  # type: ignore[arg-type]
        message_type=MessageType.DEEP_LINKING,
        deep_linking=asked,
        **given,
    )


@dataclass
class Teacher:
    """A teacher on the placing pages, whose browser has neither scripts nor cookies."""

    world: World
    session: Session
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.world.app.test_client(use_cookies=False)
        self.page = self.send([])

    def send(self, fields: list[tuple[str, str]], path: str = "/start") -> Page:
        named = dict(fields)
        if "token" not in named:
            fields = [("token", self.session.token), *fields]
        self.page = Page(self.client.post(path, data=MultiDict(fields)))
        return self.page

    def press(self, button: str, *, tick: tuple[str, ...] = (), **filled: str) -> Page:
        """Fill in the form that has this button, tick modules by title, and press it."""
        form = self.page.form(button)
        fields = [(name, value) for name, value in form.fields if name not in filled]
        fields += [("module", self.value_of(title)) for title in tick]
        pressed = [(name, value) for label, name, value in form.buttons if label == button]
        return self.send([*fields, *filled.items(), *pressed], form.action)

    def value_of(self, title: str) -> str:
        """The value of the tick box before that title."""
        box = r'name="module" value="([^"]*)"[^>]*>\s*<span><span class="name"[^>]*>([^<]*)<'
        for value, words in re.findall(box, self.page.html):
            if html.unescape(words) == title:
                return html.unescape(value)
        raise AssertionError(f"{title!r} cannot be ticked on: {self.page.text}")


@pytest.fixture
def teacher(open_tool: OpenWorld) -> Teacher:
    world = open_tool()
    return Teacher(world, asked_session(world))


def answer(teacher: Teacher) -> dict[str, object]:
    """The claims that the page on the way back carries to the platform, its signature checked."""
    form = teacher.page.form("Go on to your course")
    assert form.action == RETURN_URL
    ((name, token),) = form.fields
    assert name == "JWT"
    keys = jwt.PyJWKSet.from_dict(teacher.client.get("/lti/jwks.json").get_json())
    header = jwt.get_unverified_header(token)
    body: dict[str, object] = jwt.decode(
        token,
        keys[header["kid"]].key,
        algorithms=["RS256"],
        audience=LMS,
        issuer="client",
        options={"verify_exp": False, "verify_iat": False},
    )
    return body


def items(teacher: Teacher) -> list[dict[str, object]]:
    return answer(teacher)[claims.DEEP_LINKING_CONTENT_ITEMS]  # type: ignore[return-value]


def placements(world: World) -> int:
    with world.runtime.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(tables.placement)) or 0


def come(world: World, item: dict[str, object], **values: object) -> Walker:
    """A learner who comes through a link that was placed."""
    _, _, placed = str(item["url"]).partition("?placed=")
    session = world.launch(placement_id=uuid.UUID(placed), resource_link_id="2", **values)
    return Walker(world, session)


def test_the_question_is_placed_and_its_link_shows_prompt_and_topic(teacher: Teacher) -> None:
    teacher.press(
        "Look at the question", title="Ask", prompt="Before Friday's talk?", topic="wording"
    )
    assert "Before Friday's talk?" in teacher.page.text
    teacher.press("Place it in my course")
    (item,) = items(teacher)
    assert (item["title"], item["text"]) == ("Ask", "Before Friday's talk?")
    learner = come(teacher.world, item)
    assert "Before Friday's talk?" in learner.page.text
    assert dict(learner.page.form("Find it").fields)["text"] == "wording"
    again = learner.post("/start", token=learner.session.token, text="my own words")
    assert dict(again.form("Find it").fields)["text"] == "my own words"


def test_the_answer_carries_what_the_platform_sent_along(teacher: Teacher) -> None:
    teacher.press("Look at the question")
    teacher.press("Place it in my course")
    body = answer(teacher)
    assert body[claims.DEEP_LINKING_DATA] == "a<b>&c"
    assert body[claims.DEPLOYMENT_ID] == "1"
    assert items(teacher)[0]["title"] == "What do you need right now?"


def test_the_way_back_leads_to_the_platform_alone(teacher: Teacher) -> None:
    before = teacher.page.response.headers["Content-Security-Policy"]
    assert "form-action 'self';" in before
    teacher.press("Place nothing")
    policy = teacher.page.response.headers["Content-Security-Policy"]
    assert f"form-action 'self' {LMS};" in policy
    assert teacher.session.token not in teacher.page.html
    assert "post.js" in teacher.page.html
    assert RETURN_URL not in teacher.page.html
    assert html.escape(RETURN_URL).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in (
        teacher.page.html
    )


def test_placing_nothing_answers_with_no_link(teacher: Teacher) -> None:
    teacher.press("Place nothing")
    assert items(teacher) == []
    assert placements(teacher.world) == 0


def test_the_modules_of_the_course_are_there_to_tick_and_one_is_placed(teacher: Teacher) -> None:
    teacher.press("Look at the modules", tick=(WORDING,))
    assert "How to put it when someone's work got worse." in teacher.page.text
    teacher.press("Place it in my course")
    (item,) = items(teacher)
    assert item["title"] == WORDING
    assert "lineItem" not in item
    page = come(teacher.world, item).page
    assert page.html.index(WORDING) < page.html.index("Need something else?")
    assert teacher.client.get(page.link("Open")).status_code == 302


def test_what_is_ticked_stays_ticked_over_several_searches(teacher: Teacher) -> None:
    teacher.press("Search", sought="listen")
    teacher.press("Search", tick=("Listen to the answer",), sought="wording")
    assert "1 module ticked" in teacher.page.text
    teacher.press("Look at the modules", tick=(WORDING,), title="Before the talk")
    text = teacher.page.text
    assert text.index("Listen to the answer") < text.index(WORDING)
    teacher.press("Place it in my course")
    (item,) = items(teacher)
    assert item["title"] == "Before the talk"
    page = come(teacher.world, item).page
    assert page.text.index("Before the talk") < page.text.index("Listen to the answer")
    assert page.text.index("Listen to the answer") < page.text.index(WORDING)


def test_a_collection_can_be_put_into_another_order_and_thinned(teacher: Teacher) -> None:
    titles = tuple(title for title, _, _ in TALK_PIECES[:3])
    teacher.press("Look at the modules", tick=titles, title="Three")
    teacher.press(f"Down: {titles[0]}")
    teacher.press(f"Up: {titles[2]}")
    assert re.findall(r'class="name"[^>]*>([^<]*)<', teacher.page.html) == [
        titles[1], titles[2], titles[0],
    ]  # fmt: skip
    teacher.press(f"Take out: {titles[2]}")
    teacher.press("Place it in my course")
    (item,) = items(teacher)
    assert item["text"] == f"{titles[1]} · {titles[0]}"


def test_several_modules_become_several_links_where_the_platform_takes_them(
    teacher: Teacher,
) -> None:
    titles = tuple(title for title, _, _ in TALK_PIECES[:3])
    teacher.press("Look at the modules", tick=titles, links="each")
    teacher.press("Place it in my course")
    assert [item["title"] for item in items(teacher)] == list(titles)
    assert len({item["url"] for item in items(teacher)}) == 3


def test_a_platform_that_takes_one_link_is_offered_no_several(world: World) -> None:
    asked = DeepLinking(return_url=RETURN_URL, accept_multiple=False)
    teacher = Teacher(world, asked_session(world, asked))
    assert "one link each" not in teacher.page.text
    titles = tuple(title for title, _, _ in TALK_PIECES[:2])
    teacher.press("Look at the modules", tick=titles, links="each")
    page = teacher.press("Place it in my course")
    assert page.status == 400
    assert "Your LMS takes one link at a time" in page.text


def test_a_point_is_off_unless_the_teacher_asks_for_it(teacher: Teacher) -> None:
    assert "graded" not in dict(teacher.page.form("Look at the modules").fields)
    teacher.press("Look at the modules", tick=(WORDING,), graded="yes")
    assert "Your teacher sees that you opened this." in teacher.page.text
    teacher.press("Place it in my course")
    (item,) = items(teacher)
    assert item["lineItem"]["scoreMaximum"] == 1  # type: ignore[index]
    learner = come(teacher.world, item)
    assert "Your teacher sees that you opened this." in learner.page.text


@pytest.mark.parametrize(
    ("asked", "services"),
    [
        (DeepLinking(return_url=RETURN_URL, accept_line_item=False), SERVICES),
        (ASKED, Services(line_items_url=f"{LMS}/lineitems")),
    ],
)
def test_a_point_is_neither_offered_nor_given_where_the_platform_takes_none(
    world: World, asked: DeepLinking, services: Services
) -> None:
    teacher = Teacher(world, asked_session(world, asked, services=services))
    assert "Give a point" not in teacher.page.text
    teacher.press("Look at the modules", tick=(WORDING,), graded="yes")
    page = teacher.press("Place it in my course")
    assert page.status == 400
    assert "Your LMS does not take a point for this link." in page.text


def test_a_point_is_offered_where_nothing_is_said_against_it(world: World) -> None:
    teacher = Teacher(world, asked_session(world, ASKED, services=Services()))
    assert "Give a point" in teacher.page.text


def test_sending_the_form_twice_places_once(teacher: Teacher) -> None:
    teacher.press("Look at the question")
    preview = teacher.page
    teacher.press("Place it in my course")
    first = items(teacher)
    teacher.page = preview
    teacher.press("Place it in my course")
    assert items(teacher) == first
    assert placements(teacher.world) == 1


def test_changing_something_brings_everything_back(teacher: Teacher) -> None:
    teacher.press("Look at the question", title="Ask", prompt="Mine", topic="wording")
    teacher.press("Change something")
    fields = dict(teacher.page.form("Look at the question").fields)
    assert (fields["title"], fields["prompt"], fields["topic"]) == ("Ask", "Mine", "wording")
    titles = tuple(title for title, _, _ in TALK_PIECES[:2])
    teacher.press("Look at the modules", tick=titles, title="Two", graded="yes", links="each")
    teacher.press("Change something")
    kept = teacher.page.form("Look at the modules").fields
    assert [value for name, value in kept if name == "module"] == ["shelf/talk-1", "shelf/talk-2"]
    assert ("title", "Two") in kept
    assert ("links", "each") in kept
    assert ("graded", "yes") in kept


@pytest.mark.parametrize(
    ("button", "filled", "told"),
    [
        ("Look at the question", {"title": " "}, "Give the link a name"),
        ("Look at the question", {"prompt": "a" * 201}, "200 characters is the most"),
        ("Look at the question", {"topic": "a" * 201}, "200 characters is the most"),
        ("Look at the modules", {}, "No module is ticked yet"),
        ("Look at the modules", {"module": "shelf/talk-99"}, "no longer in the catalogue"),
        ("Look at the modules", {"module": "other%20shelf/talk-1"}, "no longer in the catalogue"),
    ],
)
def test_what_cannot_be_placed_is_told_at_the_form(
    world: World, button: str, filled: dict[str, str], told: str
) -> None:
    teacher = Teacher(world, asked_session(world))
    page = teacher.press(button, **filled)
    assert page.status == 400
    assert told in page.text
    assert 'role="alert"' in page.html
    for name in ("prompt", "topic"):
        if name in filled:
            assert filled[name] in page.html


def test_too_many_modules_are_told(world: World) -> None:
    teacher = Teacher(world, asked_session(world))
    form = teacher.page.form("Look at the modules")
    many = [("module", f"shelf/talk-{number}") for number in range(500)]
    page = teacher.send([*form.fields, *many, ("do", "preview")], form.action)
    assert page.status == 400
    assert "20 modules is the most" in page.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("do", "place"), ("kind", "modules"), ("module", "shelf")], 400),
        ([("do", "place"), ("kind", "modules"), ("module", "/")], 400),
        ([("do", "place"), ("kind", "modules"), ("module", "a/%00")], 400),
        ([("do", "place"), ("kind", "modules"), ("module", "shelf/" + "a" * 7_000)], 400),
        ([("do", "place"), ("kind", "modules"), ("module", "shelf/talk-99")], 400),
        ([("do", "place"), ("kind", "nonsense")], 400),
        ([("do", "place"), ("kind", "ask")], 400),
        ([("do", "up 99999999999999999999"), ("kind", "modules")], 400),
        ([("do", "up ²"), ("kind", "ask"), ("title", "a")], 200),
        ([("do", "nonsense"), ("kind", "ask"), ("title", "a\ud800\0b")], 200),
        ([("do", "search"), ("sought", "x" * 900_000)], 200),
        ([("do", "search"), ("sought", "\0\u200b"), ("form", "x" * 9_000)], 200),
        ([], 200),
    ],
)
def test_a_tampered_form_is_told_or_harmless(
    world: World, fields: list[tuple[str, str]], status: int
) -> None:
    before = placements(world)
    teacher = Teacher(world, asked_session(world))
    sent = [(name, value.encode("utf-8", "replace").decode()) for name, value in fields]
    assert teacher.send(sent, "/place").status == status
    assert placements(world) == before


def test_another_organisations_module_cannot_be_placed(world: World) -> None:
    catalogue = Catalogue(world.runtime.engine, "acme")
    catalogue.add_source("secret", "shelf", {})
    secret = Module(
        source="secret", identifier="1", title="Not yours", kind=Kind.LESSON, open_url=f"{LMS}/1"
    )
    sync(Shelf((secret,), name="secret"), catalogue, now=world.moment[0])
    teacher = Teacher(world, asked_session(world))
    page = teacher.press("Look at the modules", module="secret/1")
    assert page.status == 400
    assert "Not yours" not in page.text
    assert "Not yours" not in teacher.press("Search", sought="not yours").text


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR])
def test_who_is_no_teacher_places_nothing(world: World, role: Role) -> None:
    teacher = Teacher(world, asked_session(world, role=role))
    assert teacher.page.status == 400
    assert "placing-not-asked" in teacher.page.text
    assert teacher.send([("do", "cancel")], "/place").status == 400


def test_a_launch_that_asked_for_nothing_places_nothing(world: World) -> None:
    session = world.launch(role=Role.TEACHER)
    client = world.app.test_client(use_cookies=False)
    page = Page(client.post("/place", data={"token": session.token, "do": "cancel"}))
    assert page.status == 400
    assert "There is nothing to place here" in page.text


def test_a_foreign_return_address_is_refused_before_anything_is_chosen(world: World) -> None:
    for url in ("https://evil.example/return", "javascript:alert(1)"):
        teacher = Teacher(world, asked_session(world, DeepLinking(return_url=url)))
        assert teacher.page.status == 403
        assert "deep-linking-return" in teacher.page.text
        assert not teacher.page.forms or "evil" not in str(teacher.page.forms)
        assert teacher.send([("do", "cancel")], "/place").status == 403


def test_words_of_teachers_and_catalogues_are_never_markup(open_tool: OpenWorld) -> None:
    evil = "<script>alert(1)</script>\"' onfocus=x"
    nasty = Module(
        source="shelf",
        identifier=f"<{evil}>/ü%2F",
        title=evil,
        kind=Kind.LESSON,
        open_url=f"{LMS}/mod/page/view.php?id=1",
        description=evil,
        course=evil,
        course_id="7",
        language="en",
    )
    other = Module(
        source="shelf", identifier="2", title="Tame", kind=Kind.LESSON, open_url=f"{LMS}/2",
        course_id="7",
    )  # fmt: skip
    world = open_tool(modules=(nasty, other))
    teacher = Teacher(world, asked_session(world, course_title=evil))
    for page in (
        teacher.page,
        teacher.press("Search", sought=evil),
        teacher.press("Look at the question", title=evil, prompt=evil, topic=evil),
    ):
        assert "<script>alert" not in page.html
    teacher.press("Place it in my course")
    learner = come(world, items(teacher)[0])
    assert "<script>alert" not in learner.page.html
    assert evil in learner.page.text
    teacher.page = teacher.send([])
    teacher.press("Look at the modules", tick=(evil, "Tame"), title=evil)
    assert "<script>alert" not in teacher.page.html
    teacher.press("Place it in my course")
    (item,) = items(teacher)
    assert "<" not in str(item["text"])
    assert "<script>alert" not in come(world, item).page.html


def test_the_pages_and_the_link_speak_the_teachers_language(world: World) -> None:
    teacher = Teacher(world, asked_session(world, locale="nl"))
    assert "Wat wil je plaatsen?" in teacher.page.text
    teacher.press("De vraag bekijken")
    teacher.press("In mijn cursus plaatsen")
    form = teacher.page.form("Verder naar je cursus")
    token = dict(form.fields)["JWT"]
    body = jwt.decode(token, options={"verify_signature": False})
    assert body[claims.DEEP_LINKING_CONTENT_ITEMS][0]["title"] == "Wat heb je nu nodig?"


def test_an_old_page_is_told_with_words_kept(open_tool: OpenWorld) -> None:
    world = open_tool()
    teacher = Teacher(world, asked_session(world))
    world.pass_time(timedelta(hours=30))
    assert teacher.press("Look at the question").status == 401


def test_after_what_is_kept_the_way_leads_back_to_placing(teacher: Teacher) -> None:
    teacher.press("What Needle keeps about you")
    assert "What do you want to place?" in teacher.press("Back").text


@pytest.mark.parametrize(
    "key", [("shelf", "talk-1"), ("a/b", "c/d e"), ("ü&", "%2F\"'<>"), ("s", "x" * 500)]
)
def test_a_modules_key_survives_the_form(key: tuple[str, str]) -> None:
    assert read_key(write_key(key)) == key
    assert json.loads(json.dumps(write_key(key))).isascii()
