"""The platforms' key sets: rotation, outages and hostile answers."""

from __future__ import annotations

import json
import threading

import pytest
from jwcrypto.jwk import JWK

from lti_tool.errors import LaunchRefused
from lti_tool.lti import key_sets
from lti_tool.lti.key_sets import fetch_key_set, find_platform_key
from tests.lti import lms
from tests.lti.conftest import Tool
from tests.servers.loopback import LOOPBACK


def find(tool: Tool, kid: str, **span: float) -> dict[str, object]:
    """The platform's key of that name, some time after `NOW`."""
    return find_platform_key(tool.engine, tool.keys.url, kid, lms.later(**span), networks=LOOPBACK)


def refusal(tool: Tool, kid: str, **span: float) -> str:
    """The code with which that key is refused."""
    with pytest.raises(LaunchRefused) as caught:
        find(tool, kid, **span)
    return caught.value.code


def test_set_is_fetched_once_and_then_served_from_the_database(stored_tool: Tool) -> None:
    assert find(stored_tool, "kid-1")["kid"] == "kid-1"
    assert find(stored_tool, "kid-1", minutes=59)["kid"] == "kid-1"
    assert stored_tool.keys.asked == 1


def test_rotated_key_is_fetched_at_once(tool: Tool) -> None:
    find(tool, "kid-1")
    tool.keys.keys = [lms.public(lms.key("kid-2"))]
    assert find(tool, "kid-2", minutes=1)["kid"] == "kid-2"
    assert tool.keys.asked == 2


def test_unknown_keys_make_the_platform_be_asked_no_more_than_each_half_minute(
    stored_tool: Tool,
) -> None:
    find(stored_tool, "kid-1")
    for second in range(1, 61, 4):
        assert refusal(stored_tool, "forged", seconds=second) == "key-unknown"
    assert stored_tool.keys.asked == 2


def test_withdrawn_key_dies_within_the_hour(tool: Tool) -> None:
    find(tool, "kid-1")
    tool.keys.keys = [lms.public(lms.key("kid-2"))]
    assert find(tool, "kid-1", minutes=30)["kid"] == "kid-1"
    assert refusal(tool, "kid-1", minutes=61) == "key-unknown"


def test_last_good_set_survives_an_outage(stored_tool: Tool) -> None:
    find(stored_tool, "kid-1")
    stored_tool.keys.status = 500
    assert find(stored_tool, "kid-1", hours=2)["kid"] == "kid-1"
    assert refusal(stored_tool, "forged", hours=3) == "key-unknown"
    assert stored_tool.keys.asked == 3
    stored_tool.keys.status = 200
    assert find(stored_tool, "kid-1", hours=4)["kid"] == "kid-1"
    assert stored_tool.keys.asked == 4


def test_failure_is_never_kept_as_keys(stored_tool: Tool) -> None:
    stored_tool.keys.status = 500
    assert refusal(stored_tool, "kid-1") == "keys-unreachable"
    assert refusal(stored_tool, "kid-1", seconds=29) == "keys-unreachable"
    assert stored_tool.keys.asked == 1
    stored_tool.keys.status = 200
    assert find(stored_tool, "kid-1", seconds=31)["kid"] == "kid-1"


def test_launches_that_wait_for_one_rotation_share_one_fetch(stored_tool: Tool) -> None:
    find(stored_tool, "kid-1")
    stored_tool.keys.keys = [lms.public(lms.key("kid-2"))]
    stored_tool.keys.pause = 0.02
    found: list[object] = []

    def launch() -> None:
        found.append(find(stored_tool, "kid-2", minutes=1)["kid"])

    threads = [threading.Thread(target=launch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == ["kid-2"] * 4
    assert stored_tool.keys.asked == 2


def test_launch_with_a_known_key_does_not_wait_for_a_slow_platform(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    find(tool, "kid-1")
    monkeypatch.setattr(key_sets, "TIMEOUT_SECONDS", 1.0)
    tool.keys.pause = 0.3
    waiting = threading.Thread(target=lambda: refusal(tool, "forged", hours=2))
    waiting.start()
    while tool.keys.asked < 2 and waiting.is_alive():
        waiting.join(0.01)
    assert find(tool, "kid-1", hours=2)["kid"] == "kid-1"
    assert waiting.is_alive()
    waiting.join(30)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404},
        {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}},
        {"status": 302, "headers": {"Location": "/keys"}},
        {"body": b"<html>"},
        {"body": b"[]"},
        {"body": b"{}"},
        {"body": b'{"keys": {}}'},
        {"body": b'{"keys": []}'},
        {"body": b'{"keys": ["a"]}'},
        {"body": b'{"keys": [{}' + b", {}" * 100 + b"]}"},
        {"body": b"[" * 100_000},
        {"body": b"\xff"},
        {"body": b""},
        {"body": b" " * (256 * 1024 + 1)},
        {"body": b" " * (256 * 1024 + 1), "chunked": True},
        {"missing": 1},
    ],
)
def test_answer_that_is_no_key_set_is_unreachable(
    key_set: lms.KeySetServer, answer: dict[str, object]
) -> None:
    for name, value in answer.items():
        setattr(key_set, name, value)
    with pytest.raises(LaunchRefused) as caught:
        fetch_key_set(key_set.url, networks=LOOPBACK)
    assert caught.value.code == "keys-unreachable"
    assert key_set.asked == 1


