"""The programs that use `xapi` as a library, run as a reader would, against a real LRS."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from werkzeug.serving import make_server

from examples.library import flask_program, plain_program
from tests.servers.lrs import ScriptableLrs
from xapi import engine_over, migrate, outbox
from xapi.errors import PolicyError, StatementConflict

PROJECT = Path(__file__).parents[2]
LIBRARY = PROJECT / "examples" / "library"
COURSE = "https://school.example.org/course/7"


def wait_until(holds: Callable[[], bool]) -> None:
    """Give a thread of the program under test ten seconds."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def told(lrs: ScriptableLrs) -> list[tuple[str, str]]:
    """Verb and object of what the LRS holds."""
    return [(one["verb"]["id"], one["object"]["id"]) for one in lrs.statements.values()]


def test_plain_program_delivers_what_it_did(tmp_path: Path) -> None:
    with ScriptableLrs() as lrs:
        run = subprocess.run(
            [sys.executable, "-W", "error", "-m", "examples.library.plain_program",
             lrs.url, lrs.user, lrs.password],
            capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
            env=dict(os.environ) | {"PYTHONPATH": str(PROJECT)},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        assert "delivered=1" in run.stdout
        assert told(lrs) == [("http://adlnet.gov/expapi/verbs/completed", COURSE)]
    with sqlite3.connect(tmp_path / "school.sqlite3") as database:
        assert database.execute("SELECT course FROM finished").fetchall() == [(COURSE,)]
    database.close()


def test_plain_program_without_arguments_says_how_it_is_used(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "examples.library.plain_program"], capture_output=True, text=True,
        timeout=60, check=False, cwd=tmp_path, env=dict(os.environ) | {"PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    assert run.returncode == 1
    assert "python -m examples.library.plain_program http://" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_plain_program_keeps_both_or_neither(engine: sa.Engine) -> None:
    plain_program.COURSES.create(engine)
    migrate(engine)
    with pytest.raises(PolicyError):
        plain_program.finish(engine, "mailto:somebody@example.org")
    with engine.connect() as connection:
        assert outbox.counts(connection).statements == 0
        assert connection.execute(sa.select(plain_program.COURSES)).all() == []
    engine.dispose()


def test_flask_program_adds_in_its_view_and_delivers_in_its_thread(tmp_path: Path) -> None:
    with ScriptableLrs() as lrs:
        key = Fernet.generate_key().decode()
        database = f"sqlite:///{tmp_path / 'school.sqlite3'}"
        app = flask_program.create_app({
            "DATABASE": database, "LRS_URL": lrs.url, "LRS_USER": lrs.user,
            "LRS_PASSWORD": lrs.password, "SEAL_KEY": key,
        })  # fmt: skip
        server = make_server("127.0.0.1", 0, app)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            sent = urllib.parse.urlencode({"course": COURSE}).encode()
            url = f"http://127.0.0.1:{server.server_port}/finished"
            with urllib.request.urlopen(url, sent, timeout=10) as answer:
                assert answer.status == 201
            wait_until(lambda: told(lrs) == [("http://adlnet.gov/expapi/verbs/completed", COURSE)])
        finally:
            server.shutdown()
            thread.join(10)
            server.server_close()
    with sqlite3.connect(tmp_path / "school.sqlite3") as found:
        (sealed,) = found.execute("SELECT sealed_password FROM xapi_lrs").fetchone()
    found.close()
    assert lrs.password not in sealed
    assert Fernet(key).decrypt(sealed).decode() == lrs.password


@pytest.mark.parametrize("name", ["plain", "flask", "django"])
def test_each_program_needs_about_ten_lines_of_ours(name: str) -> None:
    """Counted: the calls of what comes from `xapi`, which `import` does not add to."""
    text = (LIBRARY / f"{name}_program.py").read_text("utf-8")
    imported = re.findall(r"from xapi import \(?([^)]*?)\)?\n\n", text, re.DOTALL)[0]
    names = [one.strip() for one in imported.replace("\n", "").split(",") if one.strip()]
    code = text.split(imported)[1]
    ours = [line for line in code.splitlines() if re.search(rf"\b({'|'.join(names)})\b", line)]
    assert 5 < len(ours) <= 12, ours


class Program:
    """A host whose database connection is sqlite3's own, as Django's is below its models."""

    def __init__(self, path: Path) -> None:
        self.own = sqlite3.connect(path, isolation_level=None)
        self.own.execute("CREATE TABLE note (words TEXT)")
        self.joined = engine_over("sqlite", lambda: self.own)

    def add(self, statement: dict[str, object]) -> None:
        with self.joined.begin() as connection:
            outbox.add(connection, statement, organisation="school")


STATEMENT: dict[str, object] = {
    "id": "9a1c0a52-6e1f-4c4b-8a59-0f2f3c1f8a11",
    "timestamp": "2026-03-01T09:30:15.000Z",
    "actor": {"objectType": "Agent", "account": {
        "homePage": "https://school.example.org", "name": "3f0c9a51d2e84b7796a1c5e0d4b8f213"}},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
    "object": {"objectType": "Activity", "id": COURSE},
    "result": {"completion": True},
}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    path = tmp_path / "host.sqlite3"
    engine = sa.create_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return Program(path)


def count(program: Program) -> tuple[int, int]:
    (notes,) = program.own.execute("SELECT count(*) FROM note").fetchone()
    (kept,) = program.own.execute("SELECT count(*) FROM xapi_statement").fetchone()
    return notes, kept


@pytest.mark.parametrize(("end", "kept"), [("COMMIT", (1, 1)), ("ROLLBACK", (0, 0))])
def test_joined_engine_leaves_the_end_of_the_transaction_to_the_program(
    program: Program, end: str, kept: tuple[int, int]
) -> None:
    program.own.execute("BEGIN")
    program.own.execute("INSERT INTO note VALUES ('done')")
    program.add(STATEMENT)
    assert program.own.in_transaction
    program.own.execute(end)
    assert count(program) == kept
    program.own.close()


def test_error_in_a_joined_engine_ends_nothing_by_itself(program: Program) -> None:
    program.own.execute("BEGIN")
    program.add(STATEMENT)
    with pytest.raises(StatementConflict):
        program.add(STATEMENT | {"timestamp": "2026-03-01T09:31:00.000Z"})
    assert program.own.in_transaction
    program.own.execute("COMMIT")
    assert count(program) == (0, 1)
    program.own.close()
