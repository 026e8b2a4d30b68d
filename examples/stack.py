"""The three programs of the demonstration, each a process of its own on this machine.

A small LMS, an LRS and Needle, set up with the same commands that an administrator would
type. Nothing is left running when the stack is closed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

PROJECT = Path(__file__).resolve().parents[1]
CLIENT_ID = "needle-demo"
DEPLOYMENT_ID = "1"
LRS_USER = "needle"
START_SECONDS = 40
STOP_SECONDS = 15


class StackError(Exception):
    """The demonstration cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports on 127.0.0.1 that the three programs listen on."""

    lms: int
    tool: int
    lrs: int

    @classmethod
    def from_base(cls, base: int) -> Ports:
        """Three ports in a row; raises `StackError` for what cannot be one."""
        if not 1024 <= base <= 65_533:
            raise StackError(f"{base} cannot be the first of three ports: use 1024 to 65533.")
        return cls(base, base + 1, base + 2)

    def require_free(self) -> None:
        """Raise `StackError` when somebody listens on one of them."""
        for name, port in (("LMS", self.lms), ("tool", self.tool), ("LRS", self.lrs)):
            require_free(name, port)

    @classmethod
    def free(cls) -> Ports:
        """Three ports that nobody listens on now."""
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _ in range(3)]
            for each in sockets:
                each.bind(("127.0.0.1", 0))
            return cls(*(each.getsockname()[1] for each in sockets))


class Stack:
    """Starts and stops the three programs; use it in a `with` statement.

    `folder` gets the database and the programs' logs. `tool_host` is the name in Needle's
    public URL: `localhost` makes it another site than the LMS at 127.0.0.1.
    `settings` are further NEEDLE_ variables, `serve` further flags of `needle serve`, and
    `lms` further flags of the LMS, such as `--storage`. Unless it is `acquainted`, LMS and
    Needle do not know of each other yet.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        tool_host: str = "127.0.0.1",
        settings: dict[str, str] | None = None,
        serve: tuple[str, ...] = (),
        lms: tuple[str, ...] = (),
        acquainted: bool = True,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder.resolve()
        self.ports = ports
        self.lms_url = f"http://127.0.0.1:{ports.lms}"
        self.tool_url = f"http://{tool_host}:{ports.tool}"
        self.lrs_url = f"http://127.0.0.1:{ports.lrs}"
        self.lrs_password = secrets.token_urlsafe(16)
        self._service_token = secrets.token_hex(16)
        self._settings = settings or {}
        self._serve = serve
        self._lms = lms
        self._acquainted = acquainted
        self._say = say
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Stack:
        self.ports.require_free()
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start_all()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything, the tool first so that it can still deliver."""
        for name in ("tool", "lrs", "lms"):
            self._stop(name)

    def needle(self, *arguments: str, settings: dict[str, str] | None = None) -> str:
        """Run one `needle` command on the stack's database; gives what it printed."""
        run = subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", *arguments],
            env=self.environment() | (settings or {}), cwd=PROJECT, capture_output=True,
            text=True, timeout=120, check=False,
        )
        if run.returncode:
            raise StackError(f"needle {arguments[0]} failed:\n{run.stdout}{run.stderr}")
        return run.stdout

    def start_lrs(self) -> None:
        """Start the LRS; what it held before is still there."""
        self._start("lrs", "examples.lrs", "--port", str(self.ports.lrs),
                    "--path", str(self.folder / "lrs.sqlite3"))
        self._await("lrs", f"{self.lrs_url}/xapi/about")

    def stop_lrs(self) -> None:
        """Stop the LRS, as an outage would."""
        self._stop("lrs")

    def stop_lms(self) -> None:
        """Stop the LMS, as an outage would."""
        self._stop("lms")

    def start_tool(self) -> None:
        """Start Needle."""
        self._start("tool", "lti_tool.cli", "serve", "--port", str(self.ports.tool),
                    *self._serve)
        self._await("tool", f"http://127.0.0.1:{self.ports.tool}/healthz")

    def stop_tool(self) -> None:
        """Stop Needle."""
        self._stop("tool")

    def kill_tool(self) -> None:
        """Kill Needle without a chance to tidy up, as a power cut would."""
        process = self._running.pop("tool")
        process.kill()
        process.wait(STOP_SECONDS)

    def wait_for_interrupt(self) -> None:
        """Until Ctrl-C; raises `StackError` when one of the programs ends by itself."""
        while True:
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise StackError(f"The {name} has ended.\n{self._log_end(name)}")
            time.sleep(0.5)

    def _start_all(self) -> None:
        self._say("Starting a small LMS and an LRS ...")
        self._start("lms", "examples.mini_lms", "--port", str(self.ports.lms),
                    *self._tool_flags(), *self._lms)
        self.start_lrs()
        self._await("lms", f"{self.lms_url}/lti/jwks.json")
        self._say("Registering the LMS with Needle, and fetching its modules ...")
        if self._acquainted:
            self.needle(
                "platform", "add", "--issuer", self.lms_url, "--client-id", CLIENT_ID,
                "--deployment-id", DEPLOYMENT_ID,
                "--authorization-url", f"{self.lms_url}/lti/authorize",
                "--token-url", f"{self.lms_url}/lti/token",
                "--key-set-url", f"{self.lms_url}/lti/jwks.json",
            )
        self.needle(
            "source", "add", "moodle", "--name", "lms", "--url", self.lms_url,
            "--language", "en", settings={"NEEDLE_SOURCE_SECRET": self._service_token},
        )
        self._say(self.needle("sync").strip())
        self._say("Starting Needle ...")
        self.start_tool()

    def _tool_flags(self) -> tuple[str, ...]:
        """What the LMS is told of Needle."""
        if not self._acquainted:
            return ()
        return (
            "--client-id", CLIENT_ID, "--deployment-id", DEPLOYMENT_ID,
            "--tool-login-url", f"{self.tool_url}/lti/login",
            "--tool-launch-url", f"{self.tool_url}/lti/launch",
            "--tool-jwks-url", f"{self.tool_url}/lti/jwks.json", "--tool-name", "Needle",
        )

    def environment(self) -> dict[str, str]:
        """The variables that each of the programs is started with."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("NEEDLE_")}
        return kept | {
            "NEEDLE_DATABASE_URL": f"sqlite:///{self.folder / 'needle.sqlite3'}",
            "NEEDLE_PUBLIC_URL": self.tool_url,
            "NEEDLE_LRS_URL": f"{self.lrs_url}/xapi",
            "NEEDLE_LRS_USER": LRS_USER,
            "NEEDLE_LRS_PASSWORD": self.lrs_password,
            "MINI_LMS_WEB_SERVICE_TOKEN": self._service_token,
            "EXAMPLE_LRS_USER": LRS_USER,
            "EXAMPLE_LRS_PASSWORD": self.lrs_password,
            "PYTHONUNBUFFERED": "1",
        } | self._settings

    def _start(self, name: str, module: str, *arguments: str) -> None:
        with self._log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=self.environment(), cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
            )

    def _stop(self, name: str) -> None:
        process = self._running.pop(name, None)
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)

    def _await(self, name: str, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._running[name].poll() is not None:
                break
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
                return
            time.sleep(0.1)
        raise StackError(f"The {name} did not start.\n{self._log_end(name)}")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _log_end(self, name: str) -> str:
        return self._log(name).read_text("utf-8", "replace")[-3000:]


def require_free(name: str, port: int) -> None:
    """Raise `StackError` when somebody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StackError(
                f"Port {port} on this machine is taken, and the demonstration's {name} needs it. "
                "End what uses it, or choose other ports: make demo PORT=9410"
            ) from None


def fresh_folder(path: Path) -> Path:
    """The folder, empty: the demonstration begins anew each time."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
