"""The recommender: from a need to at most three modules, a question, or support first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from catalogue_sync.module import Module
from lti_tool.domain.need import LONGEST_NEED, Need
from lti_tool.recommender.answers import (
    MOST,
    Answer,
    Choice,
    Question,
    Recommendation,
    Recommendations,
    Support,
)
from lti_tool.recommender.context import Context
from lti_tool.recommender.explaining import explain
from lti_tool.recommender.index import Hit, ModuleIndex
from lti_tool.recommender.languages import primary_language
from lti_tool.recommender.ranking import rank
from lti_tool.recommender.reading import Reading, read_need
from lti_tool.recommender.reasons import PlacedByTeacher, Reason
from lti_tool.recommender.support import tells_of_own_crisis, without_crisis
from lti_tool.recommender.tuning import Tuning

MOST_CHOICES = 5
"""Answers that a question offers."""

MOST_READ = 12
"""Modules of those found that are looked into, to see whether they meet enough of the need."""

LEAST_MET_BELOW_SUPPORT = 0.5
"""Below support a module must meet this share of what is left of the need."""


class Recommender:
    """Finds the modules for a need in one catalogue.

    It holds its own index in memory and never changes, so any number of threads may ask it at
    once; build a new one when the catalogue has changed. The same catalogue, need and context
    always give the same answer.
    """

    def __init__(self, index: ModuleIndex, tuning: Tuning) -> None:
        self._index = index
        self._tuning = tuning

    @classmethod
    def over(cls, modules: Iterable[Module], tuning: Tuning | None = None) -> Recommender:
        """A recommender over `modules`, read once and in order.

        Modules that are not visible or have no open_url are left out.
        """
        tuning = tuning or Tuning()
        return cls(ModuleIndex(modules, title_weight=tuning.title), tuning)

    def tuned(self, tuning: Tuning) -> Recommender:
        """The same catalogue with other weights; the title's weight stays that of the index."""
        return Recommender(self._index, tuning)

    def __len__(self) -> int:
        """How many modules can be recommended."""
        return len(self._index)

    def recommend(self, need: Need, context: Context | None = None) -> Answer:
        """What to show for a need.

        `Support` when it tells of the writer's own crisis, with the modules below it;
        `Recommendations` when something fits, and empty ones when the catalogue is empty or
        everything that fits was seen; else a `Question`.
        """
        context = context or Context()
        if tells_of_own_crisis(need.text):
            return Support(self._below_support(need, context))
        found = self._find(need, context, self._tuning.least_met)
        return found if found.items else self._without(context)

    def order(self, need: Need, context: Context | None = None) -> Iterator[tuple[str, str]]:
        """(source, identifier) of what fits a need, best first, beyond the first three.

        For measuring; equal titles come once and what was seen is left out, as in
        `recommend`, but a module that meets little of the need stays.
        """
        context = context or Context()
        for hit in self._fitting(self._read(need, context), need, context):
            yield self._index.key(hit.number)

    def _below_support(self, need: Need, context: Context) -> Recommendations:
        """What fits the rest of the need, without the words of the crisis, and no reasons.

        Reasons would quote the writer's words back; at such a moment they say nothing.
        """
        text = without_crisis(need.text)
        if not text:
            return Recommendations(())
        found = self._find(replace(need, text=text), context, LEAST_MET_BELOW_SUPPORT)
        return replace(found, items=tuple(replace(item, reasons=()) for item in found.items))

    def _find(self, need: Need, context: Context, least_met: float) -> Recommendations:
        """The first modules that fit and meet at least a share of the need."""
        reading = self._read(need, context)
        items: list[Recommendation] = []
        for hit in islice(self._fitting(reading, need, context), MOST_READ):
            module = self._index.module(hit)
            explained = explain(module, reading, self._index, self._tuning, need.minutes)
            # What nothing tellable moved was met by chance.
            if explained.reasons and explained.share >= least_met:
                is_placed = self._index.key(hit.number) in context.placed
                reasons = _with_placed(explained.reasons) if is_placed else explained.reasons
                items.append(Recommendation(module, reasons, hit.score))
            if len(items) > MOST:
                break
        return Recommendations(tuple(items[:MOST]), more=len(items) > MOST)

    def _read(self, need: Need, context: Context) -> Reading:
        language = primary_language(context.language) or primary_language(need.language) or "en"
        return read_need(need.text, language, self._index, self._tuning)

    def _fitting(self, reading: Reading, need: Need, context: Context) -> Iterator[Hit]:
        shown = self._index.title_marks(context.seen)
        hits = rank(
            reading,
            self._index,
            self._tuning,
            minutes=need.minutes,
            course_id=context.course_id,
            placed=context.placed,
            extra=len(context.seen),
        )
        for hit in hits:
            mark = self._index.title_mark(hit.number)
            if mark not in shown:
                shown.add(mark)
                yield hit

    def _without(self, context: Context) -> Recommendations | Question:
        """What to say when nothing fits: choose a course, unless there is nothing to choose."""
        if context.seen:
            return Recommendations(())
        choices: list[Choice] = []
        for label in self._index.courses or self._index.first_titles:
            # A choice must never lead back to this question.
            if len(choices) < MOST_CHOICES and self._leads_on(label, context):
                choices.append(Choice(label, label))
        return Question(tuple(choices)) if choices else Recommendations(())

    def _leads_on(self, label: str, context: Context) -> bool:
        if len(label) > LONGEST_NEED:
            return False
        need = Need(text=label, language=context.language or "en")
        return any(True for _ in self._fitting(self._read(need, context), need, context))


def _with_placed(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons of a placed module: what the need says comes first, then its placing."""
    return (*reasons[:1], PlacedByTeacher(), *reasons[1:])
