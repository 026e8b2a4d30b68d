"""Registering at a hostile platform: refused with its code, quickly, and nothing leaks."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.errors import RegistrationFailed
from lti_tool.lti.dynamic_registration import (
    PlatformConfiguration,
    read_configuration,
    register,
)
from lti_tool.lti.dynamic_registration.configuration import read_document
from lti_tool.lti.dynamic_registration.hosts import check_hosts
from lti_tool.lti.own_addresses import OwnAddresses
from tests.servers.dripping import DRIPS, serve_drip
from tests.servers.hostile_platform import Hostile, serve_hostile

HERE = (ipaddress.ip_network("127.0.0.0/8"),)
PATH = "/configuration"
OWN = OwnAddresses("https://needle.example.org")


def document(url: str, **changes: object) -> dict[str, object]:
    """A good configuration, with some members changed."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/auth",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "registration_endpoint": f"{url}/register",
        **changes,
    }


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serve_hostile() as server:
        yield server


def refused(url: str, networks: Any = HERE, seconds: float = 5) -> RegistrationFailed:
    with pytest.raises(RegistrationFailed) as caught:
        read_configuration(url, "the-token", networks=networks, seconds=seconds)
    assert caught.value.status == 400
    assert caught.value.step == "reading"
    assert caught.value.mend
    assert "the-token" not in f"{caught.value} {caught.value.mend}"
    return caught.value


def test_a_good_configuration_is_read(hostile: Hostile) -> None:
    url = hostile.say(PATH, json.dumps(document(hostile.url)).encode())
    read = read_configuration(url, "the-token", networks=HERE)
    assert read.registration_url == f"{hostile.url}/register"
    assert hostile.tokens == ["Bearer the-token"]
    assert PlatformConfiguration.from_json(json.loads(json.dumps(read.to_json()))) == read


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/",
        "https://evil.example.org/configuration",
        "http://localhost:1/",
        "//evil.example.org/",
        "file:///etc/passwd",
        "http://[bad",
        "gopher://127.0.0.1/",
    ],
)
def test_a_redirect_to_another_host_is_not_followed(hostile: Hostile, target: str) -> None:
    url = hostile.say(PATH, b"", 302, Location=target)
    assert refused(url).code == "registration-hosts"
    assert hostile.asked == [PATH]


def test_redirects_on_the_same_host_are_followed_three_times(hostile: Hostile) -> None:
    for step in range(3):
        hostile.say(f"/{step}", b"", 307, Location=f"/{step + 1}")
    hostile.say("/3", json.dumps(document(hostile.url)).encode())
    read_configuration(f"{hostile.url}/0", "t", networks=HERE)
    hostile.say("/3", b"", 301, Location="/4")
    assert refused(f"{hostile.url}/0").code == "registration-configuration"
    assert hostile.asked[-1] == "/3"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://lms.example.org/configuration", "registration-address"),
        ("https://10.0.0.1/configuration", "registration-address"),
        ("https://169.254.169.254/configuration", "registration-address"),
        ("https://[::ffff:10.0.0.1]/configuration", "registration-address"),
        ("https://127.0.0.1:1/configuration", "registration-address"),
        ("https://localhost:1/", "registration-address"),
        ("file:///etc/passwd", "registration-address"),
        ("https://user:pass@lms.example.org/", "registration-address"),
        ("https://lms.example.org/" + "x" * 3000, "registration-address"),
        ("not an address", "registration-address"),
        ("https://[::1", "registration-address"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(url: str, code: str) -> None:
    assert refused(url, networks=()).code == code


def test_a_huge_configuration_is_cut(hostile: Hostile) -> None:
    url = hostile.say(PATH, b" " * (256 * 1024 + 1))
    assert refused(url).code == "registration-unreachable"


@pytest.mark.parametrize("drip", ["headers", "body", "chunks"])
def test_a_slow_configuration_is_left(drip: str) -> None:
    with serve_drip(*DRIPS[drip]) as server:
        began = time.monotonic()
        error = refused(f"http://{server.address}{PATH}", seconds=0.4)
    assert error.code == "registration-unreachable"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>404</html>", b"[]", b"null", b"12", b'"x"', b"[" * 100_000, b"\xff\xfe", b"{",
     b"NaN", b"1" * 5000],
)  # fmt: skip
def test_what_is_no_configuration_is_refused_and_shown(hostile: Hostile, body: bytes) -> None:
    error = refused(hostile.say(PATH, body))
    assert error.code == "registration-configuration"
    assert len(error.answer) <= 500


@pytest.mark.parametrize("status", [204, 304, 400, 401, 404, 500])
def test_another_status_is_refused_with_what_was_said(hostile: Hostile, status: int) -> None:
    body = b"" if status in (204, 304) else b"<h1>No</h1>"
    error = refused(hostile.say(PATH, body, status))
    assert error.code == "registration-configuration"
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "https://other.example.org"}, "registration-hosts"),
        ({"issuer": "https://canvas.instructure.com"}, "registration-hosts"),
        ({"issuer": "https://blackboard.com"}, "registration-hosts"),
        ({"issuer": None}, "registration-configuration"),
        ({"issuer": ["x"]}, "registration-configuration"),
        ({"token_endpoint": "https://other.example.org/token"}, "registration-hosts"),
        ({"token_endpoint": "http://127.0.0.1:1/token"}, "registration-hosts"),
        ({"jwks_uri": "https://169.254.169.254/jwks"}, "registration-hosts"),
        ({"registration_endpoint": "https://10.0.0.1/"}, "registration-hosts"),
        ({"authorization_endpoint": "http://lms.example.org/auth"}, "registration-configuration"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "registration-configuration"),
        ({"jwks_uri": 7}, "registration-configuration"),
        ({"jwks_uri": ""}, "registration-configuration"),
        ({"token_endpoint": "https://lms.example.org/a\nb"}, "registration-configuration"),
        ({"scopes_supported": {"a": 1}}, "registration-configuration"),
        ({"scopes_supported": ["x"] * 501}, "registration-configuration"),
        ({"https://purl.imsglobal.org/spec/lti-platform-configuration": []},
         "registration-configuration"),
        ({"https://purl.imsglobal.org/spec/lti-platform-configuration":
          {"messages_supported": "x"}}, "registration-configuration"),
    ],
)  # fmt: skip
def test_a_member_that_cannot_be_is_refused(
    hostile: Hostile, changes: dict[str, object], code: str
) -> None:
    url = hostile.say(PATH, json.dumps(document(hostile.url, **changes)).encode())
    assert refused(url).code == code


