"""The mini LMS as a Moodle: its books are opened, and who is in a course is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Access
from catalogue_sync.schema import metadata
from catalogue_sync.sources import KnowsEnrolment, open_source
from catalogue_sync.sync import sync
from examples.mini_lms import Settings, create_app
from tests.catalogue_sync.sources import LOCAL, NOW

TOKEN = "0123456789abcdef"


@pytest.fixture
def address() -> Iterator[str]:
    """The mini LMS, answering at an address of its own."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = Settings(public_url=url, web_service_token=TOKEN)
    server.app = create_app(settings)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield url
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def test_its_courses_are_read_with_the_chapters_of_their_books(
    address: str, tmp_path: Path
) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'c.sqlite3'}")
    metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind")
    source = open_source("moodle", "mini", {"url": address}, TOKEN, LOCAL)
    catalogue.put_source("mini", "moodle", {"url": address})

    report = sync(source, catalogue, now=NOW)
    assert (report.complete, report.refused, report.warnings) == (True, 0, ())
    modules = list(catalogue.modules(recommendable=True))
    chapters = [module for module in modules if module.part_of]
    assert chapters
    assert all(len(chapter.text) > 200 for chapter in chapters)
    assert all(chapter.access is Access.ENROLLED for chapter in chapters)
    books = {module.identifier: module for module in modules if module.passages}
    assert {chapter.part_of for chapter in chapters} == set(books)
    assert sync(source, catalogue, now=NOW).changed == 0
    engine.dispose()


def test_it_tells_the_courses_of_its_people(address: str) -> None:
    source = open_source("moodle", "mini", {"url": address}, TOKEN, LOCAL)
    assert isinstance(source, KnowsEnrolment)

    assert source.courses_of("13") == {"2", "3", "4"}
    assert source.courses_of("99") == frozenset()


def test_a_check_of_it_names_only_functions_that_it_does_not_have(address: str) -> None:
    findings = open_source("moodle", "mini", {"url": address}, TOKEN, LOCAL).check()

    assert len(findings) == 1
    assert "lacks mod_scorm_get_scorms_by_courses, mod_resource" in findings[0]
