"""Placing, names and roles, and a grade with Open edX's own platform library."""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

requests = pytest.importorskip("requests")
if importlib.util.find_spec("lti_consumer") is None:
    pytest.skip("lti-consumer-xblock is not installed", allow_module_level=True)

from werkzeug.serving import make_server  # noqa: E402

from lti_tool.actions.grading import send_due_grades  # noqa: E402
from lti_tool.actions.launching import details, resume_session  # noqa: E402
from lti_tool.cli.grades import sender  # noqa: E402
from lti_tool.config import Config  # noqa: E402
from lti_tool.domain.launch import Role, Services  # noqa: E402
from lti_tool.lti.services.connector import Connector, connect_to  # noqa: E402
from lti_tool.lti.services.grades import (  # noqa: E402
    find_line_item,
    find_or_make_line_item,
    post_score,
    read_results,
)
from lti_tool.lti.services.members import members  # noqa: E402
from lti_tool.lti.services.tokens import TokenCache  # noqa: E402
from lti_tool.storage.registrations import find_registration, put_registration  # noqa: E402
from tests.peers.openedx import OpenEdx, read_form, start_openedx  # noqa: E402
from tests.settings import BY_WORDS  # noqa: E402
from tests.web.walker import Page  # noqa: E402
from tests.web.world import World, open_world  # noqa: E402

pytestmark = pytest.mark.peers
SECONDS = 30
BLOCK_ID = "block-v1:Northwind+TALK+2026+type@lti_consumer+block@graded"


@dataclass(frozen=True)
class Told:
    """An answer over the network, in the form that `Page` reads."""

    status_code: int
    text: str

    def get_data(self, as_text: bool = True) -> str:
        return self.text


@dataclass
class Visit:
    """A browser of somebody at Open edX with Needle in a course."""

    world: World
    platform: OpenEdx
    browser: requests.Session

    def page(self, answer: requests.Response) -> Page:
        """A page of Needle."""
        return Page(Told(answer.status_code, answer.text))  # type: ignore[arg-type]

    def launch(self, url: str) -> Page:
        """Go from a page of the platform through login and launch."""
        self.world.moment[0] = datetime.now(UTC)
        form = read_form(self.browser.get(url, timeout=SECONDS))
        return self.page(self.browser.post(form.action, data=form.fields, timeout=SECONDS))

    def press(self, page: Page, button: str, **fields: str) -> Page:
        """Press a button of a page of Needle."""
        form = page.form(button)
        sent = dict(form.fields)
        sent |= {name: value for label, name, value in form.buttons if label == button and name}
        url = self.world.runtime.config.public_url + form.action
        return self.page(self.browser.post(url, data={**sent, **fields}, timeout=SECONDS))

    def services(self, user: str, role: str) -> tuple[Services, Connector]:
        """What a launch of that person names of the platform's services, and the way to them."""
        page = self.launch(self.platform.start_of(user, role))
        runtime = self.world.runtime
        token = dict(page.form("Find it").fields)["token"]
        with runtime.engine.connect() as connection:
            known = find_registration(connection, self.platform.issuer, self.platform.client_id)
        assert known is not None
        access = connect_to(
            known, engine=runtime.engine, config=runtime.config, sealer=runtime.sealer,
            tokens=TokenCache(), now=runtime.now,
        )  # fmt: skip
        return details(runtime, resume_session(runtime, token)).services, access

    def place(self, sought: str, **fields: str) -> requests.Response:
        """A teacher places the first module that is found; what the platform says to it."""
        page = self.launch(self.platform.placing_of("teacher-1"))
        found = self.press(page, "Search", sought=sought)
        (module, *_) = re.findall(r'name="module" value="([^"]*)"', found.html)
        preview = self.press(found, "Look at the modules", module=module, **fields)
        back = self.press(preview, "Place it in my course")
        assert back.has_button("Go on to your course"), back.text
        (form,) = [form for form in back.forms if "JWT" in dict(form.fields)]
        return self.browser.post(form.action, data=dict(form.fields), timeout=SECONDS)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, OpenEdx]]:
    """Needle's whole application and the platform, each knowing the other."""
    folder = tmp_path_factory.mktemp("openedx")
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    world = open_world(
        Config(
            database_url=f"sqlite:///{folder / 'needle.sqlite3'}",
            public_url=url,
            secret_key="s" * 48,
            **BY_WORDS,
        )
    )
    server.app = world.app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with start_openedx(url, folder) as platform:
            register(world, platform)
            yield world, platform
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
        world.runtime.close()


