"""A tool as far as an LMS meets it: a server with its public keys, and what it signs."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from examples.mini_lms import Tool
from examples.mini_lms.keys import SigningKey

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


@dataclass
class LocalTool:
    """A tool on 127.0.0.1; `asked` counts how often its keys were fetched."""

    url: str
    key: SigningKey
    now: Callable[[], datetime]
    status: int = 200
    asked: int = 0

    def registration(self, **changes: object) -> Tool:
        """How an LMS knows it."""
        known: dict[str, object] = {
            "client_id": "client-1", "deployment_id": "1", "login_url": f"{self.url}/login",
            "redirect_urls": (f"{self.url}/launch",), "target_link_uri": f"{self.url}/launch",
            "jwks_url": f"{self.url}/jwks.json", "name": "The tool",
        }
        return Tool(**known | changes)

    def seconds(self, offset: int = 0) -> int:
        """The time, moved."""
        return int(self.now().timestamp()) + offset

    def assertion(self, audience: str, **changes: object) -> str:
        """A client assertion for the token endpoint."""
        return self.key.sign({
            "iss": "client-1", "sub": "client-1", "aud": audience, "iat": self.seconds(),
            "exp": self.seconds(60), "jti": secrets.token_hex(8)} | changes)

    def response(self, audience: str, items: list[object], **changes: object) -> str:
        """A deep-linking response; a change to None leaves the claim out."""
        claims = {
            "iss": "client-1", "aud": audience, "iat": self.seconds(), "exp": self.seconds(60),
            "nonce": secrets.token_hex(8), LTI + "deployment_id": "1",
            LTI + "message_type": "LtiDeepLinkingResponse", LTI + "version": "1.3.0",
            DL + "content_items": items} | changes
        return self.key.sign({name: value for name, value in claims.items()
                              if value is not None})


@contextlib.contextmanager
def serve_tool(key: SigningKey, now: Callable[[], datetime]) -> Iterator[LocalTool]:
    """A tool that serves its keys until the end of the block."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tool.asked += 1
            body = json.dumps(tool.key.key_set()).encode()
            self.send_response(tool.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    tool = LocalTool(f"http://127.0.0.1:{server.server_port}", key, now)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield tool
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
