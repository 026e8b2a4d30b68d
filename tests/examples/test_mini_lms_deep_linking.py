"""Deep linking at the mini LMS: what a tool's answer becomes, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.mini_lms import Settings, create_app
from examples.mini_lms.keys import SigningKey
from tests.examples.conftest import LMS_URL, TOKEN, Clock, answer_login, read_form, sign_in
from tests.examples.tool import DL, LTI, LocalTool

TESS = 15
DATA = "data of the LMS"
SETTINGS_CLAIM = DL + "deep_linking_settings"
LINK = {"type": "ltiResourceLink", "title": "Ask & get", "text": "One <b>module</b>",
        "url": "http://tool.invalid/launch?placed=1", "custom": {"need": "feedback"}}


@pytest.fixture
def lms(tool: LocalTool, clock: Clock, key: SigningKey) -> Flask:
    settings = Settings(public_url=LMS_URL, tool=tool.registration(), deep_linking_data=DATA,
                        web_service_token=TOKEN)
    return create_app(settings, now=clock, key=key)


@pytest.fixture
def tess(lms: Flask) -> FlaskClient:
    return sign_in(lms, TESS)


def read_claims(answer: TestResponse) -> dict[str, object]:
    """The claims of the id_token in a form; its signature is tested elsewhere."""
    claims: dict[str, object] = jwt.decode(read_form(answer).fields["id_token"],
                                           options={"verify_signature": False})
    return claims


def ask(client: FlaskClient) -> dict[str, object]:
    return read_claims(answer_login(client, client.get("/mod/lti/select.php?course=2")))


def return_path(client: FlaskClient) -> str:
    settings = ask(client)[SETTINGS_CLAIM]
    return str(settings["deep_link_return_url"]).removeprefix(LMS_URL)


def send(lms: Flask, path: str, token: str) -> TestResponse:
    """Post a response as from the tool's page: without the session."""
    return lms.test_client().post(path, data={"JWT": token})


def add(lms: Flask, tess: FlaskClient, tool: LocalTool, items: list[object]) -> TestResponse:
    return send(lms, return_path(tess), tool.response(LMS_URL, items, **{DL + "data": DATA}))


def test_the_request_has_the_keys_of_moodle(tess: FlaskClient, shared: Path) -> None:
    path = shared / "captures/moodle-4.5/lti/008_launch_LtiDeepLinkingRequest_Instructor.json"
    captured = json.loads(path.read_text())["payload"]
    claims = ask(tess)
    assert claims.keys() == captured.keys()
    assert claims[SETTINGS_CLAIM].keys() - {"data"} == captured[SETTINGS_CLAIM].keys()
    assert claims[SETTINGS_CLAIM]["data"] == DATA


def test_a_learner_gets_an_initiation_and_no_message(lms: Flask) -> None:
    ana = sign_in(lms, 13)
    begun = ana.get("/mod/lti/select.php?course=2")
    assert begun.status_code == 200
    assert answer_login(ana, begun).status_code == 403
    assert ana.get("/mod/lti/add.php?course=2").status_code == 403
    assert "Add an external tool" not in ana.get("/course/view.php?id=2").text
    assert "/mod/lti/add.php?course=2" in sign_in(lms, TESS).get("/course/view.php?id=2").text


def test_links_become_activities_that_launch_their_own_page(
    lms: Flask, tess: FlaskClient, tool: LocalTool
) -> None:
    added = add(lms, tess, tool, [LINK, LINK | {"title": "Second"}])
    assert added.status_code == 200
    for cmid, name in ((1000, "Ask &amp; get"), (1001, "Second")):
        assert f'<a href="/mod/lti/view.php?id={cmid}" target="_top">{name}</a>' in added.text
        assert f"/mod/lti/view.php?id={cmid}" in tess.get("/course/view.php?id=2").text
    assert "<b>module</b>" not in added.text
    begun = tess.get("/mod/lti/launch.php?id=1000")
    assert read_form(begun).fields["target_link_uri"] == LINK["url"]
    claims = read_claims(answer_login(tess, begun))
    assert claims[LTI + "target_link_uri"] == LINK["url"]
    assert claims[LTI + "resource_link"]["id"] == "2000"
    assert claims[LTI + "custom"]["need"] == "feedback"


