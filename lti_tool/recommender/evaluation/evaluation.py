"""An evaluation: baselines, the recommender, its oracles, and what each stage is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalogue_sync.module import Module
from lti_tool.recommender.evaluation.full_text import FullText
from lti_tool.recommender.evaluation.judged_needs import JudgedNeed
from lti_tool.recommender.evaluation.measures import Difference, difference
from lti_tool.recommender.evaluation.misspelling import misspell
from lti_tool.recommender.evaluation.runs import (
    Clock,
    Measured,
    Role,
    Run,
    Titles,
    asking,
    measure,
    oracle,
)
from lti_tool.recommender.evaluation.stages import without_each
from lti_tool.recommender.recommender import Recommender
from lti_tool.recommender.tuning import Tuning

if TYPE_CHECKING:
    from lti_tool.recommender.evaluation.baselines import AllVectors

ORACLE_DEPTHS = (10, 20)
"""How many first modules a perfect reordering may move."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is evaluated: a recommender over these modules, asked these needs.

    `tuning` is the recommender's, whose stages are switched off one by one; `vectors` are for
    the baselines that have a model; `pages` the languages of the pages; `lexical` is the same
    recommender without a model, where it has one.
    """

    modules: Sequence[Module]
    needs: Sequence[JudgedNeed]
    recommender: Recommender
    tuning: Tuning
    clock: Clock
    vectors: AllVectors | None = None
    lexical: Recommender | None = None
    pages: Sequence[str] = ("en",)

    def runs(self) -> Iterator[Measured]:
        """Baselines, the recommender, then its oracles, each as soon as it was measured."""
        for name, run in self._baselines():
            yield self._measure(name, run, Role.BASELINE)
        if self.lexical is not None:
            yield self._measure("Needle without a model", self._asking(self.lexical), Role.BASELINE)
        ours = self._measure("Needle", self._asking(self.recommender), Role.NEEDLE)
        yield ours
        for depth in ORACLE_DEPTHS:
            yield oracle(ours, self.needs, depth)

    def ablations(self) -> Iterator[Measured]:
        """The recommender without each of its stages, named so, then asked with slips."""
        for name, tuning in without_each(self.tuning):
            run = self._asking(self.recommender.tuned(tuning))
            yield self._measure(name, run, Role.STAGE)
        slips = [replace(need, text=misspell(need.text)) for need in self.needs]
        asked = self._asking(self.recommender)
        yield measure("30 % of long words misspelt", asked, slips, self.clock, role=Role.TYPOS)

    def _baselines(self) -> Iterator[tuple[str, Run]]:
        with closing(FullText(self.modules, stems=False, drops_small_words=False)) as plain:
            yield "FTS5, every word", plain
        with closing(FullText(self.modules, stems=True, drops_small_words=True)) as stemmed:
            yield "FTS5, stems, no small words", stemmed
        if self.vectors is None:
            return
        from lti_tool.recommender.evaluation.baselines import by_meaning, by_sum

        titles = Titles(self.modules)
        for name, meaning in (
            ("the English model alone", self.vectors.english),
            ("the multilingual model alone", self.vectors.multilingual),
        ):
            if meaning is not None:
                yield name, by_meaning(meaning, titles)
        with closing(FullText(self.modules, stems=False, drops_small_words=True)) as words:
            yield "the sum of the facts", by_sum(self.vectors, words, titles)

    def _asking(self, recommender: Recommender) -> Run:
        return asking(recommender, self.pages)

    def _measure(self, name: str, run: Run, role: Role) -> Measured:
        return measure(name, run, self.needs, self.clock, role=role)


def differences(ours: Measured, others: Sequence[Measured]) -> Mapping[str, Difference]:
    """By how much `ours` is better in nDCG@5 than each of the others, need by need."""
    mine = [score.ndcg5 for score in ours.scores]
    return {
        other.name: difference(mine, [score.ndcg5 for score in other.scores])
        for other in others
    }


def missing_modules(modules: Sequence[Module], needs: Sequence[JudgedNeed]) -> int:
    """Judgments of modules that the catalogue does not have; their grades count all the same."""
    known = {module.identifier for module in modules}
    return sum(module not in known for need in needs for module in need.grades)
