"""Which keys of a platform are trusted, and where and how long they are looked for."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lti_tool.lti import key_sets
from tests.acceptance.doors import Door, NeedleDoor, refusal
from tests.lti import lms
from tests.lti.weak_points.conftest import OpenNeedle

LATER = timedelta(seconds=31)
"""A key set is asked for again after half a minute."""


def test_a_key_of_1024_bits_signs_nothing(plain: Door, needle: NeedleDoor) -> None:
    weak = lms.key("kid-weak", 1024)
    for door in (plain, needle):
        door.keys.keys = [lms.public(weak)]
    with pytest.warns(Warning, match="RSA key is 1024 bits"):
        assert plain.launch(private=weak).status_code == 200
    assert refusal(needle.launch(private=weak)) == "403 key-weak"


def test_a_key_set_adds_no_algorithm(plain: Door, needle: NeedleDoor) -> None:
    for door in (plain, needle):
        door.keys.keys = [lms.public(lms.key("kid-1"), alg="RS512")]
    assert plain.launch(header={"alg": "RS512"}).status_code == 200
    assert refusal(needle.launch(header={"alg": "RS512"})) == "403 algorithm"


def test_a_rotated_key_is_found(cached_plain: Door, needle: NeedleDoor) -> None:
    new = lms.key("kid-2")

    def rotate(door: Door) -> int:
        assert door.launch().status_code == 200
        door.keys.keys = [lms.public(lms.key("kid-1")), lms.public(new)]
        if isinstance(door, NeedleDoor):
            door.world.pass_time(LATER)
        return door.launch(private=new).status_code

    assert rotate(cached_plain) == 403
    assert rotate(needle) == 200


def test_an_error_is_never_kept_as_keys(cached_plain: Door, needle: NeedleDoor) -> None:
    def fail_once(door: Door) -> int:
        door.keys.status, door.keys.body = 500, b'{"error": "down for a minute"}'
        assert door.launch().status_code != 200
        door.keys.status, door.keys.body = 200, None
        if isinstance(door, NeedleDoor):
            door.world.pass_time(LATER)
        return door.launch().status_code

    assert fail_once(cached_plain) == 500
    assert fail_once(needle) == 200


def test_the_last_good_keys_survive_an_outage(plain: Door, needle: NeedleDoor) -> None:
    def go_down(door: Door) -> int:
        assert door.launch().status_code == 200
        door.keys.status, door.keys.body = 503, b""
        if isinstance(door, NeedleDoor):
            door.world.pass_time(timedelta(hours=3))
        return door.launch().status_code

    assert go_down(plain) == 403
    assert go_down(needle) == 200


def test_keys_are_not_read_from_inside_the_tools_own_network(
    plain: Door, open_tool: OpenNeedle
) -> None:
    assert plain.launch().status_code == 200
    assert plain.keys.asked == 1
    needle = open_tool(allowed_networks="")
    assert refusal(needle.launch()) == "403 keys-forbidden"
    assert needle.keys.asked == 0


def test_a_platform_that_never_answers_holds_a_launch_for_a_time_only(
    plain: Door, needle: NeedleDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_sets, "TIMEOUT_SECONDS", 0.3)
    for door in (plain, needle):
        door.keys.pause = 0.05
        door.keys.body = b" " * 64 * 60
    began = time.monotonic()
    assert refusal(needle.launch()) == "403 keys-unreachable"
    assert time.monotonic() - began < 2
    answered = threading.Event()
    with ThreadPoolExecutor(1) as browser:
        waiting = browser.submit(lambda: (plain.launch(), answered.set()))
        assert not answered.wait(1.0)
        waiting.result(10)