def test_a_mismatch_names_both_hosts(hostile: Hostile) -> None:
    body = json.dumps(document(hostile.url, issuer="https://other.example.org"))
    error = refused(hostile.say(PATH, body.encode()))
    assert "other.example.org" in str(error)
    assert hostile.url in str(error)


CANVAS = {
    "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
    "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
    "registration_endpoint": "https://school.instructure.com/api/lti/registrations",
    "https://purl.imsglobal.org/spec/lti-platform-configuration": {"product_family_code": "canvas"},
}


def test_canvas_has_a_shared_issuer_and_an_sso_host() -> None:
    values = {**CANVAS, "issuer": "https://canvas.instructure.com"}
    for host in ("sso.canvaslms.com", "school.instructure.com"):
        check_hosts(read_document(values), f"https://{host}/api/lti/security/openid-configuration")


@pytest.mark.parametrize(
    "host", ["evil.example.org", "instructure.com.evil.org", "evilinstructure.com"]
)
def test_nobody_else_can_speak_for_the_shared_issuer(host: str) -> None:
    values = {**CANVAS, "issuer": "https://canvas.instructure.com"}
    with pytest.raises(RegistrationFailed) as caught:
        check_hosts(read_document(values), f"https://{host}/configuration")
    assert caught.value.code == "registration-hosts"


@pytest.mark.parametrize(
    ("family", "endpoint"),
    [
        ("canvas", "https://sso.canvaslms.com/login/oauth2/token"),
        ("canvas", "https://school.instructure.com/login/oauth2/token"),
        ("desire2learn", "https://auth.brightspace.com/core/connect/token"),
        ("blackboardlearn", "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken"),
    ],
)
@pytest.mark.parametrize(
    "member", ["token_endpoint", "jwks_uri", "authorization_endpoint", "registration_endpoint"]
)
def test_a_host_that_is_not_the_makers_cannot_name_the_makers_addresses(
    family: str, endpoint: str, member: str
) -> None:
    """Else the tool would sign assertions there with another school's client id."""
    url = "https://evil.example.org"
    values = document(url, **{member: endpoint})
    told = {"product_family_code": family}
    values["https://purl.imsglobal.org/spec/lti-platform-configuration"] = told
    with pytest.raises(RegistrationFailed) as caught:
        check_hosts(read_document(values), f"{url}/configuration")
    assert caught.value.code == "registration-hosts"


