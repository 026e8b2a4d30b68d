"""Tokens and the connector: how the tool proves itself, keeps a token, and is refused."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.grade import Grade
from pylti1p3.names_roles import NamesRolesProvisioningService

from lti_tool.errors import ServiceRefused
from lti_tool.lti.claims import LINE_ITEM_SCOPE, NAMES_AND_ROLES_SCOPE, SCORE_SCOPE
from lti_tool.lti.services.connector import Connector
from lti_tool.lti.services.links import add_parameters, add_path, find_next
from lti_tool.lti.services.tokens import AccessToken, TokenCache, fetch_token
from tests.lti.access import KEY, NOW, PUBLIC, Clock, connector, registration_at
from tests.servers.loopback import LOOPBACK
from tests.servers.services import TOKEN_PATH, Asked, ServicesServer, Told, serve_services


@pytest.fixture
def platform() -> Iterator[ServicesServer]:
    """A platform that grants names and roles, and scores."""
    with serve_services() as serving:
        serving.grant(NAMES_AND_ROLES_SCOPE, SCORE_SCOPE)
        yield serving


def token(platform: ServicesServer, *scopes: str, **named: Any) -> AccessToken:
    """A new token of that platform."""
    return fetch_token(
        registration_at(platform),
        scopes or (NAMES_AND_ROLES_SCOPE,),
        signer=KEY,
        networks=LOOPBACK,
        now=NOW,
        **named,
    )


def refusal(platform: ServicesServer, told: Told) -> ServiceRefused:
    """How a token is refused when the platform answers so."""
    platform.on(TOKEN_PATH, told)
    with pytest.raises(ServiceRefused) as caught:
        token(platform)
    return caught.value


def call(access: Connector, url: str, scope: str = NAMES_AND_ROLES_SCOPE) -> bytes:
    """The body of a GET of a service."""
    return access.call("The service", "GET", url, scopes=[scope], accept="application/json").body


def refused(access: Connector, url: str, scope: str = NAMES_AND_ROLES_SCOPE) -> ServiceRefused:
    """How a GET of a service is refused."""
    with pytest.raises(ServiceRefused) as caught:
        call(access, url, scope)
    return caught.value


def test_token_is_asked_for_with_a_signed_assertion(platform: ServicesServer) -> None:
    got = token(platform, SCORE_SCOPE, NAMES_AND_ROLES_SCOPE)
    assert got.value == "token-1"
    assert got.scopes == {SCORE_SCOPE, NAMES_AND_ROLES_SCOPE}
    assert got.expires_at == NOW + timedelta(hours=1)
    [asked] = platform.asked
    assert asked.method == "POST"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    form = asked.form
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == " ".join(sorted([SCORE_SCOPE, NAMES_AND_ROLES_SCOPE]))
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert form["client_assertion_type"] == kind


def test_assertion_is_for_the_token_url_to_the_letter_and_lives_five_minutes(
    platform: ServicesServer,
) -> None:
    token(platform)
    token(platform)
    first, second = (assertion(asked) for asked in platform.asked)
    url = platform.origin + TOKEN_PATH
    assert (first["iss"], first["sub"], first["aud"]) == ("client-1", "client-1", url)
    assert first["exp"] - first["iat"] == 300
    assert first["jti"] != second["jti"]
    assert len(first["jti"]) >= 22


def assertion(asked: Asked) -> dict[str, Any]:
    """What the assertion says, its signature checked with the tool's public key."""
    told = asked.form["client_assertion"]
    assert jwt.get_unverified_header(told)["kid"] == KEY.kid
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    return dict(jwt.decode(told, PUBLIC, algorithms=["RS256"], options=options))


def test_audience_that_a_platform_wants_instead_is_taken(platform: ServicesServer) -> None:
    token(platform, audience="https://api.lms.example.org/auth/token")
    assert assertion(platform.asked[0])["aud"] == "https://api.lms.example.org/auth/token"


def test_scopes_that_are_granted_in_part_are_told(platform: ServicesServer) -> None:
    """As Moodle does: it leaves out what the tool may not have."""
    assert token(platform, LINE_ITEM_SCOPE, SCORE_SCOPE).scopes == {SCORE_SCOPE}


def test_scope_that_is_not_granted_is_refused_by_name(platform: ServicesServer) -> None:
    with pytest.raises(ServiceRefused) as caught:
        token(platform, LINE_ITEM_SCOPE)
    assert caught.value.code == "service-not-granted"
    assert caught.value.is_final
    assert LINE_ITEM_SCOPE in str(caught.value)


