"""make demo: it says what to open, and leaves nothing running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from examples.stack import PROJECT, Ports, StackError, require_free


def _start(base: int, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "examples.demo", "--port", str(base)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=dict(os.environ) | {"PYTHONPATH": str(PROJECT)},
    )  # fmt: skip


def _free_base() -> int:
    """The first of three ports in a row that nobody listens on now."""
    for _ in range(50):
        base = Ports.free().lms
        with contextlib.suppress(StackError):
            for port in (base, base + 1, base + 2):
                require_free("demo", port)
            return base
    raise AssertionError("no three free ports in a row")


def test_the_demo_prints_an_address_and_ctrl_c_leaves_nothing_running_or_kept(
    tmp_path: Path,
) -> None:
    base = _free_base()
    demo = _start(base, tmp_path)
    assert demo.stdout is not None
    try:
        said = ""
        deadline = time.monotonic() + 90
        while "Ctrl-C" not in said and time.monotonic() < deadline:
            line = demo.stdout.readline()
            if not line:
                break
            said += line
        assert f"http://127.0.0.1:{base}" in said, said
        with urllib.request.urlopen(f"http://127.0.0.1:{base}", timeout=10) as page:
            assert page.status == 200
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
        assert "nothing is left running" in demo.stdout.read()
    finally:
        if demo.poll() is None:
            demo.terminate()
            demo.wait(60)
        demo.stdout.close()
    for port in (base, base + 1, base + 2):
        require_free("demo", port)
    assert not list(tmp_path.iterdir())


def test_a_taken_port_ends_the_demo_with_a_clear_word(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = _start(port, tmp_path)
        said, _ = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert f"Port {port}" in said
    assert "make demo PORT=" in said


def test_a_second_demo_leaves_the_folder_of_the_first_alone(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        kept = tmp_path / ".demo" / str(port) / "needle.sqlite3"
        kept.parent.mkdir(parents=True)
        kept.touch()
        demo = _start(port, tmp_path)
        demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert kept.exists()
