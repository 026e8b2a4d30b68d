"""The frames around a tool: storage for it, and the review of somebody's work."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.mini_lms import Settings, create_app
from examples.mini_lms.keys import SigningKey
from tests.examples.conftest import (
    LMS_URL,
    SETTINGS,
    Clock,
    answer_login,
    begin_launch,
    read_form,
    sign_in,
)
from tests.examples.tool import DL, LTI, LocalTool

PAGES = ("/mod/lti/view.php?id=100", "/mod/lti/add.php?course=2", "/lab")


@pytest.fixture
def storing(clock: Clock, key: SigningKey) -> FlaskClient:
    """A teacher at a mini LMS that keeps tools' data."""
    return sign_in(create_app(replace(SETTINGS, storage=True), now=clock, key=key), 15)


@pytest.mark.parametrize("path", PAGES)
def test_a_storing_lms_has_the_frame_beside_the_tool(storing: FlaskClient, path: str) -> None:
    text = storing.get(path).text
    assert re.search(r'<iframe name="lti_storage" [^>]*src="/lti/storage"', text)
    assert 'data-origins="http://tool.invalid"' in text
    assert '<script src="/static/messages.js" defer></script>' in text


def test_a_storing_lms_names_the_frame_in_the_login(storing: FlaskClient) -> None:
    for path in ("/mod/lti/launch.php?id=100", "/mod/lti/select.php?course=2"):
        assert read_form(storing.get(path)).fields["lti_storage_target"] == "lti_storage"


def test_the_storage_frame_knows_the_tools_and_needs_no_inline_script(
    storing: FlaskClient
) -> None:
    page = storing.get("/lti/storage")
    assert page.status_code == 200
    assert "http://tool.invalid" in page.text
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=", page.text)
    assert page.headers["X-Frame-Options"] == "sameorigin"
    with storing.get("/static/storage.js") as script:
        assert "lti.put_data" in script.text
        assert '"*"' not in script.text  # every answer goes to the origin that asked


@pytest.mark.parametrize("path", PAGES)
def test_otherwise_there_is_no_storage_as_in_moodle(lms: Flask, path: str) -> None:
    tess = sign_in(lms, 15)
    assert "lti_storage" not in tess.get(path).text
    assert "lti_storage_target" not in begin_launch(tess)
    assert tess.get("/lti/storage").status_code == 404


def test_a_review_is_a_launch_about_somebody(
    tool: LocalTool, clock: Clock, key: SigningKey, shared: Path
) -> None:
    path = shared / "captures/moodle-4.5/lti/044_launch_LtiSubmissionReviewRequest_Instructor.json"
    captured = json.loads(path.read_text())["payload"]
    lms = create_app(Settings(public_url=LMS_URL, tool=tool.registration()), now=clock, key=key)
    tess = sign_in(lms, 15)
    asked = jwt.decode(read_form(answer_login(tess, tess.get("/mod/lti/select.php?course=2")))
                       .fields["id_token"], options={"verify_signature": False})
    address = asked[DL + "deep_linking_settings"]["deep_link_return_url"]
    lms.test_client().post(address.removeprefix(LMS_URL), data={"JWT": tool.response(LMS_URL, [
        {"type": "ltiResourceLink", "title": "Reflect", "lineItem": {"scoreMaximum": 5}}])})
    review = re.search(r'href="(/grade/review\?[^"]*)"', tess.get("/grade/report?course=2").text)
    assert review
    page = tess.get(review[1].replace("&amp;", "&"))
    assert "Reflect of Ana Ferreira" in page.text
    frame = re.search(r'src="(/grade/review/launch\?[^"]*)"', page.text)
    assert frame
    begun = tess.get(frame[1].replace("&amp;", "&"))
    claims = jwt.decode(read_form(answer_login(tess, begun)).fields["id_token"],
                        options={"verify_signature": False})
    assert claims.keys() == captured.keys() - {"https://purl.imsglobal.org/spec/lti-bo/claim/"
                                               "basicoutcome"}
    assert claims[LTI + "message_type"] == "LtiSubmissionReviewRequest"
    assert claims[LTI + "for_user"] == {"user_id": "13"}
    endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert endpoint["lineitem"].endswith("/lti/ags/2/lineitems/1/lineitem?type_id=1")


def test_what_is_not_there_cannot_be_reviewed(lms: Flask) -> None:
    tess = sign_in(lms, 15)
    assert tess.get("/grade/review?course=2&item=9&user=13").status_code == 404
    assert tess.get("/grade/report?course=99").status_code == 404
    assert lms.test_client().get("/grade/report?course=2").status_code == 302


@pytest.mark.parametrize("url", ["http://localhost:8410", "http://lms.localhost:8410"])
def test_another_name_of_this_machine_can_be_the_issuer(
    clock: Clock, key: SigningKey, url: str
) -> None:
    client = sign_in(create_app(replace(SETTINGS, public_url=url), now=clock, key=key), 13)
    assert read_form(client.get("/mod/lti/launch.php?id=100")).fields["iss"] == url
    configuration = client.get("/lti/openid-configuration", base_url=url).json
    assert configuration["issuer"] == url
    assert configuration["authorization_endpoint"] == f"{url}/lti/authorize"
