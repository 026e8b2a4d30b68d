"""Deep linking: where the answer may go, and what stands in it."""

from __future__ import annotations

import pytest
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource

from lti_tool.lti import claims
from tests.acceptance.doors import Door, NeedleDoor, refusal
from tests.acceptance.teacher import (
    SETTINGS,
    place_question,
    request_links,
    sent_back,
)
from tests.lti import lms
from tests.web.walker import Page


def plain_deep_link(plain: Door, **settings: object) -> DeepLink:
    """pylti1p3's deep link for a request with these settings, once it has launched."""
    asked = plain.log_in()
    body = plain.message(asked, message_type="LtiDeepLinkingRequest")
    body[claims.DEEP_LINKING_SETTINGS] = {**SETTINGS, **settings}
    assert plain.answer(asked, lms.sign(body)).status_code == 200
    found: DeepLink = plain.app.extensions["last"].get_deep_link()
    return found


def test_the_return_address_is_escaped(plain: Door, needle: NeedleDoor) -> None:
    evil = 'https://lms.example.org/return?a="><b>&c'
    form = plain_deep_link(plain, deep_link_return_url=evil).get_response_form_html("jwt")
    assert '"><b>' in form
    page = place_question(needle, request_links(needle, settings={"deep_link_return_url": evil}))
    assert '"><b>' not in page.html
    assert sent_back(needle, page).action == evil


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:alert(document.cookie)", "403 claim-malformed"),
        ("data:text/html,x", "403 claim-malformed"),
        ("https://evil.example.org/return", "403 deep-linking-return"),
        ("http://lms.example.org/return", "403 claim-malformed"),
    ],
)
def test_the_answer_goes_to_the_platform_alone(
    plain: Door, needle: NeedleDoor, url: str, code: str
) -> None:
    form = plain_deep_link(plain, deep_link_return_url=url).get_response_form_html("jwt")
    assert f'action="{url}"' in form
    page = request_links(needle, settings={"deep_link_return_url": url})
    assert refusal(page.response) == code


def test_a_request_without_a_return_address_is_refused(plain: Door, needle: NeedleDoor) -> None:
    link = plain_deep_link(plain, deep_link_return_url=None)
    assert 'action="None"' in link.get_response_form_html("jwt")
    page = request_links(needle, settings={"deep_link_return_url": lms.GONE})
    assert refusal(page.response) == "403 claim-missing"


def test_a_request_for_other_things_than_links_is_refused_by_name(
    plain: Door, needle: NeedleDoor
) -> None:
    asked = plain.log_in()
    body = plain.message(asked, message_type="LtiDeepLinkingRequest")
    body[claims.DEEP_LINKING_SETTINGS] = {**SETTINGS, "accept_types": ["link"]}
    refused = plain.answer(asked, lms.sign(body))
    assert (refused.status_code, refused.text) == (
        403,
        "Must support resource link placement types",
    )
    page = request_links(needle, settings={"accept_types": ["link"]})
    assert refusal(page.response) == "403 deep-linking-type"
    assert "link" in page.text


def test_a_placed_item_has_no_empty_members(plain: Door, needle: NeedleDoor) -> None:
    resource = DeepLinkResource().set_target("window").to_dict()
    assert resource["title"] is None
    assert resource["url"] is None
    assert "window" not in str(resource)
    without_data = plain_deep_link(plain, data=None).get_message_jwt([])
    assert without_data[claims.DEEP_LINKING_DATA] is None
    page = place_question(needle, request_links(needle, settings={"data": lms.GONE}))
    sent = sent_back(needle, page)
    (item,) = sent.items
    assert None not in item.values()
    assert claims.DEEP_LINKING_DATA not in sent.message


def test_the_way_back_needs_no_inline_script(plain: Door, needle: NeedleDoor) -> None:
    assert "<script" in plain_deep_link(plain).get_response_form_html("jwt")
    page: Page = place_question(needle, request_links(needle))
    assert page.has_button("Go on to your course")
    assert all('src="' in part.partition(">")[0] for part in page.html.split("<script")[1:])
    policy = page.response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "form-action 'self' https://lms.example.org" in policy
