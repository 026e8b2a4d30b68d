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
import urllib.parse
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from tests.servers.serving import QuietServer, Serving

Reply = tuple[int, str]


class TokenServer(Serving):
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
        self.hangs = False
        self._replies: deque[Reply] = deque()
        self._scheme = "https" if tls else "http"
        super().__init__(_Server(self), tls)

    @property
    def url(self) -> str:
        """The token endpoint."""
        return f"{self._scheme}://{self.place}/token"

    def fail_next(self, status: int, body: str = "") -> None:
        """Answer the next request so."""
        self._replies.append((status, body))

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


class _Server(QuietServer):
    def __init__(self, tokens: TokenServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tokens = tokens


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
            tokens.stopping.wait(30)
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
