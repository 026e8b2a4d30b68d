"""Whatever is sent to an address of the tool, the tool does not break: no answer is a 5xx."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from lti_tool.lti import claims
from tests.acceptance.doors import TARGET, URL, NeedleDoor, open_needle
from tests.lti import lms

BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SHOWN_TO_MONITORS = ("/healthz",)
"""May say 503: a monitor asks it whether all is well."""

WORDS = st.text(max_size=40)
ODD = st.sampled_from(
    [
        "", "\x00", "\ud7ff\u202e", "javascript:alert(1)", "https://evil.example.org/", TARGET,
        "http://169.254.169.254/latest", "'; DROP TABLE tool_login; --", "{{ 7 * 7 }}", "../..",
        "a" * 9000, "[", "null", "-1", "1e999", "00000000-0000-4000-8000-000000000000",
    ]
)  # fmt: skip
TEXT = WORDS | ODD
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
LOGIN_NAMES = (
    "iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint",
    "lti_deployment_id", "lti_storage_target",
)  # fmt: skip
CLAIM_NAMES = (
    "iss", "aud", "azp", "sub", "exp", "iat", "nbf", "nonce", "locale",
    *sorted(
        value for name, value in vars(claims).items()
        if isinstance(value, str) and value.startswith("https://") and name.isupper()
        and "/scope/" not in value
    ),
)  # fmt: skip
MESSAGES = st.sampled_from(
    ["LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"]
)
DEEP_LINKING = {
    "deep_link_return_url": "https://lms.example.org/return",
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe"],
    "accept_multiple": True,
    "data": "d",
}


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, _migrated_file: Path
) -> Iterator[NeedleDoor]:
    with open_needle(tmp_path_factory.mktemp("fuzz"), _migrated_file) as door:
        yield door


@pytest.fixture
def needle(running: NeedleDoor) -> NeedleDoor:
    fresh = running.other_browser()
    assert isinstance(fresh, NeedleDoor)
    return fresh


def holds(answer: TestResponse) -> None:
    """No error of ours, and nothing of our code on the page."""
    assert answer.status_code < 500, f"{answer.request.path}: {answer.text[:500]}"
    assert "Traceback" not in answer.text


def encode(text: str) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def deep_linking_message(needle: NeedleDoor, asked: dict[str, str]) -> dict[str, object]:
    """A good deep linking request."""
    return {
        **needle.message(asked, roles=[lms.ROLE + "Instructor"], resource_link=lms.GONE),
        claims.MESSAGE_TYPE: "LtiDeepLinkingRequest",
        claims.DEEP_LINKING_SETTINGS: DEEP_LINKING,
    }


@BOUNDED
@given(
    sent=st.dictionaries(st.sampled_from(LOGIN_NAMES) | WORDS, TEXT, max_size=7),
    kept=st.sets(st.sampled_from(LOGIN_NAMES[:4])),
    method=st.sampled_from(["GET", "POST"]),
)
def test_any_login(needle: NeedleDoor, sent: dict[str, str], kept: set[str], method: str) -> None:
    good = {"iss": lms.ISSUER, "client_id": lms.CLIENT_ID, "login_hint": "1"}
    params = {**{name: value for name, value in good.items() if name in kept}, **sent}
    if method == "GET":
        holds(needle.client.get(URL + "/lti/login", query_string=params))
    else:
        holds(needle.client.post(URL + "/lti/login", data=params))


@BOUNDED
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain",
         "application/json", "multipart/form-data"]
    ),
    path=st.sampled_from(["/lti/login", "/lti/launch"]),
)  # fmt: skip
def test_any_body(needle: NeedleDoor, body: bytes, kind: str, path: str) -> None:
    holds(needle.client.post(URL + path, data=body, content_type=kind))


@BOUNDED
@given(state=TEXT, token=TEXT, more=st.dictionaries(WORDS, TEXT, max_size=2))
def test_any_state_and_token(
    needle: NeedleDoor, state: str, token: str, more: dict[str, str]
) -> None:
    answer = needle.client.post(TARGET, data={**more, "state": state, "id_token": token})
    holds(answer)
    assert answer.status_code >= 400


@BOUNDED
@given(header=st.dictionaries(st.sampled_from(["kid", "typ", "jku", "x"]), JSON, max_size=3))
def test_any_header_of_a_token(needle: NeedleDoor, header: dict[str, object]) -> None:
    asked = needle.log_in()
    signed = lms.sign(needle.message(asked))
    forged = json.dumps({"alg": "RS256", "kid": "kid-1", **header})
    parts = [encode(forged), *signed.split(".")[1:]]
    answer = needle.answer(asked, ".".join(parts))
    holds(answer)
    assert answer.status_code in (400, 403)


@settings(BOUNDED, max_examples=150)
@given(
    changes=st.dictionaries(st.sampled_from(CLAIM_NAMES), JSON, min_size=1, max_size=3),
    message=MESSAGES,
    teacher=st.booleans(),
)
def test_any_claims_of_a_signed_message(
    needle: NeedleDoor, changes: dict[str, object], message: str, teacher: bool
) -> None:
    asked = needle.log_in()
    body = needle.message(asked, roles=[lms.ROLE + ("Instructor" if teacher else "Learner")])
    body[claims.MESSAGE_TYPE] = message
    body[claims.DEEP_LINKING_SETTINGS] = DEEP_LINKING
    body[claims.FOR_USER] = {"user_id": "user-7"}
    holds(needle.answer(asked, lms.sign(json.dumps({**body, **changes}))))


@BOUNDED
@given(settings_=st.dictionaries(st.sampled_from([*DEEP_LINKING, "title", "text"]), JSON))
def test_any_deep_linking_settings(needle: NeedleDoor, settings_: dict[str, object]) -> None:
    asked = needle.log_in()
    body = deep_linking_message(needle, asked)
    body[claims.DEEP_LINKING_SETTINGS] = {**DEEP_LINKING, **settings_}
    holds(needle.answer(asked, lms.sign(json.dumps(body))))


def addresses(needle: NeedleDoor) -> list[tuple[str, list[str]]]:
    """Every rule of the application with its methods, but for its files."""
    return sorted(
        (rule.rule, sorted((rule.methods or set()) & {"GET", "POST"}))
        for rule in needle.app.url_map.iter_rules()
        if rule.endpoint != "static"
    )


@pytest.fixture(scope="module")
def opened(running: NeedleDoor) -> dict[str, str]:
    """The names of forms' fields, and the tokens of a learner's and a placing teacher's page."""
    learner = running.other_browser().launch().text
    teacher = running.other_browser()
    asked = teacher.log_in()
    assert isinstance(teacher, NeedleDoor)
    placing = teacher.answer(asked, lms.sign(deep_linking_message(teacher, asked)))
    tokens = re.findall(r'name="token" value="([^"]+)"', learner + placing.text)
    names = set(re.findall(r'name="([a-z_]+)"', learner + placing.text))
    names |= {"text", "id", "title", "prompt", "topic", "chosen", "search", "kind", "tab"}
    return {"tokens": " ".join(sorted(set(tokens))), "names": " ".join(sorted(names))}


@settings(BOUNDED, max_examples=200)
@given(data=st.data())
def test_any_form_at_any_address(
    needle: NeedleDoor, opened: dict[str, str], data: st.DataObject
) -> None:
    rule, methods = data.draw(st.sampled_from(addresses(needle)))
    identifier = data.draw(TEXT | st.uuids().map(str) | st.just(uuid.UUID(int=0).hex))
    path = re.sub(r"<[^>]+>", quote(identifier, safe="") or "x", rule)
    names = st.sampled_from(opened["names"].split()) | WORDS
    form = data.draw(st.dictionaries(names, TEXT | st.lists(TEXT, max_size=3), max_size=6))
    form["token"] = data.draw(st.sampled_from([*opened["tokens"].split(), "wrong"]))
    method = data.draw(st.sampled_from(methods))
    if method == "POST":
        answer = needle.client.post(URL + path, data=form)
    else:
        answer = needle.client.get(URL + path, query_string=form)
    if rule in SHOWN_TO_MONITORS:
        assert answer.status_code in (200, 503)
    else:
        holds(answer)
