"""Login and launch with a platform that nobody here wrote: Open edX's own library."""

from __future__ import annotations

import contextlib
import importlib.util
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

requests = pytest.importorskip("requests")
if importlib.util.find_spec("lti_consumer") is None:
    pytest.skip("lti-consumer-xblock is not installed", allow_module_level=True)

import flask  # noqa: E402
from werkzeug.serving import BaseWSGIServer, make_server  # noqa: E402

from lti_tool.config import Config  # noqa: E402
from lti_tool.domain.launch import Launch, Role  # noqa: E402
from lti_tool.errors import NeedleError  # noqa: E402
from lti_tool.lti.browser import read_browser  # noqa: E402
from lti_tool.lti.keys import tool_keys  # noqa: E402
from lti_tool.lti.launch import accept_launch  # noqa: E402
from lti_tool.lti.login import (  # noqa: E402
    LoginStep,
    OpenInNewTab,
    SetCookieAndRedirect,
    begin_login,
    continue_login,
)
from lti_tool.lti.registration import check_registration, default_origin  # noqa: E402
from lti_tool.sealing import Sealer  # noqa: E402
from lti_tool.storage.database import connect  # noqa: E402
from lti_tool.storage.migrate import migrate_tool  # noqa: E402
from lti_tool.storage.registrations import put_registration  # noqa: E402
from lti_tool.storage.tables import organisation  # noqa: E402
from tests.peers.openedx import OpenEdx, launch, read_form, start_openedx  # noqa: E402

pytestmark = pytest.mark.peers
BLOCK_ID = "block-v1:Northwind+TALK+2026+type@lti_consumer+block@graded"


@dataclass
class SmallTool:
    """The login, launch and key-set addresses alone, on a server of their own."""

    engine: sa.Engine
    config: Config
    launches: list[Launch] = field(default_factory=list)

    def app(self) -> flask.Flask:
        """The three addresses as a Flask application."""
        app = flask.Flask(__name__)
        app.add_url_rule("/lti/login", view_func=self.login, methods=["GET", "POST"])
        app.add_url_rule("/lti/login/<login_id>", view_func=self.go_on)
        app.add_url_rule("/lti/launch", view_func=self.launch, methods=["POST"])
        app.add_url_rule("/lti/jwks.json", view_func=self.keys)
        app.register_error_handler(NeedleError, lambda error: (error.code, error.status))
        return app

    def login(self) -> flask.Response:
        """The platform's first word."""
        browser = read_browser(self.config, flask.request.cookies)
        params = flask.request.values
        return self.answer(
            begin_login(self.engine, self.config, datetime.now(UTC), params, browser)
        )

    def go_on(self, login_id: str) -> flask.Response:
        """After the cookie."""
        browser = read_browser(self.config, flask.request.cookies)
        tab = flask.request.args.get("tab", "")
        now = datetime.now(UTC)
        return self.answer(
            continue_login(self.engine, self.config, now, login_id, browser, tab=tab)
        )

    def answer(self, step: LoginStep) -> flask.Response:
        """A step as the browser gets it."""
        if isinstance(step, OpenInNewTab):
            return flask.Response(f'<a href="{step.url}" target="_blank">Open</a>')
        response = flask.redirect(step.location, 303)
        for cookie in step.cookies if isinstance(step, SetCookieAndRedirect) else ():
            response.set_cookie(
                cookie.name,
                cookie.value,
                max_age=cookie.max_age,
                path=cookie.path,
                secure=cookie.secure,
                httponly=True,
                samesite=cookie.samesite,
                partitioned=cookie.partitioned,
            )
        return response

    def launch(self) -> str:
        """The platform's answer."""
        browser = read_browser(self.config, flask.request.cookies)
        form = flask.request.form
        accepted = accept_launch(self.engine, self.config, datetime.now(UTC), form, browser)
        self.launches.append(accepted)
        return "launched"

    def keys(self) -> dict[str, object]:
        """The tool's keys."""
        return {**tool_keys(self.engine, Sealer("s" * 40), datetime.now(UTC))}


