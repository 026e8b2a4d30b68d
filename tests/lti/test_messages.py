"""What each kind of message tells, and what is tolerated or refused in it."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lti_tool.domain.launch import (
    MessageType,
    OwnNames,
    Platform,
    ProvedBy,
    Reviewed,
    Role,
    Services,
)
from lti_tool.lti import claims
from lti_tool.lti.message import read_message
from lti_tool.lti.service_claims import read_services
from tests.lti import lms
from tests.lti.conftest import TARGET, Tool
from tests.lti.lms import GONE, ROLE

MEMBERS_URL = "https://lms.example.org/Courses/8/Members?Page=bookmark:WyJBYmMi"
LINE_ITEMS_URL = "https://lms.example.org/mod/lti/services.php/8/lineitems?type_id=1"
LINE_ITEM_URL = "https://lms.example.org/mod/lti/services.php/8/lineitems/3/lineitem?type_id=1"
LEARNER = {"roles": [ROLE + "Learner"]}
ADMINISTRATOR = {
    "roles": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"]
}


# -- what a platform's own interface calls people and courses ------------------------------


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        ({"canvas_user_id": "4711", "canvas_course_id": "42"},
         OwnNames(person="4711", course="42")),
        ({"canvas_user_id": "$Canvas.user.id", "canvas_course_id": "42"}, OwnNames(course="42")),
        ({"canvas_user_id": "4711", "canvas_course_id": "$Canvas.course.id"},
         OwnNames(person="4711")),
        ({"canvas_user_id": 4711, "canvas_course_id": ["42"]}, OwnNames()),
        ({"canvas_user_id": "4" * 300}, OwnNames()),
        ({"canvas_user_id": ""}, OwnNames()),
        ({"other": "4711"}, OwnNames()),
        (["canvas_user_id"], OwnNames()),
        ("canvas_user_id", OwnNames()),
        (None, OwnNames()),
        (GONE, OwnNames()),
    ],
    ids=["both", "person-unexpanded", "course-unexpanded", "other-types", "long", "empty",
         "others-only", "list", "text", "null", "none"],
)  # fmt: skip
def test_canvas_tells_its_own_numbers_in_custom_parameters(
    tool: Tool, custom: object, expected: OwnNames
) -> None:
    registration = replace(tool.launch().registration, family="canvas")
    body = lms.message("n", TARGET, custom=custom)
    launch = read_message(body, registration, tool.config, "", proved_by=ProvedBy.COOKIE)
    assert launch.own_names == expected


def test_another_lms_has_one_name_for_a_person_whatever_a_teacher_adds_to_a_link(
    tool: Tool,
) -> None:
    assert tool.launch(custom={"canvas_user_id": "1"}).own_names is None


# -- deep linking --------------------------------------------------------------------------


def test_deep_linking_request_tells_what_is_wanted(tool: Tool) -> None:
    launch = tool.launch(**lms.deep_linking(data="opaque\nœuvre", title="Add a tool", text=None))
    assert launch.message_type is MessageType.DEEP_LINKING
    assert launch.resource_link_id is None
    asked = launch.deep_linking
    assert asked is not None
    assert asked.return_url == "https://lms.example.org/return?course=5&sesskey=SECRET"
    assert (asked.data, asked.accept_types) == ("opaque\nœuvre", ("ltiResourceLink",))
    assert (asked.accept_multiple, asked.accept_line_item) == (True, True)
    assert (asked.title, asked.text) == ("Add a tool", None)
    assert "SECRET" not in repr(launch)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"accept_types": "link,ltiResourceLink"}, {"accept_types": ("link", "ltiResourceLink")}),
        ({"accept_types": ["file", "ltiResourceLink"]}, {"accept_multiple": True}),
        ({"accept_multiple": "false"}, {"accept_multiple": False}),
        ({"accept_multiple": "True"}, {"accept_multiple": True}),
        ({"accept_multiple": GONE}, {"accept_multiple": False}),
        ({"accept_multiple": None}, {"accept_multiple": False}),
        ({"accept_lineitem": False}, {"accept_line_item": False}),
        ({"accept_lineitem": "false"}, {"accept_line_item": False}),
        ({"data": None}, {"data": None}),
        ({"data": ""}, {"data": ""}),
        ({"data": "x" * 65536}, {"data": "x" * 65536}),
        ({"accept_media_types": "application/vnd.ims.lti.v1.ltilink"}, {"accept_multiple": True}),
        ({"deep_link_return_url": "http://127.0.0.1:8100/r"}, {"title": None}),
        ({"title": "$Unknown.title"}, {"title": None}),
    ],
)
def test_deep_linking_settings_are_read_as_platforms_write_them(
    tool: Tool, settings: dict[str, object], expected: dict[str, object]
) -> None:
    asked = tool.launch(**lms.deep_linking(**settings)).deep_linking
    assert {name: getattr(asked, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("settings", "code", "named"),
    [
        ({"deep_link_return_url": GONE}, "claim-missing", "deep_link_return_url"),
        ({"deep_link_return_url": None}, "claim-missing", "deep_link_return_url"),
        ({"deep_link_return_url": ""}, "claim-missing", "deep_link_return_url"),
        ({"deep_link_return_url": 5}, "claim-malformed", "deep_link_return_url"),
        ({"deep_link_return_url": "javascript:alert(1)"}, "claim-malformed", "return_url"),
        ({"deep_link_return_url": "http://lms.example.org/r"}, "claim-malformed", "return_url"),
        ({"deep_link_return_url": "https://a b/"}, "claim-malformed", "return_url"),
        ({"deep_link_return_url": "https://x/" + "a" * 4096}, "claim-malformed", "return_url"),
        ({"accept_types": GONE}, "claim-missing", "accept_types"),
        ({"accept_types": [1]}, "claim-malformed", "accept_types"),
        ({"accept_types": {"a": 1}}, "claim-malformed", "accept_types"),
        ({"accept_types": []}, "deep-linking-type", "links"),
        ({"accept_types": ["link", "file"]}, "deep-linking-type", "links"),
        ({"accept_types": "file"}, "deep-linking-type", "links"),
        ({"accept_multiple": "maybe"}, "claim-malformed", "accept_multiple"),
        ({"accept_multiple": 1}, "claim-malformed", "accept_multiple"),
        ({"data": {"a": 1}}, "claim-malformed", "data"),
        ({"data": "x" * 65537}, "claim-malformed", "data"),
        ({"title": ["t"]}, "claim-malformed", "title"),
    ],
)
def test_deep_linking_settings_that_cannot_be_are_refused_by_name(
    tool: Tool, settings: dict[str, object], code: str, named: str
) -> None:
    refusal = tool.refused(**lms.deep_linking(**settings))
    assert refusal.code == code
    assert named in str(refusal)


@pytest.mark.parametrize("settings", [GONE, None])
def test_deep_linking_without_settings_is_refused(tool: Tool, settings: object) -> None:
    changes = {**lms.deep_linking(), claims.DEEP_LINKING_SETTINGS: settings}
    assert tool.refused(**changes).code == "claim-missing"


def test_deep_linking_settings_as_a_list_are_refused(tool: Tool) -> None:
    changes = {**lms.deep_linking(), claims.DEEP_LINKING_SETTINGS: ["x"]}
    assert tool.refused(**changes).code == "claim-malformed"


def test_learner_may_not_place_links(tool: Tool) -> None:
    assert tool.refused(**{**lms.deep_linking(), **LEARNER}).code == "deep-linking-role"
    assert tool.refused(**{**lms.deep_linking(), "roles": []}).code == "deep-linking-role"


def test_administrator_may_place_links(tool: Tool) -> None:
    launch = tool.launch(**{**lms.deep_linking(), **ADMINISTRATOR})
    assert (launch.role, launch.standing.administers) == (Role.ADMIN, True)


@pytest.mark.parametrize("resource_link", [GONE, None, {"id": None}, {"id": "7"}])
def test_deep_linking_needs_no_resource_link(tool: Tool, resource_link: object) -> None:
    launch = tool.launch(**{**lms.deep_linking(), "resource_link": resource_link})
    assert launch.resource_link_id is None


def test_deep_linking_may_leave_the_target_out(tool: Tool) -> None:
    launch = tool.launch(**lms.deep_linking(), target_link_uri=GONE)
    assert launch.target_link_uri == TARGET


def test_deep_linking_to_a_foreign_target_is_refused(tool: Tool) -> None:
    changes = {**lms.deep_linking(), "target_link_uri": "https://evil.example.org/"}
    assert tool.refused(**changes).code == "target-foreign"


# -- submission review ---------------------------------------------------------------------


def test_submission_review_tells_whose_submission_it_is(tool: Tool) -> None:
    launch = tool.launch(**lms.review(name="Ana  Ferreira"))
    assert launch.message_type is MessageType.SUBMISSION_REVIEW
    assert launch.reviewed == Reviewed(subject="user-13", name="Ana Ferreira")
    assert launch.resource_link_id == "link-3"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"for_user": GONE}, "claim-missing"),
        ({"for_user": []}, "claim-malformed"),
        ({"for_user": {}}, "claim-missing"),
        ({"for_user": {"user_id": 13}}, "claim-malformed"),
        ({"for_user": {"user_id": "13", "name": 5}}, "claim-malformed"),
        ({"resource_link": GONE}, "claim-missing"),
        (LEARNER, "review-role"),
    ],
)
def test_submission_review_is_refused(tool: Tool, changes: dict[str, object], code: str) -> None:
    assert tool.refused(**{**lms.review(), **changes}).code == code


@pytest.mark.parametrize("name", ["LtiContextCopyNotice", "LtiAssetProcessorSettingsRequest", "x"])
def test_unknown_message_is_refused_by_name(tool: Tool, name: str) -> None:
    refusal = tool.refused(message_type=name)
    assert refusal.code == "message-type"
    assert name in str(refusal)


def test_resource_link_has_neither_choice_nor_review(tool: Tool) -> None:
    extra = lms.deep_linking()[claims.DEEP_LINKING_SETTINGS]
    launch = tool.launch(**{claims.DEEP_LINKING_SETTINGS: extra, "for_user": {"user_id": "13"}})
    assert (launch.deep_linking, launch.reviewed) == (None, None)


# -- what else a launch tells --------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"product_family_code": "moodle", "version": "2024100706", "name": "n", "guid": "g"},
            Platform(family="moodle", version="2024100706", name="n", guid="g"),
        ),
        ({"guid": "g", "version": None}, Platform(guid="g")),
        ({"guid": "g", "name": "$Tool.name"}, Platform(guid="g")),
        ({"product_family_code": "x" * 999}, Platform(family="x" * 60)),
        (None, Platform()),
        (GONE, Platform()),
    ],
)
def test_platform_is_told(tool: Tool, value: object, expected: Platform) -> None:
    assert tool.launch(tool_platform=value).platform == expected


@pytest.mark.parametrize("value", [[], "moodle", {"version": 5}, {"guid": ["g"]}])
def test_platform_of_another_type_is_refused(tool: Tool, value: object) -> None:
    assert tool.refused(tool_platform=value).code == "claim-malformed"


def test_services_are_kept_to_the_letter(tool: Tool) -> None:
    launch = tool.launch(
        **{
            claims.NAMES_AND_ROLES: {
                "context_memberships_url": MEMBERS_URL,
                "service_versions": ["2.0"],
                "errors": {"errors": {}},
                "validation_context": None,
            },
            claims.GRADES: {
                "scope": [claims.SCORE_SCOPE, claims.LINE_ITEM_SCOPE],
                "lineitems": LINE_ITEMS_URL,
                "lineitem": LINE_ITEM_URL,
            },
        }
    )
    assert launch.services == Services(
        members_url=MEMBERS_URL,
        line_items_url=LINE_ITEMS_URL,
        line_item_url=LINE_ITEM_URL,
        grade_scopes=frozenset({claims.SCORE_SCOPE, claims.LINE_ITEM_SCOPE}),
    )


@pytest.mark.parametrize(
    "told",
    [
        {},
        {claims.NAMES_AND_ROLES: None, claims.GRADES: None},
        {claims.NAMES_AND_ROLES: {"context_memberships_url": "http://lms.example.org/m"}},
        {claims.NAMES_AND_ROLES: {"context_memberships_url": "file:///etc/passwd"}},
        {claims.NAMES_AND_ROLES: {"context_memberships_url": "https://a/\r\nx: y"}},
        {claims.NAMES_AND_ROLES: {"context_memberships_url": "$Context.url"}},
        {claims.NAMES_AND_ROLES: {"context_memberships_url": "https://x/" + "a" * 4096}},
        {claims.GRADES: {"lineitems": "gopher://x/", "lineitem": None, "scope": []}},
    ],
)
def test_service_that_cannot_be_called_is_absent(tool: Tool, told: dict[str, object]) -> None:
    assert tool.launch(**told).services == Services()


FOREIGN = {
    claims.NAMES_AND_ROLES: {"context_memberships_url": "https://evil.example.org/m?user=SECRET"},
    claims.GRADES: {
        "lineitems": "https://lms.example.org.evil.example.org/l",
        "lineitem": "https://school.instructure.com/l/1",
    },
}


def test_service_on_a_host_of_nobody_is_absent_and_logged_once(
    tool: Tool, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert tool.launch(**FOREIGN).services == Services()
    lines = [line for line in caplog.messages if line.startswith("service-foreign")]
    assert len(lines) == 3
    assert "://" not in "".join(lines)


@pytest.mark.parametrize("name", ["issuer", "origin", "authorization_url", "token_url"])
def test_service_may_be_on_any_host_that_the_registration_names(tool: Tool, name: str) -> None:
    changes = {} if name == "issuer" else {name: "https://school.example.org/x"}
    known = tool.register(**{"client_id": "client-2", "family": "canvas", **changes})
    url = "https://school.example.org:8443/m" if changes else "https://lms.example.org:8443/m"
    told = {claims.NAMES_AND_ROLES: {"context_memberships_url": url}}
    assert read_services(told, known).members_url == url


@pytest.mark.parametrize(
    ("token_url", "is_there"),
    [
        ("https://sso.canvaslms.com/login/oauth2/token", True),
        ("https://canvas.example.org/login/oauth2/token", False),
    ],
)
def test_hosts_of_a_platforms_maker_count_where_its_tokens_come_from_one(
    tool: Tool, token_url: str, is_there: bool
) -> None:
    known = tool.register(
        client_id="client-2",
        issuer="https://canvas.instructure.com",
        authorization_url=token_url,
        token_url=token_url,
        origin="https://learn.example.org",
    )
    url = "https://school.instructure.com/api/lti/courses/1/names_and_roles"
    told = {claims.NAMES_AND_ROLES: {"context_memberships_url": url}}
    assert (read_services(told, known).members_url == url) is is_there


@pytest.mark.parametrize(
    "told",
    [
        {claims.NAMES_AND_ROLES: ["https://lms.example.org/m"]},
        {claims.NAMES_AND_ROLES: {"context_memberships_url": 5}},
        {claims.GRADES: "https://lms.example.org/l"},
        {claims.GRADES: {"scope": {"a": 1}}},
        {claims.GRADES: {"lineitem": ["x"]}},
    ],
)
def test_service_of_another_type_is_refused(tool: Tool, told: dict[str, object]) -> None:
    assert tool.refused(**told).code == "claim-malformed"


PLACED = uuid.UUID("5f0c0c1e-3a80-4b0e-9a3f-2f6f8f1f1f10")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"?placed={PLACED}", PLACED),
        (f"?x=1&placed={PLACED}", PLACED),
        ("?placed=me", None),
        ("?placed=", None),
        (f"?Placed={PLACED}", None),
        (f"#placed={PLACED}", None),
        ("", None),
    ],
)
def test_placed_link_is_known_by_its_address(
    tool: Tool, query: str, expected: uuid.UUID | None
) -> None:
    target = TARGET + "lti/launch" + query
    asked = tool.login(target_link_uri=target)
    launch = tool.answer(asked, lms.sign(lms.message(asked["nonce"], target)))
    assert (launch.placement_id, launch.target_link_uri) == (expected, target)


def test_launch_tells_when_it_was_signed_and_how_it_was_proved(tool: Tool) -> None:
    launch = tool.launch()
    assert launch.issued_at == lms.NOW
    assert launch.proved_by == "cookie"


CANVAS: dict[str, object] = {
    "azp": lms.CLIENT_ID,
    "locale": "en-GB",
    "resource_link": {
        "id": "a9f2",
        "title": None,
        "description": None,
        "validation_context": None,
        "errors": {"errors": {}},
    },
    "context": {
        "id": "4dde05e8",
        "label": None,
        "title": "Site Admin",
        "type": ["Account"],
        "validation_context": None,
        "errors": {"errors": {}},
    },
    "tool_platform": {
        "guid": "f0:canvas-lms",
        "name": "Northwind",
        "version": "cloud",
        "product_family_code": "canvas",
        "validation_context": None,
        "errors": {"errors": {}},
    },
    "launch_presentation": {
        "document_target": "iframe",
        "return_url": "https://canvas.example.org/return",
        "locale": "en-GB",
        "height": None,
        "width": None,
        "validation_context": None,
        "errors": {"errors": {}},
    },
    "lti1p1": {"user_id": "5", "validation_context": None},
    "custom": {"course": "$Canvas.course.id", "validation_context": None},
    "errors": {"errors": {}},
    "https://www.instructure.com/placement": "course_navigation",
}


def test_oddities_of_canvas_are_tolerated(tool: Tool) -> None:
    launch = tool.launch(**CANVAS)
    assert (launch.platform.family, launch.platform.version) == ("canvas", "cloud")
    assert (launch.course_id, launch.course_title) == ("4dde05e8", "Site Admin")
    assert (launch.resource_link_id, launch.locale) == ("a9f2", "en-GB")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"context": {"id": "$Context.id", "title": "$Context.title"}}, {"course_id": None}),
        ({"launch_presentation": {"locale": "$Message.locale"}}, {"locale": None}),
        ({"context": {"id": "c", "title": "$100 and more"}}, {"course_title": "$100 and more"}),
    ],
)
def test_variable_that_was_not_expanded_is_missing(
    tool: Tool, changes: dict[str, object], expected: dict[str, object]
) -> None:
    launch = tool.launch(**changes)
    assert {name: getattr(launch, name) for name in expected} == expected


def test_link_without_its_identifier_is_refused(tool: Tool) -> None:
    assert tool.refused(resource_link={"id": "$ResourceLink.id"}).code == "claim-missing"


def test_mentor_is_told_with_those_they_mentor(tool: Tool) -> None:
    launch = tool.launch(roles=[ROLE + "Mentor"], role_scope_mentor=["user-1", "user-2"])
    assert (launch.role, launch.standing.mentors) == (Role.MENTOR, ("user-1", "user-2"))


@pytest.mark.parametrize("value", ["user-1", [1], {"user-1": True}])
def test_mentor_claim_of_another_type_is_refused(tool: Tool, value: object) -> None:
    changes = {"roles": [ROLE + "Mentor"], "role_scope_mentor": value}
    assert tool.refused(**changes).code == "claim-malformed"


def test_every_launch_of_a_real_moodle_is_read(tool: Tool, shared: Path) -> None:
    kinds = set()
    for path in sorted((shared / "captures" / "moodle-4.5" / "lti").glob("*_launch_*.json")):
        body = json.loads(path.read_text("utf-8"))["payload"]
        target = body[claims.TARGET_LINK_URI]
        config = replace(tool.config, public_url="http://" + urlsplit(target).netloc)
        launch = read_message(body, tool.register(), config, target, proved_by=ProvedBy.COOKIE)
        kinds.add(launch.message_type)
        assert launch.platform.family == "moodle"
        assert launch.course_title == body[claims.CONTEXT]["title"]
        told = body[claims.GRADES]
        assert launch.services.line_items_url == told["lineitems"]
        assert launch.services.line_item_url == told.get("lineitem")
        people = body.get(claims.NAMES_AND_ROLES, {})
        assert launch.services.members_url == people.get("context_memberships_url")
    assert kinds == set(MessageType)
