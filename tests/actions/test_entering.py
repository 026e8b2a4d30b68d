"""The recommender asks before it shows: the LMS says in which courses the person is."""

from __future__ import annotations

import gettext
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import pytest

from catalogue_sync.module import Access, Module
from catalogue_sync.sync import sync
from lti_tool.actions.asking import ask, none_fit
from lti_tool.actions.entering import begin, enrolment_of, entering, is_site_of
from lti_tool.actions.launching import begin_session, details
from lti_tool.actions.own_data import forget
from lti_tool.actions.placed import show_placed
from lti_tool.actions.placing import courses_elsewhere, find_modules, place
from lti_tool.actions.platforms import add_platform
from lti_tool.actions.sources import catalogue_of
from lti_tool.domain.history import Asked
from lti_tool.domain.launch import (
    DeepLinking,
    Launch,
    MessageType,
    OwnNames,
    Registration,
    Role,
    Session,
    Standing,
)
from lti_tool.domain.need import Need
from lti_tool.domain.placement import Draft, PlacementKind
from lti_tool.recommender import tell
from lti_tool.recommender.reasons import reason_from_json
from tests.actions.conftest import ListSource, World, module
from tests.servers.web import Asked as Request
from tests.servers.web import Page, Web, serve_web

REST = "/webservice/rest/server.php"
NEED = Need(text="pivot tables")
ANA, JOOST = "13", "14"


def sheet(number: int, title: str, course: str, access: Access | None, **values: object) -> Module:
    made = module(
        number, title, course=f"Course {course}", course_id=course, access=access, **values
    )
    return replace(made, source="lms")


MODULES = [
    sheet(1, "Pivot tables for everybody", "8", Access.SELF_ENROLMENT),
    sheet(2, "Pivot tables for us", "7", Access.ENROLLED),
    sheet(3, "Pivot tables of the board", "9", Access.ENROLLED),
    sheet(4, "Pivot tables, in short", "7", Access.ENROLLED),
]


@dataclass
class Lms:
    """A Moodle of which only the enrolments are asked; `held` holds its answers back."""

    web: Web
    courses: dict[str, list[int]]
    held: threading.Event
    status: int = 200

    def answer(self, asked: Request) -> Page:
        fields = parse_qs(asked.body.decode())
        assert fields["wsfunction"] == ["core_enrol_get_users_courses"], fields
        assert self.held.wait(30)
        found = [{"id": number} for number in self.courses.get(fields["userid"][0], [])]
        return Page(
            json.dumps(found).encode(), self.status, {"Content-Type": "application/json"}
        )

    @property
    def people_asked(self) -> list[str]:
        """For whom it was asked, in turn."""
        return [parse_qs(asked.body.decode())["userid"][0] for asked in self.web.asked]


@pytest.fixture
def lms() -> Iterator[Lms]:
    with serve_web() as web:
        site = Lms(web, {ANA: [7], JOOST: []}, threading.Event())
        site.held.set()
        web.say(REST, site.answer)
        yield site
        site.held.set()


def register(world: World, url: str, client_id: str = "moodle", **values: str) -> Registration:
    given = {
        "issuer": url,
        "client_id": client_id,
        "authorization_url": f"{url}/auth",
        "token_url": f"{url}/token",
        "key_set_url": f"{url}/keys",
        "deployment_id": "1",
        "origin": "",
        "organisation": "northwind",
    }
    return add_platform(world.runtime, **{**given, **values})  # type: ignore[arg-type]


def launched(
    world: World,
    registration: Registration,
    subject: str | None = ANA,
    *,
    course_id: str | None = "7",
    **values: object,
) -> Session:
    launch = Launch(
        registration=registration,
        subject=subject,
        deployment_id="1",
        target_link_uri="https://needle.example.org/",
        issued_at=world.clock(),
        course_id=course_id,
        **{  # type: ignore[arg-type]
            "standing": Standing(role=Role.LEARNER),
            "message_type": MessageType.RESOURCE_LINK,
            **values,
        },
    )
    return begin_session(world.runtime, launch)


@dataclass
class Site:
    """A tool whose organisation has the Moodle as a source and as a platform."""

    world: World
    lms: Lms
    registration: Registration

    def launch(self, subject: str | None = ANA, **values: object) -> Session:
        return launched(self.world, self.registration, subject, **values)  # type: ignore[arg-type]

    def ask(self, session: Session, need: Need = NEED, form: str = "f") -> Asked:
        return ask(self.world.runtime, session, need, form)


Open = Callable[..., Site]


