"""A web server on 127.0.0.1 that answers, path by path, what a test tells it to."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The address without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True)
class Page:
    """An answer.

    With an `ETag` or `Last-Modified` among its headers it is not sent again to whoever has it.
    `raw` is sent as it is instead of everything else, and the connection closed; `pieces` are
    sent one after the other as a body without length, until the client leaves.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    raw: bytes | None = None
    pieces: Callable[[], Iterable[bytes]] | None = None


Answer = Page | Callable[[Asked], Page]


@dataclass
class Web:
    """`say` sets what a path answers; `asked` is all that came."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def say(self, path: str, *answers: Answer | bytes) -> str:
        """Answer `path` (whatever its query) with these in turn, the last one for good; its URL."""
        self.answers[path] = [Page(one) if isinstance(one, bytes) else one for one in answers]
        return self.url + path

    def send_on(self, path: str, target: str, status: int = 302) -> str:
        """Redirect a path; its URL."""
        return self.say(path, Page(status=status, headers={"Location": target}))

    def next_for(self, asked: Asked) -> Page:
        """What is answered to a request."""
        waiting = self.answers.get(asked.path)
        if not waiting:
            return Page(b"<html>no such page</html>", 404)
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        page = answer if isinstance(answer, Page) else answer(asked)
        headers = {name.lower(): value for name, value in page.headers.items()}
        wanted = asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")
        has = headers.get("etag"), headers.get("last-modified")
        known = any(given and given == held for given, held in zip(wanted, has, strict=True))
        return Page(status=304, headers=page.headers) if known else page


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    web: Web

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(length))
        self.web.asked.append(asked)
        page = self.web.next_for(asked)
        self.web.ended.wait(page.wait)
        with contextlib.suppress(OSError):
            self._send(page)

    do_GET = do_POST = answer  # noqa: N815 - the names that http.server looks for

    def _send(self, page: Page) -> None:
        if page.raw is not None:
            self.close_connection = True
            self.wfile.write(page.raw)
            return
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.pieces is not None:
            self.close_connection = True
            self.end_headers()
            for piece in page.pieces():
                if self.web.ended.is_set():
                    return
                self.wfile.write(piece)
            return
        if page.status != 304:
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, *args: object) -> None:
        return


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust us, or has enough, hangs up."""


@contextlib.contextmanager
def serve_web(certificate: Path | None = None) -> Iterator[Web]:
    """Such a server on a free port, over TLS with a certificate, until the end of the block."""
    web = Web()
    handler = type("Handler", (_Handler,), {"web": web})
    server = _Server(("127.0.0.1", 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        web.url = f"https://localhost:{server.server_port}"
    else:
        web.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        web.ended.set()
        server.shutdown()
        thread.join(5)
        server.server_close()


def slowly(pieces: Iterable[bytes], pause: float) -> Callable[[], Iterator[bytes]]:
    """These pieces with a pause before each."""

    def drip() -> Iterator[bytes]:
        for piece in pieces:
            time.sleep(pause)
            yield piece

    return drip
