"""The server: it listens, answers, and stops without dropping anybody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import urllib3
from flask import Flask

from lti_tool.config import Config
from lti_tool.errors import ConfigError
from lti_tool.web.serving import Server, serve

CONFIG = Config(threads=2)


def small_app(pause: float = 0.0) -> Flask:
    app = Flask("small")

    @app.get("/")
    def answer() -> str:
        time.sleep(pause)
        return "x" * 200_000

    return app


@contextmanager
def running(server: Server) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield thread
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@contextmanager
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(timeout=5, retries=False) as manager:
        yield manager


def test_it_answers_on_a_free_port() -> None:
    server = Server(small_app(), CONFIG, "127.0.0.1", 0)
    with running(server), pool() as http:
        answer = http.request("GET", f"http://127.0.0.1:{server.port}/")
        assert answer.status == 200
        assert len(answer.data) == 200_000


def test_a_request_under_way_is_answered_before_it_stops() -> None:
    server = Server(small_app(pause=0.4), CONFIG, "127.0.0.1", 0)
    answers: list[int] = []

    def ask() -> None:
        with pool() as http:
            answer = http.request("GET", f"http://127.0.0.1:{server.port}/")
            answers.append(len(answer.data))

    with running(server) as thread:
        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.15)
        server.stop()
        thread.join(10)
        asking.join(10)
    assert answers == [200_000]


def test_it_stops_at_once_when_nobody_asks() -> None:
    server = Server(small_app(), CONFIG, "127.0.0.1", 0)
    began = time.monotonic()
    with running(server):
        pass
    assert time.monotonic() - began < 1


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as told:
            Server(small_app(), CONFIG, "127.0.0.1", port)
    assert told.value.code == "port-taken"
    assert str(port) in str(told.value)
    assert told.value.mend


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_cannot_be_is_told(host: str, port: int) -> None:
    with pytest.raises(ConfigError) as told:
        Server(small_app(), CONFIG, host, port)
    assert told.value.code == "cannot-listen"


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_well_on_a_signal(name: signal.Signals) -> None:
    program = (
        "from flask import Flask\n"
        "from lti_tool.config import Config\n"
        "from lti_tool.web.serving import serve\n"
        "serve(Flask('small'), Config(), '127.0.0.1', 0,"
        " ready=lambda port: print(port, flush=True))\n"
        "print('ended')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        try:
            assert int(process.stdout.readline()) > 0
            process.send_signal(name)
            assert process.stdout.read() == "ended\n"
            assert process.wait(10) == 0
        finally:
            process.kill()


def test_serve_tells_its_port_and_gives_signals_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    ports: list[int] = []

    def ready(port: int) -> None:
        ports.append(port)
        signal.raise_signal(signal.SIGTERM)

    serve(small_app(), CONFIG, "127.0.0.1", 0, ready=ready)
    assert ports[0] > 0
    assert signal.getsignal(signal.SIGTERM) is before
