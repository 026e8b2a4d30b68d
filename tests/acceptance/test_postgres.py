"""The whole trip on PostgreSQL, with delivery in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from examples.stack import PROJECT, Ports, Stack
from examples.tour import make_trip, wait_for_statements
from tests.settings import BY_WORDS_ENVIRONMENT


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_trip_on_postgresql_with_two_delivery_workers(
    database_url: str, tmp_path: Path
) -> None:
    own = {"NEEDLE_DATABASE_URL": database_url, "NEEDLE_SECRET_KEY": "k" * 40}
    settings = BY_WORDS_ENVIRONMENT | own
    with Stack(tmp_path, Ports.free(), settings=settings, serve=("--no-deliver",)) as stack:
        expected = sum(make_trip(stack) for _ in range(3))
        assert json.loads(stack.needle("statements", "--json"))["counts"]["waiting"] == expected
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "lti_tool.cli", "deliver"],
                cwd=PROJECT, env=stack.environment(), stderr=subprocess.PIPE, text=True,
            )
            for _ in range(2)
        ]  # fmt: skip
        try:
            for worker in workers:
                assert worker.stderr is not None
                assert "Ctrl-C stops" in worker.stderr.readline()
            found = wait_for_statements(stack, expected, seconds=60)
        finally:
            for worker in workers:
                worker.terminate()
            said = [worker.communicate(timeout=30)[1] for worker in workers]
    assert len(found) == expected
    assert len({statement["id"] for statement in found}) == expected
    assert [worker.returncode for worker in workers] == [0, 0], said
