"""Both tools, and what the tests of weak points say of an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.doors import Door, NeedleDoor, open_needle, open_plain

OpenNeedle = Callable[..., NeedleDoor]


@pytest.fixture
def plain() -> Iterator[Door]:
    """pylti1p3's Flask adapter, with its launches in Flask's session."""
    with open_plain() as door:
        yield door


@pytest.fixture
def cached_plain() -> Iterator[Door]:
    """pylti1p3's Flask adapter, with its launches and key sets in a cache."""
    with open_plain(cached=True) as door:
        yield door


@pytest.fixture
def open_tool(tmp_path: Path, _migrated_file: Path) -> Iterator[OpenNeedle]:
    """Opens a Needle with other settings."""
    with ExitStack() as opened:
        count = 0

        def open_it(**settings: object) -> NeedleDoor:
            nonlocal count
            count += 1
            folder = tmp_path / str(count)
            folder.mkdir()
            return opened.enter_context(open_needle(folder, _migrated_file, **settings))

        yield open_it


@pytest.fixture
def needle(open_tool: OpenNeedle) -> NeedleDoor:
    """This tool."""
    return open_tool()
