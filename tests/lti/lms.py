"""A platform in the test: it signs launch messages and serves its keys on 127.0.0.1."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from lti_tool.lti import claims

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ISSUER = "https://lms.example.org"
CLIENT_ID = "client-1"
DEPLOYMENT_ID = "7"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
GONE = object()
"""As a claim's value: the claim is left out."""


@functools.cache
def key(kid: str, bits: int = 2048) -> JWK:
    """A private key of the platform; the same one each time it is named."""
    return JWK.generate(kty="RSA", size=bits, kid=kid)


@functools.cache
def curve_key(kid: str, curve: str = "P-256") -> JWK:
    """A private key on an elliptic curve; the same one each time it is named."""
    return JWK.generate(kty="EC", crv=curve, kid=kid)


def public(private: JWK, **members: str) -> dict[str, object]:
    """The public half as it stands in a key set."""
    return {**json.loads(private.export_public()), "use": "sig", "alg": "RS256", **members}


def message(nonce: str, target: str, /, **changes: object) -> dict[str, object]:
    """A good resource link message; `changes` replace claims by short or full name."""
    seconds = int(NOW.timestamp())
    body: dict[str, object] = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "sub": "user-42",
        "nonce": nonce,
        "iat": seconds,
        "exp": seconds + 60,
        claims.MESSAGE_TYPE: "LtiResourceLinkRequest",
        claims.VERSION: "1.3.0",
        claims.DEPLOYMENT_ID: DEPLOYMENT_ID,
        claims.TARGET_LINK_URI: target,
        claims.RESOURCE_LINK: {"id": "link-3", "title": "Needle"},
        claims.ROLES: [ROLE + "Learner"],
        claims.CONTEXT: {"id": "course-5", "label": "C5", "title": "Talking about work"},
        claims.LAUNCH_PRESENTATION: {"locale": "nl", "document_target": "iframe"},
    }
    for name, value in changes.items():
        plain = name in body or "/" in name or name in ("azp", "nbf", "locale")
        body[name if plain else claims.LTI + name] = value
    return {name: value for name, value in body.items() if value is not GONE}


def deep_linking(**changes: object) -> dict[str, object]:
    """What makes a message a good deep linking request; `changes` are of its settings."""
    asked: dict[str, object] = {
        "deep_link_return_url": "https://lms.example.org/return?course=5&sesskey=SECRET",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
    }
    asked.update(changes)
    return {
        "message_type": "LtiDeepLinkingRequest",
        "resource_link": GONE,
        "roles": [ROLE + "Instructor"],
        claims.DEEP_LINKING_SETTINGS: {k: v for k, v in asked.items() if v is not GONE},
    }


def review(**changes: object) -> dict[str, object]:
    """What makes a message a good submission review; `changes` are of its `for_user`."""
    return {
        "message_type": "LtiSubmissionReviewRequest",
        "roles": [ROLE + "Instructor"],
        "for_user": {"user_id": "user-13", **changes},
    }


def sign(body: object, private: JWK | None = None, **header: object) -> str:
    """The message as a signed token; `header` replaces what stands in its header."""
    private = private or key("kid-1")
    full = {"alg": "RS256", "kid": private["kid"], "typ": "JWT", **header}
    token = JWS(json.dumps(body))
    protected = json.dumps({k: v for k, v in full.items() if v is not GONE})
    token.add_signature(private, protected=protected)
    return str(token.serialize(compact=True))


def query(location: str) -> dict[str, str]:
    """The parameters of a redirect."""
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))


@dataclass
class KeySetServer:
    """What the platform's key-set address does; tests change it while it runs."""

    url: str = ""
    asked: int = 0
    keys: list[dict[str, object]] = field(default_factory=lambda: [public(key("kid-1"))])
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False
    missing: int = 0
    """Bytes that the answer announces and does not send."""
    pause: float = 0.0
    """Seconds before each part of the answer, which then comes in small parts."""


@contextlib.contextmanager
def serve_key_set() -> Iterator[KeySetServer]:
    """A key-set server on a free port of 127.0.0.1."""
    state = KeySetServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked += 1
            body = state.body
            if body is None:
                body = json.dumps({"keys": state.keys}).encode()
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.answer(body)

        def answer(self, body: bytes) -> None:
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            if state.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(body) + state.missing))
            self.send_header("Connection", "close")
            self.end_headers()
            size = 64 if state.pause else len(body) or 1
            for start in range(0, len(body), size):
                time.sleep(state.pause)
                part = body[start : start + size]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if state.chunked else part)
                self.wfile.flush()
            if state.chunked:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/keys"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def later(**span: float) -> datetime:
    """A moment after `NOW`."""
    return NOW + timedelta(**span)
