"""Names and roles, assignments and grades: what Needle asks a platform for, to the letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
import pytest
import sqlalchemy as sa

from lti_tool.actions.grading import send_due_grades
from lti_tool.actions.launching import details, resume_session
from lti_tool.cli.grades import sender
from lti_tool.domain.launch import Role, Services
from lti_tool.lti import claims
from lti_tool.lti.services.connector import Connector, connect_to
from lti_tool.lti.services.members import members
from lti_tool.lti.services.tokens import TokenCache
from lti_tool.storage.registrations import find_registration
from lti_tool.storage.tables import registration
from tests.acceptance.certification.cases import case
from tests.acceptance.doors import URL, NeedleDoor
from tests.acceptance.teacher import place_modules, request_links, sent_back
from tests.lti import lms
from tests.servers.services import TOKEN_PATH, Asked, ServicesServer, Told, serve_services
from tests.web.walker import Page

Tell = Callable[[str], None]
CONTAINER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
PEOPLE = "/api/lti/courses/5/names_and_roles"
ITEMS = "/api/lti/courses/5/line_items"
GRADE_SCOPES = [claims.LINE_ITEM_SCOPE, claims.SCORE_SCOPE, claims.RESULT_READING_SCOPE]


@dataclass
class Course:
    """A course of a platform with services, and Needle."""

    door: NeedleDoor
    server: ServicesServer

    def claims(self) -> dict[str, object]:
        """Both services, as a launch names them."""
        return {
            claims.NAMES_AND_ROLES: {
                "context_memberships_url": self.server.origin + PEOPLE,
                "service_versions": ["2.0"],
            },
            claims.GRADES: {"scope": GRADE_SCOPES, "lineitems": self.server.origin + ITEMS},
        }

    def launch(self, **changes: object) -> Page:
        """A launch that names both services."""
        target = str(changes.get("target_link_uri", URL + "/lti/launch"))
        asked = self.door.log_in(target_link_uri=target)
        presentation = {"launch_presentation": {"locale": "en"}}
        body = self.door.message(asked, **{**presentation, **changes}) | self.claims()
        return Page(self.door.answer(asked, lms.sign(body)))

    def services(self) -> Services:
        """What the session of a launch knows of them."""
        page = self.launch(roles=[lms.ROLE + "Instructor"])
        runtime = self.door.world.runtime
        token = dict(page.form("Find it").fields)["token"]
        return details(runtime, resume_session(runtime, token)).services

    def connector(self) -> Connector:
        """This tool's way to the platform's services."""
        runtime = self.door.world.runtime
        with runtime.engine.connect() as connection:
            known = find_registration(connection, lms.ISSUER, lms.CLIENT_ID)
        assert known is not None
        return connect_to(
            known, engine=runtime.engine, config=runtime.config, sealer=runtime.sealer,
            tokens=TokenCache(), now=runtime.now,
        )  # fmt: skip


@pytest.fixture
def course(running: NeedleDoor, needle: NeedleDoor) -> Iterator[Course]:
    """Needle, registered at a platform whose services answer."""
    with serve_services() as server:
        point_at(needle, server.origin + TOKEN_PATH)
        server.grant(claims.NAMES_AND_ROLES_SCOPE, *GRADE_SCOPES)
        yield Course(needle, server)


def point_at(needle: NeedleDoor, token_url: str) -> None:
    """Give the registration that token URL."""
    with needle.world.runtime.engine.begin() as connection:
        connection.execute(
            sa.update(registration)
            .where(registration.c.client_id == lms.CLIENT_ID)
            .values(token_url=token_url)
        )


def one_member(user_id: str, role: str) -> dict[str, object]:
    """Somebody in the course, as the service tells of them."""
    return {"user_id": user_id, "roles": [lms.ROLE + role], "status": "Active"}


@case("Names and roles", "Membership request", "a launch that names the service")
def test_membership_request(course: Course, told: Tell) -> None:
    course.server.on(PEOPLE, Told(200, {"id": "x", "members": [one_member("7", "Learner")]}))
    (found,) = members(course.connector(), course.services())
    assert (found.subject, found.role, found.name) == ("7", Role.LEARNER, None)
    (asked,) = course.server.to(PEOPLE)
    assert asked.method == "GET"
    assert asked.headers["accept"] == CONTAINER
    assert asked.bearer == "token-1"
    told(f"GET with `Accept: {CONTAINER}` and a bearer token")


@case("Names and roles", "Access token", "the first call of a service")
def test_access_token_request(course: Course, told: Tell) -> None:
    course.server.on(PEOPLE, Told(200, {"id": "x", "members": []}))
    assert list(members(course.connector(), course.services())) == []
    (asked,) = course.server.to(TOKEN_PATH)
    assert asked.form["grant_type"] == "client_credentials"
    assert asked.form["scope"] == claims.NAMES_AND_ROLES_SCOPE
    assertion = read_assertion(course, asked)
    assert assertion["iss"] == assertion["sub"] == lms.CLIENT_ID
    assert assertion["aud"] == course.server.origin + TOKEN_PATH
    assert assertion["jti"]
    told("`client_credentials` with a signed assertion, and the service's scope alone")


def read_assertion(course: Course, asked: Asked) -> dict[str, object]:
    """The claims of a client assertion whose signature is good."""
    token = asked.form["client_assertion"]
    kid = jwt.get_unverified_header(token)["kid"]
    published = course.door.client.get(URL + "/lti/jwks.json").json
    assert published is not None
    (key,) = [key for key in published["keys"] if key["kid"] == kid]
    options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    found: dict[str, object] = jwt.decode(
        token, jwt.PyJWK(key).key, algorithms=["RS256"], options=options
    )
    return found


@case("Names and roles", "Paging", "a first page with `Link: <…>; rel=next`")
def test_membership_paging(course: Course, told: Tell) -> None:
    following = f"{course.server.origin}{PEOPLE}?page=bookmark:WzEsMl0"
    course.server.on(
        PEOPLE,
        Told(200, {"members": [one_member("7", "Learner")]},
             {"Link": f'<{following}>; rel="next"'}),
        Told(200, {"members": [one_member("8", "Instructor")]}),
    )  # fmt: skip
    found = [one.subject for one in members(course.connector(), course.services())]
    assert found == ["7", "8"]
    assert course.server.to(PEOPLE)[1].path == f"{PEOPLE}?page=bookmark:WzEsMl0"
    assert len(course.server.to(TOKEN_PATH)) == 1
    told("the next page, its address letter for letter, with the same token")


@pytest.fixture
def graded(course: Course) -> Course:
    """A learner has opened a module that was placed with a point."""
    course.server.on(ITEMS, Told(200, []), lambda asked: made(course, asked))
    course.server.on(f"{ITEMS}/9/scores", Told(200, {}))
    page = request_graded_link(course)
    (item,) = sent_back(course.door, page).items
    assert item["lineItem"]
    opened = course.launch(target_link_uri=str(item["url"]))
    (address,) = {href for _, href in opened.links if href.startswith("/open/")}
    assert course.door.client.get(URL + address).status_code == 302
    runtime = course.door.world.runtime
    assert send_due_grades(runtime, sender(runtime)) == 1
    return course


def made(course: Course, asked: Asked) -> Told:
    """A new line item, with the id that the platform gives it."""
    assert isinstance(asked.json, dict)
    return Told(201, {**asked.json, "id": f"{course.server.origin}{ITEMS}/9?type_id=3"})


def request_graded_link(course: Course) -> Page:
    """The page that takes one graded module back to the platform."""
    asked = request_links(course.door, also=course.claims())
    return place_modules(course.door, asked, "conversation", 1, graded="yes")


@case("Assignments and grades", "Deep linking with a line item", "a module is placed with a point")
def test_line_item_in_deep_linking(course: Course, told: Tell) -> None:
    (item,) = sent_back(course.door, request_graded_link(course)).items
    column = item["lineItem"]
    assert isinstance(column, dict)
    assert column["scoreMaximum"] == 1
    told("`lineItem` with `scoreMaximum`, `label` and `resourceId`")


@case("Assignments and grades", "Line items are asked for", "a score is due, no line item known")
def test_line_items_request(graded: Course, told: Tell) -> None:
    (asked, *_) = graded.server.to(ITEMS)
    assert (asked.method, asked.headers["accept"]) == ("GET", LINE_ITEMS)
    assert asked.query["resource_link_id"] == "link-3"
    assert asked.bearer
    told(f"GET with `Accept: {LINE_ITEMS}`, a bearer token and `resource_link_id`")


@case("Assignments and grades", "A line item is made", "the platform has none for the link")
def test_line_item_creation(graded: Course, told: Tell) -> None:
    made_by = graded.server.to(ITEMS)[1]
    assert (made_by.method, made_by.headers["content-type"]) == ("POST", LINE_ITEM)
    assert isinstance(made_by.json, dict)
    assert {"label", "scoreMaximum", "resourceLinkId"} <= made_by.json.keys()
    told(f"POST of `{LINE_ITEM}` with `label`, `scoreMaximum` and `resourceLinkId`")


@case("Assignments and grades", "A score is posted", "a learner opens the graded module")
def test_score(graded: Course, told: Tell) -> None:
    (posted,) = graded.server.to(f"{ITEMS}/9/scores")
    assert (posted.method, posted.headers["content-type"]) == ("POST", SCORE)
    assert posted.query == {"type_id": "3"}
    score = posted.json
    assert isinstance(score, dict)
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("user-42", 1, 1)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    at = datetime.fromisoformat(score["timestamp"])
    assert at.astimezone(UTC) == graded.door.moment()
    told(f"POST of `{SCORE}` to `…/scores`, before the address's query")


@case("Assignments and grades", "Scopes", "tokens for line items and for scores")
def test_grade_scopes(graded: Course, told: Tell) -> None:
    asked = {name for one in graded.server.to(TOKEN_PATH) for name in one.form["scope"].split()}
    assert asked == {claims.LINE_ITEM_SCOPE, claims.SCORE_SCOPE}
    told("`lineitem` and `score`, and nothing else")
