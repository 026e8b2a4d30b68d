"""LTI Resource Search: pages, subjects, and who may be asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import AccessRefused, AddressRefused, InvalidAnswer, InvalidSettings
from catalogue_sync.module import Basis, Duration, Kind, Module, Withheld
from catalogue_sync.records import Reading, Refused, Skill
from catalogue_sync.sources.catalogues import resource_search
from catalogue_sync.sources.catalogues.resource_search import read_resources, read_subjects
from catalogue_sync.sources.source import Source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.web import Asked, Page, Web, serve_web

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SURROUNDINGS = Surroundings(networks=LOOPBACK, sleep=lambda _: None)
RESOURCES, SUBJECTS = "/ims/rs/v1p0/resources", "/ims/rs/v1p0/subjects"


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on this machine."""
    with serve_web() as serving:
        yield serving


def resource(number: int, **values: object) -> dict[str, object]:
    return {"name": f"R{number}", "url": f"https://r.example/{number}"} | values


def answer(*resources: object) -> bytes:
    return json.dumps({"resources": resources}).encode()


def only(**values: object) -> Module:
    (module,) = read_resources(answer(resource(1, **values)), source="s", place="p").records
    assert isinstance(module, Module)
    return module


def test_a_resource_becomes_a_module() -> None:
    module = only(
        description="<p>Tie</p>", subject=["Ropes"], learningResourceType=["Lab/Experiment"],
        language=["en", "nl"], typicalAgeRange="14-16", timeRequired="PT20M",
        publishDate="2026-11-01T00:00:00Z", useRightsURL="https://cc.example/by",
        learningObjectives=[{"targetName": "Knots"}, {"caseItemGUID": "c-1"}, "x"],
        author=["Ann Other"], publisher="Acme", educationalAudience=["student", "teacher"],
    )  # fmt: skip
    assert module == Module(
        source="s",
        identifier="https://r.example/1",
        title="R1",
        kind=Kind.PRACTICE,
        open_url="https://r.example/1",
        description="Tie",
        duration=Duration(20.0, Basis.DECLARED),
        language="en",
        level="14-16",
        skills=("Ropes", "Knots", "c-1"),
        licence="https://cc.example/by",
        updated=datetime(2026, 11, 1, tzinfo=UTC),
    )


def test_what_is_for_teachers_only_is_withheld() -> None:
    assert only(educationalAudience=["teacher", "administrator"]).withheld is Withheld.FOR_TEACHERS
    assert only(educationalAudience=[]).withheld is None


def test_what_only_an_lti_launch_opens_has_no_address() -> None:
    data = answer({"name": "R", "ltiLink": {"@id": "l-1", "url": "https://lti.example/launch"}})
    built = read_resources(data, source="s", place="p")
    (module,) = built.records
    assert isinstance(module, Module)
    assert (module.identifier, module.open_url) == ("l-1", None)
    assert len(built.warnings) == 1


def test_a_resource_that_cannot_be_right_is_set_aside() -> None:
    data = answer({"url": "https://r.example/1"}, {"name": "R"}, 7, resource(3))
    built = read_resources(data, source="s", place="p")
    assert [r.place for r in built.records if isinstance(r, Refused)] == [
        "p, resource 1", "p, resource 2 (R)",
    ]  # fmt: skip
    assert [r.title for r in built.records if isinstance(r, Module)] == ["R3"]


@pytest.mark.parametrize("data", [b"<html>", b"{}", b'"x"', b"[" * 100_000, b'{"resources": 7}'])
def test_another_answer_is_named(data: bytes) -> None:
    with pytest.raises(InvalidAnswer):
        read_resources(data, source="s", place="p")


def test_subjects_become_skills() -> None:
    data = json.dumps({"subjects": [{"identifier": 1, "name": "Ropes"},
                                    {"identifier": "2", "name": "Knots", "parent": 1},
                                    {"name": "?"}]})  # fmt: skip
    assert read_subjects(data.encode(), place="p") == (
        Skill(identifier="1", name="Ropes"),
        Skill(identifier="2", name="Knots", parent="1"),
    )


def opened(web: Web, secret: str | None = None, **values: str) -> Source:
    return resource_search.KIND.open("rs", {"url": web.url} | values, secret, SURROUNDINGS)


def serve(most: int, count: int, *, total: bool, link: bool) -> Callable[[Asked], Page]:
    """A repository of so many resources that gives at most so many at once."""

    def listed(asked: Asked) -> Page:
        offset, limit = int(asked.query["offset"]), min(int(asked.query["limit"]), most)
        end = min(offset + limit, count)
        headers = {"X-Total-Count": str(count)} if total else {}
        if link and end < count:
            headers["Link"] = (
                f'<{RESOURCES}?limit=1&offset=0>; rel="first", '
                f'<{RESOURCES}?limit={limit}&offset={end}>; rel="next"'
            )
        return Page(answer(*(resource(n) for n in range(offset, end))), headers=headers)

    return listed


@pytest.mark.parametrize(
    ("total", "link"), [(True, False), (False, False), (True, True)], ids=["total", "none", "link"]
)
def test_every_page_is_read(web: Web, total: bool, link: bool) -> None:
    web.say(RESOURCES, serve(40, 130, total=total, link=link))
    batches = list(opened(web).read(Reading(now=NOW)))
    found = [r for batch in batches if batch.build for r in batch.build().records]
    assert len(found) == len({r.identifier for r in found if isinstance(r, Module)}) == 130
    assert batches[-1].complete
    assert len(batches[0].notes) == 1


