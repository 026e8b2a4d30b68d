"""needle deliver in a process of its own: signals, and what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lti_tool.actions.runtime import Runtime
from tests.servers.lrs import Hang, ScriptableLrs
from tests.settings import BY_WORDS_ENVIRONMENT
from tests.test_statements_command import add, lrs, runtime, settings
from xapi import outbox

__all__ = ["lrs", "runtime", "settings"]


@contextmanager
def delivering(settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`needle deliver`, which is killed at the end if it is still there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lti_tool.cli", "deliver"],
        env={"PATH": os.environ.get("PATH", ""), **BY_WORDS_ENVIRONMENT, **settings},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        if process.stderr:
            process.stderr.close()


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + 40
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def counts(runtime: Runtime) -> tuple[int, int]:
    with runtime.engine.connect() as connection:
        found = outbox.counts(connection, "default")
    return found.waiting, found.delivered


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_lets_the_request_under_way_end(
    runtime: Runtime, settings: dict[str, str], lrs: ScriptableLrs, number: signal.Signals
) -> None:
    identifier = add(runtime)
    arrived, go = threading.Event(), threading.Event()

    def wait(_ids: list[str]) -> None:
        arrived.set()
        assert go.wait(40)

    lrs.fault_for = wait
    with delivering(settings) as process:
        assert arrived.wait(40)
        process.send_signal(number)
        assert process.stderr is not None
        told = ""
        while "Stopping when" not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        assert process.poll() is None
        go.set()
        assert process.wait(20) == 0
        assert "Stopped. What waits is kept." in process.stderr.read()
    assert identifier in lrs.statements
    assert counts(runtime) == (0, 1)


def test_a_second_signal_ends_at_once_and_loses_nothing(
    runtime: Runtime, settings: dict[str, str], lrs: ScriptableLrs
) -> None:
    identifier = add(runtime)
    lrs.fail_next(Hang())
    with delivering(settings) as process:
        until(lrs.posts)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        while "Stopping when" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == -signal.SIGTERM
    assert counts(runtime) == (1, 0)
    with delivering(settings) as process:
        until(lambda: counts(runtime) == (0, 1))
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert list(lrs.statements) == [identifier]


def test_a_signal_ends_a_rest_at_once(
    runtime: Runtime, settings: dict[str, str], lrs: ScriptableLrs
) -> None:
    with delivering(settings) as process:
        identifier = add(runtime)
        until(lambda: counts(runtime) == (0, 1))
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert time.monotonic() - started < 10
    assert list(lrs.statements) == [identifier]
