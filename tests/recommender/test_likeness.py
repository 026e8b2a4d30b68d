"""Needs that are alike get the same likeness, with the model that is installed."""

from __future__ import annotations

import pytest

from lti_tool.recommender.models import EmbeddingModel, load_models
from lti_tool.recommender.use import Likeness, landmark_text


@pytest.fixture(scope="module")
def english() -> EmbeddingModel:
    """The default model, where the extra [semantic] is installed."""
    model = load_models(multilingual="none").english
    if model is None:
        pytest.skip("no embedding model is installed (the extra [semantic])")
    return model


@pytest.fixture(scope="module")
def likeness(english: EmbeddingModel) -> Likeness:
    return Likeness(english)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("my voice shakes when I speak to a group", "I get nervous speaking in front of people"),
        ("how do I undo a commit in git", "git: take back my last commits"),
    ],
    ids=["speaking", "git"],
)
def test_needs_in_other_words_are_alike(
    english: EmbeddingModel, likeness: Likeness, one: str, other: str
) -> None:
    first, second = english.embed_needs([one, other])
    assert likeness.of(first) == likeness.of(second)


def test_needs_on_other_things_are_not_alike(
    english: EmbeddingModel, likeness: Likeness
) -> None:
    texts = ["undo a commit in git", "I get nervous speaking in front of people"]
    assert len({likeness.of(vector) for vector in english.embed_needs(texts)}) == 2


def test_likeness_holds_no_word_of_the_need(
    english: EmbeddingModel, likeness: Likeness
) -> None:
    (vector,) = english.embed_needs(["zyzzyva quokka"])
    told = landmark_text(likeness.of(vector))
    assert told is not None
    assert "quokka" not in told


def test_same_need_has_the_same_likeness_in_every_process(english: EmbeddingModel) -> None:
    (vector,) = english.embed_needs(["my boss sold my idea as his"])
    assert Likeness(english).of(vector) == Likeness(english).of(vector)
    assert len(Likeness(english)) >= 40
