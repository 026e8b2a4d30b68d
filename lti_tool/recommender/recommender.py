"""The recommender: from a need to at most three modules, a question, or support first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
from lti_tool.recommender.support import tells_of_own_crisis
from lti_tool.recommender.tuning import Tuning

MOST_CHOICES = 5
"""Answers that a question offers."""


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
            items = self._recommend(need, context)
            return Support(items if isinstance(items, Recommendations) else Recommendations(()))
        return self._recommend(need, context)

    def order(self, need: Need, context: Context | None = None) -> Iterator[tuple[str, str]]:
        """(source, identifier) of what fits a need, best first, beyond the first three.

        For measuring; equal titles come once and what was seen is left out, as in
        `recommend`.
        """
        context = context or Context()
        for hit in self._fitting(self._read(need, context), need, context):
            yield self._index.key(hit.number)

    def _recommend(self, need: Need, context: Context) -> Recommendations | Question:
        reading = self._read(need, context)
        fitting = list(self._fitting(reading, need, context))
        if not fitting:
            return self._without(context)
        items = []
        for hit in fitting[:MOST]:
            module = self._index.module(hit)
            reasons = explain(module, reading, self._index, need.minutes)
            items.append(Recommendation(module, reasons, hit.score))
        return Recommendations(tuple(items), more=len(fitting) > MOST)

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