def test_a_placed_link_is_in_the_courses_contents(
    lms: Flask, tess: FlaskClient, tool: LocalTool
) -> None:
    add(lms, tess, tool, [LINK])
    sections = tess.post("/webservice/rest/server.php", data={
        "wstoken": TOKEN, "wsfunction": "core_course_get_contents",
        "moodlewsrestformat": "json", "courseid": 2}).json
    modules = {module["id"]: module for section in sections for module in section["modules"]}
    assert modules[1000]["modname"] == "lti"
    assert modules[1000]["name"] == "Ask &amp; get"


def test_a_line_item_comes_with_its_activity(
    lms: Flask, tess: FlaskClient, tool: LocalTool
) -> None:
    add(lms, tess, tool, [LINK | {"lineItem": {"scoreMaximum": 20, "label": "Reflection"}}])
    claims = read_claims(answer_login(tess, tess.get("/mod/lti/launch.php?id=1000")))
    endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert endpoint["lineitem"] == f"{LMS_URL}/lti/ags/2/lineitems/1/lineitem?type_id=1"
    assert "Reflection (of 20)" in tess.get("/grade/report?course=2").text


def test_other_types_are_refused_by_name(
    lms: Flask, tess: FlaskClient, tool: LocalTool
) -> None:
    added = add(lms, tess, tool, [{"type": "html", "html": "<p>"}, LINK])
    assert "<code>html</code>" in added.text
    assert "/mod/lti/view.php?id=1000" in added.text


def test_choosing_nothing_is_no_error(lms: Flask, tess: FlaskClient, tool: LocalTool) -> None:
    assert "Nothing was added" in add(lms, tess, tool, []).text


@pytest.mark.parametrize("changes", [
    {"iss": "another-client"}, {"aud": "https://another.invalid"}, {"nonce": None},
    {"exp": 1}, {"exp": None}, {"iat": None}, {LTI + "deployment_id": "2"},
    {LTI + "message_type": "LtiResourceLinkRequest"}, {LTI + "version": "1.1"},
    {DL + "data": "other data"}, {DL + "data": None}, {DL + "content_items": "text"},
    {DL + "content_items": [LINK | {"url": "javascript:alert(1)"}]},
    {DL + "content_items": [LINK | {"custom": ["a"]}]},
    {DL + "content_items": [LINK | {"lineItem": {"scoreMaximum": 0}}]},
], ids=str)
def test_a_wrong_response_adds_nothing(
    lms: Flask, tess: FlaskClient, tool: LocalTool, changes: dict[str, object]
) -> None:
    token = tool.response(LMS_URL, [LINK], **{DL + "data": DATA} | changes)
    assert send(lms, return_path(tess), token).status_code == 400
    assert "id=1000" not in tess.get("/course/view.php?id=2").text


def test_a_foreign_signature_adds_nothing(
    lms: Flask, tess: FlaskClient, tool: LocalTool, key: SigningKey
) -> None:
    path = return_path(tess)
    tool_key, tool.key = tool.key, key
    token = tool.response(LMS_URL, [LINK], **{DL + "data": DATA})
    tool.key = tool_key
    assert send(lms, path, token).status_code == 400
    assert send(lms, path, "nonsense").status_code == 400


def test_a_response_is_taken_once(lms: Flask, tess: FlaskClient, tool: LocalTool) -> None:
    path, other = return_path(tess), return_path(tess)
    token = tool.response(LMS_URL, [LINK], **{DL + "data": DATA})
    assert send(lms, path, token).status_code == 200
    assert send(lms, path, token).status_code == 400
    assert send(lms, other, token).status_code == 400  # its nonce is used


def test_a_selection_is_for_its_course_and_for_two_hours(
    lms: Flask, tess: FlaskClient, tool: LocalTool, clock: Clock
) -> None:
    path = return_path(tess)
    token = tool.response(LMS_URL, [LINK], **{DL + "data": DATA})
    assert send(lms, path.replace("course=2", "course=3"), token).status_code == 400
    clock.advance(timedelta(hours=2, seconds=1))
    late = tool.response(LMS_URL, [LINK], **{DL + "data": DATA})
    assert send(lms, path, late).status_code == 400
