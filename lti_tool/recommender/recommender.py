"""The recommender: from a need to at most three modules, a question, or support first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from catalogue_sync.module import Module
from lti_tool.domain.need import LONGEST_NEED, Need
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
from lti_tool.recommender.asked import Asked, read_all, read_words
from lti_tool.recommender.candidates import as_candidates, embedder
from lti_tool.recommender.confidence import NOT_JUDGED, Confidence, judge
from lti_tool.recommender.context import Context
from lti_tool.recommender.doors import MOST_READ, Door, Doors, easiest_first
from lti_tool.recommender.index import Key, ModuleIndex
from lti_tool.recommender.looking import look_into, with_quotations
from lti_tool.recommender.meaning import NO_MEANINGS, Meaning, Meanings
from lti_tool.recommender.mixing import may_be_let_in, mix
from lti_tool.recommender.models.model import ModelRefused
from lti_tool.recommender.neighbours import find_neighbours
from lti_tool.recommender.questions import Candidate, ask_back
from lti_tool.recommender.reasons import EnteringReason, Reason
from lti_tool.recommender.source_rule import NeedKind
from lti_tool.recommender.support import CrisisSign, find_sign, without_crisis
from lti_tool.recommender.tuning import Tuning
from lti_tool.recommender.use import explore

if TYPE_CHECKING:
    from lti_tool.recommender.models import EmbeddingModel, Models
    from lti_tool.recommender.vectors import VectorCache

MOST_CHOICES = 5
"""Answers of the question in which course to look."""

LEAST_MET_BELOW_SUPPORT = 0.5
"""Below support a module must meet this share of what is left of the need."""


class Recommender:
    """Finds the modules for a need in one catalogue.

    It never changes, so any number of threads may ask it at once; build a new one, over
    `ModuleIndex.following`, when the catalogue has changed. The same catalogue, need and
    context always give the same answer.
    """

    def __init__(
        self,
        index: ModuleIndex,
        tuning: Tuning | None = None,
        meanings: Meanings = NO_MEANINGS,
    ) -> None:
        self.index = index
        self.meanings = meanings
        self.tuning = tuning or Tuning()
        self._doors = Doors(index, self.tuning)

    @classmethod
    def over(
        cls,
        modules: Iterable[Module],
        tuning: Tuning | None = None,
        *,
        models: Models | None = None,
        cache: VectorCache | None = None,
    ) -> Recommender:
        """A recommender over `modules`, read once and in order.

        Modules that are not visible or have no open_url are left out. With `models` (see
        `load_models`) their vectors are made first, some fifty modules a second, or taken from
        `cache`; without, needs are met by their words alone.
        """
        tuning = tuning or Tuning()
        found = cls(ModuleIndex(modules, title_weight=tuning.title), tuning)
        if models is None:
            return found
        return found.with_meanings(
            Meanings(
                english=_meaning(models.english, found.index, cache),
                multilingual=_meaning(models.multilingual, found.index, cache),
            )
        )

    def tuned(self, tuning: Tuning) -> Recommender:
        """The same catalogue with other weights; the title's weight stays that of the index."""
        return Recommender(self.index, tuning, self.meanings)

    def with_meanings(self, meanings: Meanings) -> Recommender:
        """The same catalogue, and what its modules mean by now."""
        return Recommender(self.index, self.tuning, meanings)

    def neighbours(self, key: Key, now: datetime) -> tuple[Module | None, Module | None]:
        """The modules before and after one in its course, as far as they open as it does."""
        return find_neighbours(self.index, key, now)

    def __len__(self) -> int:
        """How many modules can be recommended."""
        return len(self.index)

    @property
    def asks_who(self) -> bool:
        """Whether an answer can depend on the courses that a person is in."""
        return self.index.has_restricted

    def recommend(self, need: Need, context: Context | None = None) -> Answer:
        """What to show for a need.

        `Support` when it speaks of a crisis, the writer's own or another's, with the modules
        below it; a `Question` when the first answer is likely to be poor or nothing fits;
        else `Recommendations`, which are empty when the catalogue is, or when everything that
        fits was seen.
        """
        context = context or Context()
        sign = find_sign(need.text)
        if sign is CrisisSign.OWN:
            return Support(self._below_support(need, context))
        if sign is CrisisSign.MENTIONED:
            context = replace(context, draw=None)
        asked = self._read(need, context)
        doors = list(self._doors.fitting(asked))
        found = self._answer(doors, asked)
        if sign is CrisisSign.MENTIONED:
            return Support(found, about=sign)
        if not found.items and not found.locked.count:
            return self._without(context)
        if not found.items or context.seen:
            return found
        question = self._ask_back(doors, asked)
        return found if question is None else replace(question, instead=found)

    def order(self, need: Need, context: Context | None = None) -> Iterator[Key]:
        """(source, identifier) of what fits a need, best first, beyond the first three.

        For measuring; equal titles come once, and what was seen, is over or cannot be opened
        is left out, as in `recommend`, but a module that meets little of the need stays, and
        what is easier to open does not go first.
        """
        for door in self._doors.fitting(self._read(need, context or Context())):
            yield self.index.key(door.number)

    def candidates(self, need: Need, context: Context | None = None) -> list[Candidate]:
        """What was found for a need, best first, as questions look at it."""
        asked = self._read(need, context or Context())
        return as_candidates(self._doors.fitting(asked), asked, self.index)

    def confidence(self, need: Need, context: Context | None = None) -> Confidence:
        """How good the answer to a need is, as far as can be told without asking anybody."""
        context = context or Context()
        if find_sign(need.text) is CrisisSign.OWN:
            return NOT_JUDGED
        asked = self._read(need, context)
        doors = list(self._doors.fitting(asked))
        found = self._answer(doors, asked)
        return judge(found, as_candidates(doors, asked, self.index), asked)

    def _read(self, need: Need, context: Context) -> Asked:
        return read_all(need, context, self.index, self.tuning, self.meanings)

    def _below_support(self, need: Need, context: Context) -> Recommendations:
        """What fits the rest of the need, without the words of the crisis, and no reasons.

        Reasons would quote the writer's words back; at such a moment they say nothing. What
        must be known of opening a module is told. Only words find it: the meaning of what is
        left could still be the crisis.
        """
        text = without_crisis(need.text)
        if not text:
            return Recommendations(())
        context = replace(context, draw=None)
        asked = read_words(replace(need, text=text), context, self.index, self.tuning)
        items = list(self._items(self._doors.fitting(asked), asked, LEAST_MET_BELOW_SUPPORT))
        told = (replace(item, reasons=_of_entering(item.reasons)) for item in items[:MOST])
        return Recommendations(tuple(told), more=len(items) > MOST)

    def _answer(self, doors: Sequence[Door], asked: Asked) -> Recommendations:
        """The first modules that fit and meet enough of the need."""
        least_met = self.tuning.least_met
        first = doors[:MOST_READ]
        if self.asks_who:
            first = easiest_first(first, by_words=asked.sense is None)
        items = list(self._items(first, asked, least_met))
        if not items and self.asks_who:
            return Recommendations((), locked=self._locked(asked, least_met))
        items = _lift(_apart(self._mixed(items, asked)), asked)
        shown = with_quotations(tuple(items[:MOST]), asked, self.index)
        return Recommendations(shown, more=len(items) > MOST, likeness=asked.likeness)

    def _items(
        self, doors: Iterable[Door], asked: Asked, least_met: float
    ) -> Iterator[Recommendation]:
        """What is looked into and meets enough; no more than is needed to choose among."""
        chooses = asked.given.kind is NeedKind.HUMAN or asked.context.draw is not None
        enough = MOST_READ if chooses else MOST + 1
        found: list[Recommendation] = []
        for door in islice(doors, MOST_READ):
            if len(found) > MOST and not self._may_be_chosen(door, found, asked):
                continue
            item = look_into(door, asked, self.index, self.tuning, least_met)
            if item is not None:
                found.append(item)
                yield item
            if len(found) >= enough:
                return

    def _may_be_chosen(self, door: Door, found: list[Recommendation], asked: Asked) -> bool:
        """Whether a module that comes after `found` can still be one of the three."""
        if asked.context.draw is not None or door.module is None or _apart(found) != found:
            return True
        least = min(item.score for item in found[:MOST])
        return may_be_let_in(door.found.score, door.module, least, self.tuning.circumstances)

    def _mixed(self, items: list[Recommendation], asked: Asked) -> list[Recommendation]:
        modules = [item.module for item in items]
        scores = [item.score for item in items]
        order = mix(scores, modules, asked.given, self.tuning.circumstances)
        return [items[place] for place in order]

    def _locked(self, asked: Asked, least_met: float) -> Locked:
        """What would fit if the person were in other courses."""
        titles: set[int] = set(self.index.title_marks(asked.context.seen))
        courses: dict[str, None] = {}
        count = 0
        for door in self._doors.locked(asked)[: 2 * MOST_READ]:
            mark = self.index.title_mark(door.number)
            item = look_into(door, asked, self.index, self.tuning, least_met)
            if item is not None and mark not in titles:
                titles.add(mark)
                count += 1
                courses |= {item.module.course: None} if item.module.course else {}
        return Locked(count, tuple(courses))

    def _ask_back(self, doors: Sequence[Door], asked: Asked) -> Question | None:
        candidates = as_candidates(doors, asked, self.index)
        embed = None if asked.sense is None else embedder(asked.sense.by)
        try:
            return ask_back(asked.need, candidates, asked.context, self.tuning.questions, embed)
        except ModelRefused:
            # The answer is there already; a question would only have made it better.
            return None

    def _without(self, context: Context) -> Recommendations | Question:
        """What to say when nothing fits: choose a course, unless there is nothing to choose."""
        if context.seen:
            return Recommendations(())
        choices: list[Choice] = []
        for label in self.index.courses or self.index.first_titles:
            # A choice must never lead back to this question.
            if len(choices) < MOST_CHOICES and self._leads_on(label, context):
                choices.append(Choice(label, label))
        return Question(tuple(choices)) if choices else Recommendations(())

    def _leads_on(self, label: str, context: Context) -> bool:
        """Whether what bears that name can be opened by this person: a name alone can tell."""
        if len(label) > LONGEST_NEED:
            return False
        need = Need(text=label, language=context.language or "en")
        asked = read_words(need, context, self.index, self.tuning)
        found = (door.module for door in self._doors.fitting(asked))
        return any(one is not None and label in (one.course, one.title) for one in found)