@pytest.fixture
def open_site(make_world: Callable[..., World], lms: Lms) -> Iterator[Open]:
    made: list[World] = []

    def make(modules: list[Module] | None = None, folder: str = "", **settings: str) -> Site:
        world = make_world([], allowed_networks="127.0.0.0/8")
        made.append(world)
        catalogue = catalogue_of(world.runtime, "northwind")
        catalogue.add_source(
            "lms", "moodle", {"url": lms.web.url + folder, **settings}, secret="t" * 32
        )
        shelf = ListSource(MODULES if modules is None else modules, name="lms")
        sync(shelf, catalogue, now=world.clock())
        return Site(world, lms, register(world, lms.web.url))

    yield make
    lms.held.set()
    for world in made:
        world.runtime.enrolments.close(5)


@pytest.fixture
def site(open_site: Open) -> Site:
    return open_site()


def cards(asked: Asked) -> list[tuple[str, str]]:
    """Each module's identifier, with its mark or nothing."""
    return [
        (
            item.module.identifier,
            next((str(r["reason"]) for r in item.reasons if "enrol" in str(r["reason"])), ""),
        )
        for item in asked.items
    ]


def test_what_the_person_can_open_comes_first_and_a_locked_door_is_not_shown(site: Site) -> None:
    assert cards(site.ask(site.launch())) == [("2", ""), ("4", ""), ("1", "enrols_first")]


def test_the_lms_is_asked_for_the_person_of_the_launch_once(site: Site) -> None:
    session = site.launch()
    begin(site.world.runtime, session)
    site.ask(session)
    site.ask(site.launch(), form="g")
    assert site.lms.people_asked == [ANA]


def test_the_token_goes_in_the_body_and_nowhere_else(site: Site) -> None:
    site.ask(site.launch())
    (asked,) = site.lms.web.asked
    assert "t" * 32 in asked.body.decode()
    assert asked.target == REST
    assert asked.method == "POST"


def test_people_do_not_share_their_courses(site: Site) -> None:
    site.lms.courses = {ANA: [7, 9], JOOST: [7]}
    assert ("3", "") in cards(site.ask(site.launch(ANA)))
    assert "3" not in dict(cards(site.ask(site.launch(JOOST))))
    assert site.lms.people_asked == [ANA, JOOST]


def test_nothing_is_asked_where_no_module_is_restricted(open_site: Open) -> None:
    site = open_site([sheet(1, "Pivot tables", "7", None)])
    assert cards(site.ask(site.launch())) == [("1", "")]
    assert site.lms.people_asked == []


def test_a_guest_is_asked_for_nowhere_and_sees_marks(site: Site) -> None:
    asked = site.ask(site.launch(None))
    assert {mark for _, mark in cards(asked)} == {"enrols_first", "only_for_enrolled"}
    assert site.lms.people_asked == []


def test_a_slow_lms_does_not_hold_up_the_answer(site: Site) -> None:
    site.lms.held.clear()
    session = site.launch()
    began = time.monotonic()
    # The launch's own course needs no asking.
    assert cards(site.ask(session))[:2] == [("2", ""), ("4", "")]
    assert time.monotonic() - began < 3.5
    third = dict(cards(none_fit(site.world.runtime, session, site.ask(session).id, 1)))
    assert third == {"3": "only_for_enrolled"}
    site.lms.held.set()
    assert enrolment_of(site.world.runtime, session, wait=5).courses == {"lms": {"7"}}
    assert "3" not in dict(cards(site.ask(session, form="g")))
    assert site.lms.people_asked == [ANA]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"down"),
        (503, b"busy"),
        (429, b"busy"),
        (200, b"<html>maintenance</html>"),
        (200, b'{"exception": "e", "errorcode": "accessexception", "message": "no"}'),
        (200, b'{"exception": "e", "errorcode": "invalidtoken", "message": "no"}'),
    ],
    ids=["down", "busy", "throttled", "html", "function-missing", "token-wrong"],
)
def test_an_lms_that_cannot_tell_is_not_asked_again_at_each_need(
    site: Site, status: int, body: bytes
) -> None:
    site.lms.web.say(REST, Page(body, status))
    session = site.launch()
    for number in range(4):
        assert ("3", "only_for_enrolled") in cards(
            site.ask(session, Need(text="pivot tables board"), form=str(number))
        )
    assert len(site.lms.web.asked) == 1


def test_an_answer_that_lacks_the_course_of_the_launch_locks_nothing(site: Site) -> None:
    site.lms.courses = {ANA: []}
    asked = site.ask(site.launch(), Need(text="pivot tables board"))
    assert dict(cards(asked))["3"] == "only_for_enrolled"


