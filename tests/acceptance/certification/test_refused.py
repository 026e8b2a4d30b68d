"""The known bad payloads: each is refused, with its code and a sentence that says what to mend."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from lti_tool.storage.tables import session
from tests.acceptance.certification.cases import case
from tests.acceptance.doors import NeedleDoor, refusal
from tests.lti import lms
from tests.lti.lms import GONE, ROLE

Tell = Callable[[str], None]
BOTH = pytest.mark.parametrize("who", ["Instructor", "Learner"])


def is_refused(needle: NeedleDoor, answer: TestResponse, expected: str, told: Tell) -> None:
    """A page of this status and code that says what to do, and no session has begun."""
    assert refusal(answer) == expected
    assert "Traceback" not in answer.text
    with needle.world.runtime.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(session)) == 0
    status, _, code = expected.partition(" ")
    told(f"{status} `{code}`")


@case("Refused", "No kid sent in the JWT header, as {who}", "a header without `kid`")
@BOTH
def test_no_kid_sent_in_jwt_header(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(header={"kid": GONE}, roles=[ROLE + who])
    is_refused(needle, answer, "403 key-unnamed", told)


@case("Refused", "Incorrect kid in the JWT header, as {who}", "`kid` imstester_66067")
@BOTH
def test_incorrect_kid_in_jwt_header(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(header={"kid": "imstester_66067"}, roles=[ROLE + who])
    is_refused(needle, answer, "403 key-unknown", told)


@case("Refused", "Wrong LTI version, as {who}", "`version` 11.3")
@BOTH
def test_wrong_lti_version(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(version="11.3", roles=[ROLE + who])
    is_refused(needle, answer, "403 version", told)


@case("Refused", "No LTI version, as {who}", "no `version`")
@BOTH
def test_no_lti_version(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(version=GONE, roles=[ROLE + who])
    is_refused(needle, answer, "403 claim-missing", told)


@case("Refused", "Invalid LTI message", "a signed token that holds only a `name`")
def test_invalid_lti_message(needle: NeedleDoor, told: Tell) -> None:
    answer = needle.answer(needle.log_in(), lms.sign({"name": "badltilaunch"}))
    is_refused(needle, answer, "403 claim-missing", told)


@case("Refused", "Invalid LTI message, no JWT at all", "a token of two parts")
def test_not_a_token_of_three_parts(needle: NeedleDoor, told: Tell) -> None:
    asked = needle.log_in()
    token = lms.sign(needle.message(asked)).rpartition(".")[0]
    is_refused(needle, needle.answer(asked, token), "403 token-malformed", told)


@case("Refused", "Missing LTI claims, as {who}", "no `version`, `message_type` and `roles`")
@BOTH
def test_missing_lti_claims(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(version=GONE, message_type=GONE, roles=GONE, sub=who)
    is_refused(needle, answer, "403 claim-missing", told)


@case("Refused", "Timestamps incorrect, as {who}", "`exp` 22222 and `iat` 11111")
@BOTH
def test_timestamps_incorrect(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(exp=22222, iat=11111, roles=[ROLE + who])
    is_refused(needle, answer, "403 token-expired", told)


@case("Refused", "message_type claim missing, as {who}", "no `message_type`")
@BOTH
def test_message_type_claim_missing(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(message_type=GONE, roles=[ROLE + who])
    is_refused(needle, answer, "403 claim-missing", told)


@case("Refused", "roles claim missing", "no `roles`")
def test_role_claim_missing(needle: NeedleDoor, told: Tell) -> None:
    is_refused(needle, needle.launch(roles=GONE), "403 claim-missing", told)


@case("Refused", "deployment_id claim missing, as {who}", "no `deployment_id`")
@BOTH
def test_deployment_id_claim_missing(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(deployment_id=GONE, roles=[ROLE + who])
    is_refused(needle, answer, "403 claim-missing", told)


@case("Refused", "resource_link claim missing, as {who}", "no `resource_link`")
@BOTH
def test_resource_link_id_claim_missing(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(resource_link=GONE, roles=[ROLE + who])
    is_refused(needle, answer, "403 claim-missing", told)


@case("Refused", "sub claim missing, as {who}", "an empty `sub`")
@BOTH
def test_user_claim_missing(needle: NeedleDoor, told: Tell, who: str) -> None:
    answer = needle.launch(sub="", roles=[ROLE + who])
    is_refused(needle, answer, "403 subject-missing", told)