@pytest.mark.parametrize("issuer", ["https://lms.example.org", "https://lms.example.org:8443"])
def test_an_issuer_is_believed_on_its_own_port_alone(issuer: str) -> None:
    url = "https://lms.example.org:9443"
    with pytest.raises(RegistrationFailed) as caught:
        check_hosts(read_document(document(url, issuer=issuer)), f"{url}/configuration")
    assert caught.value.code == "registration-hosts"


def test_an_issuer_may_have_a_path_and_write_its_own_port() -> None:
    url = "https://lms.example.org"
    for issuer in (f"{url}/moodle", f"{url}:443", "https://LMS.example.org/"):
        check_hosts(read_document(document(url, issuer=issuer)), f"{url}/configuration")


def test_brightspace_has_its_tokens_elsewhere() -> None:
    school = "https://school.brightspace.com"
    values = document(school, token_endpoint="https://auth.brightspace.com/core/connect/token")
    family = {"product_family_code": "desire2learn"}
    values["https://purl.imsglobal.org/spec/lti-platform-configuration"] = family
    check_hosts(read_document(values), f"{school}/d2l/.well-known/openid-configuration")


@pytest.mark.parametrize(
    ("status", "body", "code", "told"),
    [
        (200, b"", "registration-answer", "no client id"),
        (200, b"<html>Login</html>", "registration-answer", "no client id"),
        (201, b"[]", "registration-answer", "no client id"),
        (200, b'{"client_id": ["x"]}', "registration-answer", "no client id"),
        (200, b'{"client_id": "a\\nb"}', "registration-answer", "no client id"),
        (200, b'{"client_id": "' + b"x" * 300 + b'"}', "registration-answer", "no client id"),
        (302, b"", "registration-refused", "302"),
        (401, b'{"error":"invalid_token"}', "registration-refused", "invalid_token"),
        (400, b'{"error":"invalid_client_metadata","error_description":"no \\ud800 domain"}',
         "registration-refused", "domain"),
        (422, b'{"errors":["a",{"message":"b"},3,null]}', "registration-refused", "a; b; 3"),
        (422, b'{"errors":{"scope":["is wrong"]}}', "registration-refused", "scope"),
        (500, b"<h1>Oops</h1>", "registration-refused", "500"),
        (503, b"", "registration-refused", "503"),
    ],
)  # fmt: skip
def test_a_bad_answer_to_a_registration_is_told(
    hostile: Hostile, status: int, body: bytes, code: str, told: str
) -> None:
    hostile.say("/register", body, status)
    configuration = read_document(document(hostile.url))
    with pytest.raises(RegistrationFailed) as caught:
        register(configuration, "the-token", OWN, networks=HERE)
    error = caught.value
    assert (error.code, error.step) == (code, "registering")
    assert told in str(error)
    assert error.answer == body.decode("utf-8", "replace")[:500].strip()
    str(error).encode()


def test_a_registration_endpoint_in_a_private_network_is_not_called(hostile: Hostile) -> None:
    configuration = read_document(document(hostile.url))
    with pytest.raises(RegistrationFailed) as caught:
        register(configuration, "t", OWN, networks=())
    assert caught.value.code == "registration-address"
    assert hostile.asked == []


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
CUT = st.sampled_from(["https://lms.example.org/x", "https://[", "http://127.0.0.1", "\ud800"])
JSON = PLAIN | CUT | st.lists(PLAIN | CUT, max_size=3) | st.dictionaries(st.text(max_size=3), PLAIN)
MEMBERS = st.sampled_from(
    ["issuer", "token_endpoint", "jwks_uri", "registration_endpoint", "scopes_supported",
     "authorization_endpoint", "id_token_signing_alg_values_supported",
     "https://purl.imsglobal.org/spec/lti-platform-configuration"]
)  # fmt: skip
PLATFORM_MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "product_family_code": JSON | st.sampled_from(["canvas", "moodle", "Moodle "]),
        "version": JSON,
        "messages_supported": JSON
        | st.lists(st.fixed_dictionaries({"type": JSON, "placements": JSON})),
        "https://canvas.instructure.com/lti/account_name": JSON,
    },
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(MEMBERS, JSON), PLATFORM_MEMBERS)
def test_any_document_is_read_or_refused(
    changes: dict[str, object], platform: dict[str, object]
) -> None:
    values = document("https://lms.example.org")
    values["https://purl.imsglobal.org/spec/lti-platform-configuration"] = platform
    try:
        read = read_document({**values, **changes})
        check_hosts(read, "https://lms.example.org/configuration")
    except RegistrationFailed as error:
        str(error).encode()
    else:
        assert PlatformConfiguration.from_json(json.loads(json.dumps(read.to_json()))) == read
        for text in (read.family, read.version, read.account, *read.scopes):
            text.encode()
