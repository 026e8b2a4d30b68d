"""A mini LMS with a registered tool, and a browser that has signed in to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.mini_lms import Settings, Tool, create_app
from examples.mini_lms.keys import SigningKey
from tests.examples.tool import LocalTool, serve_tool

LMS_URL = "http://127.0.0.1:8410"
LAUNCH_URL = "http://tool.invalid/launch"
TOKEN = "a-token-for-tests"

TOOL = Tool(
    client_id="client-1",
    deployment_id="deployment-1",
    login_url="http://tool.invalid/login",
    redirect_urls=(LAUNCH_URL, "http://tool.invalid/other"),
    target_link_uri="http://tool.invalid/launch?need=open",
    jwks_url="http://tool.invalid/jwks.json",
)

SETTINGS = Settings(public_url=LMS_URL, tool=TOOL, web_service_token=TOKEN,
                    web_service_password="a-password-for-tests")


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    time: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.time

    def advance(self, amount: timedelta) -> None:
        self.time += amount


@dataclass(frozen=True)
class Form:
    """The one form of a page."""

    action: str
    fields: dict[str, str]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def key() -> SigningKey:
    """One key for all tests, since making one takes a while."""
    return SigningKey()


@pytest.fixture
def lms(clock: Clock, key: SigningKey) -> Flask:
    return create_app(SETTINGS, now=clock, key=key)


Browser = Callable[[int], FlaskClient]


@pytest.fixture
def browser(lms: Flask) -> Browser:
    """Opens a browser of its own for the person with this number, signed in."""

    def open_browser(person: int) -> FlaskClient:
        client = lms.test_client()
        assert client.post("/login/index.php", data={"person": person}).status_code == 303
        return client

    return open_browser


@pytest.fixture
def ana(browser: Browser) -> Iterator[FlaskClient]:
    with browser(13) as client:
        yield client


@pytest.fixture(scope="session")
def tool_key() -> SigningKey:
    """The key of a tool, for all tests."""
    return SigningKey()


@pytest.fixture
def tool(tool_key: SigningKey, clock: Clock) -> Iterator[LocalTool]:
    """A tool that serves its keys on this machine."""
    with serve_tool(tool_key, clock) as served:
        yield served


def sign_in(app: Flask, person: int) -> FlaskClient:
    """A browser of its own, signed in as the person with this number."""
    client = app.test_client()
    assert client.post("/login/index.php", data={"person": person}).status_code == 303
    return client


def answer_login(client: FlaskClient, begun: TestResponse) -> TestResponse:
    """What the LMS answers when the tool asks for the launch whose initiation `begun` is."""
    fields = read_form(begun).fields
    return client.get("/lti/authorize", query_string={
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post",
        "prompt": "none", "client_id": fields["client_id"],
        "redirect_uri": read_form(begun).action.replace("/login", "/launch"),
        "login_hint": fields["login_hint"], "lti_message_hint": fields["lti_message_hint"],
        "state": "the tool's state", "nonce": "the tool's nonce",
    })


def read_form(response: TestResponse) -> Form:
    """The form of a page that passes something on."""
    assert response.status_code == 200
    action = re.search(r'<form method="post" action="([^"]*)"', response.text)
    assert action
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', response.text)
    return Form(unescape(action[1]), {unescape(name): unescape(value) for name, value in pairs})


def begin_launch(client: FlaskClient, cmid: int = 100, target: str = "iframe") -> dict[str, str]:
    """Launch an activity, and give the authorization request that a tool makes of it."""
    form = read_form(client.get(f"/mod/lti/launch.php?id={cmid}&target={target}"))
    return {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": form.fields["client_id"],
        "redirect_uri": LAUNCH_URL,
        "login_hint": form.fields["login_hint"],
        "lti_message_hint": form.fields["lti_message_hint"],
        "state": "the tool's state",
        "nonce": "the tool's nonce",
    }
