"""Pages that describe learning resources in schema.org's words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import InvalidAnswer, RequestRefused
from catalogue_sync.module import Basis, Duration, Kind, Module
from catalogue_sync.records import Built, Reading, Refused
from catalogue_sync.sources.catalogues import lrmi
from catalogue_sync.sources.catalogues.lrmi import read_lrmi
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.web import Page, Web, serve_web

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SURROUNDINGS = Surroundings(networks=LOOPBACK, sleep=lambda _: None)
PAGE = "https://learn.example/page"


def page(*scripts: str) -> bytes:
    """A page with these blocks of JSON-LD."""
    inside = "".join(f'<script type="application/ld+json">{one}</script>' for one in scripts)
    return f"<html><head>{inside}</head><body>Words</body></html>".encode()


def read(value: object) -> Built:
    return read_lrmi(page(json.dumps(value)), source="site", place="page", url=PAGE)


def modules(value: object) -> list[Module]:
    return [record for record in read(value).records if isinstance(record, Module)]


def only(**values: object) -> Module:
    """The module of one learning resource."""
    base = {"@type": "LearningResource", "@id": "#it", "name": "Knots"}
    (module,) = modules(base | values)
    return module


def test_a_learning_resource_becomes_a_module() -> None:
    module = only(
        **{"@context": "https://schema.org"},
        description="<p>Tie <b>one</b></p>", url="/knots", timeRequired="PT1H30M",
        inLanguage="en-GB", educationalLevel={"@type": "DefinedTerm", "name": "Beginner"},
        teaches=["Bowline", {"@type": "DefinedTerm", "name": "Clove hitch"}],
        assesses="Bowline", about={"@type": "Thing", "name": "Rope"},
        educationalAlignment=[
            {"alignmentType": "teaches", "targetName": "Safety"},
            {"alignmentType": "educationalLevel", "targetName": "Year 7"},
        ],
        license="https://creativecommons.org/licenses/by/4.0/", dateModified="2026-11-01",
        author={"@type": "Person", "name": "Ann Other"},
    )  # fmt: skip
    assert module == Module(
        source="site",
        identifier=PAGE + "#it",
        title="Knots",
        kind=Kind.LESSON,
        open_url="https://learn.example/knots",
        description="Tie one",
        duration=Duration(90.0, Basis.DECLARED),
        language="en-GB",
        level="Beginner, Year 7",
        skills=("Bowline", "Clove hitch", "Safety", "Rope"),
        licence="https://creativecommons.org/licenses/by/4.0/",
        updated=datetime(2026, 11, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"@type": "Course"}, Kind.COURSE),
        ({"@type": ["WebPage", "https://schema.org/VideoObject"]}, Kind.VIDEO),
        ({"@type": "schema:Quiz"}, Kind.QUIZ),
        ({"@type": "Article"}, Kind.ARTICLE),
        ({"@type": "EducationEvent"}, Kind.EVENT),
        ({"learningResourceType": "Video lecture"}, Kind.VIDEO),
        ({"learningResourceType": ["Lab", "assignment"]}, Kind.ASSIGNMENT),
        ({"learningResourceType": "practiceProblem"}, Kind.PRACTICE),
        ({"@type": "CreativeWork", "learningResourceType": "quiz"}, Kind.QUIZ),
        ({"@type": "CreativeWork", "learningResourceType": "thing"}, Kind.COURSE_PART),
    ],
    ids=range(10),
)
def test_its_type_says_what_kind_it_is(values: dict[str, object], kind: Kind) -> None:
    assert only(**values).kind is kind


@pytest.mark.parametrize("kind", ["Organization", "WebSite", "Product", "CreativeWork", "", 7])
def test_what_is_nothing_to_learn_from_is_no_module(kind: object) -> None:
    built = read({"@type": kind, "name": "Acme", "url": PAGE})
    assert built.records == ()
    assert built.warnings == ("page describes no learning resource",)


COURSE = {
    "@type": "Course", "@id": "#c", "name": "Ropes", "license": "CC BY", "inLanguage": "en",
    "hasPart": [
        {"@type": "LearningResource", "@id": "#a", "name": "Knots"},
        {"@type": "VideoObject", "name": "Splices", "duration": "PT2M", "url": "/splices"},
        {"name": "Care"},
    ],
    "hasCourseInstance": [
        {"@type": "CourseInstance", "startDate": "2026-12-01T10:00:00+01:00",
         "endDate": "2026-12-01T12:00:00+01:00", "courseWorkload": "PT2H"},
        {"@type": "CourseInstance", "courseMode": "online"},
    ],
}  # fmt: skip


def test_parts_and_dates_of_a_course_are_modules_of_their_own() -> None:
    course, knots, splices, care, date = modules({"@graph": [COURSE]})
    assert course.identifier == PAGE + "#c"
    for number, part in enumerate((knots, splices, care), start=1):
        assert (part.part_of, part.course_id, part.course) == (PAGE + "#c", PAGE + "#c", "Ropes")
        assert (part.position, part.siblings, part.language) == (number, 3, "en")
        assert part.licence == "CC BY"
    assert (splices.kind, splices.open_url) == (Kind.VIDEO, "https://learn.example/splices")
    assert (care.identifier, care.kind) == (PAGE + "#c#Care", Kind.COURSE_PART)
    assert (date.kind, date.title, date.part_of) == (Kind.EVENT, "Ropes", PAGE + "#c")
    assert date.starts == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert date.ends == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert date.duration == Duration(120.0, Basis.DECLARED)


def test_parts_that_stand_elsewhere_in_the_graph_are_found() -> None:
    graph = [
        {"@type": "LearningResource", "@id": "#b", "name": "Second"},
        {"@type": "Course", "@id": "#c", "name": "Ropes", "hasPart": [{"@id": "#a"}, {"@id": "#b"},
         {"@id": "https://elsewhere.example/"}]},
        {"@type": "LearningResource", "@id": "#a", "name": "First"},
    ]  # fmt: skip
    found = modules({"@graph": graph})
    assert [(one.title, one.position) for one in found] == [
        ("Ropes", None), ("First", 1), ("Second", 2),
    ]  # fmt: skip


def test_parts_that_contain_each_other_end() -> None:
    layers = [
        {"@type": "Course", "@id": f"#{n}", "name": f"n{n}",
         "hasPart": [{"@id": f"#{n + 1}"}, {"@id": f"#{n + 1}"}, {"@id": "#0"}]}
        for n in range(40)
    ]  # fmt: skip
    began = time.monotonic()
    assert 1 <= len(modules({"@graph": layers})) <= 40
    assert time.monotonic() - began < 2


def test_a_bare_file_and_lists_are_read() -> None:
    data = b"\xef\xbb\xbf" + json.dumps([{"@type": "Quiz", "name": "Q", "url": "/q"}]).encode()
    (module,) = read_lrmi(data, source="s", place="data.json", url=PAGE).records
    assert isinstance(module, Module)
    assert module.open_url == "https://learn.example/q"


def test_a_block_that_is_broken_leaves_the_others_readable() -> None:
    good = json.dumps({"@type": "Quiz", "name": "Q", "url": "/q"})
    built = read_lrmi(
        page('{"@type": "Quiz",', good, "[" * 100_000, json.dumps({"@type": "Quiz", "name": "R"})),
        source="s", place="page", url="",
    )  # fmt: skip
    assert [r.place for r in built.records if isinstance(r, Refused)] == [
        "page, JSON-LD 1", "page, JSON-LD 3", "page, JSON-LD 4, 'R'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        [{"@type": "Quiz", "name": "Q", "url": "/q", "x": [1] * 250_000}],
        json.loads('{"@type":"Quiz","name":"Q","x":' * 70 + "1" + "}" * 70),
    ],
    ids=["wide", "deep"],
)
def test_what_is_too_wide_or_too_deep_is_set_aside(value: object) -> None:
    (refused,) = read(value).records
    assert isinstance(refused, Refused)
    assert "200,000 values, or nested more than 60 deep" in refused.reason


def test_scripts_are_found_in_linear_time_and_not_in_comments() -> None:
    began = time.monotonic()
    hidden = b'<!-- <script type="application/ld+json">{"@type":"Quiz","name":"Q"}</script> -->'
    other = b'<script type="text/javascript">var a = "application/ld+json"</script>'
    many = (b"<script " * 500_000, b"<!--" * 500_000, b"<script>" * 200_000)
    for data in (hidden, other, *many):
        with pytest.raises(InvalidAnswer, match="holds no JSON-LD"):
            read_lrmi(data, source="s", place="page")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "data:text/html,x", "http://["])
def test_what_a_browser_must_not_open_is_no_address(bad: str) -> None:
    assert only(url=bad).open_url == PAGE + "#it"


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on this machine."""
    with serve_web() as serving:
        yield serving


