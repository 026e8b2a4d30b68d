"""The web tests' tool: real, over each kind of database where it matters."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalogue_sync.module import Module
from lti_tool.config import Config
from lti_tool.storage.database import connect
from lti_tool.storage.migrate import migrate
from tests.settings import BY_WORDS
from tests.web.walker import Walker
from tests.web.world import World, configured, open_world

OpenWorld = Callable[..., World]


@pytest.fixture(scope="session")
def with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has every table, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "needle.sqlite3"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def open_tool(tmp_path: Path, with_tables: Path) -> Iterator[OpenWorld]:
    """Opens a tool with other settings or modules; each is closed at the end."""
    opened: list[World] = []

    def open_it(*, modules: tuple[Module, ...] | None = None, **settings: object) -> World:
        file = tmp_path / f"needle-{len(opened)}.sqlite3"
        shutil.copy(with_tables, file)
        config = Config(database_url=f"sqlite:///{file}", secret_key="s" * 48, **BY_WORDS)
        opened.append(open_world(configured(config, **settings), modules=modules))
        return opened[-1]

    yield open_it
    for world in opened:
        world.runtime.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, with_tables: Path) -> Iterator[World]:
    """A tool with seven pieces on one skill, for every test that leaves it as it is."""
    file = tmp_path_factory.mktemp("world") / "needle.sqlite3"
    shutil.copy(with_tables, file)
    world = open_world(Config(database_url=f"sqlite:///{file}", secret_key="s" * 48, **BY_WORDS))
    yield world
    world.runtime.close()


@pytest.fixture
def walker(world: World) -> Walker:
    """Somebody new, on the need page."""
    return Walker(world, world.launch())


@pytest.fixture
def alone(open_tool: OpenWorld) -> Walker:
    """Somebody new, on the need page of a tool of their own."""
    world = open_tool()
    return Walker(world, world.launch())
