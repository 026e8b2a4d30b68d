"""The valid launches of teachers and students: each opens the tool, with the right role."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa

from lti_tool.storage.sessions import hash_token
from lti_tool.storage.tables import session
from tests.acceptance.certification.cases import case
from tests.acceptance.doors import NeedleDoor
from tests.lti import lms
from tests.lti.lms import GONE, ROLE
from tests.web.walker import Page

Tell = Callable[[str], None]
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
NAMES = {
    "name": "Jane Q. Public",
    "given_name": "Jane",
    "family_name": "Public",
    "middle_name": "Q.",
}
EMAIL = {"email": "jane@example.org"}
EVERYTHING = {**NAMES, **EMAIL}
BOTH = pytest.mark.parametrize("who", ["teacher", "student"])
SHORT = {"teacher": "Instructor", "student": "Learner"}
OURS = {"teacher": "teacher", "student": "learner"}


def opens(
    needle: NeedleDoor,
    told: Tell,
    *,
    role: str,
    person: Mapping[str, str] = EVERYTHING,
    **changes: object,
) -> None:
    """The launch opens the need page, whose session has this role; no personal data is on it."""
    asked = needle.log_in()
    body = {**needle.message(asked, **changes), **person}
    page = Page(needle.answer(asked, lms.sign(body)))
    assert page.status == 200, page.text[:1000]
    assert page.form("Zoek het").action == "/need"
    assert not any(value in page.html for value in person.values())
    token = hash_token(dict(page.form("Zoek het").fields)["token"])
    with needle.world.runtime.engine.connect() as connection:
        found = connection.scalar(sa.select(session.c.role).where(session.c.token_hash == token))
    assert found == role
    told(f"200, the need page, as {role}")


@case("Accepted", "Launch as {who}", "every claim")
@BOTH
def test_message(needle: NeedleDoor, told: Tell, who: str) -> None:
    opens(needle, told, role=OURS[who], roles=[ROLE + SHORT[who]])


@case("Accepted", "Several roles, as {who}", "a role in the course and two in the institution")
@BOTH
def test_with_multiple_roles(needle: NeedleDoor, told: Tell, who: str) -> None:
    others = [INSTITUTION + "Student", INSTITUTION + "Mentor"]
    opens(needle, told, role=OURS[who], roles=[ROLE + SHORT[who], *others])


@case("Accepted", "Short role, as {who}", "the bare word instead of the role's address")
@BOTH
def test_with_short_role(needle: NeedleDoor, told: Tell, who: str) -> None:
    opens(needle, told, role=OURS[who], roles=[SHORT[who]])


@case("Accepted", "Unknown role, as {who}", "a role beside one that no standard knows")
@BOTH
def test_with_unknown_role(needle: NeedleDoor, told: Tell, who: str) -> None:
    unknown = "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown"
    opens(needle, told, role=OURS[who], roles=[ROLE + SHORT[who], unknown])


@case("Accepted", "No role, sent as {sent}", "`roles` is `{sent}`")
@pytest.mark.parametrize("sent", ['[""]', "[]"])
def test_with_no_role(needle: NeedleDoor, told: Tell, sent: str) -> None:
    opens(needle, told, role="learner", roles=[""] if sent == '[""]' else [])


@case("Accepted", "Email only, as {who}", "`email` and no name")
@BOTH
def test_with_only_email(needle: NeedleDoor, told: Tell, who: str) -> None:
    opens(needle, told, role=OURS[who], roles=[ROLE + SHORT[who]], person=EMAIL)


@case("Accepted", "Names only, as {who}", "the names and no `email`")
@BOTH
def test_with_only_names(needle: NeedleDoor, told: Tell, who: str) -> None:
    opens(needle, told, role=OURS[who], roles=[ROLE + SHORT[who]], person=NAMES)


@case("Accepted", "No personal data, as {who}", "neither names nor `email`")
@BOTH
def test_without_pii(needle: NeedleDoor, told: Tell, who: str) -> None:
    opens(needle, told, role=OURS[who], roles=[ROLE + SHORT[who]], person={})


@case("Accepted", "Email without context, as {who}", "`email` and no `context`")
@BOTH
def test_with_email_no_context(needle: NeedleDoor, told: Tell, who: str) -> None:
    role = [ROLE + SHORT[who]]
    opens(needle, told, role=OURS[who], roles=role, person=EMAIL, context=GONE)


@case("Accepted", "Only a resource link, as student", "no `context`; of the link only its `id`")
def test_with_only_a_resource_link(needle: NeedleDoor, told: Tell) -> None:
    only = {"context": GONE, "resource_link": {"id": "link-9"}}
    opens(needle, told, role="learner", person={}, **only)
