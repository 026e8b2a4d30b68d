"""An answer of OAI-PMH that was saved as a file, read as a source."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync import read_source
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import (
    CatalogueError,
    InvalidAnswer,
    InvalidSettings,
    SourceUnreachable,
    UnsupportedPackage,
)
from catalogue_sync.limits import Limits
from catalogue_sync.module import Provenance
from catalogue_sync.sources import open_source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW
from tests.catalogue_sync.test_oai import TITLED, dc, lom, page_of, record

ONE = record(lom(TITLED))
NAMELESS = record(dc("<dc:title>B</dc:title>"), identifier="")


def saved(folder: Path, data: bytes) -> str:
    path = folder / "answer.xml"
    path.write_bytes(data)
    return str(path)


def answer(inner: str) -> bytes:
    return f"<OAI-PMH>{inner}</OAI-PMH>".encode()


def test_the_records_of_a_list_are_modules_with_what_the_settings_say(tmp_path: Path) -> None:
    path = saved(tmp_path, page_of(ONE, record("", "oai:x:2", ' status="deleted"')))
    [found] = read_source("oai", path=path, language="nl", provenance="expert", licence="CC BY")

    assert (found.identifier, found.title) == ("oai:x:1", "A")
    assert (found.language, found.provenance, found.licence) == ("nl", Provenance.EXPERT, "CC BY")


def test_an_answer_to_get_record_is_read(shared: Path) -> None:
    path = shared / "samples" / "oai_GetRecord_utf8test_sickle.xml"
    [found] = read_source("oai", path=str(path))
    assert found.title


def test_a_saved_answer_is_synced_and_built_again_only_when_it_changed(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = saved(tmp_path, page_of(ONE, record(lom(TITLED), "oai:x:2")))
    catalogue.add_source("shelf", "oai", {"path": path})
    source = open_source("oai", "shelf", {"path": path})

    assert sync(source, catalogue, now=NOW).added == 2
    again = sync(source, catalogue, now=NOW)
    saved(tmp_path, page_of(ONE))
    after = sync(source, catalogue, now=NOW)

    assert (again.unchanged, again.changed, again.complete) == (2, 0, True)
    assert (after.removed, after.complete) == (1, True)


def test_nothing_is_removed_while_a_record_has_no_name(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = saved(tmp_path, page_of(ONE, record(lom(TITLED), "oai:x:2")))
    catalogue.add_source("shelf", "oai", {"path": path})
    source = open_source("oai", "shelf", {"path": path})
    sync(source, catalogue, now=NOW)
    saved(tmp_path, page_of(ONE, NAMELESS))

    for _ in range(2):
        report = sync(source, catalogue, now=NOW)
        assert (report.complete, report.removed, report.refused) == (False, 0, 1)
        assert "records that cannot be told apart were set aside" in report.warnings[0]


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        pytest.param(
            page_of(ONE, end="<resumptionToken>next</resumptionToken>"), "one page of a longer",
            id="first page",
        ),
        pytest.param(answer('<error code="noRecordsMatch"/>'), "no such records", id="no records"),
        pytest.param(page_of(NAMELESS), "1 of 1 records cannot be read", id="refused"),
        pytest.param(page_of(ONE), "1 of 1 records have no web address", id="no address"),
    ],
)
def test_a_check_says_what_is_amiss(tmp_path: Path, data: bytes, warning: str) -> None:
    [found] = open_source("oai", "shelf", {"path": saved(tmp_path, data)}).check()[:1]
    assert warning in found


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(
            answer('<error code="badArgument">Say <b>it</b></error>'), "says badArgument: Say",
            id="error",
        ),
        pytest.param(answer("<error/>"), "says error: without a reason", id="empty error"),
        pytest.param(answer("<ListSets/>"), "save an answer to verb=ListRecords", id="other list"),
        pytest.param(b"<html/>", "is <html>, not <OAI-PMH>", id="other XML"),
    ],
)
def test_what_holds_no_records_is_refused_by_name(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    with pytest.raises(InvalidAnswer, match=rf"answer\.xml.*{reason}"):
        list(read_source("oai", path=saved(tmp_path, data)))


def test_a_file_that_is_not_there_or_too_large_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match=r"gone\.xml cannot be read"):
        list(read_source("oai", path=str(tmp_path / "gone.xml")))
    small = Surroundings(limits=Limits(answer_bytes=10))
    with pytest.raises(UnsupportedPackage, match="larger than 10 bytes"):
        list(read_source("oai", path=saved(tmp_path, page_of(ONE)), surroundings=small))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "either url"),
        ({"url": "https://a.example/oai", "path": "a.xml"}, "either url"),
        ({"path": "a.xml", "set": "x"}, "set is asked of an address"),
        ({"path": "a.xml", "prefix": "x"}, "prefix is asked of an address"),
        ({"path": "a.xml", "full_days": "1"}, "full_days is asked of an address"),
    ],
    ids=["neither", "both", "set", "prefix", "full_days"],
)
def test_settings_that_do_not_go_together_are_refused(
    settings: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidSettings, match=reason):
        open_source("oai", "shelf", settings)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 400), put=st.binary(max_size=3), cut=st.integers(0, 400))
def test_a_damaged_answer_gives_records_or_a_named_error(
    tmp_path: Path, at: int, put: bytes, cut: int
) -> None:
    whole = page_of(ONE, NAMELESS)
    data = whole[:at] + put + whole[at + cut :]
    path = saved(tmp_path, data)
    with contextlib.suppress(CatalogueError):
        assert {one.source for one in read_source("oai", path=path)} <= {"source"}
