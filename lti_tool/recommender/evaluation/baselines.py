"""Ranking by embeddings without Needle's own ranking: the baselines that have a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from catalogue_sync.module import Module
from lti_tool.recommender.evaluation.full_text import FullText
from lti_tool.recommender.evaluation.judged_needs import JudgedNeed
from lti_tool.recommender.evaluation.runs import LONGEST_ANSWER, Run, Titles
from lti_tool.recommender.models import EmbeddingModel
from lti_tool.recommender.vectors import embedded_text, text_key
from lti_tool.recommender.vectors.cache import VectorCache
from lti_tool.recommender.vectors.filling import Progress, fill_vectors

Floats = npt.NDArray[np.float32]

WORDS_WEIGHT = 0.1
"""The weight of BM25 (over its largest value) beside the cosine."""

FEEDBACK_WEIGHT = 0.3
FEEDBACK_MODULES = 3
"""The mean of so many first modules is added to the need's vector with this weight."""

WORDS_FOUND = 1_000
"""Modules of which BM25 is looked at."""


@dataclass(frozen=True, slots=True)
class ModelVectors:
    """A model and its vectors of all modules, one a row, in their order."""

    model: EmbeddingModel
    rows: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class AllVectors:
    """What each model says of the modules; at least one is there."""

    english: ModelVectors | None = None
    multilingual: ModelVectors | None = None

    def of(self, language: str) -> ModelVectors:
        """What answers a need in that language (a primary subtag)."""
        first, second = self.english, self.multilingual
        if first is None or (second is not None and not _reads(first, language)):
            first, second = second, first
        if first is None:
            raise ValueError("there is no model")
        return first


def read_rows(
    model: EmbeddingModel,
    modules: Sequence[Module],
    cache: VectorCache,
    told: Callable[[Progress], None],
) -> ModelVectors:
    """The vectors of all modules; those that the cache does not have are made, and kept."""
    texts = [embedded_text(module) for module in modules]
    for progress in fill_vectors(model, texts, cache):
        told(progress)
    rows = np.zeros((len(texts), model.dimensions), np.float32)
    keys = [text_key(text) for text in texts]
    for start in range(0, len(keys), 2_048):
        found = cache.get(model.name, keys[start : start + 2_048])
        for number, key in enumerate(keys[start : start + 2_048], start=start):
            if key in found:
                rows[number] = found[key]
    return ModelVectors(model, rows)


def by_meaning(meaning: ModelVectors, titles: Titles) -> Run:
    """The cosine of one model alone."""

    def run(need: JudgedNeed) -> list[str]:
        cosines = meaning.rows @ meaning.model.embed_needs([need.text])[0]
        return titles.distinct(_best(cosines, 2 * LONGEST_ANSWER))

    return run


def by_sum(meanings: AllVectors, full_text: FullText, titles: Titles) -> Run:
    """The cosine plus a little BM25, then once more with what the first modules say.

    A need that the first model does not read goes to the other one, where there is one.
    """

    def run(need: JudgedNeed) -> list[str]:
        meaning = meanings.of(need.language)
        vector = meaning.model.embed_needs([need.text])[0]
        words = _in_row(full_text.scores(need.text, WORDS_FOUND), len(meaning.rows))
        first = _best(meaning.rows @ vector + WORDS_WEIGHT * words, FEEDBACK_MODULES)
        vector = vector + FEEDBACK_WEIGHT * meaning.rows[first].mean(axis=0)
        vector /= np.linalg.norm(vector) or 1.0
        found = meaning.rows @ vector + WORDS_WEIGHT * words
        return titles.distinct(_best(found, 2 * LONGEST_ANSWER))

    return run


def _best(values: Floats, count: int) -> list[int]:
    count = min(count, len(values))
    found = np.argpartition(-values, count - 1)[:count]
    return [int(number) for number in found[np.lexsort((found, -values[found]))]]


def _in_row(scores: Mapping[int, float], length: int) -> Floats:
    row = np.zeros(length, np.float32)
    row[list(scores)] = list(scores.values())
    largest = float(row.max(initial=0.0))
    return row / largest if largest > 0 else row


def _reads(meaning: ModelVectors, language: str) -> bool:
    return _model_reads(meaning.model, language)


def _model_reads(model: EmbeddingModel, language: str) -> bool:
    return model.languages is None or language in model.languages