@contextlib.contextmanager
def run(server: BaseWSGIServer) -> Iterator[None]:
    """The server, in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def register(tool: SmallTool, platform: OpenEdx) -> None:
    """Enter the platform at the tool, as `needle platform add` does."""
    told = {
        "issuer": platform.issuer,
        "client_id": platform.client_id,
        "authorization_url": platform.authorization_url,
        "token_url": platform.token_url,
        "key_set_url": platform.key_set_url,
        "deployment_id": platform.deployment_id,
        "origin": default_origin(platform.authorization_url),
    }
    check_registration(**told)
    now = datetime.now(UTC)
    row = {"id": "northwind", "name": "Northwind", "pseudonym_key": "", "created_at": now}
    actor = {"actor_form": "pseudonym", "actor_home_page": tool.config.public_url}
    with tool.engine.begin() as connection:
        connection.execute(sa.insert(organisation).values(row))
        put_registration(connection, organisation="northwind", now=now, **told, **actor)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SmallTool, OpenEdx]]:
    """The small tool and the platform, each knowing the other."""
    folder = tmp_path_factory.mktemp("openedx")
    engine = connect(f"sqlite:///{folder / 'tool.sqlite3'}")
    migrate_tool(engine)
    tool = SmallTool(engine, Config(secret_key="s" * 40))
    server = make_server("127.0.0.1", 0, tool.app(), threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    tool.config = Config(public_url=url, secret_key="s" * 40)
    with run(server), start_openedx(url, folder) as platform:
        register(tool, platform)
        yield tool, platform
    engine.dispose()


def test_person_launches_from_open_edx(running: tuple[SmallTool, OpenEdx]) -> None:
    tool, platform = running
    with requests.Session() as browser:
        answer = launch(browser, platform, "user-1")
    assert (answer.status_code, answer.text) == (200, "launched")
    accepted = tool.launches[-1]
    assert accepted.registration.issuer == platform.issuer
    assert accepted.subject == "user-1"
    assert accepted.role is Role.LEARNER
    assert accepted.course_id == "course-v1:Northwind+TALK+2026"
    assert accepted.course_title == "Talking about work"
    assert accepted.resource_link_id == BLOCK_ID


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("student", Role.LEARNER),
        ("staff", Role.TEACHER),
        ("instructor", Role.TEACHER),
        ("Community TA", Role.TEACHER),
        ("global_staff", Role.ADMIN),
    ],
)
def test_roles_of_open_edx(running: tuple[SmallTool, OpenEdx], role: str, expected: Role) -> None:
    tool, platform = running
    with requests.Session() as browser:
        assert launch(browser, platform, "user-2", role).status_code == 200
    assert tool.launches[-1].role is expected


def test_second_launch_of_a_browser_needs_no_cookie_step(
    running: tuple[SmallTool, OpenEdx],
) -> None:
    tool, platform = running
    with requests.Session() as browser:
        launch(browser, platform, "user-3")
        page = browser.get(platform.start_of("user-3"), timeout=30)
        paths = [urlsplit(step.url).path for step in page.history]
        form = read_form(page)
        assert paths == ["/start", "/lti/login"]
        assert form.action == f"{tool.config.public_url}/lti/launch"
        assert browser.post(form.action, data=form.fields, timeout=30).status_code == 200


def test_same_launch_posted_again_is_refused(running: tuple[SmallTool, OpenEdx]) -> None:
    _, platform = running
    with requests.Session() as browser:
        form = read_form(browser.get(platform.start_of("user-4"), timeout=30))
        assert browser.post(form.action, data=form.fields, timeout=30).status_code == 200
        again = browser.post(form.action, data=form.fields, timeout=30)
    assert (again.status_code, again.text) == (403, "state-used")


def test_launch_taken_to_another_browser_is_refused(
    running: tuple[SmallTool, OpenEdx],
) -> None:
    _, platform = running
    with requests.Session() as browser, requests.Session() as other:
        form = read_form(browser.get(platform.start_of("user-5"), timeout=30))
        launch(other, platform, "user-6")
        answer = other.post(form.action, data=form.fields, timeout=30)
    assert (answer.status_code, answer.text) == (403, "browser-other")


def test_browser_that_keeps_no_cookie_is_led_to_a_new_tab(
    running: tuple[SmallTool, OpenEdx],
) -> None:
    _, platform = running
    url = platform.start_of("user-7")
    for _ in range(3):
        page = requests.get(url, allow_redirects=False, timeout=30)
        url = page.headers.get("Location", "")
    assert page.status_code == 200
    assert 'target="_blank"' in page.text
    assert parse_qs(urlsplit(page.text.split('"')[1]).query) == {"tab": ["1"]}
