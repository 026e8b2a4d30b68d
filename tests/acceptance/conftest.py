"""The three programs, running, for trips over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.stack import Ports, Stack
from examples.tour import sign_in
from examples.visitor import Visitor
from tests.settings import BY_WORDS_ENVIRONMENT


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The LMS, the LRS and Needle, for every trip of a test run."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, Ports.free(), settings=BY_WORDS_ENVIRONMENT) as running:
        yield running


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Visitor]:
    """A learner's browser, signed in to the LMS as Ana."""
    with Visitor() as visitor:
        sign_in(visitor, stack.lms_url)
        yield visitor
