"""A local server that answers like a Moodle site's web services, from recorded answers.

By hand:

    python -m tests.servers.moodle --captures ../shared/captures/moodle-4.5 --port 8100 --token T
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

RECORDED_AT = "http://127.0.0.1:8100"
REST = "/webservice/rest/server.php"
FILES = "/webservice/pluginfile.php/"
LOGIN = "/login/token.php"
COURSES = {8: "perf", 9: "conflict"}
DETAILS = {
    "mod_book_get_books_by_courses": ("book", "books"),
    "mod_lti_get_ltis_by_courses": ("lti", "ltis"),
    "mod_page_get_pages_by_courses": ("page", "pages"),
    "mod_quiz_get_quizzes_by_courses": ("quiz", "quizzes"),
    "mod_scorm_get_scorms_by_courses": ("scorm", "scorms"),
    "mod_url_get_urls_by_courses": ("url", "urls"),
}


CHAPTERS = {
    12: ("Ending a conversation that goes in circles", "We have been here before."),
    11: ("Asking for a change by a date", "By Friday I need the report, and I will ask for it."),
    10: ("Saying that it is not good enough", "This does not do yet what we agreed. " * 30),
}
"""Chapters of the recorded book; their words are made up, only their titles are recorded."""


class MoodleError(Exception):
    """An error that Moodle tells in its own form, with status 200."""

    def __init__(self, exception: str, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = {"exception": exception, "errorcode": code, "message": message}


class Site:
    """What the Moodle holds, and how it behaves; tests may change both between requests.

    `without_view` are kinds of activity whose permission `mod/X:view` the account lacks.
    `offered` are the functions of the token's service. `failures` are answers (status, body)
    that are given first, once each, whatever is asked. `unreadable` are courses that the
    account may list but not open; `instead` are answers for the contents of a course, given
    as they are, `empty_details` functions of kinds that the site does not have. `files` are
    bodies and media types by the path behind pluginfile.php, of which `failing_files` are
    answered with status 503. `enrolled` are the courses of people, `competencies` the names of
    those of courses and activities. `requests` are the functions called, `fetched` the files
    asked for, `queries` what stood in addresses.
    """

    def __init__(self, captures: Path, token: str) -> None:
        self.captures = captures
        self.token = token
        self.accounts: dict[tuple[str, str], str] = {("wsbot", "correct horse"): token}
        self.without_view: set[str] = set()
        self.unreadable: set[int] = set()
        self.instead: dict[int, object] = {}
        self.failures: list[tuple[int, str]] = []
        self.requests: list[str] = []
        self.fetched: list[str] = []
        self.queries: list[str] = []
        ws = captures / "ws"
        self.info = _load(ws / "core_webservice_get_site_info.json")
        self.offered = {one["name"] for one in self.info["functions"]}
        self.courses = _load(ws / "core_course_get_courses_by_field.all.json")["courses"]
        self.contents = {
            identifier: _load(ws / f"core_course_get_contents.{name}.json")
            for identifier, name in COURSES.items()
        }
        self.details = {name: _load(ws / f"{name}.json") for name in DETAILS}
        self.enrolled = {13: [9, 8], 14: [8], 15: [9, 8]}
        self.competencies: dict[tuple[str, int], list[str]] = {}
        page = (ws / "pluginfile_page_index.html").read_bytes()
        self.files: dict[str, tuple[bytes, str]] = {
            "83/mod_page/content/index.html": (page, "text/html"),
            **{
                f"92/mod_book/chapter/{number}/index.html": (
                    f"<h3>{title}</h3><p>{words}</p>".encode(), "text/html",
                )
                for number, (title, words) in CHAPTERS.items()
            },
        }  # fmt: skip
        self.empty_details: set[str] = set()
        self.failing_files: set[str] = set()
        self.invalid_token = _load(ws / "error_invalidtoken.json")
        self.not_in_service = _load(ws / "error_function_not_in_service.json")
        self.unknown_course = _load(ws / "core_course_get_contents.error_unknown_course.json")

    def activity(self, cmid: int) -> dict[str, Any]:
        """The activity of that course module id, to be changed in place."""
        return next(m for m in self._activities() if m["id"] == cmid)

    def detail(self, cmid: int) -> dict[str, Any]:
        """Its details (introduction, content, times), to be changed in place."""
        return next(
            one
            for name, (_, plural) in DETAILS.items()
            for one in self.details[name][plural]
            if one["coursemodule"] == cmid
        )

    def remove(self, *cmids: int) -> None:
        """Delete activities."""
        for sections in self.contents.values():
            for section in sections:
                section["modules"] = [m for m in section["modules"] if m["id"] not in cmids]
        for name, (_, plural) in DETAILS.items():
            kept = [one for one in self.details[name][plural] if one["coursemodule"] not in cmids]
            self.details[name][plural] = kept

    def add_page(self, cmid: int, course: int, name: str, content: str = "") -> None:
        """Add a page at the end of a course."""
        new = copy.deepcopy(self.activity(51)) | {
            "id": cmid, "name": name, "instance": cmid,
            "url": f"{RECORDED_AT}/mod/page/view.php?id={cmid}",
        }  # fmt: skip
        self.contents[course][-1]["modules"].append(new)
        detail = copy.deepcopy(self.detail(51)) | {
            "id": cmid, "coursemodule": cmid, "course": course, "name": name, "content": content,
        }  # fmt: skip
        self.details["mod_page_get_pages_by_courses"]["pages"].append(detail)

    def add_files(
        self, cmid: int, course: int, name: str, files: dict[str, tuple[bytes, str]],
        *, modname: str = "resource", changed: int = 1795289610,
    ) -> None:  # fmt: skip
        """Add an activity of files, given by name as bytes and media type, to a course."""
        new = copy.deepcopy(self.activity(51)) | {
            "id": cmid, "name": name, "instance": cmid, "modname": modname, "contextid": cmid,
            "url": f"{RECORDED_AT}/mod/{modname}/view.php?id={cmid}",
            "contents": [
                {"type": "file", "filename": filename, "filepath": "/", "filesize": len(data),
                 "fileurl": f"{RECORDED_AT}{FILES}{cmid}/mod_{modname}/content/0/{filename}",
                 "timemodified": changed, "mimetype": media_type}
                for filename, (data, media_type) in files.items()
            ],
            "contentsinfo": {"filescount": len(files), "lastmodified": changed},
        }  # fmt: skip
        self.contents[course][-1]["modules"].append(new)
        for filename, held in files.items():
            self.files[f"{cmid}/mod_{modname}/content/0/{filename}"] = held

    def course(self, identifier: int) -> dict[str, Any]:
        """The course of that id in the list of courses, to be changed in place."""
        return next(one for one in self.courses if one["id"] == identifier)

    def answer(self, function: str, arguments: dict[str, str]) -> object:
        """What Moodle answers to a function of its service."""
        if function not in self.offered:
            raise MoodleError(*self.not_in_service.values())
        if function == "core_webservice_get_site_info":
            functions = [{"name": name, "version": "2024100706"} for name in sorted(self.offered)]
            return self.info | {"functions": functions}
        if function == "core_course_get_courses_by_field":
            return {"courses": list(self._courses(arguments)), "warnings": []}
        if function == "core_course_get_contents":
            return self._contents(arguments)
        if function in self.empty_details:
            return {"instances": [], "warnings": []}
        if function in DETAILS:
            return self._details(function, arguments)
        if function == "core_enrol_get_users_courses":
            return [{"id": one} for one in self.enrolled.get(int(arguments["userid"]), [])]
        if function == "core_competency_list_course_competencies":
            return self._competencies("course", arguments["id"])
        if function == "core_competency_list_course_module_competencies":
            return self._competencies("activity", arguments["cmid"])
        raise MoodleError("dml_missing_record_exception", "invalidrecord", "not recorded")

    def file(self, path: str, token: str) -> tuple[int, bytes, str]:
        """What is answered where a file is asked for; errors come with status 200 here too."""
        self.fetched.append(path)
        if path in self.failing_files:
            return 503, b"busy", "text/plain"
        refusal = self.invalid_token if token != self.token else None
        if path not in self.files:
            refusal = refusal or {
                "error": "Sorry, the requested file could not be found",
                "errorcode": "filenotfound", "stacktrace": None, "debuginfo": None,
            }  # fmt: skip
        if refusal is not None:
            return 200, json.dumps(refusal).encode(), "application/json"
        return 200, *self.files[path]

    def _competencies(self, sort: str, number: str) -> list[dict[str, Any]]:
        names = self.competencies.get((sort, int(number)), [])
        return [{"competency": {"shortname": name, "id": n}} for n, name in enumerate(names)]

    def _activities(self) -> Iterator[dict[str, Any]]:
        for sections in self.contents.values():
            for section in sections:
                yield from section["modules"]

    def _courses(self, arguments: dict[str, str]) -> Iterator[dict[str, Any]]:
        field, value = arguments.get("field", ""), arguments.get("value", "")
        for course in self.courses:
            known = str(course["id"]) if field in ("id", "ids") else course.get(field)
            if not field or known in value.split(","):
                yield course

    def _contents(self, arguments: dict[str, str]) -> object:
        identifier = arguments.get("courseid", "")
        if not identifier.isdigit():
            raise MoodleError("invalid_parameter_exception", "invalidparameter",
                              "Invalid parameter value detected")  # fmt: skip
        if int(identifier) not in self.contents:
            raise MoodleError(*self.unknown_course.values())
        if int(identifier) in self.unreadable:
            raise MoodleError("require_login_exception", "requireloginerror",
                              "Course or activity not accessible. (Not enrolled)")  # fmt: skip
        if int(identifier) in self.instead:
            return self.instead[int(identifier)]
        options = {
            arguments[f"options[{n}][name]"]: arguments.get(f"options[{n}][value]", "")
            for n in range(10)
            if f"options[{n}][name]" in arguments
        }
        sections = copy.deepcopy(self.contents[int(identifier)])
        if "subsection" in self.without_view:
            sections = [one for one in sections if one["component"] != "mod_subsection"]
        for section in sections:
            section["modules"] = [
                _trimmed(module, options)
                for module in section["modules"]
                if module["modname"] not in self.without_view and _wanted(module, options)
            ]
        return sections

    def _details(self, function: str, arguments: dict[str, str]) -> dict[str, Any]:
        modname, plural = DETAILS[function]
        wanted = {value for name, value in arguments.items() if name.startswith("courseids[")}
        if modname in self.without_view:
            return {plural: [], "warnings": []}
        answer = copy.deepcopy(self.details[function])
        answer[plural] = [
            one for one in answer[plural] if not wanted or str(one["course"]) in wanted
        ]
        return answer


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _wanted(module: dict[str, Any], options: dict[str, str]) -> bool:
    cmid, modname = options.get("cmid"), options.get("modname")
    return (cmid is None or str(module["id"]) == cmid) and modname in (None, module["modname"])


def _trimmed(module: dict[str, Any], options: dict[str, str]) -> dict[str, Any]:
    if options.get("excludecontents") in ("1", "true"):
        return {name: v for name, v in module.items() if name not in ("contents", "contentsinfo")}
    return module


class MoodleServer(ThreadingHTTPServer):
    """The server; `url` is the address of its Moodle."""

    daemon_threads = True

    def __init__(self, site: Site, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = site
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no fault of the server; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: MoodleServer
    protocol_version = "HTTP/1.1"
    timeout = 10
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length", 0)), 1_000_000)
        fields = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
        address = urlsplit(self.path)
        site = self.server.site
        site.queries.append(address.query)
        fields |= dict(parse_qsl(address.query))
        if site.failures:
            self._send(*site.failures.pop(0))
        elif address.path == REST:
            self._send(200, json.dumps(self._rest(fields)))
        elif address.path.startswith(FILES):
            path = address.path.removeprefix(FILES)
            status, data, media_type = site.file(path, fields.get("token", ""))
            self._send_bytes(status, data, media_type)
        elif address.path == LOGIN:
            self._send(200, json.dumps(self._login(fields)))
        else:
            self._send(404, "<!DOCTYPE html><title>Not found</title>", "text/html")

    do_GET = do_POST  # noqa: N815 - the base class looks for this name

    def _rest(self, fields: dict[str, str]) -> object:
        site = self.server.site
        function = fields.get("wsfunction", "")
        site.requests.append(function)
        if fields.get("wstoken") != site.token:
            return site.invalid_token
        try:
            return site.answer(function, fields)
        except MoodleError as error:
            return error.answer

    def _login(self, fields: dict[str, str]) -> object:
        account = (fields.get("username", ""), fields.get("password", ""))
        token = self.server.site.accounts.get(account)
        if token is None:
            return {
                "error": "Invalid login, please try again", "errorcode": "invalidlogin",
                "stacktrace": None, "debuginfo": None, "reproductionlink": None,
            }  # fmt: skip
        return {"token": token, "privatetoken": None}

    def _send(self, status: int, body: str, content_type: str = "application/json") -> None:
        data = body.replace(RECORDED_AT, self.server.url).encode()
        location = body if status in (301, 302, 303, 307, 308) else ""
        self._send_bytes(status, data, f"{content_type}; charset=utf-8", location)

    def _send_bytes(self, status: int, data: bytes, content_type: str, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
            data = b""
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@contextmanager
def serve(site: Site, port: int = 0) -> Iterator[MoodleServer]:
    """The server, answering in a thread until the end of the block."""
    server = MoodleServer(site, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A server that answers like a Moodle.")
    parser.add_argument("--captures", type=Path, required=True, help="folder with ws/*.json")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--token", required=True, help="the web service token to accept")
    parser.add_argument("--without-view", default="", help="kinds of activity hidden, by commas")
    options = parser.parse_args()
    site = Site(options.captures, options.token)
    site.without_view = {one for one in options.without_view.split(",") if one}
    server = MoodleServer(site, options.port)
    sys.stdout.write(f"answering like a Moodle at {server.url} (Ctrl-C ends it)\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stdout.write("ended\n")
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
