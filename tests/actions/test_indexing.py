"""Search in service: it follows the catalogue, keeps files that can be lost, and never stops."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue_sync.records import Batch, Reading, Skill
from lti_tool.actions.indexing import Indexes, IndexSettings
from lti_tool.actions.indexing.states import State
from lti_tool.recommender.index import ModuleIndex
from tests.actions.conftest import MODULES, ListSource, World, module

ORGANISATION = "northwind"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where this node's files lie."""
    return tmp_path / "cache"


@contextmanager
def node(world: World, cache: Path | None) -> Iterator[Indexes]:
    """Search of words on a node, and its end."""
    indexes = Indexes(world.runtime.engine, IndexSettings(cache=cache))
    yield indexes
    indexes.close()


def state_of(indexes: Indexes) -> State:
    """What answers now."""
    indexes.recommender(ORGANISATION)
    state = indexes.node(ORGANISATION).state
    assert state is not None
    return state


def titles(indexes: Indexes) -> set[str]:
    """The titles of all modules that can be found now."""
    return {found.title for _, found in indexes.recommender(ORGANISATION).index.modules()}


def expected(world: World) -> set[str]:
    return {one.title for one in world.source.modules}


def one_file(cache: Path, pattern: str) -> Path:
    (found,) = cache.glob(f"{ORGANISATION}/node-0/{pattern}")
    return found