PAGE = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (Told(404, b"<!DOCTYPE html><html>Moodle</html>", PAGE), "service-keys-unreachable"),
        (Told(400, {"error": "Incorrect key for this algorithm"}, PAGE), "service-client-refused"),
        (Told(401, {"error": "invalid_client"}), "service-client-refused"),
        (Told(404, {"error": "no such client"}), "service-client-refused"),
        (Told(400, b"nonsense"), "service-client-refused"),
        (Told(422, {"errors": [{"message": "a"}]}), "service-client-refused"),
        (Told(302, b"", {"Location": "https://lms.example.org/login"}), "service-client-refused"),
        (Told(429, b"", {"Retry-After": "90"}), "service-busy"),
        (Told(403, b"403 Forbidden (Rate Limit Exceeded)"), "service-busy"),
        (Told(500, b"oops"), "service-failed"),
        (Told(503, b""), "service-failed"),
        (Told(200, b""), "service-answer"),
        (Told(200, b"[]"), "service-answer"),
        (Told(200, b"[" * 50_000), "service-answer"),
        (Told(200, {"access_token": ""}), "service-answer"),
        (Told(200, {"access_token": 7}), "service-answer"),
        (Told(200, {"access_token": "a\r\nX-Bad: 1"}), "service-answer"),
        (Told(200, {"access_token": "a", "token_type": "mac"}), "service-answer"),
        (Told(200, b" " * 70_000), "service-answer"),
    ],
)
def test_answer_that_brings_no_token_is_refused_with_its_code(
    platform: ServicesServer, told: Told, code: str
) -> None:
    error = refusal(platform, told)
    assert error.code == code
    assert error.mend


def test_words_of_the_platform_are_shown_without_what_could_mislead(
    platform: ServicesServer,
) -> None:
    told = {"error": "bad\x00\u202e\nclient" + "x" * 500, "error_description": ["no text"]}
    message = str(refusal(platform, Told(400, told)))
    assert "bad client" in message
    assert len(message) < 400


def test_captured_answers_of_moodle_are_understood(platform: ServicesServer, shared: Path) -> None:
    seen = json.loads((shared / "captures/moodle-4.5/lti/services.json").read_text("utf-8"))
    codes = {}
    for name in ("token_all", "token_mixed", "token_lineitem_not_granted", "token_bad_sig"):
        told = seen[name]
        headers = {"Content-Type": told["content_type"]}
        platform.on(TOKEN_PATH, Told(told["status"], told["body"], headers))
        try:
            codes[name] = len(token(platform).scopes)
        except ServiceRefused as error:
            codes[name] = error.code
    assert codes == {
        "token_all": 5,
        "token_mixed": 1,
        "token_lineitem_not_granted": "service-not-granted",
        "token_bad_sig": "service-client-refused",
    }


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (60, 60), ("120", 120), (10**9, 86_400), (-5, 0), (None, 3600), ("soon", 3600),
        (True, 3600), ([], 3600), (1.5, 1.5), (float("nan"), 3600), (float("inf"), 86_400),
    ],
)  # fmt: skip
def test_life_of_a_token_is_read_with_care(
    platform: ServicesServer, told: object, seconds: float
) -> None:
    platform.on(TOKEN_PATH, Told(200, {"access_token": "a", "expires_in": told}))
    got = token(platform)
    assert got.expires_at == NOW + timedelta(seconds=seconds)
    assert got.scopes == {NAMES_AND_ROLES_SCOPE}


def test_token_address_in_a_private_network_is_forbidden(platform: ServicesServer) -> None:
    with pytest.raises(ServiceRefused) as caught:
        fetch_token(registration_at(platform), ["s"], signer=KEY, networks=(), now=NOW)
    assert caught.value.code == "service-forbidden"
    assert "NEEDLE_ALLOWED_NETWORKS" in caught.value.mend
    assert platform.asked == []


def test_token_address_where_nobody_answers_is_unreachable() -> None:
    with serve_services() as platform:
        pass
    with pytest.raises(ServiceRefused) as caught:
        token(platform)
    assert caught.value.code == "service-unreachable"
    assert not caught.value.is_final


def test_token_is_kept_until_a_minute_before_it_ends(platform: ServicesServer) -> None:
    url, clock = platform.on("/s", Told(200, b"{}")), Clock()
    access = connector(platform, clock=clock)
    call(access, url)
    clock.move(minutes=58, seconds=59)
    call(access, url)
    assert platform.tokens == 1
    clock.move(seconds=1)
    call(access, url)
    assert [one.bearer for one in platform.to("/s")] == ["token-1", "token-1", "token-2"]


