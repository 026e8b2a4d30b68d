"""Two nodes of the tool on one PostgreSQL: any of them may answer, and only one of them does."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import sqlalchemy as sa

from lti_tool.storage.database import connect
from lti_tool.storage.tables import session
from tests.lti import lms
from tests.settings import BY_WORDS_ENVIRONMENT

PROJECT = Path(__file__).resolve().parents[2]
TRIES = 200
MOST_SECONDS = 40
SECONDS_TO_START = 40

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@dataclass
class Node:
    """A connection to one node, as a proxy in front of both would keep it."""

    port: int
    public_url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Status, where it redirects to, and the page."""
        headers = {
            "Host": urlsplit(self.public_url).netloc,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, urlencode(form) if form else None, headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: each.value for name, each in SimpleCookie(line).items()}
        return answer.status, answer.headers.get("Location", ""), page

    def launch(self, form: dict[str, str]) -> tuple[int, str]:
        """Status and page of the platform's answer posted here."""
        status, _, page = self.ask("POST", "/lti/launch", form)
        return status, page

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@dataclass
class Nodes:
    """Both nodes and one browser, whose cookies both see."""

    first: Node
    second: Node

    def log_in(self, node: Node) -> dict[str, str]:
        """A login at one node; the platform's answer to it, ready to be posted."""
        target = f"{node.public_url}/lti/launch"
        login = {
            "iss": lms.ISSUER,
            "client_id": lms.CLIENT_ID,
            "login_hint": "42",
            "target_link_uri": target,
        }
        path = f"/lti/login?{urlencode(login)}"
        for _ in range(3):
            status, location, page = node.ask("GET", path)
            assert status in (302, 303), page
            if location.startswith("https://lms.example.org/auth?"):
                break
            path = location.removeprefix(node.public_url)
        asked = lms.query(location)
        seconds = int(datetime.now(UTC).timestamp())
        message = lms.message(asked["nonce"], target, iat=seconds, exp=seconds + 60)
        return {"state": asked["state"], "id_token": lms.sign(message)}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_needle(environment: dict[str, str], *arguments: str) -> None:
    """One command of `needle`."""
    command = [sys.executable, "-m", "lti_tool.cli", *arguments]
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def serve(environment: dict[str, str], port: int, log: Path) -> Iterator[None]:
    """A node, a process of its own, until the end of the block."""
    command = [sys.executable, "-m", "lti_tool.cli", "serve", "--port", str(port), "--no-deliver"]
    with log.open("wb") as output:
        node = subprocess.Popen(
            command, env=environment, cwd=PROJECT, stdout=output, stderr=output
        )
        try:
            yield
        finally:
            node.terminate()
            node.wait(15)


def wait_for(port: int, log: Path) -> None:
    """Until the node listens."""
    gives_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < gives_up:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@pytest.fixture
def nodes(database_url: str, tmp_path: Path) -> Iterator[Nodes]:
    """Two processes on one database, with a platform registered."""
    ports = (free_port(), free_port())
    public_url = f"http://127.0.0.1:{ports[0]}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEEDLE_")}
    environment = kept | BY_WORDS_ENVIRONMENT | {
        "NEEDLE_DATABASE_URL": database_url,
        "NEEDLE_SECRET_KEY": "k" * 40,
        "NEEDLE_PUBLIC_URL": public_url,
        "NEEDLE_LAUNCHES_PER_MINUTE": "0",
    }
    with lms.serve_key_set() as keys, contextlib.ExitStack() as running:
        run_needle(
            environment, "platform", "add", "--issuer", lms.ISSUER,
            "--client-id", lms.CLIENT_ID, "--deployment-id", lms.DEPLOYMENT_ID,
            "--authorization-url", "https://lms.example.org/auth",
            "--token-url", "https://lms.example.org/token", "--key-set-url", keys.url,
        )  # fmt: skip
        logs = {port: tmp_path / f"{port}.log" for port in ports}
        for port, log in logs.items():
            running.enter_context(serve(environment, port, log))
        for port, log in logs.items():
            wait_for(port, log)
        cookies: dict[str, str] = {}
        both = [Node(port, public_url, cookies) for port in ports]
        for node in both:
            running.callback(node.close)
        yield Nodes(*both)


def sessions(database_url: str) -> int:
    """How many launches have begun a session."""
    engine = connect(database_url)
    try:
        with engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(session)) or 0
    finally:
        engine.dispose()


def test_a_login_at_one_node_may_launch_at_the_other(nodes: Nodes, database_url: str) -> None:
    for here, there in ((nodes.first, nodes.second), (nodes.second, nodes.first)):
        form = nodes.log_in(here)
        assert there.launch(form)[0] == 200
        status, page = here.launch(form)
        assert status == 403
        assert "state-used" in page
    assert sessions(database_url) == 2


def test_of_two_nodes_exactly_one_accepts_a_launch(nodes: Nodes, database_url: str) -> None:
    both = (nodes.first, nodes.second)
    together = threading.Barrier(2)

    def post(node: Node, form: dict[str, str]) -> tuple[int, str]:
        together.wait(10)
        return node.launch(form)

    began = time.monotonic()
    won = [0, 0]
    with ThreadPoolExecutor(2) as browsers:
        for number in range(TRIES):
            form = nodes.log_in(both[number % 2])
            answers = list(browsers.map(post, both, (form, form)))
            statuses = [status for status, _ in answers]
            assert sorted(statuses) == [200, 403], f"try {number}: {statuses}"
            won[statuses.index(200)] += 1
            assert "state-used" in answers[statuses.index(403)][1]
    assert sum(won) == TRIES
    assert sessions(database_url) == TRIES
    assert time.monotonic() - began < MOST_SECONDS
