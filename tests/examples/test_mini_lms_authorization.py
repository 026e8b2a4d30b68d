"""The OIDC authorization endpoint of the mini LMS, as a tool meets it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.mini_lms import Settings, Tool, create_app
from tests.examples.conftest import (
    LAUNCH_URL,
    LMS_URL,
    TOOL,
    Browser,
    Clock,
    begin_launch,
    read_form,
)

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AUTHORIZE = "/lti/authorize"


def read_claims(client: FlaskClient, id_token: str) -> dict[str, object]:
    """The claims of an id_token, verified with the published key of its kid."""
    keys = jwt.PyJWKSet.from_dict(client.get("/lti/jwks.json").json)
    key = keys[jwt.get_unverified_header(id_token)["kid"]]
    claims: dict[str, object] = jwt.decode(
        id_token, key.key, algorithms=["RS256"], audience=TOOL.client_id, issuer=LMS_URL
    )
    return claims


def launch(client: FlaskClient, cmid: int = 100, target: str = "iframe") -> dict[str, object]:
    form = read_form(client.get(AUTHORIZE, query_string=begin_launch(client, cmid, target)))
    assert form.action == LAUNCH_URL
    return read_claims(client, form.fields["id_token"])


def test_login_initiation_is_a_post_with_the_fields_of_moodle(
    ana: FlaskClient, shared: Path
) -> None:
    path = shared / "captures/moodle-4.5/lti/022_oidc_login_initiation.json"
    captured = json.loads(path.read_text())["form"]
    form = read_form(ana.get("/mod/lti/launch.php?id=100"))
    assert form.action == TOOL.login_url
    assert form.fields.keys() == captured.keys()
    hint = json.loads(form.fields["lti_message_hint"])
    assert hint.keys() == json.loads(captured["lti_message_hint"]).keys()
    assert hint["cmid"] == 100
    assert form.fields["iss"] == LMS_URL
    assert form.fields["target_link_uri"] == TOOL.target_link_uri
    assert form.fields["login_hint"] == "13"
    assert form.fields["lti_deployment_id"] == TOOL.deployment_id


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_right_request_is_answered_by_form_post_with_the_state(
    ana: FlaskClient, method: str
) -> None:
    asked = begin_launch(ana)
    given = {"query_string": asked} if method == "GET" else {"data": asked}
    form = read_form(ana.open(AUTHORIZE, method=method, **given))
    assert form.action == LAUNCH_URL
    assert form.fields.keys() == {"id_token", "state"}
    assert form.fields["state"] == asked["state"]
    assert read_claims(ana, form.fields["id_token"])["nonce"] == asked["nonce"]


def test_the_answer_is_not_kept_and_needs_no_inline_script(ana: FlaskClient) -> None:
    response = ana.get(AUTHORIZE, query_string=begin_launch(ana))
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert '<script src="/static/submit.js" defer></script>' in response.text
    assert "<button>Continue</button>" in response.text


def test_claims_have_the_keys_and_types_of_moodle(ana: FlaskClient, shared: Path) -> None:
    path = shared / "captures/moodle-4.5/lti/023_launch_LtiResourceLinkRequest_Learner.json"
    captured = json.loads(path.read_text())["payload"]
    claims = launch(ana)
    assert claims.keys() == captured.keys()
    for name in claims:
        assert type(claims[name]) is type(captured[name]), name
        if isinstance(claims[name], dict) and not name.endswith("/custom"):
            assert claims[name].keys() == captured[name].keys(), name


def test_an_id_token_lives_sixty_seconds(ana: FlaskClient, clock: Clock) -> None:
    claims = launch(ana)
    assert claims["iat"] == int(clock().timestamp())
    assert claims["exp"] == int(clock().timestamp()) + 60


def test_the_resource_link_is_the_instance_and_not_the_cmid(ana: FlaskClient) -> None:
    claims = launch(ana, cmid=200)
    assert claims[CLAIM + "resource_link"] == {
        "id": "1200",
        "title": "What do you need right now?",
        "description": "Say in your own words what you are up against, "
                       "and get one piece that helps.",
    }
    assert claims[CLAIM + "context"] == {
        "id": "3", "label": "PRESENT", "title": "Presenting", "type": ["CourseSection"],
    }


@pytest.mark.parametrize(
    ("person", "role", "locale"),
    [(13, "Learner", "en"), (14, "Learner", "nl"), (15, "Instructor", "en"), (17, "Learner", "en")],
)
def test_role_and_language_are_those_of_the_person(
    browser: Browser, person: int, role: str, locale: str
) -> None:
    claims = launch(browser(person))
    assert claims["sub"] == str(person)
    assert claims[CLAIM + "roles"] == [f"http://purl.imsglobal.org/vocab/lis/v2/membership#{role}"]
    assert claims[CLAIM + "launch_presentation"]["locale"] == locale


def test_a_new_window_is_named_in_the_claims(ana: FlaskClient) -> None:
    presentation = launch(ana, target="window")[CLAIM + "launch_presentation"]
    assert presentation["document_target"] == "window"
    assert "launch_container=4" in presentation["return_url"]


def test_the_return_url_leads_to_the_course(ana: FlaskClient) -> None:
    url = launch(ana, cmid=300)[CLAIM + "launch_presentation"]["return_url"]
    assert ana.get(url.removeprefix(LMS_URL)).location == "/course/view.php?id=4"


def test_custom_values_are_replaced_and_unknown_variables_stay(clock: Clock) -> None:
    custom = (("course", "$Context.id"), ("odd", "$Not.A.Variable"),
              ("result", "$Result.sourcedId"), ("plain", "a=b"))
    tool = Tool(client_id="client-1", deployment_id="1", login_url=TOOL.login_url,
                redirect_urls=TOOL.redirect_urls, target_link_uri=LAUNCH_URL,
                jwks_url=TOOL.jwks_url, custom=custom)
    client = create_app(Settings(public_url=LMS_URL, tool=tool), now=clock).test_client()
    client.post("/login/index.php", data={"person": 13})
    assert launch(client)[CLAIM + "custom"] == {
        "course": "2", "odd": "$Not.A.Variable", "result": None, "plain": "a=b",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "somebody-else"),
        ("client_id", None),
        ("redirect_uri", "http://evil.invalid/launch"),
        ("redirect_uri", LAUNCH_URL + "/"),
        ("redirect_uri", LAUNCH_URL + "?x=1"),
        ("redirect_uri", None),
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(
    ana: FlaskClient, name: str, value: str | None
) -> None:
    asked = begin_launch(ana)
    if value is None:
        del asked[name]
    else:
        asked[name] = value
    response = ana.get(AUTHORIZE, query_string=asked)
    assert response.status_code == 400
    assert "data-submit-now" not in response.text
    assert "evil.invalid" not in response.text


def test_an_unknown_client_is_refused_before_anybody_is_signed_in(lms: Flask) -> None:
    response = lms.test_client().get(AUTHORIZE, query_string={"client_id": "nobody"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("scope", "openid profile", "invalid_scope"),
        ("scope", None, "invalid_scope"),
        ("response_type", "code", "unsupported_response_type"),
        ("response_type", None, "unsupported_response_type"),
        ("response_mode", "query", "invalid_request"),
        ("response_mode", None, "invalid_request"),
        ("prompt", "login", "invalid_request"),
        ("prompt", None, "invalid_request"),
        ("nonce", None, "invalid_request"),
        ("nonce", "", "invalid_request"),
        ("state", None, "invalid_request"),
        ("login_hint", None, "invalid_request"),
        ("login_hint", "14", "access_denied"),
        ("lti_message_hint", None, "invalid_request"),
        ("lti_message_hint", '{"cmid":100,"launchid":"made up"}', "invalid_request"),
    ],
)
def test_a_wrong_parameter_goes_back_to_the_tool_as_an_error(
    ana: FlaskClient, name: str, value: str | None, error: str
) -> None:
    asked = begin_launch(ana)
    if value is None:
        del asked[name]
    else:
        asked[name] = value
    form = read_form(ana.get(AUTHORIZE, query_string=asked))
    assert form.action == LAUNCH_URL
    assert form.fields["error"] == error
    assert name in form.fields["error_description"]
    assert form.fields["state"] == asked.get("state", "")
    assert "id_token" not in form.fields


@pytest.mark.parametrize("name", ["nonce", "state", "scope", "login_hint", "lti_message_hint"])
def test_a_parameter_given_twice_is_refused(ana: FlaskClient, name: str) -> None:
    asked = begin_launch(ana)
    pairs = [*asked.items(), (name, asked[name])]
    fields = read_form(ana.post(AUTHORIZE, query_string=pairs)).fields
    assert fields["error"] == "invalid_request"
    assert name in fields["error_description"]


def test_a_hint_is_good_for_one_use(ana: FlaskClient) -> None:
    asked = begin_launch(ana)
    assert "id_token" in read_form(ana.get(AUTHORIZE, query_string=asked)).fields
    again = read_form(ana.get(AUTHORIZE, query_string=asked)).fields
    assert again["error"] == "invalid_request"


def test_a_hint_is_good_for_ten_minutes(ana: FlaskClient, clock: Clock) -> None:
    early, late = begin_launch(ana), begin_launch(ana)
    clock.advance(timedelta(minutes=10))
    assert "id_token" in read_form(ana.get(AUTHORIZE, query_string=early)).fields
    clock.advance(timedelta(seconds=1))
    assert "error" in read_form(ana.get(AUTHORIZE, query_string=late)).fields


def test_another_session_can_neither_use_nor_spoil_a_hint(browser: Browser) -> None:
    first, second = browser(13), browser(13)
    asked = begin_launch(first)
    assert "error" in read_form(second.get(AUTHORIZE, query_string=asked)).fields
    assert "id_token" in read_form(first.get(AUTHORIZE, query_string=asked)).fields


def test_another_person_cannot_use_a_hint(browser: Browser) -> None:
    asked = begin_launch(browser(13)) | {"login_hint": "14"}
    assert read_form(browser(14).get(AUTHORIZE, query_string=asked)).fields["error"] == (
        "invalid_request"
    )


def test_without_a_session_the_request_is_repeated_from_our_own_page(
    ana: FlaskClient, lms: Flask
) -> None:
    asked = begin_launch(ana)
    form = read_form(lms.test_client().post(AUTHORIZE, data=asked))
    assert form.action == AUTHORIZE
    assert form.fields == asked | {"repost": "1"}
    assert "id_token" in read_form(ana.post(AUTHORIZE, data=form.fields)).fields


def test_a_repeated_request_without_a_session_is_answered_with_login_required(
    ana: FlaskClient, lms: Flask
) -> None:
    asked = begin_launch(ana) | {"repost": "1"}
    form = read_form(lms.test_client().post(AUTHORIZE, data=asked))
    assert form.action == LAUNCH_URL
    assert form.fields["error"] == "login_required"


def test_the_session_cookie_is_lax_and_hidden_from_scripts(lms: Flask) -> None:
    cookie = lms.test_client().post("/login/index.php", data={"person": 13}).headers["Set-Cookie"]
    assert cookie.startswith("mini_lms=")
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie


def test_each_start_has_a_key_of_its_own(lms: Flask, clock: Clock) -> None:
    other = create_app(Settings(public_url=LMS_URL), now=clock)
    keys = [app.test_client().get("/lti/jwks.json").json["keys"] for app in (lms, other)]
    assert [len(key) for key in keys] == [1, 1]
    assert keys[0][0]["kid"] != keys[1][0]["kid"]
    assert keys[0][0]["n"] != keys[1][0]["n"]
    assert "d" not in keys[0][0]