def test_token_is_of_one_client_and_of_its_scopes(platform: ServicesServer) -> None:
    """One issuer may have many clients, as Canvas has; a token is for one of them."""
    url, tokens = platform.on("/s", Told(200, b"{}")), TokenCache()
    for client in ("client-1", "client-2", "client-1"):
        call(connector(platform, client_id=client, tokens=tokens), url)
    call(connector(platform, tokens=tokens), url, SCORE_SCOPE)
    assert [one.bearer for one in platform.to("/s")] == [
        "token-1",
        "token-2",
        "token-1",
        "token-3",
    ]


def test_threads_that_need_one_token_share_one_fetch(platform: ServicesServer) -> None:
    url, tokens = platform.on("/s", Told(200, b"{}")), TokenCache()
    together = threading.Barrier(6)

    def ask() -> None:
        together.wait(10)
        call(connector(platform, tokens=tokens), url)

    with ThreadPoolExecutor(6) as threads:
        for one in [threads.submit(ask) for _ in range(6)]:
            one.result()
    assert platform.tokens == 1


def test_least_recently_used_token_is_forgotten_first() -> None:
    tokens, fetched = TokenCache(most=2), []

    def find(name: str) -> None:
        def fetch() -> AccessToken:
            fetched.append(name)
            return AccessToken(value=name, scopes=frozenset(), expires_at=NOW + timedelta(hours=1))

        key = uuid.uuid5(uuid.NAMESPACE_URL, name)
        assert tokens.find(key, ["s"], now=Clock(), fetch=fetch).value == name

    for name in ("a", "b", "a", "c", "a", "b"):
        find(name)
    assert fetched == ["a", "b", "c", "b"]


def test_refused_token_is_dropped_and_the_call_made_once_more(platform: ServicesServer) -> None:
    url = platform.on("/s", Told(401, b""), Told(200, b"good"))
    access = connector(platform)
    assert call(access, url) == b"good"
    assert call(access, url) == b"good"
    assert [one.bearer for one in platform.to("/s")] == ["token-1", "token-2", "token-2"]


def test_call_is_not_made_a_third_time(platform: ServicesServer) -> None:
    url = platform.on("/s", Told(401, b""))
    error = refused(connector(platform), url)
    assert (error.code, error.answered, error.is_final) == ("service-refused", 401, False)
    assert len(platform.to("/s")) == 2


def test_service_that_the_token_is_not_for_is_named(platform: ServicesServer) -> None:
    url = platform.on("/s", Told(401, {"reason": "Unauthorized"}))
    with pytest.raises(ServiceRefused) as caught:
        connector(platform).call(
            "The line item service",
            "POST",
            url,
            scopes=[LINE_ITEM_SCOPE, SCORE_SCOPE],
            accept="*/*",
            body=b"{}",
        )
    assert caught.value.code == "service-not-granted"
    assert LINE_ITEM_SCOPE in str(caught.value)


@pytest.mark.parametrize(
    ("told", "code", "is_final"),
    [
        (Told(429, b""), "service-busy", False),
        (Told(403, b"Rate Limit Exceeded"), "service-busy", False),
        (Told(500, b""), "service-failed", False),
        (Told(503, b""), "service-failed", False),
        (Told(408, b""), "service-failed", False),
        (Told(400, b""), "service-refused", True),
        (Told(403, b""), "service-refused", True),
        (Told(404, b""), "service-refused", True),
        (Told(422, b""), "service-refused", True),
        (Told(302, b"", {"Location": "/s2"}), "service-refused", True),
    ],
)
def test_refusal_says_whether_asking_again_may_help(
    platform: ServicesServer, told: Told, code: str, is_final: bool
) -> None:
    error = refused(connector(platform), platform.on("/s", told))
    assert (error.code, error.is_final, error.answered) == (code, is_final, told.status)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("90", 90.0),
        ("0", 0.0),
        ("999999999", 86_400.0),
        ("Sat, 21 Nov 2026 19:49:48 GMT", 119.75),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_time_that_the_platform_asks_for_is_heard(
    platform: ServicesServer, header: str, seconds: float | None
) -> None:
    url = platform.on("/s", Told(429, b"", {"Retry-After": header}))
    assert refused(connector(platform), url).retry_after == seconds


