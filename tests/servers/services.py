"""A platform's token endpoint and services on 127.0.0.1, which behave as a test tells them."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

TOKEN_PATH = "/mod/lti/token.php"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a posted form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def json(self) -> object:
        """A posted JSON document."""
        return json.loads(self.body)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def bearer(self) -> str:
        """The bearer token, or an empty text."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Told:
    """What is answered; a `body` that is neither bytes nor None is sent as JSON."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Told]


@dataclass
class ServicesServer:
    """`on(path, answer)` sets what a path does; `asked` is all that came."""

    origin: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, Answering] = field(default_factory=dict)
    tokens: int = 0

    def on(self, path: str, *answers: Told | Answering) -> str:
        """Answer `path` (without its query) with these in turn, the last one for good; its URL."""
        waiting = list(answers)

        def answer(asked: Asked) -> Told:
            one = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return one if isinstance(one, Told) else one(asked)

        self.answers[path] = answer
        return self.origin + path

    def grant(self, *granted: str, life: int = 3600) -> None:
        """Give tokens for these scopes, of those asked for, as Moodle does."""

        def answer(asked: Asked) -> Told:
            scopes = [name for name in asked.form["scope"].split() if name in granted]
            if not scopes:
                return Told(400, {"error": "invalid_scope"})
            self.tokens += 1
            told = {
                "access_token": f"token-{self.tokens}",
                "token_type": "Bearer",
                "expires_in": life,
                "scope": " ".join(scopes),
            }
            # Moodle's content type, of an answer that is JSON all the same.
            return Told(200, told, {"Content-Type": "text/html; charset=utf-8"})

        self.on(TOKEN_PATH, answer)

    def to(self, path: str) -> list[Asked]:
        """The requests that came to a path, whatever their query."""
        return [one for one in self.asked if urlsplit(one.path).path == path]


@contextlib.contextmanager
def serve_services() -> Iterator[ServicesServer]:
    """Such a server on a free port, until the end of the block."""
    state = ServicesServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(length))
            state.asked.append(asked)
            missing: Answering = lambda _: Told(404, b"<html>no such page</html>")  # noqa: E731
            told = state.answers.get(urlsplit(self.path).path, missing)(asked)
            body = told.body
            if not isinstance(body, bytes):
                body = b"" if body is None else json.dumps(body).encode()
            with contextlib.suppress(OSError):
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.origin = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
