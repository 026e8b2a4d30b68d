"""The Django program: its rows and its statements stand or fall together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.lrs import ScriptableLrs

PROJECT = Path(__file__).parents[2]

PROGRAM = """
import sys
from examples.library.django_program import Finished, connection, finish, prepare, transaction
from xapi import PlainCipher, deliver_once, outbox

delivering = prepare(*sys.argv[1:])
course = "https://school.example.org/course/"

def told():
    with delivering.connect() as own:
        return Finished.objects.count(), outbox.counts(own).statements

finish(course + "1")
assert told() == (1, 1), told()

try:
    with transaction.atomic():
        finish(course + "2")
        raise RuntimeError
except RuntimeError:
    pass
assert told() == (1, 1), told()

try:
    finish("mailto:somebody@example.org")
except Exception as error:
    assert type(error).__name__ == "PolicyError", error
assert told() == (1, 1), told()

with transaction.atomic():
    finish(course + "3")
    try:
        with transaction.atomic():
            finish(course + "4")
            raise RuntimeError
    except RuntimeError:
        pass
    assert Finished.objects.count() == 2
assert told() == (2, 2), told()

connection.close()
finish(course + "5")
assert told() == (3, 3), told()
print(deliver_once(delivering, PlainCipher()))
"""


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    pytest.importorskip("django")
    return dict(os.environ) | {"PYTHONPATH": str(PROJECT), "DATABASE": database_url}


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        capture_output=True, text=True, timeout=120, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_django_program_delivers_what_it_did(environment: dict[str, str]) -> None:
    with ScriptableLrs() as lrs:
        out = run(environment, "-m", "examples.library.django_program", lrs.url, lrs.user,
                  lrs.password)  # fmt: skip
        assert "delivered=1" in out
        assert len(lrs.statements) == 1


def test_statement_commits_and_rolls_back_with_djangos_transaction(
    environment: dict[str, str],
) -> None:
    with ScriptableLrs() as lrs:
        out = run(environment, "-c", PROGRAM, lrs.url, lrs.user, lrs.password)
        assert "delivered=3" in out
        courses = [one["object"]["id"][-1] for one in lrs.statements.values()]
        assert courses == ["1", "3", "5"]
