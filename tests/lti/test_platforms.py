"""Profiles: what each kind of platform does otherwise."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest

from lti_tool.domain.launch import Registration
from lti_tool.lti import claims
from lti_tool.lti.dynamic_registration import Registered, values_to_save
from lti_tool.lti.dynamic_registration.configuration import read_document
from lti_tool.lti.dynamic_registration.request import make_request
from lti_tool.lti.own_addresses import OwnAddresses
from lti_tool.lti.platforms import PROFILES, profile_of
from lti_tool.lti.platforms.canvas import developer_key

OWN = OwnAddresses("https://needle.example.org:8443/tool")


@pytest.mark.parametrize(
    ("family", "issuer", "title"),
    [
        ("moodle", "", "Moodle"),
        ("Moodle", "https://canvas.instructure.com", "Moodle"),
        ("canvas", "", "Canvas"),
        ("", "https://canvas.instructure.com", "Canvas"),
        ("", "https://canvas.beta.instructure.com", "Canvas"),
        ("", "https://blackboard.com", "Blackboard"),
        ("BlackboardLearn", "", "Blackboard"),
        ("desire2learn", "", "D2L Brightspace"),
        ("Brightspace", "", "D2L Brightspace"),
        ("", "https://school.brightspace.com", "D2L Brightspace"),
        ("", "https://school.brightspace.com.evil.org", "LMS"),
        ("", "https://[", "LMS"),
        ("sakai", "", "Sakai"),
        ("Open edX", "", "Open edX"),
        ("", "https://lms.example.org", "LMS"),
        ("something-new", "https://canvas.instructure.com", "LMS"),
        ("💥" * 100, "", "LMS"),
    ],
)
def test_a_profile_is_found_by_family_else_by_a_shared_issuer(
    family: str, issuer: str, title: str
) -> None:
    assert profile_of(family, issuer).title == title


def test_every_profile_says_what_to_do_next() -> None:
    for profile in (*PROFILES, profile_of("")):
        assert profile.next_steps


def test_only_canvas_is_told_that_a_score_is_no_submission() -> None:
    extension = profile_of("canvas").score_extension
    assert extension == {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
    assert not profile_of("moodle").score_extension


def test_brightspace_wants_another_audience_than_its_token_url() -> None:
    registration = Registration(
        id=uuid.uuid4(), organisation="o", issuer="https://s.brightspace.com", client_id="c",
        authorization_url="https://s.brightspace.com/a", key_set_url="https://s.brightspace.com/k",
        token_url="https://auth.brightspace.com/core/connect/token", origin="", family="",
        name="", actor_form="", actor_home_page="", deployment_ids=frozenset(),
        created_at=datetime.now(UTC),
    )  # fmt: skip
    audience = profile_of("desire2learn").token_audience(registration)
    assert audience == "https://api.brightspace.com/auth/token"
    assert profile_of("moodle").token_audience(registration) is None


def configuration(family: str, **changes: object) -> dict[str, object]:
    url = "https://lms.example.org"
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/auth",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "registration_endpoint": f"{url}/register",
        claims.PLATFORM_CONFIGURATION: {"product_family_code": family},
        **changes,
    }


def test_the_key_set_of_blackboard_is_one_for_each_application() -> None:
    portal = "https://developer.blackboard.com"
    read = read_document(
        configuration(
            "BlackboardLearn",
            issuer="https://blackboard.com",
            jwks_uri=f"{portal}/.well-known/jwks.json",
        )
    )
    saved = values_to_save(read, Registered(client_id="a/b"), "https://learn.example.org")
    assert saved["key_set_url"] == f"{portal}/api/v1/management/applications/a%2Fb/jwks.json"
    assert saved["origin"] == "https://learn.example.org"


def test_a_platform_that_calls_itself_blackboard_keeps_its_own_keys() -> None:
    read = read_document(configuration("BlackboardLearn"))
    saved = values_to_save(read, Registered(client_id="a"), "https://lms.example.org")
    assert saved["key_set_url"] == "https://lms.example.org/jwks"


@pytest.mark.parametrize("family", ["moodle", "canvas", "sakai", "desire2learn", ""])
def test_a_request_asks_for_the_least(family: str) -> None:
    request = make_request(read_document(configuration(family)), OWN)
    text = json.dumps(request)
    tool = request[claims.TOOL_CONFIGURATION]
    assert isinstance(tool, dict)
    assert tool["claims"] == ["iss", "sub"]
    assert "email" not in text
    assert tool["domain"] == "needle.example.org:8443"
    assert request["redirect_uris"] == ["https://needle.example.org:8443/tool/lti/launch"]
    assert tool["target_link_uri"] == "https://needle.example.org:8443/tool/lti/launch"


def test_only_scopes_and_messages_that_the_platform_has_are_asked_for() -> None:
    values = configuration("", scopes_supported=["openid", claims.SCORE_SCOPE])
    values[claims.PLATFORM_CONFIGURATION] = {
        "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiOther"}]
    }
    request = make_request(read_document(values), OWN)
    assert request["scope"] == claims.SCORE_SCOPE
    tool = request[claims.TOOL_CONFIGURATION]
    assert isinstance(tool, dict)
    assert [message["type"] for message in tool["messages"]] == ["LtiResourceLinkRequest"]


OWN_NUMBERS = {"canvas_user_id": "$Canvas.user.id", "canvas_course_id": "$Canvas.course.id"}


def test_canvas_is_asked_for_its_placements_and_no_personal_data() -> None:
    request = make_request(read_document(configuration("canvas")), OWN)
    tool = request[claims.TOOL_CONFIGURATION]
    assert isinstance(tool, dict)
    placed = {message["type"]: message["placements"] for message in tool["messages"]}
    assert placed == {
        "LtiResourceLinkRequest": ["course_navigation"],
        "LtiDeepLinkingRequest": ["link_selection", "assignment_selection"],
    }
    assert tool["https://canvas.instructure.com/lti/privacy_level"] == "anonymous"
    assert tool["custom_parameters"] == OWN_NUMBERS


def test_the_developer_key_has_what_canvas_requires() -> None:
    key = developer_key(OWN)
    for name in ("title", "description", "oidc_initiation_url", "target_link_uri", "scopes",
                 "public_jwk_url", "custom_fields", "extensions"):  # fmt: skip
        assert name in key
    assert key["custom_fields"] == OWN_NUMBERS
    (extension,) = key["extensions"]  # type: ignore[misc]
    assert extension["platform"] == "canvas.instructure.com"
    placements = extension["settings"]["placements"]
    assert [one["placement"] for one in placements] == [
        "course_navigation",
        "link_selection",
        "assignment_selection",
    ]
    assert placements[1]["message_type"] == "LtiDeepLinkingRequest"
