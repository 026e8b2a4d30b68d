"""The trip with the English model itself: a need in words that no module has."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Iterator

import pytest

from examples.stack import Ports, Stack
from examples.tour import ask, launch, sign_in
from examples.visitor import Visitor
from lti_tool.recommender.models import EmbeddingModel
from tests.settings import BY_WORDS_ENVIRONMENT, WITH_MINILM

NEED = "terrified of the microphone"
WANTED = "Nerves: put them to work"
SECONDS = 60


@pytest.fixture(scope="module")
def stack(
    minilm: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The three programs, Needle with its English model; it makes the vectors by itself."""
    folder = tmp_path_factory.mktemp("meaning")
    with Stack(folder, Ports.free(), settings=WITH_MINILM) as running:
        yield running


def test_a_need_in_other_words_is_answered_once_the_vectors_are_there(stack: Stack) -> None:
    gives_up = time.monotonic() + SECONDS
    page = None
    while page is None or (WANTED not in page.words and time.monotonic() < gives_up):
        with Visitor() as visitor:
            sign_in(visitor, stack.lms_url)
            launch(visitor, stack.lms_url)
            page = ask(visitor, NEED)
        time.sleep(0.5)
    assert f"Close in meaning to “{NEED}”" in html.unescape(page.words)
    by_words = stack.needle("ask", NEED, "--json", settings=BY_WORDS_ENVIRONMENT)
    assert WANTED not in [one["title"] for one in json.loads(by_words).get("modules", ())]
