"""Platforms that register tools, on this machine: Moodle as it was captured, and a Canvas."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
LTI = "https://purl.imsglobal.org/spec/"
CAPTURED = "http://127.0.0.1:8100"

Answer = tuple[int, str, str]
"""Status, content type, body."""


@dataclass
class Platform:
    """A platform that listens; `asked` are the registrations that came, in their order."""

    url: str
    path: str
    document: dict[str, Any]
    answer: Callable[[dict[str, Any]], Answer]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    asked: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    pause: float = 0.0

    @property
    def configuration_url(self) -> str:
        return self.url + self.path

    @property
    def query(self) -> str:
        """What the platform adds to the address that it opens."""
        return urlencode(
            {"openid_configuration": self.configuration_url, "registration_token": self.token}
        )


class _Handler(BaseHTTPRequestHandler):
    platform: Platform

    def do_GET(self) -> None:
        if self.path != self.platform.path:
            return self._say((404, "text/html", "<h1>Not here</h1>"))
        self.platform.read += 1
        if self.headers.get("Authorization") != f"Bearer {self.platform.token}":
            return self._say((401, "application/json", '{"error":"invalid_token"}'))
        return self._say((200, "application/json", json.dumps(self.platform.document)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if f"{self.platform.url}{self.path}" != self.platform.document["registration_endpoint"]:
            return self._say((404, "text/html", "<h1>Not here</h1>"))
        if self.headers.get("Authorization") != f"Bearer {self.platform.token}":
            return self._say((401, "application/json", '{"error":"invalid_token"}'))
        if self.headers.get("Content-Type") != "application/json":
            return self._say((415, "text/plain", "JSON, please"))
        request = json.loads(body)
        self.platform.asked.append(request)
        threading.Event().wait(self.platform.pause)
        return self._say(self.platform.answer(request))

    def _say(self, answer: Answer) -> None:
        status, kind, text = answer
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _serve(make: Callable[[str], Platform]) -> Iterator[Platform]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    platform = make(f"http://127.0.0.1:{server.server_address[1]}")
    handler.platform = platform  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@contextlib.contextmanager
def serve_moodle(captures: Path, number: str = "004") -> Iterator[Platform]:
    """The Moodle 4.5 of the captures: its configuration, its demands, its answer.

    `captures` is the folder of the captures; the answer is that of registration `number`,
    with what a Moodle takes over from the request, and its misreports as they were.
    """
    before = f"{int(number) - 1:03}"
    document = json.loads((captures / f"{before}_openid_configuration.json").read_text())
    captured = json.loads((captures / f"{number}_dynamic_registration.json").read_text())

    def make(url: str) -> Platform:
        here = json.loads(json.dumps(document).replace(CAPTURED, url))
        return Platform(
            url=url,
            path="/mod/lti/openid-configuration.php",
            document=here,
            answer=lambda request: _answer_as_moodle(request, captured["response"]),
        )

    with _serve(make) as platform:
        yield platform


def _answer_as_moodle(request: dict[str, Any], captured: dict[str, Any]) -> Answer:
    tool = request.get(TOOL, {})
    required = ("initiate_login_uri", "redirect_uris", "client_name", "jwks_uri")
    missing = [name for name in required if not request.get(name)]
    host = str(tool.get("target_link_uri", "")).partition("://")[2].partition("/")[0]
    if missing or "id_token" not in request.get("response_types", []):
        return 400, "text/html", f"missing_registration_error: {missing}"
    if request.get("token_endpoint_auth_method") != "private_key_jwt":
        return 400, "text/html", "unsupported_auth_method"
    if not tool.get("domain") or tool["domain"] != host:
        return 400, "text/html", "domain_targetlinkuri_mismatch"
    kept = ("jwks_uri", "initiate_login_uri", "redirect_uris", "client_name")
    answer = {**captured, **{name: request[name] for name in kept}}
    answer[TOOL] = {**captured[TOOL], "target_link_uri": tool["target_link_uri"]}
    return 200, "application/json", json.dumps(answer)


@contextlib.contextmanager
def serve_canvas(*, errors: int = 0, deployment: str | None = "189:7f95") -> Iterator[Platform]:
    """A Canvas-shaped platform: `errors` times status 422 first, then a client id."""
    left = [errors]

    def answer(request: dict[str, Any]) -> Answer:
        if left[0]:
            left[0] -= 1
            told = {"errors": [{"field": "scope", "message": "is not <b>allowed</b> here"}]}
            return 422, "application/json", json.dumps(told)
        made: dict[str, Any] = {**request, "client_id": 10000000000042}
        if deployment is not None:
            made["deployment_id"] = deployment
        return 200, "application/json", json.dumps(made)

    def make(url: str) -> Platform:
        document = {
            "issuer": url,
            "authorization_endpoint": f"{url}/api/lti/authorize_redirect",
            "registration_endpoint": f"{url}/api/lti/registrations",
            "jwks_uri": f"{url}/api/lti/security/jwks",
            "token_endpoint": f"{url}/login/oauth2/token",
            "scopes_supported": [
                f"{LTI}lti-ags/scope/lineitem",
                f"{LTI}lti-ags/scope/score",
                f"{LTI}lti-nrps/scope/contextmembership.readonly",
                "https://canvas.instructure.com/lti/public_jwk/scope/update",
            ],
            "claims_supported": ["sub", "picture", "email", "name"],
            PLATFORM: {
                "product_family_code": "canvas",
                "version": "OpenSource",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest", "placements": ["course_navigation"]},
                    {
                        "type": "LtiDeepLinkingRequest",
                        "placements": ["assignment_selection", "link_selection", "editor_button"],
                    },
                ],
                "variables": ["Canvas.user.id"],
                "https://canvas.instructure.com/lti/account_name": "Northwind School",
            },
        }
        path = "/api/lti/security/openid-configuration"
        return Platform(url=url, path=path, document=document, answer=answer)

    with _serve(make) as platform:
        yield platform
