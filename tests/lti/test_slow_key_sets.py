"""Platforms whose key sets come slowly or never: what other launches feel of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from lti_tool.errors import LaunchRefused
from lti_tool.lti import key_sets
from lti_tool.lti.exchange import send
from lti_tool.lti.key_sets import fetch_key_set, find_platform_key
from tests.lti import lms
from tests.lti.conftest import Tool
from tests.servers.dripping import DRIPS, serve_drip
from tests.servers.loopback import LOOPBACK

LIMIT = 1.0
WAIT = 0.2
SOON = 0.7
"""Seconds: more than `WAIT`, less than `LIMIT`, with room for a busy machine."""


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sets, "TIMEOUT_SECONDS", LIMIT)
    monkeypatch.setattr(key_sets, "WAIT_SECONDS", WAIT)


def launch(tool: Tool, url: str, kid: str = "kid-1") -> tuple[str, float]:
    """The refusal's code, or the key's name, of a launch, and how long it took."""
    began = time.monotonic()
    try:
        told = str(find_platform_key(tool.engine, url, kid, lms.NOW, networks=LOOPBACK)["kid"])
    except LaunchRefused as refused:
        told = refused.code
    return told, time.monotonic() - began


def until(condition: Callable[[], object]) -> None:
    """Wait until it is so, for five seconds at most."""
    gives_up = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < gives_up
        time.sleep(0.01)


@pytest.mark.parametrize("what", DRIPS)
def test_whatever_drips_is_given_up_in_time(what: str) -> None:
    with serve_drip(*DRIPS[what]) as slow:
        began = time.monotonic()
        with pytest.raises(LaunchRefused) as caught:
            fetch_key_set(f"http://{slow.address}/keys", networks=LOOPBACK)
        assert time.monotonic() - began < LIMIT + SOON
    assert caught.value.code == "keys-unreachable"
    assert "takes longer than 1 s" in str(caught.value)


def test_tls_that_drips_is_given_up_in_time() -> None:
    # The beginning of a record of TLS whose 16,384 bytes then come one at a time.
    with serve_drip(b"\x16\x03\x03\x40\x00", b"\x02") as slow:
        began = time.monotonic()
        with pytest.raises(LaunchRefused) as caught:
            fetch_key_set(f"https://{slow.address}/keys", networks=LOOPBACK)
        assert time.monotonic() - began < LIMIT + SOON
    assert caught.value.code == "keys-unreachable"


def test_addresses_of_a_host_share_the_time(key_set: lms.KeySetServer) -> None:
    """The name leads first to an address that takes no connection, as a broken IPv6 does."""
    url = key_set.url.replace("http://127.0.0.1", "https://lms.example.org")
    port = int(url.rpartition(":")[2].split("/")[0])
    with socket.socket() as full:
        full.bind(("127.0.0.2", port))
        full.listen(0)
        with _filled(full.getsockname()):
            began = time.monotonic()
            # The second address does answer, but without TLS.
            with pytest.raises(urllib3.exceptions.SSLError):
                send(
                    "GET",
                    url,
                    networks=LOOPBACK,
                    seconds=LIMIT,
                    resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"],
                )
            assert LIMIT / 2 - 0.1 < time.monotonic() - began < LIMIT


def test_one_launch_waits_for_a_slow_platform_and_the_others_go_on(stored_tool: Tool) -> None:
    with serve_drip() as slow, ThreadPoolExecutor(9) as people:
        url = f"http://{slow.address}/keys"
        launches = [people.submit(launch, stored_tool, url) for _ in range(9)]
        told = [one.result() for one in launches]
        assert slow.asked == 1
    assert {code for code, _ in told} == {"keys-unreachable"}
    times = sorted(seconds for _, seconds in told)
    assert times[-1] < LIMIT + SOON
    assert times[-2] < SOON


def test_slow_platform_does_not_hold_launches_of_another(stored_tool: Tool) -> None:
    with serve_drip() as slow, ThreadPoolExecutor(5) as people:
        url = f"http://{slow.address}/keys"
        launches = [people.submit(launch, stored_tool, url) for _ in range(5)]
        until(lambda: slow.asked)
        told, seconds = launch(stored_tool, stored_tool.keys.url)
        assert any(not one.done() for one in launches)
    assert told == "kid-1"
    assert seconds < SOON


def test_fetches_are_few_at_once_and_the_next_launch_is_refused_soon(tool: Tool) -> None:
    with serve_drip() as slow, serve_drip() as slower, ThreadPoolExecutor(2) as people:
        for one in (slow, slower):
            people.submit(launch, tool, f"http://{one.address}/keys")
        until(lambda: slow.asked and slower.asked)
        told, seconds = launch(tool, tool.keys.url)
        assert told == "keys-unreachable"
        assert WAIT <= seconds < SOON
        assert tool.keys.asked == 0
    # The platform was not asked, so nothing keeps it from being asked now.
    assert launch(tool, tool.keys.url)[0] == "kid-1"


def test_known_key_serves_while_every_fetch_is_taken(tool: Tool) -> None:
    find_platform_key(tool.engine, tool.keys.url, "kid-1", lms.NOW, networks=LOOPBACK)
    with serve_drip() as slow, serve_drip() as slower, ThreadPoolExecutor(2) as people:
        for one in (slow, slower):
            people.submit(launch, tool, f"http://{one.address}/keys")
        until(lambda: slow.asked and slower.asked)
        began = time.monotonic()
        later = lms.later(hours=2)
        assert (
            find_platform_key(tool.engine, tool.keys.url, "kid-1", later, networks=LOOPBACK)["kid"]
            == "kid-1"
        )
        assert time.monotonic() - began < WAIT
    assert tool.keys.asked == 1


def test_key_that_came_while_a_launch_waited_serves_it(tool: Tool) -> None:
    tool.keys.pause = 0.01
    with ThreadPoolExecutor(4) as people:
        launches = [people.submit(launch, tool, tool.keys.url) for _ in range(4)]
        assert [one.result()[0] for one in launches] == ["kid-1"] * 4
    assert tool.keys.asked == 1


def test_name_that_is_looked_up_for_long_holds_no_launch(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def look_up(*args: object, **named: object) -> object:
        answered.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    try:
        told, seconds = launch(tool, "https://lms.example.org/keys")
    finally:
        answered.set()
    assert told == "keys-unreachable"
    assert seconds < LIMIT + SOON
    monkeypatch.undo()
    assert launch(tool, tool.keys.url)[0] == "kid-1"


class _filled:  # noqa: N801 - reads as what it does
    """While it lasts, nobody can connect to a listener that has no room."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._waiting: list[socket.socket] = []

    def __enter__(self) -> None:
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(self._address)
            self._waiting.append(one)

    def __exit__(self, *error: object) -> None:
        for one in self._waiting:
            one.close()
