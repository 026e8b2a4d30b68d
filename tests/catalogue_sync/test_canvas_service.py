"""Canvas's REST API over the network: paging, throttling, and what an evil one may try."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync.errors import (
    AddressRefused,
    CatalogueError,
    InvalidAnswer,
    SourceUnreachable,
)
from catalogue_sync.limits import STANDARD
from catalogue_sync.module import Module, Provenance
from catalogue_sync.records import Reading, Refused
from catalogue_sync.sources.canvas.course import Course, as_moment, items_of
from catalogue_sync.sources.canvas.details import LISTS, detail_from
from catalogue_sync.sources.canvas.modules import CourseFacts, Described, modules_of
from catalogue_sync.sources.canvas.service import CanvasService, as_id, next_page
from catalogue_sync.sources.canvas.source import KIND
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.catalogue_sync.sources import NOW
from tests.servers.canvas import TOKEN, Answered, CanvasServer, Site, academy, serve

COURSES = "/api/v1/accounts/self/courses"
DESCRIBED = Described(
    source="lms", site="https://canvas.example", language=None,
    provenance=Provenance.UNKNOWN, licence=None,
)  # fmt: skip


@pytest.fixture
def site() -> Site:
    return academy()


@pytest.fixture
def server(site: Site) -> Iterator[CanvasServer]:
    with serve(site) as started:
        yield started


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def around(slept: list[float]) -> Surroundings:
    return Surroundings(networks=LOOPBACK, sleep=slept.append)


@pytest.fixture
def service(server: CanvasServer, around: Surroundings) -> Iterator[CanvasService]:
    opened = CanvasService(server.url, TOKEN, around)
    yield opened
    opened.close()


def listed(service: CanvasService) -> list[object]:
    return [one for page in service.pages("accounts/self/courses") for one in page]


def refused(server: CanvasServer, around: Surroundings) -> list[Refused]:
    """What a whole reading sets aside."""
    source = KIND.open("lms", {"url": server.url, "contents": "no"}, TOKEN, around)
    return [
        record
        for batch in source.read(Reading(now=NOW))
        for record in (*batch.records, *(batch.build().records if batch.build else ()))
        if isinstance(record, Refused)
    ]


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ("", ""),
        ('<https://c.example/a?page=2>; rel="next"', "https://c.example/a?page=2"),
        ("<https://c.example/a>;rel=next", "https://c.example/a"),
        ('<https://c.example/1>; rel="current",<https://c.example/2>; rel="next",'
         '<https://c.example/3>; rel="last"', "https://c.example/2"),
        ('<https://c.example/a?x=1,2;y>; rel="next"', "https://c.example/a?x=1,2;y"),
        ('<https://c.example/1>; rel="first"', ""),
        ('<https://c.example/1>; rel="prev"; title="next"', ""),
        ("<<<<<", ""),
        ("<" * 50_000, ""),
    ],
    ids=["none", "one", "bare", "several", "comma", "first", "title", "broken", "hostile"],
)  # fmt: skip
def test_the_next_page_is_where_the_link_header_says(link: str, following: str) -> None:
    assert next_page(link) == following


@pytest.mark.parametrize(
    ("value", "identifier"),
    [
        (5, "5"), ("10000000000000123", "10000000000000123"), ("1~23", "1~23"), (0, ""), (-1, ""),
        (True, ""), (None, ""), (1.5, ""), ("5/../6", ""), ("", ""), ("٣", ""), (10**30, ""),
    ],
)  # fmt: skip
def test_an_id_is_a_number_of_canvas_or_none(value: object, identifier: str) -> None:
    assert as_id(value) == identifier


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-10-01T08:00:00Z", datetime(2026, 10, 1, 8, tzinfo=UTC)),
        ("2026-10-01T08:00:00-06:00", datetime(2026, 10, 1, 14, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None), ("soon", None), (None, None), (5, None),
    ],
)  # fmt: skip
def test_times_are_utc_or_unknown(value: object, moment: datetime | None) -> None:
    assert as_moment(value) == moment


def test_requests_say_who_asks_and_how_many_are_wanted(service: CanvasService, site: Site) -> None:
    assert len(listed(service)) == 4
    assert site.seen[0]["User-Agent"]
    assert site.seen[0]["Authorization"] == f"Bearer {TOKEN}"


def test_too_many_requests_are_waited_for_as_long_as_canvas_says(
    service: CanvasService, site: Site, slept: list[float]
) -> None:
    site.first = [Answered(429, "slow down", {"Retry-After": "7", "x-rate-limit-remaining": "0"})]

    assert len(listed(service)) == 4
    assert slept == [7.0]


def test_a_canvas_that_throttles_for_ever_is_given_up(service: CanvasService, site: Site) -> None:
    site.first = [Answered(429, "slow down") for _ in range(STANDARD.tries)]
    with pytest.raises(SourceUnreachable, match="429"):
        listed(service)


def test_requests_wait_while_little_of_the_quota_is_left(
    service: CanvasService, site: Site, slept: list[float]
) -> None:
    site.remaining = "60.5"
    listed(service)
    assert not slept
    listed(service)
    assert slept == [pytest.approx(3.95)]


def test_an_older_canvas_that_refuses_for_the_quota_is_asked_again(
    service: CanvasService, site: Site
) -> None:
    site.remaining = "0.0"
    listed(service)
    site.first = [Answered(403, "403 Forbidden (Rate Limit Exceeded)")]
    assert len(listed(service)) == 4


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param(Answered(200, "<!DOCTYPE html><title>Log in</title>"), id="html"),
        pytest.param(Answered(200, '{"a": 1}'), id="object"),
        pytest.param(Answered(200, "[" * 100_000), id="deep"),
        pytest.param(Answered(200, b"\xff\xfe\x00"), id="bytes"),
        pytest.param(Answered(200, ""), id="empty"),
    ],
)
def test_an_answer_that_is_none_of_canvas_is_named(
    service: CanvasService, site: Site, answered: Answered
) -> None:
    site.instead[COURSES] = answered
    with pytest.raises(InvalidAnswer, match=r"127\.0\.0\.1"):
        listed(service)


def test_a_page_larger_than_the_limit_is_not_kept(server: CanvasServer, site: Site) -> None:
    site.instead[COURSES] = Answered(200, "[" + " " * 10_000 + "]")
    small = Surroundings(networks=LOOPBACK, limits=replace(STANDARD, answer_bytes=5_000))
    with pytest.raises(InvalidAnswer, match="larger than 5,000 bytes"):
        listed(CanvasService(server.url, TOKEN, small))


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/api/v1/courses?access_token=s3cret", "http://169.254.169.254/latest",
     "http://127.0.0.1:1/api/v1/courses", "ftp://127.0.0.1/x", "/api/v1/courses", "http://[::1"],
)  # fmt: skip
def test_a_next_page_elsewhere_is_refused_before_anything_is_sent(
    service: CanvasService, site: Site, target: str
) -> None:
    site.instead[COURSES] = Answered(200, '[{"id": 1}]', {"link": f'<{target}>; rel="next"'})
    with pytest.raises(InvalidAnswer, match="sends on to another origin") as caught:
        listed(service)

    assert "s3cret" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert len(site.requests) == 1


def test_pages_that_go_in_circles_end(
    service: CanvasService, server: CanvasServer, site: Site
) -> None:
    site.instead[COURSES] = Answered(
        200, '[{"id": 1}]', {"link": f'<{server.url}{COURSES}>; rel="next"'}
    )
    with pytest.raises(InvalidAnswer, match="never ends"):
        listed(service)
    assert len(site.requests) == 2


def test_a_list_without_end_or_anything_new_ends(service: CanvasService, site: Site) -> None:
    class Endless(dict[str, Answered]):
        def __contains__(self, path: object) -> bool:
            return True

        def __getitem__(self, path: str) -> Answered:
            link = f"<{service.url}{COURSES}?page={len(site.requests)}>; rel=next"
            return Answered(200, '[{"id": 1}]', {"link": link})

    site.instead = Endless()
    with pytest.raises(InvalidAnswer, match="never ends"):
        listed(service)
    assert len(site.requests) < 10


def test_a_redirect_to_another_host_gets_no_token_and_counts_as_no_answer(
    service: CanvasService, server: CanvasServer, site: Site
) -> None:
    site.stored[1] = b'[{"id": 666}]'
    site.instead[COURSES] = Answered(302, "", {"Location": f"{server.files_url}/1"})
    with pytest.raises(InvalidAnswer, match="answers from another origin"):
        listed(service)
    assert "Authorization" not in site.files_seen[0]


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data", "https://evil.example/items", "http://[::1",
     "file:///etc/passwd"],
)  # fmt: skip
def test_items_elsewhere_are_not_asked_for(
    server: CanvasServer, site: Site, around: Surroundings, target: str
) -> None:
    site.large = {7}
    site.courses[102].module(7)["items_url"] = target
    found = refused(server, around)

    assert [one.place for one in found] == ["course 102 (Library)"]
    assert "sends on to another origin" in found[0].reason


def test_a_file_in_a_private_network_is_not_fetched(
    server: CanvasServer, site: Site, around: Surroundings
) -> None:
    site.instead["/files/31/download"] = Answered(302, "", {"Location": "http://10.0.0.1/secret"})
    source = KIND.open("lms", {"url": server.url}, TOKEN, around)
    said = [
        str(warning)
        for batch in source.read(Reading(now=NOW))
        for warning in (batch.build().warnings if batch.build else ())
    ]
    assert "network that may not be called" in "".join(said)


def test_http_is_refused_but_on_this_machine() -> None:
    with pytest.raises(AddressRefused, match="https"):
        CanvasService("http://canvas.example", TOKEN, Surroundings())


def test_nothing_printed_holds_the_token(service: CanvasService, server: CanvasServer) -> None:
    source = KIND.open("lms", {"url": server.url}, TOKEN, Surroundings())
    assert TOKEN not in repr(service) + repr(source)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["2026-10-01T08:00:00Z", "Page", "http://[", "\ud800", "\0", "9999-99-99"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                 max_size=3),
    max_leaves=6,
)  # fmt: skip
KEYS = ["id", "name", "title", "type", "page_url", "url", "content_id", "content_details",
        "published", "unlock_at", "lock_at", "prerequisite_module_ids", "rubric", "description",
        "message", "time_limit", "size", "content-type", "locale", "license", "workflow_state",
        "start_at", "external_url", "estimated_duration", "outcome_id", "items", "items_url",
        "require_sequential_progress", "completion_requirement"]  # fmt: skip
ENTRIES = st.dictionaries(st.sampled_from(KEYS), JSON_VALUES, max_size=12)


@given(entry=ENTRIES, items=st.lists(ENTRIES, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_entry_of_a_list_however_strange_is_an_error(
    entry: dict[str, Any], items: list[dict[str, Any]]
) -> None:
    course = Course.from_answer(entry)
    for item, sort in itertools.product(items_of(entry, items), LISTS):
        facts = CourseFacts(course, (item,), {(item.sort, item.content): detail_from(sort, entry)})
        assert facts.digest(NOW) == facts.digest(NOW)
        for made in modules_of(facts, {}, DESCRIBED, NOW):
            assert isinstance(made, Module | Refused)


@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_answers_with_one_value_replaced_give_named_errors_only(
    server: CanvasServer, site: Site, around: Surroundings, data: st.DataObject
) -> None:
    path = data.draw(
        st.sampled_from([
            COURSES, "/api/v1/courses/101/modules", "/api/v1/courses/101/pages",
            "/api/v1/courses/101/quizzes", "/api/v1/courses/101/files",
        ])
    )  # fmt: skip
    query = [("include[]", "items"), ("include[]", "content_details")]
    answer = site.answer(path.removeprefix("/api/v1/"), query, server.url)
    mutated = _mutated(answer, data.draw)
    site.instead = {path: Answered(200, json.dumps(mutated))}
    with contextlib.suppress(CatalogueError):
        refused(server, around)


def _mutated(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """A copy with one value, somewhere in it, replaced."""
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        place: Any = draw(st.integers(0, len(value) - 1))
        copy: Any = list(value)
    elif isinstance(value, dict) and value and draw(st.integers(0, 5)):
        place = draw(st.sampled_from(sorted(value)))
        copy = dict(value)
    else:
        return draw(JSON_VALUES)
    copy[place] = _mutated(copy[place], draw)
    return copy
