"""The recommender: from a need to at most three modules, a question, or support first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from catalogue_sync.module import Module
from lti_tool.domain.need import LONGEST_NEED, Need
from lti_tool.recommender.access import Entry, entry_of, tell_entry
from lti_tool.recommender.answers import (
    MOST,
    Answer,
    Choice,
    Locked,
    Question,
    Recommendation,
    Recommendations,
    Support,
)
from lti_tool.recommender.context import Context
from lti_tool.recommender.explaining import explain
from lti_tool.recommender.index import Hit, ModuleIndex
from lti_tool.recommender.languages import primary_language
from lti_tool.recommender.ranking import CANDIDATES, rank
from lti_tool.recommender.reading import Reading, read_need
from lti_tool.recommender.reasons import EnteringReason, PlacedByTeacher, Reason
from lti_tool.recommender.support import tells_of_own_crisis, without_crisis
from lti_tool.recommender.tuning import Tuning

MOST_CHOICES = 5
"""Answers that a question offers."""

MOST_READ = 12
"""Modules of those found that are looked into, to see whether they meet enough of the need."""

LEAST_MET_BELOW_SUPPORT = 0.5
"""Below support a module must meet this share of what is left of the need."""

AS_GOOD = 0.5
"""A module that scores this share of the best goes first when it is the easier one to open."""

FURTHER = (500, 5_000)
"""How many more modules are looked through while hardly any that were found can be opened."""


@dataclass(frozen=True, slots=True)
class _Door:
    """A module that was found, and what the person finds who opens it."""

    hit: Hit
    entry: Entry


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
        return found if found.items or found.locked.count else self._without(context)

    @property
    def asks_who(self) -> bool:
        """Whether an answer can depend on the courses that a person is in."""
        return self._index.has_restricted

    def order(self, need: Need, context: Context | None = None) -> Iterator[tuple[str, str]]:
        """(source, identifier) of what fits a need, best first, beyond the first three.

        For measuring; equal titles come once, and what was seen, is over or cannot be opened
        is left out, as in `recommend`, but a module that meets little of the need stays, and
        what is easier to open does not go first.
        """
        context = context or Context()
        for door in self._fitting(self._read(need, context), need, context):
            yield self._index.key(door.hit.number)

    def _below_support(self, need: Need, context: Context) -> Recommendations:
        """What fits the rest of the need, without the words of the crisis, and no reasons.

        Reasons would quote the writer's words back; at such a moment they say nothing. What
        must be known of opening a module is told.
        """
        text = without_crisis(need.text)
        if not text:
            return Recommendations(())
        found = self._find(replace(need, text=text), context, LEAST_MET_BELOW_SUPPORT)
        items = (replace(item, reasons=_of_entering(item.reasons)) for item in found.items)
        return Recommendations(tuple(items), more=found.more)

    def _find(self, need: Need, context: Context, least_met: float) -> Recommendations:
        """The first modules that fit and meet at least a share of the need."""
        reading = self._read(need, context)
        doors = islice(self._fitting(reading, need, context), MOST_READ)
        items: list[Recommendation] = []
        for door in _easiest_first(list(doors)) if self.asks_who else doors:
            item = self._look_into(door.hit, reading, need, context, least_met)
            if item is not None:
                items.append(item)
            if len(items) > MOST:
                break
        if not items and self.asks_who:
            return Recommendations((), locked=self._locked(reading, need, context, least_met))
        return Recommendations(tuple(items[:MOST]), more=len(items) > MOST)

    def _look_into(
        self, hit: Hit, reading: Reading, need: Need, context: Context, least_met: float
    ) -> Recommendation | None:
        """The module with its reasons; None when it meets too little of the need."""
        module = self._index.module(hit)
        explained = explain(module, reading, self._index, self._tuning, need.minutes)
        # What nothing tellable moved was met by chance.
        if not explained.reasons or explained.share < least_met:
            return None
        is_placed = self._index.key(hit.number) in context.placed
        reasons = _with_placed(explained.reasons) if is_placed else explained.reasons
        entering = tell_entry(module, context)
        if entering is not None:
            reasons = (*reasons, entering)
        return Recommendation(module, reasons, hit.score)

    def _locked(
        self, reading: Reading, need: Need, context: Context, least_met: float
    ) -> Locked:
        """What would fit if the person were in other courses."""
        hits = [
            door.hit
            for door in self._found(reading, need, context)
            if door.entry is Entry.LOCKED
        ]
        titles: set[int] = set(self._index.title_marks(context.seen))
        courses: dict[str, None] = {}
        count = 0
        for hit in hits[: 2 * MOST_READ]:
            mark = self._index.title_mark(hit.number)
            item = self._look_into(hit, reading, need, context, least_met)
            if item is not None and mark not in titles:
                titles.add(mark)
                count += 1
                courses |= {item.module.course: None} if item.module.course else {}
        return Locked(count, tuple(courses))

    def _read(self, need: Need, context: Context) -> Reading:
        language = primary_language(context.language) or primary_language(need.language) or "en"
        return read_need(need.text, language, self._index, self._tuning)

    def _fitting(self, reading: Reading, need: Need, context: Context) -> Iterator[_Door]:
        """What fits and is not locked, best first; of equal titles the easiest to open."""
        shown = self._index.title_marks(context.seen)
        if not self.asks_who:
            for door in self._found(reading, need, context):
                mark = self._index.title_mark(door.hit.number)
                if mark not in shown:
                    shown.add(mark)
                    yield door
            return
        best: dict[int, _Door] = {}
        for door in self._not_locked(reading, need, context):
            mark = self._index.title_mark(door.hit.number)
            if mark not in shown and (mark not in best or door.entry < best[mark].entry):
                best[mark] = door
        yield from best.values()

    def _not_locked(self, reading: Reading, need: Need, context: Context) -> list[_Door]:
        """What can be opened of what was found; more is looked through when that is little."""
        extra = 0
        for further in (*FURTHER, 0):
            found = list(self._found(reading, need, context, extra))
            doors = [door for door in found if door.entry is not Entry.LOCKED]
            enough = len({door.hit.number for door in doors}) >= MOST_READ
            if enough or len(found) < CANDIDATES + extra:
                break
            extra = further
        return doors

    def _found(
        self, reading: Reading, need: Need, context: Context, extra: int = 0
    ) -> Iterator[_Door]:
        """Every module that was found and is open, best first; one may come twice."""
        index, now = self._index, context.now
        hits = rank(
            reading,
            index,
            self._tuning,
            minutes=need.minutes,
            course_id=context.course_id,
            placed=context.placed,
            extra=len(context.seen) + extra,
        )
        for hit in hits:
            if now is not None and not index.is_open(hit.number, now):
                continue
            entry = Entry.OPEN
            if index.has_restricted:
                access = index.access(hit.number)
                source = index.key(hit.number)[0]
                entry = entry_of(source, index.course_id(hit.number), access, context)
            yield _Door(hit, entry)

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


def _of_entering(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if isinstance(reason, EnteringReason))


def _easiest_first(doors: Sequence[_Door]) -> list[_Door]:
    """Doors (best first) by how easily they open, among those that are about as good."""
    best = max((door.hit.score for door in doors), default=0.0)
    return sorted(doors, key=lambda door: (door.hit.score < AS_GOOD * best, door.entry))
