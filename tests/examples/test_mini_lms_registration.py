"""Dynamic registration at the mini LMS, as Moodle does it."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.mini_lms import Settings, create_app
from examples.mini_lms.keys import SigningKey
from tests.examples.conftest import LMS_URL, Clock, answer_login, sign_in

CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
ADA = 2


@pytest.fixture
def lms(clock: Clock, key: SigningKey) -> Flask:
    """A mini LMS without a tool."""
    return create_app(Settings(public_url=LMS_URL), now=clock, key=key)


@pytest.fixture
def ada(lms: Flask) -> FlaskClient:
    return sign_in(lms, ADA)


@pytest.fixture
def captured(shared: Path) -> dict[str, dict[str, object]]:
    path = shared / "captures/moodle-4.5/lti/004_dynamic_registration.json"
    found: dict[str, dict[str, object]] = json.loads(path.read_text())
    return found


def open_registration(ada: FlaskClient, url: str = "https://tool.invalid/register") -> str:
    """Begin a registration; gives the address that the LMS opens in its frame."""
    page = ada.post("/admin/tools/register", data={"url": url})
    assert page.status_code == 200
    found = re.search(r'<iframe [^>]*src="([^"]*)"', page.text)
    assert found
    return html.unescape(found[1])


def read_token(address: str) -> str:
    return parse_qs(urlsplit(address).query)["registration_token"][0]


def register(lms: Flask, token: str, asked: object) -> TestResponse:
    return lms.test_client().post("/lti/register", json=asked,
                                  headers={"Authorization": f"Bearer {token}"})


def test_the_frame_opens_the_tool_with_our_configuration_and_a_token(ada: FlaskClient) -> None:
    address = open_registration(ada, "https://tool.invalid/register/abc?x=1")
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://tool.invalid/register/abc?x=1&")
    assert query["openid_configuration"] == [f"{LMS_URL}/lti/openid-configuration"]
    assert read_token(address).count(".") == 2


def test_the_configuration_has_the_keys_of_moodle(ada: FlaskClient, shared: Path) -> None:
    path = shared / "captures/moodle-4.5/lti/003_openid_configuration.json"
    assert ada.get("/lti/openid-configuration").json.keys() == json.loads(path.read_text()).keys()


def test_a_tool_is_answered_as_moodle_answers_it(
    lms: Flask, ada: FlaskClient, captured: dict[str, dict[str, object]]
) -> None:
    answer = register(lms, read_token(open_registration(ada)), captured["request"])
    assert answer.status_code == 200
    assert len(answer.json["client_id"]) == 15
    assert answer.json == captured["response"] | {"client_id": answer.json["client_id"]}


def test_a_tool_waits_until_the_administrator_lets_it_in(
    lms: Flask, ada: FlaskClient, captured: dict[str, dict[str, object]]
) -> None:
    client_id = register(lms, read_token(open_registration(ada)),
                         captured["request"]).json["client_id"]
    assert "Pending" in ada.get("/admin/tools").text
    assert "No tool is registered" in ada.get("/mod/lti/view.php?id=100").text
    assert ada.get("/mod/lti/launch.php?id=100").status_code == 404
    ada.post("/admin/tools/activate", data={"client_id": client_id})
    assert "Pending" not in ada.get("/admin/tools").text
    begun = ada.get("/mod/lti/launch.php?id=100")
    assert answer_login(ada, begun).status_code == 200


def test_a_domain_that_registers_again_keeps_its_client_id(
    lms: Flask, ada: FlaskClient, captured: dict[str, dict[str, object]]
) -> None:
    first, second = (
        register(lms, read_token(open_registration(ada)), captured["request"] | change).json
        for change in ({}, {"client_name": "A new name"}))
    assert second["client_id"] == first["client_id"]
    assert second[CONFIGURATION]["deployment_id"] == first[CONFIGURATION]["deployment_id"]
    page = ada.get("/admin/tools").text
    assert page.count(first["client_id"]) == 2  # shown, and in its button
    assert "A new name" in page


def test_a_token_registers_once(
    lms: Flask, ada: FlaskClient, captured: dict[str, dict[str, object]]
) -> None:
    token = read_token(open_registration(ada))
    assert register(lms, token, captured["request"]).status_code == 200
    assert register(lms, token, captured["request"]).status_code == 401


def test_a_refused_request_does_not_use_up_its_token(
    lms: Flask, ada: FlaskClient, captured: dict[str, dict[str, object]]
) -> None:
    token = read_token(open_registration(ada))
    assert register(lms, token, {}).status_code == 400
    assert register(lms, token, captured["request"]).status_code == 200


def test_a_token_is_good_for_an_hour(
    lms: Flask, ada: FlaskClient, clock: Clock, captured: dict[str, dict[str, object]]
) -> None:
    token = read_token(open_registration(ada))
    clock.advance(timedelta(hours=1, seconds=1))
    assert register(lms, token, captured["request"]).status_code == 401


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_nothing_is_registered_without_a_token_of_ours(
    lms: Flask, token: str, captured: dict[str, dict[str, object]]
) -> None:
    assert register(lms, token, captured["request"]).status_code == 401
    foreign = SigningKey().sign({"sub": "x", "scope": "reg", "exp": 4_000_000_000})
    assert register(lms, foreign, captured["request"]).status_code == 401


@pytest.mark.parametrize(("name", "value"), [
    ("response_types", []), ("response_types", ["code"]), ("initiate_login_uri", ""),
    ("initiate_login_uri", "javascript:alert(1)"), ("redirect_uris", []), ("client_name", None),
    ("jwks_uri", None), ("token_endpoint_auth_method", "client_secret_basic"),
    (CONFIGURATION, None), (CONFIGURATION, {"domain": "other.invalid",
                                            "target_link_uri": "https://tool.invalid/"}),
    ("scope", ["a"]),
])
def test_what_moodle_requires_is_required(
    lms: Flask, ada: FlaskClient, captured: dict[str, dict[str, object]], name: str, value: object
) -> None:
    answer = register(lms, read_token(open_registration(ada)), captured["request"] | {name: value})
    assert answer.status_code == 400
    assert answer.text


def test_pages_of_the_administrator_are_for_the_administrator(lms: Flask) -> None:
    for person in (13, 15):
        assert sign_in(lms, person).get("/admin/tools").status_code == 403
    assert lms.test_client().get("/admin/tools").status_code == 302
    assert sign_in(lms, 15).post("/admin/tools/activate").status_code == 403


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "tool.invalid/register"])
def test_what_is_no_web_address_is_not_opened(ada: FlaskClient, url: str) -> None:
    assert ada.post("/admin/tools/register", data={"url": url}).status_code == 400
