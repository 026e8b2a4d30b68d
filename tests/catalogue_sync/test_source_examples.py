"""The example that docs/sources.md gives for each kind of source runs as it stands.

Its address is that of a local server of that kind; a local address is called as in tests only.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import catalogue_sync
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.catalogue_sync.cartridges import item, manifest, resource, write
from tests.servers import canvas, moodle, oai
from tests.servers.web import serve_web

SOURCES = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
SECTIONS = {
    section.split("\n", 1)[0]: code
    for section in SOURCES.split("\n## ")[1:]
    for code in re.findall(r"```python\n(.*?)```", section, re.DOTALL)
}
QUIET = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)

FEED = b"""<rss version="2.0"><channel><title>Blog</title><item><title>Say no, kindly</title>
<link>https://blog.example/no</link></item></channel></rss>"""
EVENTS = b"""BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r
DTSTAMP:20260101T000000Z\r\nRRULE:FREQ=WEEKLY\r\nDTSTART:20260105T090000\r\nDTEND:20260105T100000\r
SUMMARY:Say no, kindly\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
PAGE = b"""<html><script type="application/ld+json">{"@context": "https://schema.org",
"@type": "LearningResource", "name": "Say no, kindly", "url": "https://academy.example/no"}
</script></html>"""
CATALOGUE = {
    "modules": [{"uid": "a", "title": "Say no, kindly", "url": "https://learn.example/a"}],
    "units": [],
}
RESOURCES = {"resources": [{"name": "Say no, kindly", "url": "https://repository.example/a"}]}
FRAMEWORK = {
    "CFDocument": {"identifier": "d", "title": "Skills"},
    "CFItems": [{"identifier": "i", "fullStatement": "Say no, kindly", "humanCodingScheme": "S1"}],
    "CFAssociations": [],
}

Server = contextlib.AbstractContextManager[str]


@contextlib.contextmanager
def web(path: str, body: bytes) -> Iterator[str]:
    with serve_web() as serving:
        serving.say(path, body)
        yield serving.url


@contextlib.contextmanager
def a_moodle(shared: Path) -> Iterator[str]:
    site = moodle.Site(shared / "captures" / "moodle-4.5", token="0123456789abcdef")
    with moodle.serve(site) as server:
        yield server.url


@contextlib.contextmanager
def a_canvas() -> Iterator[str]:
    site = canvas.academy()
    site.token = "7~0123456789abcdef"
    with canvas.serve(site) as server:
        yield server.url


@contextlib.contextmanager
def an_oai() -> Iterator[str]:
    with oai.serve_oai(oai.Repository(3)) as server:
        yield server.url.removesuffix("/oai")


SERVERS: dict[str, tuple[str, Callable[[], Server]]] = {
    "Canvas": ("https://canvas.example", a_canvas),
    "Feeds": ("https://blog.example", lambda: web("/feed.xml", FEED)),
    "Calendars": ("https://cal.example", lambda: web("/sessions.ics", EVENTS)),
    "OAI-PMH": ("https://repository.example", an_oai),
    "Microsoft Learn": (
        "https://learn.example",
        lambda: web("/api/catalog/", json.dumps(CATALOGUE).encode()),
    ),
    "Pages with schema.org": ("https://academy.example", lambda: web("/courses/", PAGE)),
    "LTI Resource Search": (
        "https://repository.example",
        lambda: web("/ims/rs/v1p0/resources", json.dumps(RESOURCES).encode()),
    ),
}
FILES = ("Packages", "A folder of packages", "Tables and JSON Lines", "Competency frameworks")


@pytest.fixture(autouse=True)
def _local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the files that examples name, and permission to call this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        catalogue_sync, "read_source",
        functools.partial(catalogue_sync.read_source, surroundings=QUIET),
    )  # fmt: skip
    (tmp_path / "packages").mkdir()
    said = manifest(item("i1", "Say no, kindly", "r1"), resource("r1", "a.html"), title="Words")
    for name in ("course.imscc", "packages/course.imscc"):
        write(tmp_path / name, {"imsmanifest.xml": said, "a.html": "<p>So.</p>"})
    rows = "identifier,title,minutes\na,\"Say no, kindly\",5\n"
    (tmp_path / "modules.csv").write_text(rows, "utf-8")
    (tmp_path / "framework.json").write_text(json.dumps(FRAMEWORK), "utf-8")


@pytest.mark.parametrize("section", FILES)
def test_the_example_that_reads_a_file_runs(
    section: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(SECTIONS[section], {})
    assert "Say no, kindly" in capsys.readouterr().out


@pytest.mark.parametrize("section", SERVERS)
def test_the_example_that_asks_a_server_runs(
    section: str, capsys: pytest.CaptureFixture[str]
) -> None:
    address, serving = SERVERS[section]
    assert address in SECTIONS[section]
    with serving() as url:
        exec(SECTIONS[section].replace(address, url), {})
    assert capsys.readouterr().out.strip()


def test_the_example_for_moodle_runs(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_moodle(shared) as url:
        exec(SECTIONS["Moodle"].replace("https://lms.example", url), {})
    assert "Conflict, workload & saying no 1 " in capsys.readouterr().out


def test_every_section_with_an_example_is_run() -> None:
    assert set(SECTIONS) == {*SERVERS, *FILES, "Moodle"}
