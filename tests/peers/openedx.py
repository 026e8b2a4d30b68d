"""Open edX's own LTI platform library as a running LMS, and a browser's way through it."""

from __future__ import annotations

import contextlib
import html.parser
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import requests

SECONDS_TO_START = 120
SECONDS_FOR_A_PAGE = 30
PROGRAM = Path(__file__).with_name("openedx_platform.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEdx:
    """A running platform: what an administrator copies into the tool, and where people start.

    `launch_url` and `course_url` take `user` and `role` (`student`, `staff`, `instructor`
    or `global_staff`) in their query; the second shows the tool in a frame.
    """

    issuer: str
    client_id: str
    deployment_id: str
    authorization_url: str
    token_url: str
    key_set_url: str
    launch_url: str
    course_url: str
    placing_url: str
    scores_url: str
    configuration: str

    def start_of(self, user: str, role: str = "student") -> str:
        """The address that a person's browser opens to launch the tool."""
        return f"{self.launch_url}?{urlencode({'user': user, 'role': role})}"

    def placing_of(self, user: str, role: str = "staff") -> str:
        """The address that begins deep linking for that teacher."""
        return f"{self.placing_url}?{urlencode({'user': user, 'role': role})}"

    def course_of(self, user: str, role: str = "student") -> str:
        """The course page of that person, with the tool in a frame."""
        return f"{self.course_url}?{urlencode({'user': user, 'role': role})}"


@contextlib.contextmanager
def start_openedx(tool_url: str, folder: Path) -> Iterator[OpenEdx]:
    """Run the platform with the tool at `tool_url` entered in a course.

    It keeps its database in `folder`, listens on a free port of 127.0.0.1 and ends with
    the block. Needs the packages lti-consumer-xblock and cryptography in this environment.
    """
    errors = folder / "openedx.log"
    with (
        errors.open("w") as log,
        subprocess.Popen(
            [sys.executable, str(PROGRAM), str(folder), tool_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        overdue = threading.Timer(SECONDS_TO_START, process.kill)
        overdue.start()
        try:
            line = process.stdout.readline()
        finally:
            overdue.cancel()
        try:
            assert line, f"the platform did not start:\n{errors.read_text()[-4000:]}"
            yield OpenEdx(**json.loads(line))
        finally:
            process.stdin.close()
            _end(process)


def launch(
    session: requests.Session, platform: OpenEdx, user: str, role: str = "student"
) -> requests.Response:
    """Launch the tool as a browser without scripts would; the answer to POST /lti/launch.

    `session` keeps the cookies of the browser.
    """
    page = session.get(platform.start_of(user, role), timeout=SECONDS_FOR_A_PAGE)
    form = read_form(page)
    return session.post(form.action, data=form.fields, timeout=SECONDS_FOR_A_PAGE)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a page holds it, ready to be posted."""

    action: str
    fields: dict[str, str]


def read_form(page: requests.Response) -> Form:
    """The first form of a page; an AssertionError shows a page that has none."""
    reader = _FormReader()
    reader.feed(page.text)
    text = f"{page.status_code} {page.url.partition('?')[0]}\n{page.text[:2000]}"
    assert reader.action, f"no form to post:\n{text}"
    return Form(reader.action, reader.fields)


class _FormReader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form" and not self.action:
            self.action = values.get("action") or ""
        if tag == "input" and values.get("name"):
            self.fields[values["name"] or ""] = values.get("value") or ""


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
