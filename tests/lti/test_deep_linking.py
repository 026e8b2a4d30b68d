"""The answer to a deep linking request, and where it may go."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lti_tool.domain.launch import DeepLinking, Registration
from lti_tool.errors import LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.deep_linking import ResourceLink, answer_request, return_origin

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PLACED = uuid.UUID("11111111-2222-4333-8444-555555555555")
ASKED = DeepLinking(return_url="https://lms.example.org/return?course=8")
MOODLE = Registration(
    id=uuid.uuid4(),
    organisation="northwind",
    issuer="https://lms.example.org",
    client_id="c1",
    authorization_url="https://lms.example.org/auth",
    token_url="https://lms.example.org/token",
    key_set_url="https://lms.example.org/keys",
    origin="https://lms.example.org",
    family="moodle",
    name="",
    actor_form="pseudonym",
    actor_home_page="https://needle.example.org",
    deployment_ids=frozenset({"1"}),
    created_at=NOW,
)
CANVAS = replace(
    MOODLE,
    issuer="https://canvas.instructure.com",
    authorization_url="https://sso.canvaslms.com/api/lti/authorize_redirect",
    token_url="https://sso.canvaslms.com/login/oauth2/token",
    origin="https://school.instructure.com",
)


def answer(links: Sequence[ResourceLink], asked: DeepLinking = ASKED) -> dict[str, object]:
    """The claims of the answer, after a trip through JSON as a token makes it."""
    signed: list[str] = []

    def sign(body: Mapping[str, object]) -> str:
        signed.append(json.dumps(body))
        return "token"

    public_url = "https://needle.example.org/needle"
    assert (
        answer_request(MOODLE, "1", asked, links, public_url=public_url, sign=sign, now=NOW)
        == "token"
    )
    found: dict[str, object] = json.loads(signed[0])
    return found


def items(links: Sequence[ResourceLink]) -> list[dict[str, object]]:
    return answer(links)[claims.DEEP_LINKING_CONTENT_ITEMS]  # type: ignore[return-value]


def test_the_answer_has_every_claim_of_the_standard_and_no_other() -> None:
    body = answer([])
    assert len(str(body.pop("nonce"))) >= 20
    assert body == {
        "iss": "c1",
        "aud": "https://lms.example.org",
        "iat": NOW.timestamp(),
        "exp": NOW.timestamp() + 300,
        claims.DEPLOYMENT_ID: "1",
        claims.MESSAGE_TYPE: "LtiDeepLinkingResponse",
        claims.VERSION: "1.3.0",
        claims.DEEP_LINKING_CONTENT_ITEMS: [],
    }


def test_a_real_platforms_answer_names_the_same_claims(shared: Path) -> None:
    file = shared / "captures" / "moodle-4.5" / "lti" / "009_deep_linking_response.json"
    assert set(answer([])) <= set(json.loads(file.read_text("utf-8")))


def test_each_answer_has_a_nonce_of_its_own() -> None:
    assert answer([])["nonce"] != answer([])["nonce"]


@pytest.mark.parametrize("data", ["", "a=b&c", "x" * 5_000])
def test_data_goes_back_as_it_came(data: str) -> None:
    assert answer([], replace(ASKED, data=data))[claims.DEEP_LINKING_DATA] == data


def test_a_link_has_what_is_known_of_it_and_nothing_empty() -> None:
    (item,) = items([ResourceLink(placement_id=PLACED, title="Ask")])
    assert item == {
        "type": "ltiResourceLink",
        "title": "Ask",
        "url": f"https://needle.example.org/needle/lti/launch?placed={PLACED}",
    }


def test_only_a_graded_link_asks_for_a_line_item() -> None:
    plain = ResourceLink(placement_id=PLACED, title="Ask", text="Say it")
    first, second = items([plain, replace(plain, graded=True)])
    assert "lineItem" not in first
    assert second["lineItem"] == {"scoreMaximum": 1, "label": "Ask", "resourceId": str(PLACED)}


def test_words_that_a_platform_reads_as_html_hold_no_markup() -> None:
    text = "<img src=x onerror=alert(1)> & <script>"
    (item,) = items([ResourceLink(placement_id=PLACED, title="Ask", text=text)])
    assert "<" not in str(item["text"])
    assert item["text"] == "‹img src=x onerror=alert(1)› & ‹script›"


@pytest.mark.parametrize(
    ("registration", "url", "origin"),
    [
        (MOODLE, "https://lms.example.org/mod/lti/contentitem_return.php?course=8&id=1", ""),
        (MOODLE, "https://LMS.example.org:443/return", "https://lms.example.org"),
        (CANVAS, "https://school.instructure.com/courses/1/deep_linking_response?data=x", ""),
        (CANVAS, "https://sso.canvaslms.com/return", "https://sso.canvaslms.com"),
        (CANVAS, "https://canvas.instructure.com/return", "https://canvas.instructure.com"),
        (replace(MOODLE, origin="http://127.0.0.1:8100"), "http://127.0.0.1:8100/return", ""),
    ],
)
def test_the_answer_may_go_to_the_platforms_own_hosts(
    registration: Registration, url: str, origin: str
) -> None:
    assert return_origin(registration, url) == (origin or registration.origin)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "javascript://lms.example.org/%0aalert(1)",
        "data:text/html,x",
        "//lms.example.org/return",
        "/return",
        "http://lms.example.org/return",
        "https://evil.example/return",
        "https://lms.example.org.evil.example/return",
        "https://lms.example.org@evil.example/return",
        "https://user:word@lms.example.org/return",
        "https://evil.example/https://lms.example.org/",
        "https://lms.example.org\\@evil.example/",
        "https://lms.example.org\n/return",
        "https://[::1/return",
        "ftp://lms.example.org/return",
        "https://canvas.instructure.com/return",
        "http://127.0.0.1:8100/return",
    ],
)
def test_the_answer_goes_nowhere_else(url: str) -> None:
    with pytest.raises(LaunchRefused) as refused:
        return_origin(MOODLE, url)
    assert refused.value.code == "deep-linking-return"
    assert refused.value.registration_id == MOODLE.id
