"""A platform of one page on a site of its own: the tool in a frame, a storage frame beside it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.lti import lms

STORAGE_SCRIPT = """
const stored = new Map();
let asked = 0;
const mode = document.documentElement.dataset.mode;
window.addEventListener("message", (event) => {
  const { subject, message_id, key, value } = event.data;
  if (!["lti.put_data", "lti.get_data"].includes(subject) || event.origin !== "TOOL") return;
  fetch("/note?" + new URLSearchParams({ subject, key, size: String(value ?? "").length }));
  if (mode === "silent") return;
  if (mode === "forgets" && subject === "lti.get_data" && ++asked > 1) return;
  const id = event.origin + key;
  const answer = { subject: subject + ".response", message_id, key };
  if (mode === "full" && subject === "lti.put_data") {
    answer.error = { code: "storage_exhaustion", message: "There is no room." };
  } else if (subject === "lti.put_data") {
    if (value === null) stored.delete(id); else stored.set(id, value);
    answer.value = value;
  } else {
    answer.value = mode === "garbled" ? "another" : stored.get(id) ?? null;
  }
  if (mode === "other-source") parent.passOn(answer);
  else event.source.postMessage(answer, event.origin);
});
"""

PAGE_SCRIPT = """
window.heights = [];
window.addEventListener("message", (event) => {
  if (event.data?.subject === "lti.frameResize") heights.push([event.origin, event.data.height]);
});
window.passOn = (answer) => document.getElementById("tool").contentWindow.postMessage(answer, "*");
"""


@dataclass
class StoringPlatform:
    """Its site is `lms.localhost`; `mode` is how its storage behaves, empty for none at all."""

    port: int = 0
    tool: str = ""
    mode: str = ""
    target: str = "lti_storage"
    noted: list[dict[str, str]] = field(default_factory=list)
    """What reached the storage: subject, key and the value's length."""

    @property
    def address(self) -> str:
        return f"http://lms.localhost:{self.port}"

    def page(self) -> str:
        """The course page."""
        frame = "" if not self.mode else self._storage_frame()
        script = PAGE_SCRIPT
        if self.mode and self.target == "_parent":
            script += STORAGE_SCRIPT.replace("TOOL", self.tool)
        return (
            f'<!doctype html><html lang="en" data-mode="{self.mode}"><title>Course</title>'
            f"<script>{script}</script>"
            f'{frame}<iframe id="tool" title="tool" width="900" height="600" src="/start">'
            f'</iframe><a id="window" href="/start" target="_blank" rel="opener">window</a></html>'
        )

    def _storage_frame(self) -> str:
        if self.target == "_parent":
            return ""
        host = f"http://other.localhost:{self.port}" if self.mode == "other-origin" else ""
        return f'<iframe hidden title="storage" name="{self.target}" src="{host}/storage"></iframe>'

    def storage(self) -> str:
        """The storage frame's document."""
        script = STORAGE_SCRIPT.replace("TOOL", self.tool)
        return f'<!doctype html><html data-mode="{self.mode}"><script>{script}</script></html>'

    def start(self) -> str:
        """The URL that begins a login at the tool."""
        params = {
            "iss": self.address,
            "client_id": lms.CLIENT_ID,
            "login_hint": "42",
            "target_link_uri": f"{self.tool}/",
        }
        if self.mode:
            params["lti_storage_target"] = self.target
        return f"{self.tool}/lti/login?{urlencode(params)}"

    def answer(self, asked: dict[str, str]) -> str:
        """The page that posts the launch message."""
        message = lms.message(
            asked["nonce"], f"{self.tool}/", iss=self.address, locale="en",
            launch_presentation={"locale": "en", "document_target": "iframe"},
        )  # fmt: skip
        fields = {"state": asked["state"], "id_token": lms.sign(message)}
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in fields.items()
        )
        return (
            f'<!doctype html><form method="post" action="{self.tool}/lti/launch">{inputs}'
            "<button>Go on</button></form><script>document.forms[0].submit()</script>"
        )

    def answer_to(self, path: str) -> tuple[str, str]:
        """Content type and body of a path; an empty type for a redirect."""
        parts = urlsplit(path)
        if parts.path == "/start":
            return "", self.start()
        if parts.path == "/auth":
            return "text/html", self.answer(dict(parse_qsl(parts.query)))
        if parts.path == "/note":
            self.noted.append(dict(parse_qsl(parts.query)))
            return "text/plain", "noted"
        if parts.path == "/keys":
            return "application/json", json.dumps({"keys": [lms.public(lms.key("kid-1"))]})
        return "text/html", self.storage() if parts.path == "/storage" else self.page()


@contextmanager
def serve_platform() -> Iterator[StoringPlatform]:
    """Serve a platform at lms.localhost."""
    platform = StoringPlatform()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = platform.answer_to(self.path)
            self.send_response(200 if kind else 302)
            if kind:
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
            else:
                self.send_header("Location", body)
            content = body.encode() if kind else b""
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    platform.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
