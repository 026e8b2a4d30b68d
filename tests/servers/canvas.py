"""A local server that answers like Canvas's REST API, and another like the host of its files.

By hand:

    python -m tests.servers.canvas --port 8200 --token T
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

TOKEN = "7~AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
CHANGED = "2026-10-01T08:00:00Z"
LATER = "2030-01-01T00:00:00Z"
BEFORE = "2020-01-01T00:00:00Z"

Json = dict[str, Any]


@dataclass
class Course:
    """A course: its own entry, its modules with their items, and its content by list."""

    entry: Json
    modules: list[Json] = field(default_factory=list)
    pages: list[Json] = field(default_factory=list)
    assignments: list[Json] = field(default_factory=list)
    quizzes: list[Json] = field(default_factory=list)
    discussion_topics: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)

    def item(self, identifier: int) -> Json:
        """The item of that id, to be changed in place."""
        return next(i for m in self.modules for i in m["items"] if i["id"] == identifier)

    def module(self, identifier: int) -> Json:
        """The module of that id, to be changed in place."""
        return next(m for m in self.modules if m["id"] == identifier)


@dataclass
class Answered:
    """An answer that is given as it is."""

    status: int = 200
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    """What the Canvas holds, and how it behaves; tests may change both between requests.

    `is_admin`: the token's account may list the courses of the whole Canvas; `teaches`: it sees
    what is not published, and which that is. `large` are modules whose items are left out of the
    list of modules. `refused` are paths that answer 401, `instead` paths with an answer of their
    own; `first` are answers given before anything else, once each. `lists_bodies`: pages can be
    listed with their bodies. `requests` are the paths asked for, `seen` the headers with them,
    `files_seen` the headers that reached the host of the files.
    """

    def __init__(self) -> None:
        self.token = TOKEN
        self.is_admin = True
        self.teaches = True
        self.lists_bodies = True
        self.courses: dict[int, Course] = {}
        self.own: set[int] = set()
        self.enrolled: dict[int, list[int]] = {}
        self.permissions = dict.fromkeys(
            ("read_course_list", "read_course_content", "read_roster"), True
        )
        self.stored: dict[int, bytes] = {}
        self.large: set[int] = set()
        self.refused: set[str] = set()
        self.instead: dict[str, Answered] = {}
        self.first: list[Answered] = []
        self.remaining = "700.0"
        self.files_fail = 0
        self.requests: list[str] = []
        self.seen: list[dict[str, str]] = []
        self.files_seen: list[dict[str, str]] = []

    def asked(self, path: str) -> int:
        """How often that path was asked for."""
        return self.requests.count(path)

    def answer(self, path: str, query: list[tuple[str, str]], url: str) -> Any:
        """The JSON at a path below `/api/v1/`; None where there is nothing."""
        match path.split("/"):
            case ["users", "self"]:
                return {"id": 1, "name": "Needle"}
            case ["users", person] if person.isdigit() and int(person) in self.enrolled:
                return {"id": int(person), "name": "Robin Example"}
            case ["accounts", "5"]:
                return {"id": 5, "name": "Academy"}
            case ["users", person, "courses"] if person.isdigit():
                if int(person) not in self.enrolled:
                    return None
                return [self.courses[one].entry for one in self.enrolled[int(person)]]
            case ["accounts", _, "permissions"]:
                return self.permissions
            case ["accounts", account, "courses"] if account in ("self", "5"):
                return [course.entry for course in self.courses.values()]
            case ["courses"]:
                return [self.courses[one].entry for one in sorted(self.own)]
            case ["courses", course, *rest] if course.isdigit() and int(course) in self.courses:
                return self._of_course(self.courses[int(course)], rest, query, url)
            case _:
                return None

    def _of_course(
        self, course: Course, rest: list[str], query: list[tuple[str, str]], url: str
    ) -> Any:
        include = {value for name, value in query if name == "include[]"}
        match rest:
            case []:
                return course.entry
            case ["modules"]:
                return [self._module(course, m, include, url) for m in self._shown(course.modules)]
            case ["modules", module, "items"]:
                return self._items(course, course.module(int(module)), include, url)
            case ["pages"]:
                with_body = "body" in include and self.lists_bodies
                return [_page(one, with_body=with_body) for one in self._shown(course.pages)]
            case ["pages", *address]:
                wanted = [p for p in course.pages if p["url"] == "/".join(address)]
                return _page(wanted[0], with_body=True) if wanted else None
            case ["files"]:
                return [one | {"url": self._file_url(one, url)} for one in course.files]
            case [name] if name in ("assignments", "quizzes", "discussion_topics"):
                return self._shown(getattr(course, name))
            case _:
                return None

    def _shown(self, some: list[Json]) -> list[Json]:
        return [one for one in some if self.teaches or one.get("published") is not False]

    def _module(self, course: Course, module: Json, include: set[str], url: str) -> Json:
        address = f"{url}/api/v1/courses/{course.entry['id']}/modules/{module['id']}/items"
        answer = {name: value for name, value in module.items() if name != "items"}
        answer |= {"items_count": len(module["items"])}
        answer.setdefault("items_url", address)
        if not self.teaches:
            answer.pop("published", None)
        if "items" in include and module["id"] not in self.large:
            answer["items"] = self._items(course, module, include, url)
        return answer

    def _items(self, course: Course, module: Json, include: set[str], url: str) -> list[Json]:
        return [
            self._item(course, module, item, include, url) for item in self._shown(module["items"])
        ]

    def _item(self, course: Course, module: Json, item: Json, include: set[str], url: str) -> Json:
        answer = item | {"module_id": module["id"], "indent": 0}
        if item["type"] != "SubHeader":
            answer["html_url"] = f"{url}/courses/{course.entry['id']}/modules/items/{item['id']}"
        if "content_details" not in include:
            answer.pop("content_details", None)
        if not self.teaches:
            answer.pop("published", None)
        return answer

    def _file_url(self, file: Json, url: str) -> str:
        # The verifier is new each time, as those of some hosts are.
        return f"{url}/files/{file['id']}/download?download_frd=1&verifier={len(self.requests)}"


def _page(page: Json, *, with_body: bool) -> Json:
    answer = page | {"last_edited_by": {"id": 9, "display_name": "Robin Example"}}
    if not with_body:
        answer.pop("body", None)
    return answer


def entry(identifier: int, name: str, **values: Any) -> Json:
    """A course as its lists give it."""
    return {
        "id": identifier, "name": name, "account_id": 5, "workflow_state": "available",
        "is_public": False, "is_public_to_auth_users": False, "license": "private",
        "start_at": None, "end_at": None, "restrict_enrollments_to_course_dates": False,
        "concluded": False,
    } | values  # fmt: skip


def module(identifier: int, name: str, *items: Json, **values: Any) -> Json:
    """A module with its items."""
    return {
        "id": identifier, "name": name, "position": identifier, "unlock_at": None,
        "require_sequential_progress": False, "prerequisite_module_ids": [], "published": True,
        "items": list(items),
    } | values  # fmt: skip


def item(identifier: int, sort: str, title: str, content: int | str = 0, **values: Any) -> Json:
    """An item of a module; `content` is an id, or the address of a page."""
    answer = {"id": identifier, "type": sort, "title": title, "published": True,
              "content_details": {"locked_for_user": False}}  # fmt: skip
    if sort == "Page":
        answer["page_url"] = content
    elif content:
        answer["content_id"] = content
    return answer | values


def page(address: str, title: str, body: str, **values: Any) -> Json:
    """A page of a course."""
    return {"page_id": sum(address.encode()), "url": address, "title": title, "body": body,
            "published": True, "updated_at": CHANGED} | values  # fmt: skip


def file(identifier: int, name: str, media_type: str, data: bytes, **values: Any) -> Json:
    """A file of a course; its bytes are stored apart."""
    return {"id": identifier, "display_name": name, "filename": name, "content-type": media_type,
            "size": len(data), "updated_at": CHANGED, "modified_at": CHANGED, "locked": False,
            "hidden": False, "locked_for_user": False} | values  # fmt: skip


class CanvasServer(ThreadingHTTPServer):
    """The server; `url` is the address of its Canvas, `files_url` that of its files."""

    daemon_threads = True

    def __init__(self, site: Site, files_url: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = site
        self.files_url = files_url
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no fault of the server; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def send(self, answered: Answered) -> None:
        data = answered.body.encode() if isinstance(answered.body, str) else answered.body
        self.send_response(answered.status)
        headers = {"content-type": "application/json; charset=utf-8"} | dict(answered.headers)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


class _Handler(_Quiet):
    server: CanvasServer

    def do_GET(self) -> None:
        site = self.server.site
        address = urlsplit(self.path)
        path = unquote(address.path)
        site.requests.append(path)
        site.seen.append(dict(self.headers.items()))
        self.send(self._answered(site, path, parse_qsl(address.query, keep_blank_values=True)))

    def _answered(self, site: Site, path: str, query: list[tuple[str, str]]) -> Answered:
        if not self.headers.get("User-Agent"):
            return Answered(403, "403 Forbidden (Missing User-Agent)")
        if site.first:
            return site.first.pop(0)
        if path in site.instead:
            return site.instead[path]
        if self.headers.get("Authorization") != f"Bearer {site.token}":
            return Answered(401, '{"errors":[{"message":"Invalid access token."}]}',
                            {"WWW-Authenticate": 'Bearer realm="canvas-lms"'})  # fmt: skip
        if path.startswith("/files/"):
            number = path.split("/")[2]
            return Answered(302, "", {"Location": f"{self.server.files_url}/{number}?signed=yes"})
        is_account = path.startswith("/api/v1/accounts/")
        if path in site.refused or (is_account and not site.is_admin):
            return Answered(401, '{"status":"unauthorized","errors":[{"message":"not you"}]}')
        answer = site.answer(path.removeprefix("/api/v1/"), query, self.server.url)
        if answer is None:
            return Answered(404, '{"errors":[{"message":"There is no such thing."}]}')
        return self._listed(path, query, answer)

    def _listed(self, path: str, query: list[tuple[str, str]], answer: Any) -> Answered:
        headers = {"x-rate-limit-remaining": self.server.site.remaining, "x-request-cost": "0.1"}
        if isinstance(answer, list):
            given = dict(query)
            size = min(int(given.get("per_page", "10") or 10), 100)
            start = _start(given.get("page", ""))
            later = [(name, value) for name, value in query if name != "page"]
            links = [_link(f"{self.server.url}{path}", [*later, ("page", "first")], "first")]
            if start + size < len(answer):
                mark = base64.urlsafe_b64encode(str(start + size).encode()).decode()
                more = [*later, ("page", f"bookmark:{mark}")]
                links.insert(0, _link(f"{self.server.url}{path}", more, "next"))
            headers["link"] = ",".join(links)
            answer = answer[start : start + size]
        if "canvas-string-ids" in self.headers.get("Accept", ""):
            answer = _with_text_ids(answer)
        return Answered(200, json.dumps(answer), headers)


class _Files(_Quiet):
    server: _FilesServer

    def do_GET(self) -> None:
        site = self.server.site
        site.files_seen.append(dict(self.headers.items()))
        if site.files_fail:
            site.files_fail -= 1
            self.send(Answered(503, "busy"))
            return
        number = int(urlsplit(self.path).path.strip("/"))
        self.send(Answered(200, site.stored[number], {"content-type": "application/octet-stream"}))


class _FilesServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Files)
        self.site = site
        # Another name than the Canvas's, as a host of files has.
        self.url = f"http://localhost:{self.server_address[1]}"


def _start(mark: str) -> int:
    if not mark.startswith("bookmark:"):
        return 0
    return int(base64.urlsafe_b64decode(mark.removeprefix("bookmark:")))


def _link(address: str, query: list[tuple[str, str]], relation: str) -> str:
    return f'<{address}?{urlencode(query)}>; rel="{relation}"'


def _with_text_ids(answer: Any) -> Any:
    """Ids as text, as Canvas writes them for those who ask so."""
    if isinstance(answer, list):
        return [_with_text_ids(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: _id_text(value) if name == "id" or name.endswith(("_id", "_ids"))
        else _with_text_ids(value)
        for name, value in answer.items()
    }  # fmt: skip


def _id_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_id_text(one) for one in value]
    return str(value) if isinstance(value, int) else value


@contextmanager
def serve(site: Site, port: int = 0) -> Iterator[CanvasServer]:
    """Both servers, answering in threads until the end of the block."""
    files = _FilesServer(site)
    canvas = CanvasServer(site, files.url, port)
    threads = [
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.05})
        for one in (files, canvas)
    ]
    for thread in threads:
        thread.start()
    try:
        yield canvas
    finally:
        for server, thread in zip((files, canvas), threads, strict=True):
            server.shutdown()
            thread.join(timeout=10)
            server.server_close()


def academy() -> Site:
    """A small academy: four courses with 22 items that are no headers or tools, 12 open."""
    site = Site()
    site.courses = {101: _onboarding(site), 102: _library(), 103: _draft(), 104: _over()}
    site.own = {101}
    site.enrolled = {7: [101, 102], 8: []}
    return site


def _onboarding(site: Site) -> Course:
    parcels = b"Call reception before you open a parcel that nobody expects. "
    handbook = b"The handbook.\n\n" + 40 * parcels
    site.stored = {31: handbook, 32: b"\x00\x01 no text"}
    return Course(
        entry(101, "Onboarding &amp; safety", locale="en-GB-x-ukhe"),
        modules=[
            module(
                1, "Welcome",
                item(1000, "SubHeader", "Read first"),
                item(1001, "Page", "Welcome to us", "welcome"),
                item(1002, "Page", "Fire drill", "fire-drill", published=False),
                item(1003, "File", "Handbook", 31),
                item(1020, "SubHeader", "Watch"),
                item(1004, "ExternalUrl", "The tour", external_url="https://youtu.be/abc"),
                item(1005, "ExternalTool", "Needle", 3),
            ),
            module(2, "Test yourself", item(1006, "Quiz", "Safety quiz", 41),
                   prerequisite_module_ids=[1]),
            module(3, "Next year", item(1007, "Assignment", "Plan", 51), unlock_at=LATER),
            module(4, "Draft", item(1008, "Discussion", "Ideas", 61), published=False),
            module(
                5, "Step by step",
                item(1009, "Page", "Step one", "step-one",
                     completion_requirement={"type": "must_view"}),
                item(1010, "Assignment", "Step two", 52),
                require_sequential_progress=True,
            ),
            module(
                6, "More",
                item(1011, "Discussion", "Say hello", 62),
                item(1012, "Quiz", "Old quiz", 42),
                item(1013, "Assignment", "For some", 53),
                item(1014, "Page", "Locked", "locked", content_details={"locked_for_user": True}),
                item(1015, "Quiz", "Try it", 43),
                item(1016, "File", "Film", 33),
            ),
        ],
        pages=[
            page("welcome", "Welcome to us", "<h2>Hello</h2><p>Welcome to the team.</p>"
                 "<h2>Doors</h2>" + 30 * "<p>Your badge opens every door but the archive.</p>"),
            page("fire-drill", "Fire drill", "<p>Leave by the stairs.</p>", published=False),
            page("step-one", "Step one", "<p>Find your desk.</p>"),
            page("locked", "Locked", "<p>A secret.</p>"),
        ],
        assignments=[
            _assignment(51, "Plan", "<p>Write a plan.</p>"),
            _assignment(52, "Step two", "<p>Shake hands. Takes about 20 minutes.</p>", rubric=[
                {"id": "_1", "description": "Greets people", "outcome_id": 9},
                {"id": "_2", "description": "Smiles"},
            ]),
            _assignment(53, "For some", "<p>Not for all.</p>", only_visible_to_overrides=True),
        ],
        quizzes=[
            _quiz(41, "Safety quiz", "<p>Ten questions.</p>", time_limit=15),
            _quiz(42, "Old quiz", "", lock_at=BEFORE),
            _quiz(43, "Try it", "<script>alert(1)</script><p>As often as you like.</p>",
                  quiz_type="practice_quiz"),
        ],
        discussion_topics=[
            {"id": 61, "title": "Ideas", "message": "<p>Any?</p>", "published": True},
            {"id": 62, "title": "Say hello", "message": "<p>Who are you?</p>", "published": True,
             "locked": True, "author": {"display_name": "Robin Example"}},
        ],
        files=[
            file(31, "handbook.txt", "text/plain", handbook),
            file(33, "film.mp4", "video/mp4", b""),
        ],
    )  # fmt: skip


def _library() -> Course:
    links = [
        item(2000 + n, "ExternalUrl", f"Link {n}", external_url=f"https://site.example/{n}")
        for n in range(1, 5)
    ]
    return Course(
        entry(102, "Library", is_public=True, license="cc_by_sa"),
        modules=[
            module(7, "Links", *links),
            module(8, "Talk", item(2010, "Discussion", "Which book?", 63)),
        ],
        discussion_topics=[{"id": 63, "title": "Which book?", "message": "<p>Yours?</p>"}],
    )


def _draft() -> Course:
    return Course(
        entry(103, "Draft", workflow_state="unpublished"),
        modules=[module(9, "All", item(3001, "Page", "Later", "later"))],
        pages=[page("later", "Later", "<p>Not yet.</p>")],
    )


def _over() -> Course:
    return Course(
        entry(104, "Last year", concluded=True),
        modules=[module(10, "All", item(4001, "Page", "Gone", "gone"))],
        pages=[page("gone", "Gone", "<p>It was.</p>")],
    )


def _assignment(identifier: int, name: str, description: str, **values: Any) -> Json:
    return {"id": identifier, "name": name, "description": description, "published": True,
            "unlock_at": None, "lock_at": None, "updated_at": CHANGED} | values  # fmt: skip


def _quiz(identifier: int, title: str, description: str, **values: Any) -> Json:
    return {"id": identifier, "title": title, "description": description, "published": True,
            "quiz_type": "assignment", "time_limit": None, "unlock_at": None,
            "lock_at": None} | values  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="A server that answers like a Canvas.")
    parser.add_argument("--port", type=int, default=8200)
    parser.add_argument("--token", required=True, help="the access token to accept")
    options = parser.parse_args()
    site = academy()
    site.token = options.token
    with serve(site, options.port) as server:
        sys.stdout.write(f"answering like a Canvas at {server.url} (Ctrl-C ends it)\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stdout.write("ended\n")


if __name__ == "__main__":
    main()