def register(world: World, platform: OpenEdx) -> None:
    """Enter the platform at Needle."""
    with world.runtime.engine.begin() as connection:
        put_registration(
            connection,
            organisation="northwind",
            issuer=platform.issuer,
            client_id=platform.client_id,
            authorization_url=platform.authorization_url,
            token_url=platform.token_url,
            key_set_url=platform.key_set_url,
            origin=platform.issuer,
            deployment_id=platform.deployment_id,
            actor_form="pseudonym",
            actor_home_page=world.runtime.config.public_url,
            now=datetime.now(UTC),
        )


@pytest.fixture
def visit(running: tuple[World, OpenEdx]) -> Iterator[Visit]:
    """A new browser."""
    with requests.Session() as browser:
        yield Visit(*running, browser)


def test_a_grade_arrives(visit: Visit) -> None:
    services, access = visit.services("user-1", "student")
    assert services.line_items_url is not None
    item = find_or_make_line_item(
        access, services.line_items_url, label="Talking", score_maximum=1,
        resource_link_id=BLOCK_ID, resource_id="placement-1",
    )  # fmt: skip
    again = find_line_item(access, services.line_items_url, resource_link_id=BLOCK_ID)
    assert again is not None
    assert again.url == item.url
    post_score(
        access, item.url, subject="user-1", score=1, score_maximum=1, at=visit.world.moment[0]
    )
    (score,) = requests.get(visit.platform.scores_url, timeout=SECONDS).json()
    assert (score["user"], score["given"], score["maximum"]) == ("user-1", 1, 1)
    assert (score["progress"], score["link"]) == ("FullyGraded", BLOCK_ID)
    (result,) = read_results(access, item.url)
    assert (result.subject, result.score) == ("user-1", 1)


def test_names_and_roles_of_the_course(visit: Visit) -> None:
    services, access = visit.services("teacher-1", "staff")
    everybody = {one.subject: one.role for one in members(access, services, limit=2)}
    assert everybody == {
        "user-1": Role.LEARNER, "user-2": Role.LEARNER, "teacher-1": Role.TEACHER
    }  # fmt: skip


def test_a_learner_places_nothing(visit: Visit) -> None:
    answer = visit.browser.get(visit.platform.placing_of("user-2", "student"), timeout=SECONDS)
    assert answer.status_code == 403


def test_a_module_that_was_placed_is_launched(visit: Visit) -> None:
    saved = visit.place("conversation")
    assert saved.status_code == 200, saved.text
    with requests.Session() as browser:
        learner = Visit(visit.world, visit.platform, browser)
        page = learner.launch(visit.platform.start_of("user-1"))
        assert page.status == 200
        (address,) = {href for _, href in page.links if href.startswith("/open/")}
        url = visit.world.runtime.config.public_url + address
        opened = browser.get(url, allow_redirects=False, timeout=SECONDS)
    assert opened.status_code == 302
    assert opened.headers["Location"].startswith("https://lms.example.org/mod/page/")


def test_a_module_placed_for_a_point_gives_it(visit: Visit) -> None:
    saved = visit.place("conversation", graded="yes")
    assert saved.status_code == 200, saved.text
    runtime = visit.world.runtime
    with requests.Session() as browser:
        learner = Visit(visit.world, visit.platform, browser)
        page = learner.launch(visit.platform.start_of("user-2"))
        (address,) = {href for _, href in page.links if href.startswith("/open/")}
        browser.get(runtime.config.public_url + address, allow_redirects=False, timeout=SECONDS)
    visit.world.moment[0] = datetime.now(UTC)
    assert send_due_grades(runtime, sender(runtime)) == 1
    scores = requests.get(visit.platform.scores_url, timeout=SECONDS).json()
    assert ("user-2", 1, 1) in [(one["user"], one["given"], one["maximum"]) for one in scores]
