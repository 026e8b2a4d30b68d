"""Ralph, an LRS that nobody here wrote, as a real server on 127.0.0.1 (file backend)."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS_TO_START = 90
SECONDS_TO_STOP = 15
PROGRAM = Path(__file__).with_name("ralph_server.py")
ACCOUNT = "http://127.0.0.1/"


class RalphError(Exception):
    """Ralph did not start; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Ralph:
    """A running Ralph: what a sender of statements needs, and its folder.

    `stop` and `start` end and begin its process; what it holds and its port stay.
    """

    url: str
    user: str
    password: str
    directory: Path
    python: str
    program: Path
    _running: list[subprocess.Popen[bytes]]

    def start(self) -> None:
        """Begin, and wait until it answers. Raises `RalphError` when it does not."""
        port = self.url.rsplit(":", 1)[1].strip("/")
        with (self.directory / "ralph.log").open("ab") as log:
            # -P: this folder holds a file called ralph, which is not the package.
            self._running.append(subprocess.Popen(
                [self.python, "-P", str(self.program), port], env=_environment(self.directory),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        _await(f"{self.url}/__lbheartbeat__", self._running[-1], self.directory)

    def stop(self) -> None:
        """End its process, as an outage would."""
        while self._running:
            process = self._running.pop()
            process.terminate()
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(SECONDS_TO_STOP)

    def held(self) -> list[dict[str, Any]]:
        """Every statement in its file, in the order of arrival."""
        file = self.directory / "data" / "fs_lrs.jsonl"
        if not file.exists():
            return []
        return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]


@contextlib.contextmanager
def start_ralph(
    directory: Path, python: str = sys.executable, program: Path = PROGRAM
) -> Iterator[Ralph]:
    """Run Ralph with its files in `directory`; `python` is one that has ralph-malph[cli,lrs].

    `program` serves Ralph's application on the port that is its only argument.

    Gives a `Ralph` with `url` (the xAPI endpoint), `user` and `password`.
    """
    (directory / "data").mkdir(parents=True, exist_ok=True)
    user, password = "needle", secrets.token_urlsafe(12)
    _make_account(directory, python, user, password)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ralph = Ralph(f"http://127.0.0.1:{port}", user, password, directory, python, program, [])
    try:
        ralph.start()
        yield ralph
    finally:
        ralph.stop()


def _make_account(directory: Path, python: str, user: str, password: str) -> None:
    run = subprocess.run(
        [str(Path(python).with_name("ralph")), "auth", "-w", "-u", user, "-p", password,
         "-s", "all", "-A", "needle", ACCOUNT],
        env=_environment(directory), capture_output=True, text=True, timeout=SECONDS_TO_START,
        check=False,
    )
    if run.returncode:
        raise RalphError(f"ralph auth failed:\n{run.stdout}{run.stderr}")


def _environment(directory: Path) -> dict[str, str]:
    return dict(os.environ) | {
        "RALPH_APP_DIR": str(directory),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(directory / "data"),
    }


def _await(url: str, process: subprocess.Popen[bytes], directory: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    said = (directory / "ralph.log").read_text("utf-8", "replace")[-3000:]
    raise RalphError(f"Ralph did not start:\n{said}")
