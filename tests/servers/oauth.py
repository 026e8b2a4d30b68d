"""An authorisation server on 127.0.0.1 that gives tokens for client credentials (RFC 6749, 4.4).

    with TokenServer("needle", "geheim", lasts=3600) as tokens:
        tokens.given            # the tokens, oldest first
        tokens.fail_next(503)   # an answer instead of a token
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
import urllib.parse
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Reply = tuple[int, str]


class TokenServer:
    """`give` is called with each new token, so that an LRS may take it from then on."""

    def __init__(
        self, client: str, secret: str, *, lasts: object = 3600, scope: str = "",
        give: Callable[[str], object] = lambda _token: None, tls: ssl.SSLContext | None = None,
    ) -> None:
        self.client = client
        self.secret = secret
        self.lasts = lasts
        self.scope = scope
        self.give = give
        self.given: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.hang = threading.Event()
        self.hangs = False
        self._replies: deque[Reply] = deque()
        self._scheme = "https" if tls else "http"
        self._server = _Server(self)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """The token endpoint."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/token"

    def fail_next(self, status: int, body: str = "") -> None:
        """Answer the next request so."""
        self._replies.append((status, body))

    def __enter__(self) -> TokenServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def reply(self, form: dict[str, str], authorization: str) -> Reply:
        """What a request is answered."""
        self.asked.append(form)
        if self._replies:
            return self._replies.popleft()
        names = (urllib.parse.quote_plus(one) for one in (self.client, self.secret))
        expected = base64.b64encode(":".join(names).encode("ascii")).decode("ascii")
        if authorization != f"Basic {expected}":
            return 401, json.dumps({"error": "invalid_client", "error_description": "geheim!"})
        if form.get("grant_type") != "client_credentials":
            return 400, json.dumps({"error": "unsupported_grant_type"})
        if form.get("scope", "") != self.scope:
            return 400, json.dumps({"error": "invalid_scope"})
        token = secrets.token_urlsafe(24)
        self.given.append(token)
        self.give(token)
        answer = {"access_token": token, "token_type": "Bearer"}
        return 200, json.dumps(answer | ({} if self.lasts is None else {"expires_in": self.lasts}))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tokens: TokenServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tokens = tokens

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
        tokens = self.server.tokens
        if tokens.hangs:
            tokens.hang.wait(30)
            self.close_connection = True
            return
        form = dict(urllib.parse.parse_qsl(raw))
        status, text = 415, ""
        if self.headers.get("Content-Type") == "application/x-www-form-urlencoded":
            status, text = tokens.reply(form, self.headers.get("Authorization", ""))
        body = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
