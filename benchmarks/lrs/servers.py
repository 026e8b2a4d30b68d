"""The LRSs that senders are measured against, each a process of its own on 127.0.0.1."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers.ralph import start_ralph

PROGRAM = Path(__file__).with_name("null_server.py")
RALPH_PROGRAM = Path(__file__).with_name("ralph_program.py")

SLOW_REQUEST_MS, SLOW_STATEMENT_MS = 5.0, 0.35
"""What the slow server waits: 40 ms for a batch of 100, as Ralph took when it was measured."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running LRS: its name in the tables, its xAPI endpoint, user and password.

    `empty` makes it hold nothing, so that every contender meets the same LRS.
    """

    name: str
    url: str
    user: str
    password: str
    empty: Callable[[], None]


def has_ralph() -> bool:
    """Whether this Python can run Ralph (the extra `peers`)."""
    return importlib.util.find_spec("ralph") is not None


@contextlib.contextmanager
def null_server(request_ms: float = 0.0, statement_ms: float = 0.0) -> Iterator[Server]:
    """The server that answers at once, or after the milliseconds given."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, str(PROGRAM), str(request_ms), str(statement_ms)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        name = "slow" if request_ms or statement_ms else "null"
        yield Server(name, f"http://127.0.0.1:{port}/xapi", "needle", "secret", lambda: None)
    finally:
        process.communicate("", timeout=10)


def slow_server() -> contextlib.AbstractContextManager[Server]:
    """A server as slow as Ralph, for where Ralph is not installed."""
    return null_server(SLOW_REQUEST_MS, SLOW_STATEMENT_MS)


@contextlib.contextmanager
def ralph_server(folder: Path, *, indexed: bool = False) -> Iterator[Server]:
    """Ralph with its file backend, its files in `folder`; `indexed`: see ralph_program.py."""
    folder.mkdir()
    if indexed:
        (folder / "indexed").touch()
    with start_ralph(folder, program=RALPH_PROGRAM) as ralph:
        file = ralph.directory / "data" / "fs_lrs.jsonl"
        yield Server("ralph indexed" if indexed else "ralph", f"{ralph.url}/xAPI", ralph.user,
                     ralph.password, lambda: file.unlink(missing_ok=True))