def test_a_change_is_followed_and_nothing_is_built_anew(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        before = state_of(indexes)
        world.source.modules[0] = module(1, "Saying what you saw")
        del world.source.modules[1]
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        assert titles(indexes) == expected(world)
        after = state_of(indexes)
        assert after.token is before.token
        assert after.index.capacity > before.index.capacity


def test_the_next_process_goes_on_with_the_files_of_the_last(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        build = state_of(indexes).build
    world.source.modules.append(module(9, "Asking for a raise"))
    world.sync()
    with node(world, cache) as indexes:
        assert titles(indexes) == expected(world)
        assert state_of(indexes).build == build
        assert build is not None


@pytest.mark.parametrize("pattern", ["*/words/*/manifest.json", "*/words/*/base.facts"])
def test_a_damaged_file_is_built_anew_with_one_line_in_the_log(
    world: World, cache: Path, caplog: pytest.LogCaptureFixture, pattern: str
) -> None:
    with node(world, cache) as indexes:
        state_of(indexes)
    damaged = one_file(cache, pattern)
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"\xff" * 9)
    with caplog.at_level(logging.WARNING), node(world, cache) as indexes:
        assert titles(indexes) == expected(world)
    assert len(caplog.records) == 1
    with node(world, cache) as indexes:
        assert titles(indexes) == expected(world)
    assert len(caplog.records) == 1


def test_files_that_vanish_while_learners_ask_are_built_anew(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        state_of(indexes)
        shutil.rmtree(cache)
        assert titles(indexes) == expected(world)
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        assert titles(indexes) == expected(world)


def test_what_an_older_build_left_is_removed(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        state_of(indexes)
        left = cache / ORGANISATION / "node-0" / "000000-abcdef"
        left.mkdir()
        world.source.modules.clear()
        world.source.modules.append(module(9, "Asking for a raise"))
        sync_all(world)
        assert titles(indexes) == expected(world)
    assert len(list((cache / ORGANISATION / "node-0").iterdir())) == 1


def sync_all(world: World) -> None:
    """Sync although most of the modules vanished."""
    from catalogue_sync.sync import sync
    from lti_tool.actions.sources import catalogue_of

    catalogue = catalogue_of(world.runtime, ORGANISATION)
    sync(world.source, catalogue, now=world.clock(), allow_removals=True)


def test_a_catalogue_that_grew_much_is_built_anew(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        before = state_of(indexes)
        world.source.modules += [module(n, f"Piece number {n}") for n in range(10, 1_030)]
        world.sync()
        after = state_of(indexes)
        assert len(after.index) == len(world.source.modules)
        assert after.token is not before.token
        assert after.index.capacity == len(after.index)


def test_files_of_another_database_are_never_taken(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        build = state_of(indexes).build
    with world.runtime.engine.begin() as connection:
        connection.execute(sa.text("UPDATE tool_organisation SET pseudonym_key = 'another'"))
    with node(world, cache) as indexes:
        assert titles(indexes) == expected(world)
        assert state_of(indexes).build != build


def test_a_database_put_back_to_an_earlier_day_is_read_anew(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        assert titles(indexes) == expected(world)
        with world.runtime.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM catalogue_module WHERE identifier = '9'"))
            connection.execute(sa.text("UPDATE catalogue_state SET version = version - 1"))
        assert titles(indexes) == expected(world) - {"Asking for a raise"}
    with world.runtime.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM catalogue_module WHERE identifier = '1'"))
        connection.execute(sa.text("UPDATE catalogue_state SET version = version + 1"))
    with node(world, cache) as indexes:
        assert "Giving feedback that lands" not in titles(indexes)


def test_a_skill_that_is_renamed_is_found_under_its_new_name(world: World, cache: Path) -> None:
    class Framework(ListSource):
        """A source that also tells what its skills are called."""

        skill = "Standing firm"

        def read(self, reading: Reading) -> Iterator[Batch]:
            named = Skill(identifier="s1", name=self.skill)
            yield Batch((*self.modules, named), complete=True)

    framework = Framework([module(1, "A lesson", skills=("s1",)), *MODULES[1:]])
    world.source = framework
    with node(world, cache) as indexes:
        for name in ("Standing firm", "Saying no"):
            framework.skill = name
            world.sync()
            index = indexes.recommender(ORGANISATION).index
            found = {one.title: one.skills for _, one in index.modules()}
            assert found["A lesson"] == (name,)


def test_where_files_cannot_be_written_memory_is_used(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("no folder")
    with caplog.at_level(logging.WARNING), node(world, occupied) as indexes:
        assert titles(indexes) == expected(world)
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        assert titles(indexes) == expected(world)
        assert state_of(indexes).build is None
    assert len(caplog.records) == 1


def test_a_full_disk_leaves_learners_their_answers(
    world: World, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = ModuleIndex.following

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with node(world, cache) as indexes:
        state_of(indexes)
        monkeypatch.setattr(ModuleIndex, "following", full)
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        assert titles(indexes) == expected(world)
        monkeypatch.setattr(ModuleIndex, "following", follow)


def test_two_processes_of_one_machine_have_files_of_their_own(world: World, cache: Path) -> None:
    with node(world, cache) as one, node(world, cache) as other:
        places = {str(state_of(each).build) for each in (one, other)}
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        assert titles(one) == titles(other) == expected(world)
    assert len(places) == 2
    with node(world, cache) as again:
        assert str(state_of(again).build) in places


def test_organisations_have_files_and_modules_of_their_own(world: World, cache: Path) -> None:
    with node(world, cache) as indexes:
        assert len(indexes.recommender("fabrikam")) == 0
        assert titles(indexes) == expected(world)
    assert {one.name for one in cache.iterdir()} == {"fabrikam", ORGANISATION}


@pytest.mark.parametrize("on_disk", [True, False], ids=["folder", "memory"])
def test_whoever_asks_while_the_catalogue_changes_sees_one_version_of_it(
    world: World, cache: Path, on_disk: bool, until: Callable[[Callable[[], bool]], None]
) -> None:
    """Each sync changes all titles at once: a mixture would show as two endings."""
    versions = 6
    world.source.modules = [module(n, f"Piece {n} of 0") for n in range(20)]
    sync_all(world)
    seen: list[set[str]] = []
    ended = threading.Event()

    def ask(indexes: Indexes) -> None:
        while not ended.is_set():
            seen.append({title.rpartition(" ")[2] for title in titles(indexes)})

    with node(world, cache if on_disk else None) as indexes:
        threads = [threading.Thread(target=ask, args=(indexes,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for version in range(1, versions):
            world.source.modules = [
                replace(one, title=f"Piece {one.identifier} of {version}")
                for one in world.source.modules
            ]
            world.sync()
        until(lambda: titles(indexes) == expected(world))
        ended.set()
        for thread in threads:
            thread.join()
    assert seen
    assert all(len(endings) == 1 for endings in seen)


def test_a_thread_in_the_background_brings_every_organisation_up_to_date(
    world: World, cache: Path, until: Callable[[Callable[[], bool]], None]
) -> None:
    with node(world, cache) as indexes:
        indexes.work_in_background()
        until(lambda: indexes.node(ORGANISATION).state is not None)
        assert titles(indexes) == expected(world)
    assert not [one for one in threading.enumerate() if one.name == "indexing"]
