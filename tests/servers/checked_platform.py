"""A platform as the self-check meets it: a key set, a clock, and a token service that reads
the tool's keys before it answers."""

from __future__ import annotations

import contextlib
import email.utils
import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt


@dataclass
class CheckedPlatform:
    """What it answers can be changed at any time; `ahead` is its clock against ours."""

    port: int = 0
    status: int = 200
    body: bytes = b'{"keys": [{"kty": "RSA", "kid": "a"}]}'
    ahead: timedelta = timedelta()
    tells_time: bool = True
    tool_keys_url: str = ""
    scopes: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def grant(self, form: dict[str, list[str]]) -> tuple[int, bytes]:
        """Answer as Moodle does: a page, 404, when the tool's keys cannot be read."""
        try:
            with urllib.request.urlopen(self.tool_keys_url, timeout=5) as answer:
                keys = json.load(answer)["keys"]
        except (urllib.error.URLError, ValueError):
            return 404, b"<html>not found</html>"
        assertion = form["client_assertion"][0]
        kid = jwt.get_unverified_header(assertion)["kid"]
        jwk = next((one for one in keys if one["kid"] == kid), None)
        if jwk is None:
            return 400, b'{"error": "invalid_client"}'
        jwt.decode(assertion, jwt.PyJWK(jwk), algorithms=["RS256"], audience=f"{self.url}/token")
        granted = form["scope"][0] if self.scopes is None else self.scopes
        if not granted:
            return 400, b'{"error": "invalid_scope"}'
        answer = {"access_token": "t", "token_type": "Bearer", "scope": granted}
        return 200, json.dumps(answer).encode()


@contextlib.contextmanager
def serve_checked_platform() -> Iterator[CheckedPlatform]:
    """The platform on a port of this machine."""
    platform = CheckedPlatform()

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            self.answer(platform.status, platform.body)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = urllib.parse.parse_qs(self.rfile.read(length).decode())
            self.answer(*platform.grant(form))

        def answer(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            now = datetime.now(UTC) + platform.ahead
            if platform.tells_time:
                self.send_header("Date", email.utils.format_datetime(now, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return

    with run(Handler) as port:
        platform.port = port
        yield platform


@contextlib.contextmanager
def serve_proxy(target: str, added: dict[str, str]) -> Iterator[int]:
    """A proxy that passes each GET on to `target` with some headers added; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            passed = urllib.request.Request(
                target + self.path, headers={"Host": self.headers["Host"], **added}
            )
            with urllib.request.urlopen(passed, timeout=5) as answer:
                body = answer.read()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return

    with run(Handler) as port:
        yield port


@contextlib.contextmanager
def run(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    """A server with that handler until the end of the block; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