def _meaning(
    model: EmbeddingModel | None, index: ModuleIndex, cache: VectorCache | None
) -> Meaning | None:
    if model is None:
        return None
    from lti_tool.recommender.vectors import (
        MemoryCache,
        VectorIndex,
        embedded_text,
        fill_vectors,
        read_vectors,
    )

    cache = MemoryCache() if cache is None else cache
    for _ in fill_vectors(model, (embedded_text(one) for _, one in index.modules()), cache):
        pass
    texts = ((number, embedded_text(one)) for number, one in index.modules())
    batches = read_vectors(model, texts, cache)
    made = VectorIndex.build(model.name, model.dimensions, batches, capacity=index.capacity)
    return Meaning(model, made)


def _apart(items: Sequence[Recommendation]) -> list[Recommendation]:
    """The same, a whole and its own part not side by side: the one that fits less comes later."""
    kept: list[Recommendation] = []
    later: list[Recommendation] = []
    for item in items:
        related = any(_is_part(item, one) or _is_part(one, item) for one in kept[:MOST])
        (later if related else kept).append(item)
    return [*kept, *later]


def _is_part(part: Recommendation, whole: Recommendation) -> bool:
    one, other = part.module, whole.module
    return one.source == other.source and one.part_of == other.identifier


def _lift(items: list[Recommendation], asked: Asked) -> list[Recommendation]:
    """Now and then what few have tried stands third instead of the third."""
    keys = [(item.module.source, item.module.identifier) for item in items]
    ranked = list(zip(keys, (item.score for item in items), strict=True))
    lifted = explore(asked.context.use, ranked, asked.context.draw)
    if lifted is None:
        return items
    item = items.pop(keys.index(lifted))
    items.insert(MOST - 1, item)
    return items


def _of_entering(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if isinstance(reason, EnteringReason))
