"""An independent harvester reads the tests' repository, and finds what our own finds."""

from __future__ import annotations

import pytest

from catalogue_sync.module import Module
from catalogue_sync.records import Reading, Removed
from catalogue_sync.sources.oai.source import KIND
from catalogue_sync.surroundings import Surroundings
from tests.catalogue_sync.sources import NOW
from tests.servers.loopback import LOOPBACK
from tests.servers.oai import MADE, Repository, serve_oai

pytestmark = pytest.mark.peers

scythe = pytest.importorskip("oaipmh_scythe")


def test_both_harvesters_find_the_same_records() -> None:
    repository = Repository(57, page=10)
    repository.deleted |= {3: MADE, 40: MADE}
    repository.changed[12] = (repository.now, "Brackets & <angles>")
    with serve_oai(repository) as server:
        with scythe.Scythe(server.url) as peer:
            theirs = {
                record.header.identifier: (
                    None if record.header.deleted else record.metadata["title"][0]
                )
                for record in peer.list_records(metadata_prefix="oai_dc")
            }
        source = KIND.open("library", {"url": server.url}, None, Surroundings(networks=LOOPBACK))
        ours: dict[str, str | None] = {}
        for batch in source.read(Reading(now=NOW)):
            for found in batch.build().records if batch.build else ():
                assert isinstance(found, Module | Removed), found
                ours[found.identifier] = found.title if isinstance(found, Module) else None
    assert len(ours) == 57
    assert ours == theirs
