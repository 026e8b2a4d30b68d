"""Competency frameworks: which skills they hold, under which names, and what is set aside."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import (
    AddressRefused,
    InvalidSettings,
    SourceUnreachable,
    UnsupportedPackage,
)
from catalogue_sync.records import Batch, Reading, Refused, Skill
from catalogue_sync.sources import open_source
from catalogue_sync.sources.catalogues.case import KIND, read_framework
from catalogue_sync.sources.source import Source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from catalogue_sync.transport.addresses import LOOPBACK
from tests.catalogue_sync.cartridges import item as cartridge_item
from tests.catalogue_sync.cartridges import manifest, resource, standards, write
from tests.servers.web import Page, Web, serve_web

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
ONE, TWO, THREE = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2, 3))
DOCUMENT = "d0000000-0000-4000-8000-000000000000"


def item(identifier: str, statement: str, **more: object) -> dict[str, object]:
    return {"identifier": identifier, "fullStatement": statement, **more}


def is_child(child: str, parent: str, kind: str = "isChildOf") -> dict[str, object]:
    return {
        "associationType": kind,
        "originNodeURI": {"identifier": child, "title": "", "uri": ""},
        "destinationNodeURI": {"identifier": parent, "title": "", "uri": ""},
    }


def framework(*items: object, associations: object = (), title: object = "Leading") -> bytes:
    return json.dumps({
        "CFDocument": {"identifier": DOCUMENT, "title": title}, "CFItems": items,
        "CFAssociations": associations,
    }).encode()  # fmt: skip


def skills(data: bytes) -> list[Skill]:
    found = list(read_framework(data, "f.json"))
    assert not any(isinstance(one, Refused) for one in found)
    return [one for one in found if isinstance(one, Skill)]


def test_a_real_framework_gives_what_was_counted_by_hand(shared: Path) -> None:
    name = "case10_opensalt_AdoptedTestFramework.json"
    found = list(read_framework((shared / "samples" / name).read_bytes(), name))

    assert found == [
        Skill(
            identifier="00000000-0000-0000-0000-000000000001",
            name="Item 1",
            framework="Adopted Test",
        )
    ]


def test_an_item_is_a_skill_with_all_that_it_says() -> None:
    first = item(
        ONE.upper(), "Gives  feedback\non what was seen.", abbreviatedStatement="Gives feedback",
        humanCodingScheme="LF1-FB", educationLevel=["09", " 10 ", 7],
    )  # fmt: skip
    second = item(TWO, "Listens", abbreviatedStatement="")
    found = skills(framework(first, second, associations=[is_child(TWO, ONE.upper())]))

    assert found == [
        Skill(identifier=ONE, name="Gives feedback", code="LF1-FB", framework="Leading",
              description="Gives feedback\non what was seen.", level="09, 10"),
        Skill(identifier=TWO, name="Listens", framework="Leading", parent=ONE),
    ]  # fmt: skip


def test_a_long_statement_is_shortened_in_the_name_alone() -> None:
    statement = "Listens before judging. " * 30
    [found] = skills(framework(item(ONE, statement)))

    assert len(found.name) <= 200
    assert found.name.endswith("…")
    assert found.description == statement.strip()


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("<p>Asks <b>open</b> questions</p>", "Asks open questions"),
        ("Knows that a < b and b > c", "Knows that a < b and b > c"),
        ("Writes `<a>` by hand", "Writes `` by hand"),
        ("*Asks*\u0000 \ud800questions", "*Asks* \ufffdquestions"),
    ],
    ids=["html", "less-than", "tag", "control"],
)
def test_a_statement_becomes_plain_text(statement: str, name: str) -> None:
    assert [one.name for one in skills(framework(item(ONE, statement)))] == [name]


@pytest.mark.parametrize(
    ("associations", "parents"),
    [
        ([is_child(ONE, DOCUMENT), is_child(TWO, ONE)], [None, ONE, None]),
        ([is_child(TWO, ONE), is_child(TWO, THREE)], [None, ONE, None]),
        ([is_child(TWO, ONE, "isRelatedTo")], [None, None, None]),
        ([is_child(ONE, ONE)], [None, None, None]),
        ([is_child(TWO, "elsewhere")], [None, None, None]),
        ([{"associationType": "isChildOf", "originNodeURI": f"https://x.example/{TWO}/",
           "destinationNodeURI": f"https://x.example/{ONE}"}], [None, ONE, None]),
        ([None, "x", {}, {"associationType": "isChildOf"}], [None, None, None]),
        ({"not": "a list"}, [None, None, None]),
    ],
    ids=["of-the-document", "two-parents", "other-kind", "itself", "unknown", "addresses", "junk",
         "no-list"],
)  # fmt: skip
def test_the_parent_is_what_is_child_of_leads_to(
    associations: object, parents: list[str | None]
) -> None:
    items = [item(one, one[:8]) for one in (ONE, TWO, THREE)]

    assert [s.parent for s in skills(framework(*items, associations=associations))] == parents


@pytest.mark.parametrize("length", [2, 3, 500])
def test_parents_never_run_in_a_circle(length: int) -> None:
    names = [f"skill-{n}" for n in range(length)]
    ring = [is_child(a, b) for a, b in zip(names, [*names[1:], names[0]], strict=True)]
    found = {s.identifier: s.parent for s in skills(framework(
        *(item(n, n) for n in names), associations=ring))}  # fmt: skip

    assert sum(parent is None for parent in found.values()) == 1
    for name in names:
        at: str | None = name
        for _ in range(length):
            at = found[at] if at else None
        assert at is None


@pytest.mark.parametrize(
    ("bad", "reason", "identifier"),
    [
        ({"fullStatement": "x"}, "no identifier", None),
        (item("  ", "x"), "no identifier", None),
        (item(TWO, "  "), "no statement", TWO),
        ({"identifier": TWO}, "no statement", TWO),
        (item(ONE, "again"), "same identifier", None),
        ("text", "no object", None),
        (None, "no object", None),
    ],
    ids=["no-identifier", "blank", "blank-statement", "no-statement", "twice", "text", "null"],
)
def test_an_item_that_is_no_skill_is_set_aside_with_its_place(
    bad: object, reason: str, identifier: str | None
) -> None:
    good, refused = read_framework(framework(item(ONE, "Listens"), bad), "f.json")

    assert isinstance(good, Skill)
    assert isinstance(refused, Refused)
    assert refused.place == "f.json: CFItems, item 2"
    assert reason in refused.reason
    assert refused.identifier == identifier


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<html/>", b"[]", b"{}", b'{"CFItems": {}}', b'{"CFDocument": {}}', b"\xff\xfe\xfd",
        b"[" * 100_000, b'{"CFItems": ' + b"[" * 100_000, b'{"CFItems": 1' + b"0" * 5_000 + b"}",
    ],
    ids=["empty", "html", "list", "object", "items", "document", "bytes", "deep", "deep-in",
         "long"],
)  # fmt: skip
def test_what_is_no_framework_is_a_named_error(data: bytes) -> None:
    with pytest.raises(UnsupportedPackage, match=r"f\.json is no CASE framework"):
        list(read_framework(data, "f.json"))


def test_a_package_in_a_package_is_read() -> None:
    inner = json.loads(framework(item(ONE, "Listens")))

    assert [s.name for s in skills(json.dumps({"CFPackage": inner}).encode())] == ["Listens"]


def test_a_framework_in_utf_16_is_read() -> None:
    data = framework(item(ONE, "Luistert één keer")).decode().encode("utf-16")

    assert [s.name for s in skills(data)] == ["Luistert één keer"]


def test_a_damaged_framework_gives_skills_or_a_named_error(shared: Path) -> None:
    whole = (shared / "samples" / "case10_opensalt_AdoptedTestFramework.json").read_bytes()
    chance = random.Random(2)
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 2, 6))):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(20)] = chance.randbytes(chance.randrange(20))
        with suppress(UnsupportedPackage):
            list(read_framework(bytes(data), "f.json"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from([ONE, TWO, "isChildOf"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([
        "identifier", "fullStatement", "abbreviatedStatement", "educationLevel", "title",
        "associationType", "originNodeURI", "destinationNodeURI", "humanCodingScheme",
    ]), inner, max_size=5), max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(document=_JSON, items=st.lists(_JSON, max_size=5), associations=st.lists(_JSON, max_size=5))
def test_any_json_gives_skills_or_what_is_set_aside(
    document: Any, items: list[Any], associations: list[Any]
) -> None:
    data = json.dumps(
        {"CFDocument": document, "CFItems": items, "CFAssociations": associations}
    ).encode()
    found = list(read_framework(data, "f.json"))

    assert len(found) == len(items)
    assert all(one.name and one.identifier for one in found if isinstance(one, Skill))


def from_file(path: Path) -> Source:
    return KIND.open("skills", {"path": str(path)}, None, Surroundings())


def batches(source: Source, mark: str | None = None) -> list[Batch]:
    return list(source.read(Reading(now=NOW, mark=mark)))


def test_a_file_is_one_batch_that_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(framework(item(ONE, "Listens")))
    [first] = batches(from_file(path))
    [again] = batches(from_file(path))
    path.write_bytes(framework(item(ONE, "Listens well")))
    [changed] = batches(from_file(path))

    assert first.complete
    assert first.records == ()
    assert first.digest == again.digest != changed.digest
    assert changed.build is not None
    assert [getattr(one, "name", None) for one in changed.build().records] == ["Listens well"]


def test_a_framework_without_items_is_warned_of_before_the_first_sync(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(framework())
    assert from_file(path).check() == ("f.json holds no competency",)
    path.write_bytes(framework(item(ONE, "Listens")))
    assert from_file(path).check() == ()


def test_a_file_that_is_not_there_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match=r"absent\.json cannot be read"):
        batches(from_file(tmp_path / "absent.json"))


@pytest.mark.parametrize("given_settings", [{}, {"url": "https://a.example", "path": "/x"}])
def test_either_a_file_or_an_address_is_given(given_settings: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings, match="either url"):
        KIND.open("skills", given_settings, None, Surroundings())


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as server:
        yield server


def from_address(url: str) -> Source:
    surroundings = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)
    return KIND.open("skills", {"url": url}, None, surroundings)


def names(batch: Batch) -> list[str]:
    assert batch.build is not None
    return [one.name for one in batch.build().records if isinstance(one, Skill)]


def test_an_address_is_asked_again_and_need_not_answer_what_did_not_change(web: Web) -> None:
    url = web.say("/f", Page(framework(item(ONE, "Listens")), headers={"ETag": '"1"'}))
    [first] = batches(from_address(url))
    [again] = batches(from_address(url), first.mark)

    assert names(first) == ["Listens"]
    assert first.mark
    assert (again.only_changes, again.complete, again.build, again.mark) == (
        True, True, None, first.mark,
    )  # fmt: skip


def test_a_document_leads_to_the_package_with_its_items(web: Web) -> None:
    package = web.say("/CFPackages/1", Page(framework(item(ONE, "Listens")),
                                            headers={"ETag": '"1"'}))  # fmt: skip
    document = {"identifier": DOCUMENT, "CFPackageURI": {"uri": package, "title": "x"}}
    url = web.say("/CFDocuments/1", Page(json.dumps(document).encode(), headers={"ETag": '"d"'}))
    [first] = batches(from_address(url))
    web.say("/CFPackages/1", framework(item(ONE, "Listens well")))
    [second] = batches(from_address(url), first.mark)

    assert (names(first), names(second)) == (["Listens"], ["Listens well"])


def test_a_document_does_not_lead_into_a_private_network(web: Web) -> None:
    document = {"CFDocument": {"CFPackageURI": "http://10.0.0.7/secret"}}
    url = web.say("/CFDocuments/1", json.dumps(document).encode())

    with pytest.raises(AddressRefused, match=r"10\.0\.0\.7"):
        batches(from_address(url))


def test_a_document_that_leads_to_itself_is_no_framework(web: Web) -> None:
    url = web.say("/f", b"")
    web.say("/f", json.dumps({"CFPackageURI": {"uri": url}}).encode())
    [batch] = batches(from_address(url))

    assert batch.build is not None
    with pytest.raises(UnsupportedPackage, match="no CASE framework"):
        batch.build()


def test_skills_are_kept_by_a_sync_and_a_second_one_changes_nothing(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(framework(item(ONE, "Listens"), item(TWO, "")))
    catalogue.add_source("skills", "case", {"path": str(path)})
    first = sync(from_file(path), catalogue, now=NOW)

    assert (first.skills, first.refused) == (1, 1)
    assert [one.reason for one in first.refusals] == ["it has no statement"]
    again = sync(from_file(path), catalogue, now=NOW)
    assert (again.nothing_changed, again.complete, again.refused) == (True, True, 1)


def test_the_standards_of_a_cartridge_are_told_by_their_names(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "f.json").write_bytes(framework(item(ONE.upper(), "Gives feedback")))
    aligned = resource("r", "a.html", inner=standards(ONE, "other"))
    made = manifest(cartridge_item("i", "A", "r"), aligned)
    package = write(tmp_path / "a.imscc", {"imsmanifest.xml": made})
    catalogue.add_source("skills", "case", {"path": str(tmp_path / "f.json")})
    catalogue.add_source("book", "cartridge", {"path": str(package)})
    sync(from_file(tmp_path / "f.json"), catalogue, now=NOW)
    sync(open_source("cartridge", "book", {"path": str(package)}), catalogue, now=NOW)

    assert [one.skills for one in catalogue.modules()] == [("Gives feedback", "other")]
