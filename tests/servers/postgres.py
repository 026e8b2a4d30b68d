"""A PostgreSQL server of a test's own on 127.0.0.1, which can be cut off and come back.

`NEEDLE_TEST_POSTGRES_BIN` names the folder of its programs where they are not where Debian
keeps them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SECONDS = 60


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, or None."""
    named = os.environ.get("NEEDLE_TEST_POSTGRES_BIN", "")
    found = [Path(named)] if named else sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found += [Path(on_path).parent] if (on_path := shutil.which("pg_ctl")) else []
    return next((folder for folder in reversed(found) if (folder / "initdb").exists()), None)


class Cluster:
    """A running server; `url` is its database."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port: int = probe.getsockname()[1]
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync")

    def start(self) -> None:
        """Begin, and wait until it answers."""
        self._run("pg_ctl", f"--log={self._folder / 'log'}", "--wait", "--options="
                  f"-p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off "
                  f"-c unix_socket_directories={self._folder}", "start")

    def crash(self) -> None:
        """End at once and roll back what is open, as after a failure of power."""
        self._run("pg_ctl", "--mode=immediate", "--wait", "stop")

    def _run(self, program: str, *options: str) -> None:
        # The server refuses to run as root.
        as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        with (self._folder / "said").open("ab") as said:
            subprocess.run(
                [*as_other, str(self._programs / program), f"--pgdata={self._folder / 'data'}",
                 *options], cwd=self._folder, stdout=said, stderr=said, check=True,
                timeout=SECONDS)


@contextlib.contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A new server, started; it is gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="needle-postgres-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        made = Cluster(folder, programs)
        made.start()
        try:
            yield made
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # it is down already
                made.crash()
    finally:
        shutil.rmtree(folder)