def test_message_of_a_refusal_names_neither_query_nor_answer(platform: ServicesServer) -> None:
    url = platform.on("/s", Told(404, b"Ana Ferreira is not in this course"))
    message = str(refused(connector(platform), url + "?user_id=13-secret"))
    assert "Ana" not in message
    assert "secret" not in message


def test_silent_service_is_given_up(platform: ServicesServer) -> None:
    ended = threading.Event()

    def wait(asked: Asked) -> Told:
        ended.wait(5)
        return Told(200, b"")

    url = platform.on("/s", wait)
    error = refused(connector(platform, seconds=0.3), url)
    ended.set()
    assert error.code == "service-unreachable"
    assert "too long" in str(error)


BOOKMARK = (
    "https://canvas.example.org/api/lti/courses/1/names_and_roles?page=bookmark:WyJBYkMiXQ&A=b"
)


@pytest.mark.parametrize(
    "header",
    [
        f'<{BOOKMARK}>; rel="next"',
        f"<{BOOKMARK}>; rel=next",
        f'<{BOOKMARK}>;rel="NEXT"',
        f'<{BOOKMARK}> ; title="a, b; c" ; REL="last next"',
        f'<https://canvas.example.org/?a,b>; rel="current",<{BOOKMARK}>; rel="next"',
        f'<https://canvas.example.org/a>; rel="first", <{BOOKMARK}>; rel="next", <x>; rel="last"',
    ],
)
def test_address_of_the_next_page_keeps_its_letters(platform: ServicesServer, header: str) -> None:
    url = platform.on("/s", Told(200, b"", {"Link": header}))
    answer = connector(platform).call("It", "GET", url, scopes=[SCORE_SCOPE], accept="*/*")
    assert find_next(answer, url) == BOOKMARK


@pytest.mark.parametrize(
    ("header", "following"),
    [
        ('</s?page=2>; rel="next"', "/s?page=2"),
        ('<?page=2>; rel="next"', "/s?page=2"),
        ('<https://a/>; rel="prev"', None),
        ('<https://a/>; rel="nextish"', None),
        ('<https://a/>; title="rel=next"', None),
        ("nonsense", None),
        ("<" * 5000, None),
        ("<a>;" * 3000 + ' rel="next"', None),
    ],
)
def test_link_header_is_read_as_the_standard_says(
    platform: ServicesServer, header: str, following: str | None
) -> None:
    url = platform.on("/s", Told(200, b"", {"LINK": header}))
    answer = connector(platform).call("It", "GET", url, scopes=[SCORE_SCOPE], accept="*/*")
    assert find_next(answer, url) == (following and platform.origin + following)


@pytest.mark.parametrize(
    ("url", "with_path", "with_parameter"),
    [
        ("https://a/li", "https://a/li/scores", "https://a/li?b=c+d"),
        ("https://a/li/", "https://a/li/scores", "https://a/li/?b=c+d"),
        ("https://a/li?T=1", "https://a/li/scores?T=1", "https://a/li?T=1&b=c+d"),
        ("https://a/li?u=/x?y", "https://a/li/scores?u=/x?y", "https://a/li?u=/x?y&b=c+d"),
        ("https://a/li?", "https://a/li/scores?", "https://a/li?b=c+d"),
    ],
)
def test_path_and_parameters_join_an_address_that_has_some(
    url: str, with_path: str, with_parameter: str
) -> None:
    assert add_path(url, "scores") == with_path
    assert add_parameters(url, {"b": "c d", "left_out": None}) == with_parameter
    assert add_parameters(url, {"left_out": None}) == url


def test_services_of_pylti1p3_run_on_our_transport(platform: ServicesServer) -> None:
    second = platform.on("/Members/Page2", Told(200, {"members": [{"user_id": "2"}]}))
    link = {"Link": f'<{second}>; rel="next"'}
    first = platform.on("/Members", Told(200, {"members": [{"user_id": "1"}]}, link))
    item = platform.on("/li/scores", Told(200, b""))
    access = connector(platform)
    names = NamesRolesProvisioningService(access, {"context_memberships_url": first})
    assert [one["user_id"] for one in names.get_members()] == ["1", "2"]
    line_item = item.removesuffix("/scores") + "?T=1"
    grades = AssignmentsGradesService(access, {"scope": [SCORE_SCOPE], "lineitem": line_item})
    grades.put_grade(Grade().set_score_given(1).set_score_maximum(2).set_user_id("1"))
    assert platform.asked[-1].path == "/li/scores?T=1"
    assert platform.asked[-1].json == {"scoreGiven": 1, "scoreMaximum": 2, "userId": "1"}
