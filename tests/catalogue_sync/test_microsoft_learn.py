"""The catalogue of Microsoft Learn: whole, what changed, and page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.errors import InvalidAnswer, InvalidSettings, SourceError
from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance
from catalogue_sync.records import Batch, Reading, Record, Refused
from catalogue_sync.sources.catalogues import microsoft_learn
from catalogue_sync.sources.catalogues.microsoft_learn_records import records_of
from catalogue_sync.sources.source import Source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.web import Asked, Page, Web, serve_web

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SURROUNDINGS = Surroundings(networks=LOOPBACK, sleep=lambda _: None)
CATALOGUE = "/api/catalog/"


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on this machine."""
    with serve_web() as serving:
        yield serving


def told(uid: str, *units: str, **values: object) -> dict[str, object]:
    """A module as the public catalogue tells it."""
    return {
        "uid": uid, "type": "module", "title": f"Title {uid}", "summary": "<p>About it</p>",
        "duration_in_minutes": 30, "locale": "en-us", "last_modified": "2026-11-01T08:00:00+00:00",
        "levels": ["beginner"], "roles": ["developer"], "products": ["azure"],
        "subjects": ["security"], "units": list(units),
        "url": f"https://learn.example/{uid}", "firstUnitUrl": f"https://learn.example/{uid}/1",
    } | values  # fmt: skip


def unit(uid: str, **values: object) -> dict[str, object]:
    """A unit as the public catalogue tells it."""
    return {"uid": uid, "type": "unit", "title": f"Unit {uid}", "duration_in_minutes": 5} | values


def page(modules: Sequence[object], units: Sequence[object] = ()) -> Page:
    return Page(json.dumps({"modules": modules, "units": units}).encode())


def opened(web: Web, secret: str | None = None, **values: str) -> Source:
    given = {"url": web.url + CATALOGUE} | values
    return microsoft_learn.KIND.open("learn", given, secret, SURROUNDINGS)


def records(batches: Sequence[Batch]) -> list[Record]:
    built = (batch.build().records if batch.build else batch.records for batch in batches)
    return [record for some in built for record in some]


def modules(batches: Sequence[Batch]) -> dict[str, Module]:
    return {one.identifier: one for one in records(batches) if isinstance(one, Module)}


def test_modules_and_their_units_are_read(web: Web) -> None:
    web.say(CATALOGUE, page([told("m.A", "u.1", "u.2")], [unit("u.2"), unit("u.1"), unit("u.9")]))
    batches = list(opened(web).read(Reading(now=NOW)))
    found = modules(batches)
    assert web.asked[0].query == {"type": "modules,units", "locale": "en-us"}
    assert found["m.A"] == Module(
        source="learn",
        identifier="m.A",
        title="Title m.A",
        kind=Kind.LESSON,
        open_url="https://learn.example/m.A",
        description="About it",
        duration=Duration(30.0, Basis.DECLARED),
        language="en-us",
        level="beginner, developer",
        skills=("security", "azure"),
        provenance=Provenance.EXTERNAL,
        updated=datetime(2026, 11, 1, 8, tzinfo=UTC),
    )
    first, second, orphan = found["u.1"], found["u.2"], found["u.9"]
    assert (first.part_of, first.position, first.siblings) == ("m.A", 1, 2)
    assert (first.kind, first.course) == (Kind.MICRO, "Title m.A")
    assert first.skills == ("security", "azure")
    assert first.open_url == "https://learn.example/m.A/1"
    assert (second.position, second.open_url, orphan.part_of) == (2, None, None)
    assert batches[-1].complete
    assert not batches[-1].only_changes


def test_case_counts_in_an_identifier(web: Web) -> None:
    web.say(CATALOGUE, page([told("m.A"), told("m.a")]))
    assert set(modules(list(opened(web).read(Reading(now=NOW))))) == {"m.A", "m.a"}


def test_nothing_is_built_of_what_is_the_same(web: Web) -> None:
    many = [told(f"m.{n}") for n in range(450)]
    web.say(CATALOGUE, page(many))
    first = [batch.digest for batch in opened(web).read(Reading(now=NOW))]
    many[449]["title"] = "Another"
    web.say(CATALOGUE, page(many))
    second = [batch.digest for batch in opened(web).read(Reading(now=NOW))]
    assert len(first) == 4
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, True, False, True]


