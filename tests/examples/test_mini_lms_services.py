"""The services of the mini LMS: tokens, names and roles, line items, scores and results."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.mini_lms import Settings, create_app
from examples.mini_lms.keys import SigningKey
from examples.mini_lms.settings import (
    ALL_SCOPES,
    LINE_ITEM_SCOPE,
    MEMBERS_SCOPE,
    RESULT_SCOPE,
    SCORE_SCOPE,
)
from tests.examples.conftest import LMS_URL, Clock, sign_in
from tests.examples.tool import LocalTool

TOKEN_URL = f"{LMS_URL}/lti/token"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"


@pytest.fixture
def lms(tool: LocalTool, clock: Clock, key: SigningKey) -> Flask:
    settings = Settings(public_url=LMS_URL, tool=tool.registration())
    return create_app(settings, now=clock, key=key)


@pytest.fixture
def client(lms: Flask) -> FlaskClient:
    return lms.test_client()


def ask_token(
    client: FlaskClient, assertion: str, scope: str = " ".join(ALL_SCOPES)
) -> TestResponse:
    return client.post("/lti/token", data={
        "grant_type": "client_credentials", "scope": scope, "client_assertion": assertion,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"})


@pytest.fixture
def bearer(client: FlaskClient, tool: LocalTool) -> Callable[..., dict[str, str]]:
    """The headers of a call, with a token for these scopes."""

    def make(*scopes: str, **headers: str) -> dict[str, str]:
        answer = json.loads(ask_token(client, tool.assertion(TOKEN_URL), " ".join(scopes)).text)
        return {"Authorization": f"Bearer {answer['access_token']}"} | headers

    return make


def test_a_token_is_given_as_moodle_gives_it(
    client: FlaskClient, tool: LocalTool, shared: Path
) -> None:
    path = shared / "captures/moodle-4.5/lti/services.json"
    captured = json.loads(path.read_text())["token_all"]
    answer = ask_token(client, tool.assertion(TOKEN_URL))
    assert answer.status_code == 200
    assert answer.content_type == captured["content_type"]
    given = json.loads(answer.text)
    assert given.keys() == captured["body"].keys()
    assert given["expires_in"] == 3600
    assert set(given["scope"].split()) == set(ALL_SCOPES)


def test_scopes_are_those_asked_for_and_granted(
    clock: Clock, key: SigningKey, tool: LocalTool
) -> None:
    registered = tool.registration(scopes=(MEMBERS_SCOPE, SCORE_SCOPE))
    client = create_app(Settings(public_url=LMS_URL, tool=registered), now=clock,
                        key=key).test_client()
    some = ask_token(client, tool.assertion(TOKEN_URL), f"{LINE_ITEM_SCOPE} {MEMBERS_SCOPE}")
    assert json.loads(some.text)["scope"] == MEMBERS_SCOPE
    none = ask_token(client, tool.assertion(TOKEN_URL), LINE_ITEM_SCOPE)
    assert (none.status_code, json.loads(none.text)) == (400, {"error": "invalid_scope"})


@pytest.mark.parametrize("changes", [
    {"iss": "another"}, {"sub": "another"}, {"sub": None}, {"aud": "https://another.invalid/token"},
    {"exp": 1}, {"jti": ""}, {"jti": 5},
], ids=str)
def test_a_wrong_assertion_is_no_client(
    client: FlaskClient, tool: LocalTool, changes: dict[str, object]
) -> None:
    answer = ask_token(client, tool.assertion(TOKEN_URL, **changes))
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"] == "invalid_client"


def test_an_assertion_is_good_once_and_only_with_the_tools_signature(
    client: FlaskClient, tool: LocalTool, key: SigningKey
) -> None:
    assertion = tool.assertion(TOKEN_URL)
    assert ask_token(client, assertion).status_code == 200
    assert ask_token(client, assertion).status_code == 400
    forged = key.sign({"iss": "client-1", "sub": "client-1", "aud": TOKEN_URL, "jti": "a",
                       "iat": tool.seconds(), "exp": tool.seconds(60)})
    assert ask_token(client, forged).status_code == 400
    assert ask_token(client, "nonsense").status_code == 400


def test_keys_that_cannot_be_fetched_are_an_html_page_as_in_moodle(
    client: FlaskClient, tool: LocalTool
) -> None:
    tool.status = 500
    answer = ask_token(client, tool.assertion(TOKEN_URL))
    assert answer.status_code == 404
    assert answer.text.startswith("<!doctype html>")
    tool.status = 200
    assert ask_token(client, tool.assertion(TOKEN_URL)).status_code == 200


def test_keys_are_kept_until_one_is_missing(client: FlaskClient, tool: LocalTool) -> None:
    for _ in range(3):
        assert ask_token(client, tool.assertion(TOKEN_URL)).status_code == 200
    assert tool.asked == 1
    tool.key = SigningKey()
    assert ask_token(client, tool.assertion(TOKEN_URL)).status_code == 200
    assert tool.asked == 2


def test_members_come_as_moodle_sends_them(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], shared: Path
) -> None:
    captured = json.loads((shared / "captures/moodle-4.5/lti/services.json").read_text())["nrps"]
    answer = client.get("/lti/nrps/2", headers=bearer(MEMBERS_SCOPE, Accept=MEMBERS))
    assert answer.content_type == captured["content_type"]
    assert answer.json.keys() == captured["body"].keys()
    assert answer.json["members"][0] == captured["body"]["members"][0]  # Ana
    assert {member["user_id"] for member in answer.json["members"]} == {"13", "14", "15", "17"}


def test_members_come_in_pages_and_by_role(
    client: FlaskClient, bearer: Callable[..., dict[str, str]]
) -> None:
    headers = bearer(MEMBERS_SCOPE, Accept=MEMBERS)
    found, url = [], f"{LMS_URL}/lti/nrps/2?limit=2&role=Learner"
    while url:
        answer = client.get(url.removeprefix(LMS_URL), headers=headers)
        found.append([member["user_id"] for member in answer.json["members"]])
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("Link", ""))
        url = link[1] if link else ""
    assert found == [["13", "14"], ["17"]]


@pytest.mark.parametrize(("headers", "status"), [
    ({}, 401), ({"Authorization": "Bearer made-up"}, 401), ({"Authorization": "Basic x"}, 401),
])
def test_a_service_needs_a_token(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    for path in ("/lti/nrps/2", "/lti/ags/2/lineitems"):
        assert client.get(path, headers=headers).status_code == status


def test_a_token_is_for_its_scopes_and_an_hour(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], clock: Clock
) -> None:
    headers = bearer(SCORE_SCOPE)
    assert client.get("/lti/nrps/2", headers=headers).status_code == 403
    headers = bearer(MEMBERS_SCOPE)
    assert client.get("/lti/nrps/99", headers=headers).status_code == 404
    assert client.get("/lti/nrps/2", headers=headers | {"Accept": "text/html"}).status_code == 406
    clock.advance(timedelta(hours=1))
    assert client.get("/lti/nrps/2", headers=headers).status_code == 401


def score(**changes: object) -> dict[str, object]:
    return {"userId": "13", "scoreGiven": 15, "scoreMaximum": 20, "comment": "well done",
            "activityProgress": "Completed", "gradingProgress": "FullyGraded",
            "timestamp": "2026-11-21T19:47:48+00:00"} | changes


def post(client: FlaskClient, path: str, body: object, headers: dict[str, str],
         kind: str) -> TestResponse:
    return client.post(path, data=json.dumps(body), headers=headers, content_type=kind)


@pytest.fixture
def item(client: FlaskClient, bearer: Callable[..., dict[str, str]]) -> str:
    """The path of a new line item of 10 points, without its query."""
    made = post(client, "/lti/ags/2/lineitems", {"label": "Reflection", "scoreMaximum": 10},
                bearer(LINE_ITEM_SCOPE), ITEM)
    assert made.status_code == 201
    return str(made.json["id"]).removeprefix(LMS_URL).partition("?")[0]


def test_a_score_is_a_result_and_stands_in_the_grade_book(
    lms: Flask, client: FlaskClient, bearer: Callable[..., dict[str, str]], item: str
) -> None:
    sent = post(client, f"{item}/scores", score(), bearer(SCORE_SCOPE), SCORE)
    assert (sent.status_code, sent.data) == (200, b"")
    results = client.get(f"{item}/results", headers=bearer(RESULT_SCOPE, Accept=RESULTS)).json
    assert [(each["userId"], each["resultScore"], each["resultMaximum"]) for each in results] == [
        ("13", 7.5, 10.0)]
    page = sign_in(lms, 15).get("/grade/report?course=2").text
    assert "<td>7.5" in page
    assert "well done" in page
    assert sign_in(lms, 13).get("/grade/report?course=2").status_code == 403


@pytest.mark.parametrize(("changes", "status"), [
    ({"userId": "99"}, 404), ({"userId": 13}, 404), ({"scoreGiven": -1}, 400),
    ({"scoreMaximum": None}, 400), ({"scoreGiven": True}, 400), ({"activityProgress": "Odd"}, 400),
    ({"gradingProgress": ""}, 400), ({"timestamp": "2026-11-21"}, 400),
    ({"timestamp": "2026-11-21T19:47:48"}, 400), ({"comment": 5}, 400),
], ids=str)
def test_a_wrong_score_is_refused(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], item: str,
    changes: dict[str, object], status: int,
) -> None:
    sent = post(client, f"{item}/scores", score(**changes), bearer(SCORE_SCOPE), SCORE)
    assert sent.status_code == status


def test_an_older_score_does_not_beat_a_newer_one(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], item: str
) -> None:
    headers = bearer(SCORE_SCOPE)
    assert post(client, f"{item}/scores", score(), headers, SCORE).status_code == 200
    again = score(timestamp="2026-11-21T19:47:47+00:00", scoreGiven=0)
    assert post(client, f"{item}/scores", again, headers, SCORE).status_code == 409


def test_a_score_needs_its_media_type(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], item: str
) -> None:
    sent = post(client, f"{item}/scores", score(), bearer(SCORE_SCOPE), "application/json")
    assert sent.status_code == 415


def test_line_items_are_listed_changed_and_removed(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], item: str
) -> None:
    headers = bearer(LINE_ITEM_SCOPE)
    path = "/lti/ags/2/lineitems"
    post(client, path, {"label": "B", "scoreMaximum": 5, "tag": "t"}, headers, ITEM)
    page = client.get(f"{path}?type_id=1&limit=1", headers=headers | {"Accept": ITEMS})
    assert [each["label"] for each in page.json] == ["Reflection"]
    assert 'type_id=1&limit=1&from=1>; rel="next"' in page.headers["Link"]
    assert [each["label"] for each in client.get(f"{path}?tag=t", headers=headers).json] == ["B"]
    changed = client.put(item, data=json.dumps({"label": "C", "scoreMaximum": 2}),
                         headers=headers, content_type=ITEM)
    assert (changed.json["label"], changed.json["scoreMaximum"]) == ("C", 2)
    assert client.delete(item, headers=headers).status_code == 204
    assert client.get(item, headers=headers).status_code == 404


def test_a_line_item_of_another_course_is_not_found(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], item: str
) -> None:
    other = item.replace("/ags/2/", "/ags/3/")
    assert client.get(other, headers=bearer(LINE_ITEM_SCOPE)).status_code == 404


def test_names_under_localhost_are_this_machine(
    clock: Clock, key: SigningKey, tool: LocalTool
) -> None:
    elsewhere = tool.url.replace("127.0.0.1", "tool.localhost")
    registered = tool.registration(jwks_url=f"{elsewhere}/jwks.json")
    client = create_app(Settings(public_url=LMS_URL, tool=registered), now=clock,
                        key=key).test_client()
    assert ask_token(client, tool.assertion(TOKEN_URL)).status_code == 200
    assert tool.asked == 1