def opened(**values: str) -> lrmi.LrmiSource:
    source = lrmi.KIND.open("site", values, None, SURROUNDINGS)
    assert isinstance(source, lrmi.LrmiSource)
    return source


def test_several_pages_are_read_and_one_that_fails_leaves_the_others(web: Web) -> None:
    good = page(json.dumps({"@type": "Quiz", "name": "Q", "url": "/q"}))
    urls = [web.say("/a", good), web.say("/b", b"<html>none</html>"), web.url + "/missing"]
    batches = list(opened(url=" ".join(urls)).read(Reading(now=NOW)))
    built = [batch.build() for batch in batches if batch.build]
    assert [len(one.records) for one in built] == [1]
    assert [len(batch.warnings) for batch in batches] == [0, 1, 1, 0]
    assert not batches[-1].complete
    whole = list(opened(url=f"{urls[0]} {web.say('/c', good)}").read(Reading(now=NOW)))
    assert whole[-1].complete
    with pytest.raises(RequestRefused):
        list(opened(url=f"{urls[2]} {urls[2]}2").read(Reading(now=NOW)))


def test_one_page_is_asked_for_again_only_when_it_changed(web: Web) -> None:
    data = page(json.dumps({"@type": "Quiz", "name": "Q"}))
    url = web.say("/", Page(data, headers={"ETag": '"1"'}))
    *_, first = opened(url=url).read(Reading(now=NOW))
    (again,) = opened(url=url).read(Reading(now=NOW, mark=first.mark))
    assert (again.build, again.only_changes) == (None, True)
    assert opened(url=url).check() == ()


