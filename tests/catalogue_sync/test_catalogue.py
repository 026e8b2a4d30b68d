"""The store: what is kept, for whom, under which version."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import InvalidSettings, SourceExists, UnknownSource
from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance, Withheld
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, ListSource, module

FULL = Module(
    source="list", identifier="full", title="Zeg het zo: “nee”", kind=Kind.PRACTICE,
    open_url="https://lms.example/full", description="Kort.", text="Lang.\nEn langer.",
    duration=Duration(7.5, Basis.CURATOR), language="nl", level="Starter",
    skills=("saying no", "luisteren"), course_id="8", course="Conversations", section="Midden",
    position=5, siblings=7, provenance=Provenance.COLLEAGUE, licence="CC BY 4.0",
    updated=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
)  # fmt: skip


def filled(catalogue: Catalogue, *modules: Module) -> Catalogue:
    if "list" not in [source.name for source in catalogue.sources()]:
        catalogue.add_source("list", "test", {})
    sync(ListSource(list(modules)), catalogue, now=NOW)
    return catalogue


def test_every_field_of_a_module_comes_back_as_it_was(catalogue: Catalogue) -> None:
    filled(catalogue, FULL)

    assert list(catalogue.modules()) == [FULL]
    found = catalogue.find("list", "full")
    assert found is not None
    assert found.module == FULL
    assert found.removed_at is None


def test_the_first_version_is_zero_and_a_module_that_never_was_is_not_found(
    catalogue: Catalogue,
) -> None:
    assert catalogue.version() == 0
    assert catalogue.find("list", "nothing") is None
    assert list(catalogue.modules()) == []


def test_only_visible_modules_with_an_address_are_recommendable(catalogue: Catalogue) -> None:
    hidden = module("hidden", withheld=Withheld.HIDDEN)
    unopenable = module("unopenable", open_url=None)
    filled(catalogue, module("good"), hidden, unopenable)

    assert [one.identifier for one in catalogue.modules(recommendable=True)] == ["good"]
    assert catalogue.count() == 3
    assert catalogue.count(recommendable=True) == 1


def test_modules_are_read_page_after_page_without_loss(catalogue: Catalogue) -> None:
    filled(catalogue, *(module(str(number)) for number in range(1_003)))

    assert [one.identifier for one in catalogue.modules()] == [str(n) for n in range(1_003)]
    assert len(list(catalogue.changes(since=0))) == 1_003


def test_an_organisation_sees_nothing_of_another(catalogue: Catalogue) -> None:
    filled(catalogue, module("secret"))
    other = Catalogue(catalogue.engine, "contoso")

    assert other.version() == 0
    assert other.count() == 0
    assert list(other.modules()) == []
    assert other.find("list", "secret") is None
    assert other.sources() == ()
    assert list(other.changes(since=0)) == []
    with pytest.raises(UnknownSource):
        other.find_source("list")
    with pytest.raises(UnknownSource):
        other.remove_source("list", now=NOW)


def test_two_organisations_may_hold_the_same_key(catalogue: Catalogue) -> None:
    other = Catalogue(catalogue.engine, "contoso")
    filled(catalogue, module("1", "Ours"))
    filled(other, module("1", "Theirs"))

    assert [one.title for one in catalogue.modules()] == ["Ours"]
    assert [one.title for one in other.modules()] == ["Theirs"]


def test_changes_since_a_version_are_exactly_what_changed_after_it(catalogue: Catalogue) -> None:
    filled(catalogue, module("a"), module("b"), module("c"))
    before = catalogue.version()
    filled(catalogue, module("a"), module("b", "New words"))

    entries = {entry.module.identifier: entry for entry in catalogue.changes(since=before)}
    assert set(entries) == {"b", "c"}
    assert entries["b"].module.title == "New words"
    assert entries["c"].removed_at == NOW
    assert list(catalogue.changes(since=catalogue.version())) == []


def test_a_secret_is_sealed_in_the_database_and_no_part_of_the_source(
    catalogue: Catalogue,
) -> None:
    stored = catalogue.add_source("lms", "moodle", {"url": "https://lms.example"}, "t0ps3cret")

    assert stored.has_secret
    assert "t0ps3cret" not in repr(stored)
    assert catalogue.secret("lms") == "t0ps3cret"
    with catalogue.engine.connect() as connection:
        rows = connection.execute(sa.select(schema.source)).all()
    assert "t0ps3cret" not in repr(rows)


def test_a_secret_without_a_cipher_is_refused(catalogue: Catalogue) -> None:
    plain = Catalogue(catalogue.engine, "northwind")

    with pytest.raises(InvalidSettings, match="no cipher"):
        plain.add_source("lms", "moodle", {}, "secret")
    assert plain.sources() == ()


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_source_needs_a_name_of_fitting_length(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(InvalidSettings, match="1 to 100 characters"):
        catalogue.add_source(name, "test", {})


def test_a_name_is_given_to_one_source_only(catalogue: Catalogue) -> None:
    catalogue.add_source("list", "test", {"path": "a"})

    with pytest.raises(SourceExists, match="'list' already"):
        catalogue.add_source("list", "test", {"path": "b"})
    assert [source.settings for source in catalogue.sources()] == [{"path": "a"}]


def test_removing_a_source_leaves_tombstones_and_raises_the_version(catalogue: Catalogue) -> None:
    filled(catalogue, module("a"), module("b"))
    before = catalogue.version()
    later = NOW + timedelta(days=1)

    assert catalogue.remove_source("list", now=later) == 2
    assert catalogue.count() == 0
    assert catalogue.version() == before + 1
    found = catalogue.find("list", "a")
    assert found is not None
    assert found.removed_at == later
    with pytest.raises(UnknownSource, match="no source 'list'"):
        catalogue.secret("list")


def test_a_source_that_is_added_again_brings_its_modules_back(catalogue: Catalogue) -> None:
    filled(catalogue, module("a"))
    catalogue.remove_source("list", now=NOW)

    filled(catalogue, module("a"))
    assert catalogue.count() == 1


def test_a_time_without_zone_is_an_error(catalogue: Catalogue) -> None:
    filled(catalogue, module("a"))

    with pytest.raises(sa.exc.StatementError, match="no time zone"):
        catalogue.remove_source("list", now=datetime(2026, 11, 21))  # noqa: DTZ001
    assert catalogue.count() == 1


def test_migrating_twice_changes_nothing(engine: sa.Engine) -> None:
    schema.migrate(engine)
    catalogue = filled(Catalogue(engine, "northwind"), module("a"))

    schema.migrate(engine)
    assert catalogue.count() == 1


def test_the_migrations_make_exactly_the_tables_of_the_schema(engine: sa.Engine) -> None:
    schema.migrate(engine)
    found = sa.inspect(engine)
    for table in schema.metadata.sorted_tables:
        columns = {c["name"]: c["nullable"] for c in found.get_columns(table.name)}
        assert columns == {c.name: c.nullable for c in table.columns}
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes
    assert "catalogue_migration" in found.get_table_names()


def test_versions_follow_the_order_of_commits(catalogue: Catalogue) -> None:
    """Two syncs at once: each version that a reader sees holds all changes up to it."""
    names = ("one", "two")
    for name in names:
        catalogue.add_source(name, "test", {})
    sources = [
        ListSource(*([module(f"{n}", source=name)] for n in range(15)), name=name)
        for name in names
    ]
    failures: list[BaseException] = []

    def run(source: ListSource) -> None:
        try:
            sync(source, catalogue, now=NOW)
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    followed: dict[tuple[str, str], int] = {}
    version = 0
    while any(thread.is_alive() for thread in threads):
        for entry in catalogue.changes(since=version):
            followed[entry.module.source, entry.module.identifier] = entry.version
            version = max(version, entry.version)
    for thread in threads:
        thread.join(timeout=20)
    for entry in catalogue.changes(since=version):
        followed[entry.module.source, entry.module.identifier] = entry.version

    assert failures == []
    assert len(followed) == 30
    assert sorted(followed.values()) == list(range(1, 31))
    assert catalogue.version() == 30
