"""How often one address may log in and launch."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from lti_tool.web.limits import SLOTS, Limits, network_of
from tests.web.conftest import OpenWorld


def ask(client: FlaskClient, path: str, times: int, address: str = "192.0.2.1") -> list[int]:
    """The statuses of so many requests."""
    where = {"REMOTE_ADDR": address}
    ask_once = client.get if path == "/lti/login" else client.post
    return [ask_once(path, environ_base=where).status_code for _ in range(times)]


@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch", "/lti/launch/stored"])
def test_one_address_may_ask_so_often_in_a_minute_and_is_told_when_to_come_back(
    open_tool: OpenWorld, path: str
) -> None:
    client = open_tool(launches_per_minute=3).app.test_client()
    assert 429 not in ask(client, path, 3)
    method = client.get if path == "/lti/login" else client.post
    answer = method(path, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "too-many" in answer.text
    assert "Wait a minute" in answer.text
    assert ask(client, path, 1, "192.0.2.2") != [429]


def test_a_login_does_not_count_as_a_launch(open_tool: OpenWorld) -> None:
    client = open_tool(launches_per_minute=2).app.test_client()
    ask(client, "/lti/login", 5)
    assert ask(client, "/lti/launch", 1) == [400]


def test_this_machine_is_no_exception(open_tool: OpenWorld) -> None:
    client = open_tool(launches_per_minute=2).app.test_client()
    assert ask(client, "/lti/login", 3, "127.0.0.1")[-1] == 429


def test_zero_is_no_limit(open_tool: OpenWorld) -> None:
    client = open_tool(launches_per_minute=0).app.test_client()
    assert 429 not in ask(client, "/lti/login", 50)


def test_the_steps_of_a_login_are_limited_too(open_tool: OpenWorld) -> None:
    client = open_tool(launches_per_minute=2).app.test_client()
    statuses = [client.get("/lti/login/guess").status_code for _ in range(7)]
    assert statuses == [403] * 6 + [429]


def test_the_keys_and_the_pages_are_not_limited(open_tool: OpenWorld) -> None:
    client = open_tool(launches_per_minute=1).app.test_client()
    for path in ("/lti/jwks.json", "/healthz"):
        assert {client.get(path).status_code for _ in range(30)} == {200}


def test_an_address_that_a_proxy_names_counts_only_when_the_proxy_is_believed(
    open_tool: OpenWorld,
) -> None:
    for proxies, last in ((0, 429), (1, 400)):
        world = open_tool(launches_per_minute=2, trusted_proxies=proxies)
        client = world.app.test_client()
        for number in range(4):
            headers = {"X-Forwarded-For": f"192.0.2.{number}"}
            status = client.get("/lti/login", headers=headers).status_code
        assert status == last


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) == same


def test_any_number_of_addresses_take_bounded_memory() -> None:
    limits = Limits()
    for number in range(3 * SLOTS):
        limits.count("login", f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1", 10_000)
    assert len(limits) <= SLOTS


def test_a_limit_ends_with_its_minute() -> None:
    moment = [100.0]
    limits = Limits(clock=lambda: moment[0])
    assert limits.count("login", "192.0.2.1", 1) == 0
    wait = limits.count("login", "192.0.2.1", 1)
    assert 1 <= wait <= 60
    moment[0] += wait - 0.5
    assert limits.count("login", "192.0.2.1", 1) == 1
    moment[0] += 0.5
    assert limits.count("login", "192.0.2.1", 1) == 0