def knot(number: int, name: str, **more: object) -> dict[str, object]:
    return {"@type": "LearningResource", "@id": f"#{number}", "name": name} | more


A, B = json.dumps(knot(1, "A")), json.dumps(knot(2, "B"))
UNNAMED = json.dumps(knot(1, ""))
NOTHING_REMOVED = "nothing was removed, since 1 records"


@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize(
    ("before", "after", "complete"),
    [
        pytest.param((A, B), (UNNAMED,), True, id="no-name"),
        pytest.param((A, B), (A[:-4], B), False, id="broken-block"),
        pytest.param((json.dumps({"@type": "Quiz", "name": "Q"}), B),
                     (json.dumps({"@type": "Quiz"}), B), False, id="nothing-to-name-it-by"),
        pytest.param((json.dumps(knot(1, "A", hasPart=[knot(3, "Part")])), B),
                     (json.dumps(knot(1, "", hasPart=[knot(3, "Part")])), B), False, id="parts"),
    ],
)  # fmt: skip
def test_a_bad_edition_of_a_resource_keeps_the_good_one(
    web: Web, catalogue: Catalogue, before: tuple[str, ...], after: tuple[str, ...], pages: int,
    *, complete: bool,
) -> None:  # fmt: skip
    url = web.say("/a", page(*before))
    if pages == 2:
        url += " " + web.say("/b", page(json.dumps(knot(9, "Other"))))
    catalogue.put_source("site", "lrmi", {"url": url})
    held = sync(opened(url=url), catalogue, now=NOW).added
    web.say("/a", page(*after))
    removed = 0
    for _ in range(2):
        report = sync(opened(url=url), catalogue, now=NOW)
        removed += report.removed
        assert (report.complete, report.refused) == (complete, 1)
        assert (NOTHING_REMOVED in "".join(report.warnings)) is not complete
    assert removed == complete  # B, where it left
    assert len(list(catalogue.modules())) == held - removed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["@id", "@type", "@graph", "@value", "@list", "name", "url", "hasPart",
                         "hasCourseInstance", "startDate", "about", "teaches", "inLanguage",
                         "timeRequired", "educationalAlignment", "license", "identifier"]),
        inner | st.sampled_from(["Course", "Quiz", "PT5M", "2026-12-01", "#a", "//["]), max_size=6),
    max_leaves=40,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_is_read(value: object) -> None:
    text = json.dumps(value)
    read_lrmi(page(text), source="s", place="page", url=PAGE)
    read_lrmi(page(text), source="s", place="page")
