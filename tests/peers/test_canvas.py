"""canvasapi, a reader of Canvas that nobody here wrote, and our own: the same of one Canvas.

That it reads the local server shows that the server answers as Canvas does.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalogue_sync.module import Module
from catalogue_sync.records import Reading
from catalogue_sync.sources.canvas.source import KIND, CanvasSource
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.catalogue_sync.sources import NOW
from tests.servers import canvas
from tests.servers.canvas import CanvasServer, Site, academy, serve

pytestmark = pytest.mark.peers
canvasapi = pytest.importorskip("canvasapi", reason="canvasapi is not installed here")


@pytest.fixture
def site() -> Site:
    made = academy()
    made.large = {7}
    made.courses[102].module(7)["items"] = [
        canvas.item(5000 + n, "ExternalUrl", f"Link {n}", external_url="https://x.example")
        for n in range(230)
    ]
    return made


@pytest.fixture
def server(site: Site) -> Iterator[CanvasServer]:
    with serve(site) as started:
        yield started


@pytest.fixture
def source(server: CanvasServer, site: Site) -> CanvasSource:
    around = Surroundings(networks=LOOPBACK)
    opened = KIND.open("lms", {"url": server.url, "leave_out": ""}, site.token, around)
    assert isinstance(opened, CanvasSource)
    return opened


@pytest.fixture
def peer(server: CanvasServer, site: Site) -> object:
    with pytest.warns(UserWarning, match="HTTP"):
        return canvasapi.Canvas(server.url, site.token)


def ours(source: CanvasSource) -> dict[str, Module]:
    found = (b.build().records for b in source.read(Reading(now=NOW)) if b.build)
    return {one.identifier: one for some in found for one in some if isinstance(one, Module)}


def test_both_find_the_same_items_in_the_same_courses(source: CanvasSource, peer: object) -> None:
    theirs = {
        str(item.id): (item.title, str(course.id))
        for course in peer.get_account(5).get_courses()  # type: ignore[attr-defined]
        for module in course.get_modules(include=["items"])
        for item in module.get_module_items()
        if item.type != "SubHeader"
    }
    assert len(theirs) == 22 + 1 - 4 + 230
    assert {i: (one.title, one.course_id) for i, one in ours(source).items()} == theirs


def test_both_read_the_same_words_of_a_page(source: CanvasSource, peer: object) -> None:
    page = peer.get_course(101).get_page("step-one")  # type: ignore[attr-defined]
    assert page.body == f"<p>{ours(source)['1009'].text}</p>"


def test_both_know_the_same_courses_of_a_person(source: CanvasSource, peer: object) -> None:
    theirs = peer.get_user(7).get_courses(enrollment_state="active")  # type: ignore[attr-defined]
    assert source.courses_of("7") == {str(course.id) for course in theirs}
