"""A local repository of OAI-PMH whose records are made when they are asked for.

`python -m tests.servers.oai --records 100000` serves one until Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

MADE = datetime(2026, 1, 1, tzinfo=UTC)
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
LOM = "http://ltsc.ieee.org/xsd/LOM"

_SCHEMA = "http://www.openarchives.org/OAI/2.0/"
_WORDS = "A short piece about what to say first, what to leave for later, and how to listen. "

DC = """<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" \
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>\
<dc:identifier>https://repository.example/item/{number}</dc:identifier>\
<dc:description>{description}</dc:description><dc:subject>Listening</dc:subject>\
<dc:language>eng</dc:language><dc:type>Text</dc:type><dc:date>2026-01-02</dc:date>\
<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights></oai_dc:dc>"""

LOM_RECORD = """<l:lom xmlns:l="http://ltsc.ieee.org/xsd/LOM"><l:general><l:title>\
<l:string language="nl">Stuk {number}</l:string><l:string language="en">{title}</l:string>\
</l:title><l:language>eng</l:language><l:description><l:string language="en">{description}\
</l:string></l:description></l:general><l:technical><l:format>video/mp4</l:format>\
<l:location>https://repository.example/item/{number}</l:location></l:technical><l:educational>\
<l:typicalLearningTime><l:duration>PT{minutes}M</l:duration></l:typicalLearningTime>\
</l:educational></l:lom>"""


@dataclass
class Repository:
    """What a repository holds, and how it behaves; a test may change either at any time.

    Records are numbered from 0 and were made one second apart. `changed` gives the time at
    which a record was changed last and its title; `deleted` when it was deleted. `tokens_last`
    is how many requests a token lives. Of `answers` the first is given instead of the next
    answer: a status, headers and a body. `mend` may rewrite every answer.
    """

    records: int
    page: int = 100
    formats: tuple[tuple[str, str], ...] = (("oai_dc", OAI_DC),)
    keeps_deleted: str = "persistent"
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    now: datetime = MADE + timedelta(days=300)
    set_name: str = ""
    changed: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    deleted: dict[int, datetime] = field(default_factory=dict)
    tokens_last: int = 1_000_000
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    mend: Callable[[dict[str, str], bytes], bytes] | None = None
    requests: list[dict[str, str]] = field(default_factory=list)

    def answer(self, asked: dict[str, str]) -> bytes:
        """The answer to one request."""
        verb = asked.get("verb", "")
        if verb == "Identify":
            body = self._identify()
        elif verb == "ListMetadataFormats":
            body = "".join(
                f"<metadataFormat><metadataPrefix>{name}</metadataPrefix>"
                f"<metadataNamespace>{uri}</metadataNamespace></metadataFormat>"
                for name, uri in self.formats
            )
            body = f"<ListMetadataFormats>{body}</ListMetadataFormats>"
        elif verb == "ListRecords":
            body = self._list(asked)
        else:
            body = _error("badVerb", "no such verb")
        answered = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        attributes = "".join(f' {name}="{escape(v)}"' for name, v in asked.items() if '"' not in v)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{_SCHEMA}">'
            f"<responseDate>{answered}</responseDate><request{attributes}>http://x</request>"
            f"{body}</OAI-PMH>"
        ).encode()

    def _identify(self) -> str:
        return (
            "<Identify><repositoryName>A library</repositoryName><protocolVersion>2.0"
            f"</protocolVersion><deletedRecord>{self.keeps_deleted}</deletedRecord>"
            f"<granularity>{self.granularity}</granularity></Identify>"
        )

    def _list(self, asked: dict[str, str]) -> str:
        token = asked.get("resumptionToken")
        if token is not None:
            parts = token.split("!")
            age = len(self.requests) - int(parts[3]) if len(parts) == 4 else self.tokens_last
            if age >= self.tokens_last:
                return _error("badResumptionToken", "it has expired")
            prefix, since, first = parts[0], parts[1], int(parts[2])
        else:
            prefix, since, first = asked.get("metadataPrefix", ""), asked.get("from", ""), 0
            if len(since) > 10 and "hh" not in self.granularity:
                return _error("badArgument", "the granularity is a day")
            if asked.get("set", "") not in ("", self.set_name):
                return _error("noRecordsMatch", "no such set")
        if prefix not in dict(self.formats):
            return _error("cannotDisseminateFormat", "no such format")
        numbers = self._numbers(since)
        if not numbers:
            return _error("noRecordsMatch", "nothing")
        shown = numbers[first : first + self.page]
        lom = dict(self.formats)[prefix] == LOM
        body = "".join([self.record(number, lom=lom) for number in shown])
        rest = f"{prefix}!{since}!{first + self.page}!{len(self.requests)}"
        more = rest if first + self.page < len(numbers) else ""
        counts = f'completeListSize="{len(numbers)}" cursor="{first}"'
        token_element = f"<resumptionToken {counts}>{more}</resumptionToken>"
        if not more and not first:
            token_element = ""  # a list of one page has no token
        return f"<ListRecords>{body}{token_element}</ListRecords>"

    def _numbers(self, since: str) -> range | list[int]:
        if not since:
            return range(self.records)
        bound = datetime.fromisoformat(since)
        bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
        touched = {number for number in {*self.changed, *self.deleted}
                   if self.stamp(number) >= bound}  # fmt: skip
        first = max(0, int((bound - MADE).total_seconds()))
        return sorted(touched | set(range(first, self.records)))

    def stamp(self, number: int) -> datetime:
        """When a record was made, changed or deleted last."""
        if number in self.deleted:
            return self.deleted[number]
        if number in self.changed:
            return self.changed[number][0]
        return MADE + timedelta(seconds=number)

    def record(self, number: int, *, lom: bool) -> str:
        """One record."""
        deleted = number in self.deleted
        stamp = self.stamp(number).strftime("%Y-%m-%dT%H:%M:%SZ")
        status = ' status="deleted"' if deleted else ""
        header = (f"<header{status}><identifier>oai:repository.example:{number}</identifier>"
                  f"<datestamp>{stamp}</datestamp></header>")  # fmt: skip
        if deleted:
            return f"<record>{header}</record>"
        title = self.changed[number][1] if number in self.changed else f"Piece {number}"
        metadata = (LOM_RECORD if lom else DC).format(
            number=number, title=escape(title), description=_WORDS * 3, minutes=number % 50 + 1
        )
        return f"<record>{header}<metadata>{metadata}</metadata></record>"


def _error(code: str, words: str) -> str:
    return f'<error code="{code}">{words}</error>'


class OaiServer(ThreadingHTTPServer):
    """The server at `url`; its repository may change while it answers."""

    daemon_threads = True

    def __init__(self, repository: Repository, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.repository = repository
        self.url = f"http://127.0.0.1:{self.server_address[1]}/oai"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no fault of the server; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: OaiServer
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def do_GET(self) -> None:
        repository = self.server.repository
        asked = dict(parse_qsl(urlsplit(self.path).query))
        repository.requests.append(asked)
        status, headers, body = 200, {"Content-Type": "text/xml; charset=utf-8"}, b""
        if repository.answers:
            status, headers, body = repository.answers.pop(0)
        else:
            body = repository.answer(asked)
            if repository.mend is not None:
                body = repository.mend(asked, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@contextmanager
def serve_oai(repository: Repository) -> Iterator[OaiServer]:
    """The server, answering in a thread until the end of the block."""
    server = OaiServer(repository)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A repository of OAI-PMH for trying things.")
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--page", type=int, default=100)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    server = OaiServer(Repository(options.records, options.page), options.port)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stdout.write("ended\n")
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
