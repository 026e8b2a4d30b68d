"""make demo: it says what to open, and leaves nothing running."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
import urllib.request

from examples.stack import PROJECT, Ports, StackError, require_free


def _start(base: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "examples.demo", "--port", str(base)],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
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


def test_the_demo_prints_an_address_and_ctrl_c_leaves_nothing_running() -> None:
    base = _free_base()
    demo = _start(base)
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


def test_a_taken_port_ends_the_demo_with_a_clear_word() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = _start(port)
        said, _ = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert f"Port {port}" in said
    assert "make demo PORT=" in said