def test_the_same_number_at_another_lms_means_another_person(site: Site) -> None:
    other = register(site.world, "https://other.example.org", "other")
    asked = site.ask(launched(site.world, other))
    assert dict(cards(asked))["2"] == "only_for_enrolled"
    assert site.lms.people_asked == []


def test_another_lms_on_the_same_host_is_another_one(open_site: Open) -> None:
    site = open_site(folder="/other")
    assert dict(cards(site.ask(site.launch())))["2"] == "only_for_enrolled"
    assert site.lms.web.asked == []


def test_an_administrator_of_the_lms_finds_no_door_locked(site: Site) -> None:
    administers = Standing(role=Role.ADMIN, administers=True)
    asked = site.ask(site.launch(JOOST, standing=administers, course_id="7"))
    assert {mark for _, mark in cards(asked)} == {""}


def test_who_is_forgotten_is_dropped_here_too(site: Site) -> None:
    session = site.launch()
    site.ask(session)
    assert len(site.world.runtime.enrolments) == 1
    forget(site.world.runtime, session)
    assert len(site.world.runtime.enrolments) == 0


def test_nothing_about_people_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site.lms.web.say(REST, Page(b"down", 500))
    site.ask(site.launch("1234567"))
    assert "1234567" not in caplog.text
    assert "t" * 32 not in caplog.text


def test_when_all_that_fits_is_locked_the_courses_are_named(site: Site) -> None:
    site.lms.courses = {ANA: [5]}
    session = site.launch(course_id="5")
    asked = site.ask(session, Need(text="board"))
    assert (asked.items, asked.locked, asked.locked_courses) == ((), 1, ("Course 9",))
    assert site.ask(session, Need(text="board")) == asked


def test_a_guest_of_an_lms_that_cannot_tell_reads_of_no_locked_door(site: Site) -> None:
    asked = site.ask(site.launch(None), Need(text="board"))
    assert cards(asked) == [("3", "only_for_enrolled")]
    assert asked.locked == 0


def test_after_the_last_round_what_is_locked_is_told(site: Site) -> None:
    session = site.launch()
    asked = site.ask(session)
    ended = none_fit(site.world.runtime, session, asked.id, 1)
    assert ended.exhausted
    assert (ended.locked, ended.locked_courses) == (1, ("Course 9",))


CANVAS = {
    "issuer": "https://canvas.instructure.com",
    "authorization_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_url": "https://sso.canvaslms.com/login/oauth2/token",
    "key_set_url": "https://sso.canvaslms.com/api/lti/security/jwks",
}


def test_a_canvas_launch_is_known_by_canvas_own_numbers(open_site: Open, lms: Lms) -> None:
    site = open_site()
    registration = register(site.world, lms.web.url, "canvas", **CANVAS, origin=lms.web.url)
    session = launched(
        site.world,
        registration,
        "a7f3-uuid",
        course_id="opaque",
        own_names=OwnNames(person=ANA, course="7"),
    )
    assert cards(site.ask(session))[:2] == [("2", ""), ("4", "")]
    assert lms.people_asked == [ANA]


def test_without_its_own_number_nobody_is_asked_for(open_site: Open, lms: Lms) -> None:
    site = open_site()
    registration = register(site.world, lms.web.url, "canvas", **CANVAS, origin=lms.web.url)
    session = launched(site.world, registration, ANA, course_id="7", own_names=OwnNames())
    assert dict(cards(site.ask(session)))["2"] == "only_for_enrolled"
    assert lms.people_asked == []


def test_own_names_are_sealed_with_the_session(site: Site) -> None:
    names = OwnNames(person="4711", course="42")
    session = site.launch(own_names=names)
    assert "4711" not in session.sealed_details
    assert details(site.world.runtime, session).own_names == names


def test_a_session_of_an_older_version_has_no_own_names(site: Site) -> None:
    session = site.launch(own_names=OwnNames(person="4711"))
    values = json.loads(site.world.runtime.sealer.open(session.sealed_details))
    del values["own_names"]
    older = replace(session, sealed_details=site.world.runtime.sealer.seal(json.dumps(values)))
    assert details(site.world.runtime, older).own_names is None


SITES = [
    ("same", "https://lms.example.org", "https://lms.example.org", True),
    ("slash", "https://lms.example.org", "https://lms.example.org/", True),
    ("capitals-and-port", "https://lms.example.org", "https://LMS.example.org:443", True),
    ("folder", "https://x.example.org/moodle", "https://x.example.org/moodle/", True),
    ("other-folder", "https://x.example.org/moodle", "https://x.example.org/other", False),
    ("no-folder", "https://x.example.org/moodle", "https://x.example.org", False),
    ("other-host", "https://lms.example.org", "https://other.example.org", False),
    ("other-port", "https://lms.example.org", "https://lms.example.org:8443", False),
    ("other-scheme", "https://lms.example.org", "http://lms.example.org", False),
    ("suffix", "https://lms.example.org", "https://lms.example.org.evil.example", False),
    ("seen-by-browsers", "https://canvas.instructure.com", "https://school.example.edu", True),
    ("nothing", "https://lms.example.org", "", False),
    ("issuer-no-address", "a-name", "https://school.example.edu", True),
    ("both-none", "a-name", "another-name", False),
]