def test_answer_in_chunks_is_read(key_set: lms.KeySetServer) -> None:
    key_set.chunked = True
    assert fetch_key_set(key_set.url, networks=LOOPBACK)[0]["kid"] == "kid-1"


def test_answer_that_drips_is_given_up(
    key_set: lms.KeySetServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_sets, "TIMEOUT_SECONDS", 0.3)
    key_set.pause = 0.1
    with pytest.raises(LaunchRefused) as caught:
        fetch_key_set(key_set.url, networks=LOOPBACK)
    assert caught.value.code == "keys-unreachable"


def test_silent_platform_is_given_up(
    key_set: lms.KeySetServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_sets, "TIMEOUT_SECONDS", 0.2)
    key_set.pause = 1.0
    with pytest.raises(LaunchRefused) as caught:
        fetch_key_set(key_set.url, networks=LOOPBACK)
    assert caught.value.code == "keys-unreachable"


@pytest.mark.parametrize(
    "url", ["http://lms.example.org/keys", "file:///etc/passwd", "ftp://127.0.0.1/", "", "https://"]
)
def test_address_that_is_not_safe_is_not_asked(url: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        fetch_key_set(url, networks=LOOPBACK)
    assert caught.value.code == "keys-unreachable"


def test_address_where_nobody_answers_is_unreachable() -> None:
    with lms.serve_key_set() as server:
        url = server.url
    with pytest.raises(LaunchRefused) as caught:
        fetch_key_set(url, networks=LOOPBACK)
    assert caught.value.code == "keys-unreachable"
    assert url in str(caught.value)


def test_only_the_public_members_of_a_key_are_kept(tool: Tool) -> None:
    tool.keys.keys = [lms.public(lms.key("kid-1"), note="\x00")]
    assert set(find(tool, "kid-1")) == {"kty", "kid", "use", "alg", "n", "e"}


def test_of_a_published_private_half_only_the_fact_is_kept(tool: Tool) -> None:
    tool.keys.keys = [lms.public(lms.key("kid-1"), d="secret", p="secret")]
    found = find(tool, "kid-1")
    assert found["d"] == ""
    assert "secret" not in found.values()


def test_address_that_this_tool_does_not_call_is_forbidden_and_the_setting_named(
    stored_tool: Tool,
) -> None:
    for _ in range(2):
        with pytest.raises(LaunchRefused) as caught:
            find_platform_key(stored_tool.engine, stored_tool.keys.url, "kid-1", lms.NOW)
        assert caught.value.code == "keys-forbidden"
        assert "NEEDLE_ALLOWED_NETWORKS" in caught.value.mend
    assert stored_tool.keys.asked == 0
    # Once the setting is mended nothing keeps the set from being read.
    assert find(stored_tool, "kid-1")["kid"] == "kid-1"


def test_last_good_set_serves_where_its_address_is_no_longer_called(tool: Tool) -> None:
    find(tool, "kid-1")
    later = lms.later(hours=2)
    assert find_platform_key(tool.engine, tool.keys.url, "kid-1", later)["kid"] == "kid-1"
    assert tool.keys.asked == 1


def test_members_of_an_elliptic_key_are_kept(tool: Tool) -> None:
    private = JWK.generate(kty="EC", crv="P-256", kid="kid-ec")
    tool.keys.keys = [{**json.loads(private.export_public()), "use": "sig", "alg": "ES256"}]
    assert set(find(tool, "kid-ec")) == {"kty", "kid", "use", "alg", "crv", "x", "y"}
