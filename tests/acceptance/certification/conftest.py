"""Needle for the certification, and the record of what it answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.certification.cases import RUN, Row, filled
from tests.acceptance.doors import NeedleDoor, open_needle


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, _migrated_file: Path
) -> Iterator[NeedleDoor]:
    """Needle and the test's platform, for all cases of a file."""
    with open_needle(tmp_path_factory.mktemp("certification"), _migrated_file) as door:
        yield door


@pytest.fixture
def needle(running: NeedleDoor) -> NeedleDoor:
    """Needle, in a browser that has never been there."""
    fresh = running.other_browser()
    assert isinstance(fresh, NeedleDoor)
    return fresh


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes down what Needle answered, for the table."""
    marked = request.function.case
    callspec = getattr(request.node, "callspec", None)
    one = filled(marked, dict(callspec.params) if callspec else {})

    def take_down(answer: str) -> None:
        RUN[one.group, one.title] = Row(one, answer)

    return take_down


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The table is compared when every case has run."""
    items.sort(key=lambda item: item.name == "test_the_table_says_what_this_run_says")
