"""Lists of OAI-PMH, over HTTP: how one is walked, what is read again and what is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import (
    AddressRefused,
    InvalidAnswer,
    InvalidSettings,
    InvalidXML,
    SourceUnreachable,
)
from catalogue_sync.limits import STANDARD
from catalogue_sync.module import Kind, Module
from catalogue_sync.records import Batch, Reading
from catalogue_sync.schema import metadata
from catalogue_sync.sources.oai.source import KIND, OaiSource
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import Progress, sync
from tests.catalogue_sync.sources import NOW
from tests.servers.loopback import LOOPBACK
from tests.servers.oai import LOM, MADE, OAI_DC, OaiServer, Repository, serve_oai

AROUND = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)


@pytest.fixture
def repository() -> Repository:
    return Repository(25, page=10)


@pytest.fixture
def server(repository: Repository) -> Iterator[OaiServer]:
    with serve_oai(repository) as server:
        yield server


@pytest.fixture
def catalogue(tmp_path: Path, server: OaiServer) -> Iterator[Catalogue]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'oai.sqlite3'}")
    metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind")
    catalogue.put_source("library", "oai", {"url": server.url})
    yield catalogue
    engine.dispose()


def opened(server: OaiServer, around: Surroundings = AROUND, **values: str) -> OaiSource:
    source = KIND.open("library", {"url": server.url} | values, None, around)
    assert isinstance(source, OaiSource)
    return source


def batches(source: OaiSource, reading: Reading | None = None) -> list[Batch]:
    return list(source.read(reading or Reading(now=NOW)))


def titles(catalogue: Catalogue) -> dict[str, str]:
    return {m.identifier.rpartition(":")[2]: m.title for m in catalogue.modules()}


def test_a_list_is_read_to_its_end(catalogue: Catalogue, server: OaiServer) -> None:
    server.repository.deleted[4] = MADE
    report = sync(opened(server), catalogue, now=NOW)
    assert (report.added, report.complete) == (24, True)
    assert set(titles(catalogue)) == {str(n) for n in range(25)} - {"4"}


def test_lom_is_found_by_its_namespace_and_preferred(server: OaiServer) -> None:
    server.repository.formats = (("oai_dc", OAI_DC), ("oai_lom-de", LOM))
    built = batches(opened(server))[0].build
    assert built is not None
    found = built().records[7]
    assert isinstance(found, Module)
    assert (found.title, found.kind) == ("Piece 7", Kind.VIDEO)
    assert found.duration is not None
    assert found.duration.minutes == 8


def test_a_prefix_that_the_repository_has_not_is_named(server: OaiServer) -> None:
    with pytest.raises(InvalidSettings, match=r"'mods'.* has oai_dc"):
        batches(opened(server, prefix="mods"))


def test_an_unchanged_list_is_read_and_not_parsed(
    catalogue: Catalogue, server: OaiServer
) -> None:
    sync(opened(server, full_days="0"), catalogue, now=NOW)
    version = catalogue.version()
    server.repository.now += timedelta(days=1)
    server.repository.changed[13] = (server.repository.now, "New")
    source = opened(server, full_days="0")
    parsed = []
    build = source._build
    source._build = lambda data, file: parsed.append(file) or build(data, file)  # type: ignore[func-returns-value,method-assign]
    report = sync(source, catalogue, now=NOW + timedelta(days=1))
    assert (report.changed, report.unchanged) == (1, 24)
    assert [file.rpartition(" ")[2] for file in parsed] == ["2"]
    assert titles(catalogue)["13"] == "New"
    assert catalogue.version() == version + 1


def test_only_changes_are_asked_for_where_deletions_are_told(
    catalogue: Catalogue, server: OaiServer
) -> None:
    repository = server.repository
    sync(opened(server), catalogue, now=NOW)
    repository.now += timedelta(days=2)
    repository.changed[3] = (repository.now - timedelta(hours=1), "New")
    repository.deleted[5] = repository.now - timedelta(hours=2)
    repository.requests.clear()
    report = sync(opened(server), catalogue, now=NOW + timedelta(days=2))
    assert (report.changed, report.removed, report.complete) == (1, 1, True)
    assert "5" not in titles(catalogue)
    lists = [asked for asked in repository.requests if asked["verb"] == "ListRecords"]
    assert [asked["from"] for asked in lists] == ["2026-10-27T23:45:00Z"], "and some before"


def test_nothing_new_since_the_last_time_is_no_empty_repository(
    catalogue: Catalogue, server: OaiServer
) -> None:
    sync(opened(server), catalogue, now=NOW)
    report = sync(opened(server), catalogue, now=NOW + timedelta(days=1))
    assert (report.removed, report.complete, report.warnings) == (0, True, ())
    assert len(titles(catalogue)) == 25


@pytest.mark.parametrize(
    ("change", "later"),
    [
        pytest.param({"keeps_deleted": "transient"}, 1, id="deletions not told for ever"),
        pytest.param({}, 8, id="a week has passed"),
    ],
)
def test_everything_is_read_again_where_changes_do_not_tell_all(
    catalogue: Catalogue, server: OaiServer, change: dict[str, str], later: int
) -> None:
    for name, value in change.items():
        setattr(server.repository, name, value)
    sync(opened(server), catalogue, now=NOW)
    server.repository.records = 20
    report = sync(opened(server), catalogue, now=NOW + timedelta(days=later))
    assert (report.removed, report.unchanged) == (5, 20)


def test_a_repository_of_days_is_asked_by_days(catalogue: Catalogue, server: OaiServer) -> None:
    server.repository.granularity = "YYYY-MM-DD"
    sync(opened(server), catalogue, now=NOW)
    sync(opened(server), catalogue, now=NOW + timedelta(days=1))
    assert server.repository.requests[-1]["from"] == "2026-10-27"


def test_a_token_that_is_over_begins_the_list_anew(
    catalogue: Catalogue, server: OaiServer
) -> None:
    answers = iter([False, True])

    def once(asked: dict[str, str], body: bytes) -> bytes:
        if "resumptionToken" in asked and next(answers, False):
            return b'<OAI-PMH><error code="badResumptionToken">over</error></OAI-PMH>'
        return body

    server.repository.mend = once
    report = sync(opened(server), catalogue, now=NOW)
    assert (report.added, report.complete) == (25, True)
    begun = [one for one in server.repository.requests if "metadataPrefix" in one]
    assert len(begun) == 2


def test_an_interrupted_harvest_whose_token_is_over_begins_anew(
    catalogue: Catalogue, server: OaiServer
) -> None:
    server.repository.keeps_deleted = "no"

    def stop(progress: Progress) -> None:
        if progress.records > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(opened(server), catalogue, now=NOW, progress=stop)
    assert len(titles(catalogue)) == 20
    server.repository.mend = lambda asked, body: (
        b'<OAI-PMH><error code="badResumptionToken">over</error></OAI-PMH>'
        if "!10!" in asked.get("resumptionToken", "") and len(server.repository.requests) == 2
        else re.sub(rb"<record>.{0,40}<identifier>oai:repository.example:5<.*?</record>", b"", body)
    )
    server.repository.requests.clear()
    report = sync(opened(server), catalogue, now=NOW + timedelta(minutes=5))
    assert report.complete
    assert set(titles(catalogue)) == {str(n) for n in range(25)} - {"5"}


@pytest.mark.parametrize("status", [400, 410, 422])
def test_a_status_can_say_that_a_token_is_over(
    catalogue: Catalogue, server: OaiServer, status: int
) -> None:
    repository = server.repository
    first = repository.answer({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    before = [repository.answer({"verb": verb}) for verb in ("Identify", "ListMetadataFormats")]
    repository.answers = [(200, {}, body) for body in [*before, first]] + [(status, {}, b"")]
    assert sync(opened(server), catalogue, now=NOW).added == 25


def test_tokens_that_never_last_end_with_a_named_error(server: OaiServer) -> None:
    server.repository.tokens_last = 0
    with pytest.raises(InvalidAnswer, match="begun 3 times and never came to its end"):
        batches(opened(server))


def test_a_list_that_leads_in_a_circle_ends(server: OaiServer) -> None:
    server.repository.mend = lambda asked, body: re.sub(rb"!\d+!\d+<", b"!10!0<", body)
    with pytest.raises(InvalidAnswer, match="leads back"):
        batches(opened(server))


def test_an_endless_list_ends(server: OaiServer) -> None:
    server.repository.records = 10_000
    around = replace(AROUND, limits=replace(STANDARD, pages=5))
    with pytest.raises(InvalidAnswer, match="more than 5 pages"):
        batches(opened(server, around))


def test_a_page_that_is_too_large_is_refused(server: OaiServer) -> None:
    around = replace(AROUND, limits=replace(STANDARD, xml_bytes=2_000))
    with pytest.raises(InvalidAnswer, match="larger than 2,000 bytes"):
        batches(opened(server, around))


def test_a_busy_repository_is_waited_for(server: OaiServer) -> None:
    waited: list[float] = []
    server.repository.answers = [(503, {"Retry-After": "7"}, b"")]
    found = batches(opened(server, replace(AROUND, sleep=waited.append)))
    assert waited == [7.0]
    assert found[-1].complete


def test_an_interrupted_harvest_goes_on_where_it_stopped(
    catalogue: Catalogue, server: OaiServer
) -> None:
    repository = server.repository
    repository.records = 50
    failing = [False]

    def fail(asked: dict[str, str], body: bytes) -> bytes:
        return b"<OAI-PMH>" if failing[0] and "!30!" in asked.get("resumptionToken", "") else body

    repository.mend = fail
    failing[0] = True
    with pytest.raises(InvalidXML):
        sync(opened(server), catalogue, now=NOW)
    assert len(titles(catalogue)) == 30
    failing[0] = False
    repository.requests.clear()
    report = sync(opened(server), catalogue, now=NOW + timedelta(minutes=5))
    assert report.complete
    assert len(titles(catalogue)) == 50
    assert not any("metadataPrefix" in asked for asked in repository.requests)


def test_nothing_is_removed_for_a_page_whose_records_are_lost(
    catalogue: Catalogue, server: OaiServer
) -> None:
    sync(opened(server, full_days="0"), catalogue, now=NOW)
    server.repository.mend = lambda asked, body: (
        body.replace(b"<header>", b"<header>\x01").replace(b"identifier>", b"name>")
        if "!10!" in asked.get("resumptionToken", "") else body
    )
    for days in (1, 2):
        report = sync(opened(server, full_days="0"), catalogue, now=NOW + timedelta(days=days))
        assert (report.removed, report.complete) == (0, False)
        assert any("nothing was removed" in one for one in report.warnings)
        assert len(titles(catalogue)) == 25


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"<identifier></identifier>", id="empty"),
        pytest.param(b"<identifier>&bad;</identifier>", id="unknown entity"),
        pytest.param(b"<identifier>oai:repository.example:7<", id="open element"),
    ],
)
def test_nothing_is_removed_while_a_record_cannot_be_named(
    catalogue: Catalogue, server: OaiServer, broken: bytes
) -> None:
    sync(opened(server, full_days="0"), catalogue, now=NOW)
    name = b"<identifier>oai:repository.example:7</identifier>"
    server.repository.mend = lambda asked, body: body.replace(name, broken)
    for days in (1, 2):
        report = sync(opened(server, full_days="0"), catalogue, now=NOW + timedelta(days=days))
        assert (report.removed, report.refused, report.complete) == (0, 1, False)
        assert len(titles(catalogue)) == 25
    server.repository.mend = None
    server.repository.records = 24
    report = sync(opened(server, full_days="0"), catalogue, now=NOW + timedelta(days=3))
    assert (report.removed, report.complete) == (1, True)


def test_a_cursor_or_mark_that_is_none_begins_anew(server: OaiServer) -> None:
    for raw in ("", "[]", '{"token": 1, "x": 2}', '{"from": "x", "whole_at": "y"}', "\ud800"):
        found = batches(opened(server), Reading(now=NOW, cursor=raw, mark=raw))
        assert found[-1].complete
        assert not found[-1].only_changes


def test_a_web_page_is_no_repository(server: OaiServer) -> None:
    server.repository.answers = [(200, {}, b"<html><body>Welcome</body></html>")]
    with pytest.raises(InvalidAnswer, match="verb=Identify"):
        opened(server).check()


def test_a_check_says_what_to_mend(server: OaiServer) -> None:
    server.repository.set_name = "open"
    assert opened(server).check() == ()
    assert "no records in its set 'closed'" in opened(server, set="closed").check()[0]
    server.repository.mend = lambda asked, body: body.replace(b"https://repository", b"urn:x")
    assert opened(server).check() == (
        "10 of the first 10 records have no web address, so they are never recommended",
    )


@pytest.mark.parametrize(
    ("values", "error", "match"),
    [
        pytest.param({"full_days": "soon"}, InvalidSettings, "full_days", id="days"),
        pytest.param({"language": "Dutch!"}, InvalidSettings, "language", id="language"),
        pytest.param({"provenance": "me"}, InvalidSettings, "provenance", id="provenance"),
        pytest.param({"url": "ftp://x"}, AddressRefused, "http", id="address"),
        pytest.param({"url": "http://127.0.0.1:9/"}, SourceUnreachable, "cannot be read",
                     id="nobody there"),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(
    values: dict[str, str], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        KIND.open("library", {"url": "http://127.0.0.1:9/"} | values, None, AROUND).check()


def test_a_private_address_is_not_called(server: OaiServer) -> None:
    with pytest.raises(AddressRefused):
        opened(server, Surroundings()).check()
    assert server.repository.requests == []


def test_the_share_grows(server: OaiServer) -> None:
    shares = [batch.share for batch in batches(opened(server)) if batch.share is not None]
    assert all(a <= b for a, b in pairwise(shares))
    assert shares[-1] == 1.0