def test_between_two_whole_readings_only_changes_are_asked_for(web: Web) -> None:
    web.say(
        CATALOGUE, page([told("m.A", "u.1", "u.2")], [unit("u.1", url="https://learn.example/u1"),
                                                      unit("u.2"), unit("u.3")])
    )  # fmt: skip
    source = opened(web, full_days="7")
    whole = list(source.read(Reading(now=NOW)))
    held = modules(whole)

    def known(identifiers: Sequence[str]) -> Mapping[str, Module]:
        return {one: held[one] for one in identifiers if one in held}

    # The units changed places, and one of a module that did not change got another title.
    web.say(CATALOGUE, page([told("m.A", "u.2", "u.1", title="New")], []))
    later = Reading(now=NOW + timedelta(days=2), mark=whole[-1].mark, known=known)
    changes = list(source.read(later))
    assert web.asked[-1].query["last_modified"] == "gte 2026-11-20"
    found = modules(changes)
    assert {uid: (one.course, one.position) for uid, one in found.items()} == {
        "m.A": (None, None), "u.2": ("New", 1), "u.1": ("New", 2),
    }  # fmt: skip
    assert all(batch.only_changes for batch in changes)
    assert changes[-1].complete
    web.say(CATALOGUE, page([], [unit("u.1", title="Renamed")]))
    found = modules(list(source.read(later)))
    assert (found["u.1"].title, found["u.1"].part_of) == ("Renamed", "m.A")
    assert (found["u.1"].position, found["u.1"].open_url) == (1, "https://learn.example/u1")
    again = Reading(now=NOW + timedelta(days=8), mark=changes[-1].mark, known=known)
    web.say(CATALOGUE, page([told("m.A")]))
    assert not any(batch.only_changes for batch in source.read(again))
    assert "last_modified" not in web.asked[-1].query


@pytest.mark.parametrize(
    "values",
    [{"uid": ""}, {"title": ""}, {"title": 7}, {"url": "javascript:x"}, {"title": "x", "uid": 7}],
    ids=range(5),
)
def test_a_record_that_cannot_be_right_is_set_aside(web: Web, values: dict[str, object]) -> None:
    web.say(CATALOGUE, page([told("m.A") | values, told("m.B")]))
    found = records(list(opened(web).read(Reading(now=NOW))))
    assert [type(one) for one in found] == [Refused, Module]


@pytest.mark.parametrize(
    "answer",
    [Page(b"<html>"), Page(b"[]"), Page(b"{}"), page([]), Page(b'{"modules": 7}'),
     Page(b"[" * 100_000), Page(status=404), Page(status=503)],
    ids=range(8),
)  # fmt: skip
def test_another_answer_removes_nothing(web: Web, answer: Page) -> None:
    web.say(CATALOGUE, answer)
    with pytest.raises(SourceError):
        list(opened(web).read(Reading(now=NOW)))


@pytest.mark.parametrize("minutes", [0, -3, None, "30", True, 1e9, float("nan")], ids=range(7))
def test_minutes_that_cannot_be_right_are_unknown(minutes: object) -> None:
    (module,) = records_of([told("m", duration_in_minutes=minutes)], [], source="s", place="p")
    assert isinstance(module, Module)
    assert module.duration is None


def test_the_platform_is_read_page_by_page_with_a_token(web: Web) -> None:
    def listed(asked: Asked) -> Page:
        number = int(asked.query.get("page", "0"))
        record = {
            "id": f"m.{number}", "title": f"M{number}", "url": "https://learn.example/m",
            "durationInMinutes": 12, "levels": [{"id": "b", "name": "Beginner"}],
            "products": [{"id": "azure", "name": "Azure"}], "updatedAt": "2026-11-01T08:00:00Z",
        }  # fmt: skip
        following = {"nextLink": f"{web.url}/api/v1/modules?page={number + 1}"}
        return Page(json.dumps({"value": [record]} | (following if number < 2 else {})).encode())

    web.say("/api/v1/modules", listed)
    token = web.say("/token", b'{"access_token": "t-1"}')
    source = opened(web, "s3cret", url=web.url + "/api/v1", token_url=token, client_id="needle")
    found = modules(list(source.read(Reading(now=NOW))))
    assert list(found) == ["m.0", "m.1", "m.2"]
    assert (found["m.0"].level, found["m.0"].skills) == ("Beginner", ("Azure",))
    assert found["m.0"].duration == Duration(12.0, Basis.DECLARED)
    assert b"scope=https%3A%2F%2Flearn.microsoft.com%2F.default" in web.asked[0].body
    assert {one.headers.get("authorization") for one in web.asked[1:]} == {"Bearer t-1"}
    assert source.check() == ()


def test_a_next_page_elsewhere_is_not_asked_for(web: Web) -> None:
    body = json.dumps({"value": [{"id": "m"}], "nextLink": "http://169.254.169.254/"}).encode()
    web.say("/api/v1/modules", body)
    with pytest.raises(InvalidAnswer, match="of another site"):
        list(opened(web, "s3cret", url=web.url + "/api/v1/").read(Reading(now=NOW)))


@pytest.mark.parametrize(
    "values", [{"locale": "?"}, {"full_days": "0"}, {"units": "some"}, {"client_id": "x"}],
    ids=range(4),
)  # fmt: skip
def test_wrong_settings_are_named(web: Web, values: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings):
        opened(web, **values)


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
)
FIELDS = st.sampled_from([*told("m"), "id", "durationInMinutes", "updatedAt"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(FIELDS, VALUE), max_size=4))
def test_any_record_is_read_or_set_aside(some: list[dict[str, object]]) -> None:
    list(records_of(some, some, source="s", place="p"))
