"""Deep linking: the request is accepted, the response holds what it must, and the link launches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lti_tool.lti import claims
from tests.acceptance.certification.cases import case
from tests.acceptance.doors import NeedleDoor
from tests.acceptance.teacher import (
    RETURN_URL,
    SETTINGS,
    Sent,
    place_modules,
    place_question,
    press,
    request_links,
    sent_back,
)
from tests.lti import lms
from tests.web.walker import Page

Tell = Callable[[str], None]


def is_accepted(page: Page, told: Tell) -> None:
    """The page to choose on."""
    assert page.status == 200, page.text
    assert page.has_button("Look at the question")
    told("200, the page to choose on")


@pytest.fixture
def sent(needle: NeedleDoor) -> Sent:
    """The response to a request, with one question placed."""
    return sent_back(needle, place_question(needle, request_links(needle)))


@case("Deep linking", "Request", "a deep linking request of a teacher")
def test_request(needle: NeedleDoor, told: Tell) -> None:
    is_accepted(request_links(needle), told)


@case("Deep linking", "accept_media_types as text", "`accept_media_types` is a string")
def test_accept_media_types_may_be_a_string(needle: NeedleDoor, told: Tell) -> None:
    media = {"accept_media_types": "image/*,text/html"}
    is_accepted(request_links(needle, settings=media), told)


@case("Deep linking", "Request without a target", "no `target_link_uri`")
def test_request_without_a_target_link_uri(needle: NeedleDoor, told: Tell) -> None:
    is_accepted(request_links(needle, target_link_uri=lms.GONE), told)


@case("Deep linking", "Response: message_type", "one link is chosen")
def test_response_message_type(sent: Sent, told: Tell) -> None:
    assert sent.action == RETURN_URL
    assert sent.message[claims.MESSAGE_TYPE] == "LtiDeepLinkingResponse"
    told("`LtiDeepLinkingResponse`, posted to the return address")


@case("Deep linking", "Response: signature", "one link is chosen")
def test_response_signature(sent: Sent, told: Tell) -> None:
    assert sent.message
    told("a JWT signed with RS256 by a key of /lti/jwks.json, named by its `kid`")


@case("Deep linking", "Response: timestamps", "one link is chosen")
def test_response_timestamps(needle: NeedleDoor, sent: Sent, told: Tell) -> None:
    issued, expires = sent.message["iat"], sent.message["exp"]
    assert issued == int(needle.moment().timestamp())
    assert isinstance(issued, int)
    assert isinstance(expires, int)
    assert 0 < expires - issued <= 600
    told("`iat` is now, `exp` five minutes later")


@case("Deep linking", "Response: required claims", "one link is chosen")
def test_response_required_claims(sent: Sent, told: Tell) -> None:
    message = sent.message
    assert message["iss"] == lms.CLIENT_ID
    assert message["aud"] in (lms.ISSUER, [lms.ISSUER])
    assert isinstance(message["nonce"], str)
    assert len(message["nonce"]) >= 16
    assert message[claims.DEPLOYMENT_ID] == lms.DEPLOYMENT_ID
    assert message[claims.VERSION] == "1.3.0"
    (item,) = sent.items
    assert item["type"] == "ltiResourceLink"
    assert str(item["url"]).startswith("https://needle.example.org/")
    assert None not in item.values()
    told("`iss`, `aud`, `exp`, `iat`, `nonce`, deployment, version, `content_items`")


@case("Deep linking", "Response: data echoed", "`data` in the request")
def test_response_echoes_data(sent: Sent, told: Tell) -> None:
    assert sent.message[claims.DEEP_LINKING_DATA] == SETTINGS["data"]
    told("`data` letter for letter")


@case("Deep linking", "Response: no data to echo", "no `data` in the request")
def test_response_without_data(needle: NeedleDoor, told: Tell) -> None:
    page = place_question(needle, request_links(needle, settings={"data": lms.GONE}))
    assert claims.DEEP_LINKING_DATA not in sent_back(needle, page).message
    told("no `data`")


@case("Deep linking", "Several links at once", "`accept_multiple`, and two modules are chosen")
def test_several_links_at_once(needle: NeedleDoor, told: Tell) -> None:
    page = place_modules(needle, request_links(needle), "conversation", 2, links="each")
    items = sent_back(needle, page).items
    assert len({item["url"] for item in items}) == 2
    assert {item["type"] for item in items} == {"ltiResourceLink"}
    told("two items of type `ltiResourceLink`")


@case("Deep linking", "Nothing chosen", "the teacher places nothing")
def test_nothing_chosen(needle: NeedleDoor, told: Tell) -> None:
    page = press(needle, request_links(needle), "Place nothing")
    assert sent_back(needle, page).items == []
    told("an empty list of items")


@case("Deep linking", "The returned link launches, as {who}", "a launch of the placed link")
@pytest.mark.parametrize("who", ["teacher", "student"])
def test_the_returned_link_launches(needle: NeedleDoor, told: Tell, who: str) -> None:
    page = place_question(
        needle, request_links(needle), title="Before you talk", prompt="Ask about feedback"
    )
    (item,) = sent_back(needle, page).items
    assert item["title"] == "Before you talk"
    target = str(item["url"])
    asked = needle.log_in(target_link_uri=target)
    role = {"teacher": "Instructor", "student": "Learner"}[who]
    message = needle.message(asked, target_link_uri=target, roles=[lms.ROLE + role])
    opened = Page(needle.answer(asked, lms.sign(message)))
    assert opened.status == 200
    assert "Ask about feedback" in opened.text
    told("200, the page with what was placed")
