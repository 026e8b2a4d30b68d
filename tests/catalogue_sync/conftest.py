"""A migrated catalogue on each database, and a Moodle that answers from recorded answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.schema import metadata
from catalogue_sync.sources.moodle.service import MoodleService
from tests.catalogue_sync.sources import LOCAL, ReversingCipher
from tests.servers.moodle import MoodleServer, Site, serve


@pytest.fixture
def catalogue(engine: sa.Engine) -> Catalogue:
    """An empty catalogue of the organisation northwind.

    Its tables come from the schema, which is quicker than migrating; a test of its own shows
    that the migrations make the same.
    """
    metadata.create_all(engine, checkfirst=False)
    return Catalogue(engine, "northwind", cipher=ReversingCipher())


@pytest.fixture
def site(shared: Path) -> Site:
    """A Moodle's content and behaviour, as recorded."""
    return Site(shared / "captures" / "moodle-4.5", token="0123456789abcdef")


@pytest.fixture
def moodle(site: Site) -> Iterator[MoodleServer]:
    """The Moodle at an address of its own."""
    with serve(site) as server:
        yield server


@pytest.fixture
def lms(tmp_path: Path, moodle: MoodleServer, site: Site) -> Iterator[Catalogue]:
    """A catalogue with the Moodle as its source `lms`, on one kind of database.

    What is read of a Moodle does not depend on the database; a test below syncs into each.
    """
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'lms.sqlite3'}")
    metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind", cipher=ReversingCipher())
    catalogue.add_source("lms", "moodle", {"url": moodle.url}, site.token)
    yield catalogue
    engine.dispose()


@pytest.fixture
def service(moodle: MoodleServer, site: Site) -> Iterator[MoodleService]:
    """The Moodle's web services, without waiting between tries."""
    opened = MoodleService(moodle.url, site.token, LOCAL)
    yield opened
    opened.close()
