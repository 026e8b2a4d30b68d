"""The laboratory of the mini LMS, and the launches that it sends."""

from __future__ import annotations

import json

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.mini_lms import Settings, create_app
from examples.mini_lms.bad_launches import BAD_LAUNCHES, GOOD_LAUNCHES, Making, NeedsEarlierToken
from examples.mini_lms.keys import SigningKey
from examples.mini_lms.making import CLAIM
from tests.examples.conftest import LMS_URL, TOOL, Clock, answer_login, read_form

CASES = {**GOOD_LAUNCHES, **BAD_LAUNCHES}
NOT_TOKENS = {"not-a-jwt", "two-parts"}
WRONG_SIGNATURES = {"foreign-signature", "embedded-key", "weak-key", "changed",
                    "unsigned", "alg-none", "hs256-public-key"}
STRANGE_HEADERS = {"no-kid", "kid-list", "wrong-kid"}


def press(client: FlaskClient, case: str, part: str = "") -> TestResponse:
    return client.post("/lab/launch", data={"case": case, "part": part})


def send(client: FlaskClient, case: str, part: str = "") -> str:
    """The id_token that the tool gets."""
    form = read_form(answer_login(client, press(client, case, part)))
    assert form.fields["state"] == "the tool's state"
    return form.fields["id_token"]


def read(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.fixture
def making(ana: FlaskClient, clock: Clock, key: SigningKey, tool_key: SigningKey) -> Making:
    """What a launch is made of, from the claims of a good one."""
    return Making(claims=read(send(ana, "plain")), key=key, other_key=tool_key,
                  weak_key=tool_key, now=clock())


def test_the_page_lists_every_launch_with_its_reason(ana: FlaskClient) -> None:
    text = ana.get("/lab").text
    assert len(BAD_LAUNCHES) >= 50
    assert len(GOOD_LAUNCHES) == 20
    for name, case in CASES.items():
        assert f'name="case" value="{name}"' in text
        assert case.why
        assert case.accepts is (name in GOOD_LAUNCHES)


def test_every_bad_launch_differs_from_a_good_one(making: Making) -> None:
    good = making.key.sign(making.claims)
    for name, case in BAD_LAUNCHES.items():
        if not case.needs_earlier:
            assert case.make(making) != good, name


def test_only_the_named_cases_have_a_wrong_signature(making: Making) -> None:
    for name in CASES.keys() - NOT_TOKENS - STRANGE_HEADERS - {"earlier-token"}:
        token = CASES[name].make(making)
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        expected = making.key.sign_as(_decode(header) | {"alg": "RS256"}, _decode(payload))
        is_right = signature == expected.rpartition(".")[2] and "jwk" not in _decode(header)
        assert is_right is (name not in WRONG_SIGNATURES), name


def _decode(part: str) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(jwt.utils.base64url_decode(part))
    return decoded


def test_a_case_answers_the_tools_own_login(ana: FlaskClient) -> None:
    claims = read(send(ana, "version-11.3"))
    assert claims["nonce"] == "the tool's nonce"
    assert claims[CLAIM + "version"] == "11.3"
    assert CLAIM + "resource_link" not in read(send(ana, "no-resource-link"))


def test_the_weak_key_is_published_when_the_laboratory_opens(ana: FlaskClient) -> None:
    assert len(ana.get("/lti/jwks.json").json["keys"]) == 1
    ana.get("/lab")
    keys = ana.get("/lti/jwks.json").json["keys"]
    header = jwt.get_unverified_header(send(ana, "weak-key"))
    weak = next(key for key in keys if key["kid"] == header["kid"])
    assert len(jwt.utils.base64url_decode(weak["n"])) * 8 == 1024
    assert jwt.get_unverified_header(send(ana, "wrong-kid"))["kid"] not in [
        key["kid"] for key in keys]


@pytest.mark.parametrize(("part", "roles"), [
    ("Learner", ["membership#Learner"]), ("Mentor", ["membership#Mentor"]),
    ("Teaching assistant", ["membership#Instructor",
                            "membership/Instructor#TeachingAssistant"]),
    ("Administrator", ["institution/person#Administrator", "membership#Instructor",
                       "system/person#Administrator"]),
])
def test_a_role_can_be_chosen(ana: FlaskClient, part: str, roles: list[str]) -> None:
    claims = read(send(ana, "plain", part))
    start = "http://purl.imsglobal.org/vocab/lis/v2/"
    assert claims[CLAIM + "roles"] == [start + role for role in roles]
    assert (CLAIM + "role_scope_mentor" in claims) is (part == "Mentor")


def test_the_administrator_has_the_roles_of_moodles(lms: Flask) -> None:
    client = lms.test_client()
    client.post("/login/index.php", data={"person": 2})
    assert read(send(client, "plain"))[CLAIM + "roles"] == [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"]


def test_an_earlier_token_is_sent_again_on_a_new_login(ana: FlaskClient) -> None:
    assert press(ana, "earlier-token").status_code == 409
    token = send(ana, "plain")
    send(ana, "no-exp")
    assert send(ana, "earlier-token") == token


def test_without_an_earlier_token_there_is_none_to_make(making: Making) -> None:
    with pytest.raises(NeedsEarlierToken):
        BAD_LAUNCHES["earlier-token"].make(making)


def test_the_last_good_answer_is_posted_again_with_its_state(ana: FlaskClient) -> None:
    assert ana.post("/lab/replay").status_code == 409
    token = send(ana, "student-plain")
    form = read_form(ana.post("/lab/replay"))
    assert form.action == TOOL.redirect_urls[0]
    assert form.fields == {"id_token": token, "state": "the tool's state"}


@pytest.mark.parametrize("data", [
    {}, {"case": "no such"}, {"case": "plain", "part": "King"},
])
def test_an_unknown_launch_is_refused(ana: FlaskClient, data: dict[str, str]) -> None:
    assert ana.post("/lab/launch", data=data).status_code == 400


def test_a_launch_needs_somebody(lms: Flask) -> None:
    assert lms.test_client().get("/lab").status_code == 302
    assert lms.test_client().post("/lab/launch", data={"case": "plain"}).status_code == 302


def test_without_a_tool_the_laboratory_says_so() -> None:
    client = create_app(Settings(public_url=LMS_URL)).test_client()
    client.post("/login/index.php", data={"person": 13})
    assert "No tool is registered" in client.get("/lab").text
    assert press(client, "plain").status_code == 404