@pytest.mark.parametrize(
    ("issuer", "site", "expected"), [s[1:] for s in SITES], ids=[s[0] for s in SITES]
)
def test_a_source_is_of_a_platform_when_it_reads_the_same_site(
    issuer: str, site: str, expected: bool
) -> None:
    registration = Registration(
        id=uuid4(),
        organisation="northwind",
        issuer=issuer,
        client_id="c",
        authorization_url="https://sso.example.org/auth",
        token_url="https://sso.example.org/token",
        key_set_url="https://sso.example.org/keys",
        origin="https://school.example.edu",
        family="",
        name="",
        actor_form="pseudonym",
        actor_home_page="",
        deployment_ids=frozenset(),
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    assert is_site_of(registration, site) is expected


def teach(site: Site) -> Session:
    return site.launch(
        "15",
        standing=Standing(role=Role.TEACHER),
        message_type=MessageType.DEEP_LINKING,
        deep_linking=DeepLinking(return_url=f"{site.lms.web.url}/back", accept_multiple=True),
    )


def test_a_teacher_is_warned_of_modules_of_a_course_that_is_not_theirs(site: Site) -> None:
    session = teach(site)
    found = courses_elsewhere(site.world.runtime, session, MODULES)
    assert [module.identifier for module in found] == ["1", "3"]


def test_a_teacher_of_another_lms_is_warned_of_equal_numbers(site: Site) -> None:
    other = register(site.world, "https://other.example.org", "other")
    session = launched(site.world, other, "15")
    found = courses_elsewhere(site.world.runtime, session, MODULES)
    assert [module.identifier for module in found] == ["1", "2", "3", "4"]


def place_all(site: Site) -> UUID:
    draft = Draft(
        kind=PlacementKind.COLLECTION,
        title="Pivot",
        modules=tuple((one.source, one.identifier) for one in MODULES),
    )
    (placement,) = place(
        site.world.runtime, teach(site), draft, "f", accept_multiple=True, accept_score=True
    )
    return placement.id


def test_what_a_teacher_placed_is_never_a_locked_door_without_a_word(site: Site) -> None:
    session = site.launch(placement_id=place_all(site))
    placed = show_placed(site.world.runtime, session, takes_scores=False)
    assert placed is not None
    assert [
        (item.module.identifier, [reason["reason"] for reason in item.reasons])
        for item in placed.modules
    ] == [("1", ["enrols_first"]), ("2", []), ("3", ["not_enrolled"]), ("4", [])]


def test_a_placed_event_that_is_over_is_named_and_not_opened(open_site: Open) -> None:
    site = open_site()
    at = site.world.clock()
    event = sheet(5, "Pivot tables, live", "7", Access.ENROLLED, ends=at.replace(hour=10))
    sync(
        ListSource([*MODULES, event], name="lms"),
        catalogue_of(site.world.runtime, "northwind"),
        now=at,
    )
    teacher = teach(site)
    (found, _) = find_modules(site.world.runtime, teacher, "live", most=5)
    assert [module.identifier for module in found] == ["5"]
    draft = Draft(kind=PlacementKind.MODULE, modules=(("lms", "5"),))
    (placement,) = place(
        site.world.runtime, teacher, draft, "f", accept_multiple=True, accept_score=True
    )
    site.world.clock.move(minutes=61)
    session = site.launch(placement_id=placement.id)
    placed = show_placed(site.world.runtime, session, takes_scores=False)
    assert placed is not None
    assert [item.over for item in placed.modules] == [True]
    assert find_modules(site.world.runtime, session, "live", most=5) == ([], False)


def test_what_decides_is_the_same_for_everything_that_asks(site: Site) -> None:
    context = entering(site.world.runtime, site.launch())
    assert context.home == {"lms"}
    assert context.courses == {"lms": {"7"}}
    assert context.course_id == "7"
    assert context.now == site.world.clock()


def test_every_mark_can_be_told(site: Site) -> None:
    asked = site.ask(site.launch(None))
    words = " ".join(
        tell(reason_from_json(values), gettext.NullTranslations())
        for item in asked.items
        for values in item.reasons
    )
    assert "we could not check whether you are" in words