def test_a_run_goes_on_where_it_stopped(web: Web) -> None:
    web.say(RESOURCES, serve(40, 130, total=True, link=False))
    batches = list(opened(web).read(Reading(now=NOW, cursor="80")))
    assert sum(len(batch.build().records) for batch in batches if batch.build) == 50
    assert [batch.cursor for batch in batches] == ["120", None, None]


def test_a_repository_without_paging_ends(web: Web) -> None:
    web.say(RESOURCES, answer(resource(1), resource(2)))
    batches = list(opened(web).read(Reading(now=NOW)))
    assert sum(len(batch.build().records) for batch in batches if batch.build) == 2
    assert batches[-1].complete


def test_a_next_page_elsewhere_is_not_asked_for(web: Web) -> None:
    link = {"Link": "<http://169.254.169.254/>; rel=next"}
    web.say(RESOURCES, Page(answer(resource(1)), headers=link))
    with pytest.raises(InvalidAnswer, match="of another site"):
        list(opened(web, "s3cret").read(Reading(now=NOW)))


def test_a_bearer_token_is_sent(web: Web) -> None:
    web.say(RESOURCES, answer(resource(1)))
    assert opened(web, "s3cret").check() == ()
    assert web.asked[0].headers["authorization"] == "Bearer s3cret"
    web.say(RESOURCES, Page(status=401))
    with pytest.raises(AccessRefused) as caught:
        opened(web, "s3cret").check()
    assert "s3cret" not in str(caught.value)


def test_a_client_asks_for_a_token_first(web: Web) -> None:
    web.say(RESOURCES, answer())
    token = web.say("/token", b'{"access_token": "t-1", "expires_in": 60}')
    source = opened(web, "s3cret", token_url=token, client_id="needle", scope="public")
    assert source.check() == (f"{web.url}/ims/rs/v1p0 lists no resource to this account",)
    assert parse_qs(web.asked[0].body.decode()) == {
        "grant_type": ["client_credentials"], "client_id": ["needle"],
        "client_secret": ["s3cret"], "scope": ["public"],
    }  # fmt: skip
    assert web.asked[1].headers["authorization"] == "Bearer t-1"
    assert "s3cret" not in repr(source.__dict__)
    for wrong, error in ((Page(b"{}"), InvalidAnswer), (Page(status=400), AccessRefused)):
        web.say("/token", wrong)
        with pytest.raises(error):
            source.check()


@pytest.mark.parametrize(
    ("values", "secret", "error"),
    [({"url": "http://r.example"}, "s", AddressRefused), ({"url": "ftp://x"}, None, AddressRefused),
     ({"token_url": "https://t.example"}, "s", InvalidSettings),
     ({"token_url": "http://t.example", "client_id": "x"}, "s", AddressRefused),
     ({"token_url": "https://t.example", "client_id": "x"}, None, InvalidSettings)],
    ids=range(5),
)  # fmt: skip
def test_wrong_settings_are_named(
    web: Web, values: dict[str, str], secret: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        opened(web, secret, **values)


@pytest.mark.parametrize(
    ("bad", "complete"),
    [(resource(1, name=""), True), ({"name": "R1"}, False)],
    ids=["no-name", "no-identifier"],
)
def test_a_bad_edition_of_a_resource_keeps_the_good_one(
    web: Web, catalogue: Catalogue, bad: dict[str, object], *, complete: bool
) -> None:
    catalogue.put_source("rs", "resource-search", {"url": web.url})
    web.say(RESOURCES, answer(resource(1), resource(2), resource(3)))
    source = opened(web)
    sync(source, catalogue, now=NOW)
    web.say(RESOURCES, answer(bad, resource(2)))
    removed = 0
    for _ in range(2):
        report = sync(source, catalogue, now=NOW)
        removed += report.removed
        assert (report.complete, report.refused) == (complete, 1)
    assert ("nothing was removed" in "".join(report.warnings)) is not complete
    assert removed == complete  # the third, where it left
    assert len(list(catalogue.modules())) == 3 - removed


def test_a_run_that_goes_on_meets_a_nameless_resource_again(web: Web) -> None:
    def paged(asked: Asked) -> Page:
        offset = int(asked.query["offset"])
        found = [resource(n) for n in range(offset, min(offset + 100, 250))]
        if offset == 100:
            del found[7]["url"]
        return Page(answer(*found), headers={"X-Total-Count": "250"})

    web.say(RESOURCES, paged)
    source = opened(web)
    cursors = [batch.cursor for batch in source.read(Reading(now=NOW)) if batch.digest]
    assert cursors == ["100", "100", "100"]
    *_, last = source.read(Reading(now=NOW, cursor="100"))
    assert not last.complete


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
)
FIELDS = ["id", "name", "url", "ltiLink", "description", "subject", "learningResourceType",
          "language", "typicalAgeRange", "timeRequired", "learningObjectives", "publishDate",
          "educationalAudience", "useRightsURL", "technicalFormat"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUE), max_size=4))
def test_any_resource_is_read_or_set_aside(resources: list[object]) -> None:
    read_resources(answer(*resources), source="s", place="p")
    read_subjects(answer(*resources), place="p")
