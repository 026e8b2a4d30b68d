"""A catalogue of the first version is upgraded with its modules, and syncs on as if nothing was."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import catalogue_sync
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Withheld
from catalogue_sync.schema import migrate
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, ListSource, module

FILL = (
    "INSERT INTO catalogue_state (organisation, version) VALUES ('northwind', 7)",
    """INSERT INTO catalogue_source (id, organisation, name, kind, settings, scan, cursor,
       scan_started_at) VALUES (1, 'northwind', 'list', 'test', '{}', 3, '2', :now)""",
    """INSERT INTO catalogue_module (id, organisation, source, identifier, title, kind, open_url,
       description, text, skills, visible, provenance, content_hash, version)
       VALUES (1, 'northwind', 'list', 'a', 'Piece a', 'article', 'https://lms.example/a', '', '',
       '[]', :yes, 'unknown', 'old', 7),
       (2, 'northwind', 'list', 'hid', 'Piece hid', 'article', NULL, '', '', '[]', :no, 'unknown',
       'old', 7),
       (3, 'northwind', 'list', 'gone', 'Piece gone', 'article', NULL, '', '', '[]', :yes,
       'unknown', 'old', 7)""",
    "INSERT INTO catalogue_seen (source_id, module_id) VALUES (1, 1)",
    """INSERT INTO catalogue_refusal (organisation, source, place, reason, refused_at)
       VALUES ('northwind', 'list', 'row 1', 'no title', :now)""",
)


@pytest.fixture
def upgraded(engine: sa.Engine) -> Catalogue:
    folder = Path(catalogue_sync.__file__).with_name("migrations")
    alembic = Config()
    alembic.set_main_option("script_location", str(folder))
    values = {"now": NOW.replace(tzinfo=None), "yes": True, "no": False}
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0001")
        for statement in FILL:
            connection.execute(sa.text(statement), values)
    migrate(engine)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT setval('catalogue_module_id_seq', 3)"))
    return Catalogue(engine, "northwind")


def test_what_was_there_is_there_after_an_upgrade(upgraded: Catalogue) -> None:
    assert [(one.identifier, one.withheld) for one in upgraded.modules()] == [
        ("a", None), ("hid", Withheld.HIDDEN), ("gone", None),
    ]  # fmt: skip
    assert upgraded.version() == 7
    assert [one.reason for one in upgraded.refusals("list")] == ["no title"]


def test_the_first_sync_after_an_upgrade_knows_what_vanished(upgraded: Catalogue) -> None:
    hidden = module("hid", withheld=Withheld.HIDDEN)
    report = sync(ListSource([module("a"), hidden]), upgraded, now=NOW)

    assert (report.added, report.changed, report.removed) == (0, 2, 1)
    assert [one.identifier for one in upgraded.modules()] == ["a", "hid"]
    assert upgraded.refusals("list") == ()
    assert sync(ListSource([module("a"), hidden]), upgraded, now=NOW).nothing_changed
