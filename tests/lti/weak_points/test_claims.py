"""What a token must say, and in which shape."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from lti_tool.domain.launch import Role
from lti_tool.storage.tables import session
from tests.acceptance.doors import OTHER_CLIENT, Door, NeedleDoor, refusal
from tests.lti import lms
from tests.lti.lms import GONE, ROLE

YEAR = 365 * 24 * 3600
VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"exp": GONE}, "claim-missing", id="no exp"),
        pytest.param({"iat": GONE}, "claim-missing", id="no iat"),
        pytest.param({"azp": OTHER_CLIENT}, "audience", id="azp of another client"),
        pytest.param({"aud": [lms.CLIENT_ID, "evil"]}, "audience", id="aud names another too"),
        pytest.param({"target_link_uri": GONE}, "claim-missing", id="no target_link_uri"),
        pytest.param(
            {"target_link_uri": "https://evil.example.org/"},
            "target-foreign",
            id="foreign target_link_uri",
        ),
        pytest.param({"roles": ROLE + "Instructor"}, "claim-malformed", id="roles as a string"),
        pytest.param({"context": ["a"]}, "claim-malformed", id="context as a list"),
    ],
)
def test_pylti1p3_accepts_and_needle_refuses(
    plain: Door, needle: NeedleDoor, changes: dict[str, object], code: str
) -> None:
    assert plain.launch(**changes).status_code == 200
    assert refusal(needle.launch(**changes)) == f"403 {code}"


def test_a_token_that_was_issued_a_year_ago_is_refused(plain: Door, needle: NeedleDoor) -> None:
    def launch(door: Door) -> TestResponse:
        return door.launch(iat=int(door.moment().timestamp()) - YEAR)

    assert launch(plain).status_code == 200
    assert refusal(launch(needle)) == "403 token-expired"


def test_a_clock_that_is_ahead_does_not_break_launches(plain: Door, needle: NeedleDoor) -> None:
    ahead = 30
    now = plain.moment().timestamp()
    assert plain.launch(iat=now + ahead, exp=now + 90).status_code == 403
    now = needle.moment().timestamp()
    assert needle.launch(iat=now + ahead, exp=now + 90).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"aud": []}, "audience", id="aud is an empty list"),
        pytest.param({"iss": ["a"]}, "claim-malformed", id="iss is a list"),
        pytest.param({"nonce": ["a"]}, "claim-malformed", id="nonce is a list"),
        pytest.param({"resource_link": ["a"]}, "claim-malformed", id="resource link is a list"),
    ],
)
def test_a_claim_of_another_shape_is_a_refusal_and_no_error_of_the_server(
    plain: Door, needle: NeedleDoor, changes: dict[str, object], code: str
) -> None:
    assert plain.launch(**changes).status_code == 500
    assert refusal(needle.launch(**changes)) == f"403 {code}"


def test_claims_that_are_a_list_altogether_are_a_refusal(plain: Door, needle: NeedleDoor) -> None:
    token = lms.sign('["no", "object"]')
    assert plain.answer(plain.log_in(), token).status_code == 500
    assert refusal(needle.answer(needle.log_in(), token)) == "403 token-malformed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"iss": "https://unknown.example.org"}, "403 platform-unknown", id="issuer"),
        pytest.param({"client_id": "unknown"}, "403 platform-unknown", id="client"),
        pytest.param({"iss": ""}, "400 login-incomplete", id="no issuer"),
        pytest.param({"login_hint": ""}, "400 login-incomplete", id="no login_hint"),
    ],
)
def test_a_login_that_cannot_be_is_told_so(
    plain: Door, needle: NeedleDoor, changes: dict[str, str], code: str
) -> None:
    assert plain.first_word(**changes).status_code == 500
    assert refusal(needle.first_word(**changes)) == code


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        pytest.param(
            [VOCABULARY + "membership/Instructor#TeachingAssistant"],
            Role.TEACHER,
            id="teaching assistant",
        ),
        pytest.param(
            [VOCABULARY + "institution/person#Administrator"], Role.ADMIN, id="account admin"
        ),
    ],
)
def test_canvas_staff_are_no_students(
    plain: Door, needle: NeedleDoor, roles: list[str], role: Role
) -> None:
    assert plain.launch(roles=roles).status_code == 200
    message = plain.app.extensions["last"]
    assert not message.check_teacher_access()
    assert not message.check_staff_access()
    assert needle.launch(roles=roles).status_code == 200
    with needle.world.runtime.engine.connect() as connection:
        assert connection.scalar(sa.select(session.c.role)) == role


def test_no_claim_stands_in_a_cookie(plain: Door, needle: NeedleDoor) -> None:
    kept = plain.launch(sub="user-of-the-cookie")
    (cookie,) = [c for c in kept.headers.getlist("Set-Cookie") if c.startswith("session=")]
    serializer = plain.app.session_interface.get_signing_serializer(plain.app)  # type: ignore[attr-defined]
    value = cookie.partition("=")[2].partition(";")[0]
    assert "user-of-the-cookie" in str(serializer.loads_unsafe(value))
    assert "Set-Cookie" not in needle.launch(sub="user-of-the-cookie").headers
