"""What was found for a need, and what the person finds who opens it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from catalogue_sync.module import Module
from lti_tool.recommender.access import Entry, entry_of
from lti_tool.recommender.asked import Asked
from lti_tool.recommender.circumstances import Effect, weigh
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.ranking import CANDIDATES, Found, rank
from lti_tool.recommender.tuning import Tuning
from lti_tool.recommender.use import UseModel

MOST_READ = 12
"""Modules of those found that are looked into, to see whether they meet enough of the need."""

MOST_WEIGHED = 40
"""Modules that circumstances and use may reorder: more than ever are shown."""

FURTHER = (500, 5_000)
"""How many more modules are looked through while hardly any that were found can be opened."""

AS_GOOD = 0.85
"""A module that scores this share of the best goes first when it is the easier one to open."""

AS_GOOD_BY_WORDS = 0.5
"""The same where only words were compared, whose scores lie further apart."""


@dataclass(frozen=True, slots=True)
class Door:
    """A module that was found, and how it opens; `effects` and `used` are in its score."""

    found: Found
    entry: Entry
    module: Module | None = None
    effects: tuple[Effect, ...] = ()
    used: float = 0.0

    @property
    def number(self) -> int:
        """The module's number in the index."""
        return self.found.number


class Doors:
    """Finds what fits a need in one index."""

    def __init__(self, index: ModuleIndex, tuning: Tuning) -> None:
        self._index = index
        self._tuning = tuning

    def fitting(self, asked: Asked) -> Iterator[Door]:
        """What fits and is not locked, best first; of equal titles the easiest to open."""
        shown = self._index.title_marks(asked.context.seen)
        doors = self._weighed(self._not_locked(asked), asked)
        if not self._index.has_restricted:
            for door in doors:
                mark = self._index.title_mark(door.number)
                if mark not in shown:
                    shown.add(mark)
                    yield door
            return
        best: dict[int, Door] = {}
        for door in doors:
            mark = self._index.title_mark(door.number)
            if mark not in shown and (mark not in best or door.entry < best[mark].entry):
                best[mark] = door
        yield from best.values()

    def locked(self, asked: Asked) -> list[Door]:
        """What would fit if the person were in other courses, best first."""
        return [door for door in self._found(asked, 0) if door.entry is Entry.LOCKED]

    def _not_locked(self, asked: Asked) -> list[Door]:
        """What can be opened of what was found; more is looked through when that is little."""
        if not self._index.has_restricted:
            return self._found(asked, 0)
        extra = 0
        for further in (*FURTHER, 0):
            found = self._found(asked, extra)
            doors = [door for door in found if door.entry is not Entry.LOCKED]
            if len(doors) >= MOST_READ or len(found) < CANDIDATES + extra:
                break
            extra = further
        return doors

    def _found(self, asked: Asked, extra: int) -> list[Door]:
        """Every module that was found and is open, best first."""
        index, context = self._index, asked.context
        extra += len(context.seen)
        doors: list[Door] = []
        for found in rank(asked.reading, index, self._tuning, asked.sense, extra=extra):
            number = found.number
            if context.now is not None and not index.is_open(number, context.now):
                continue
            entry = Entry.OPEN
            if index.has_restricted:
                source = index.key(number)[0]
                entry = entry_of(source, index.course_id(number), index.access(number), context)
            doors.append(Door(found, entry))
        return doors

    def _weighed(self, doors: Sequence[Door], asked: Asked) -> list[Door]:
        """The same in the order that circumstances and use make of it; what is far stays far."""
        use = replace(asked.context.use, most=self._tuning.use)
        weighed = [self._weigh(door, asked, use) for door in doors[:MOST_WEIGHED]]
        weighed.sort(key=lambda door: (-door.found.score, door.number))
        return [*weighed, *doors[MOST_WEIGHED:]]

    def _weigh(self, door: Door, asked: Asked, use: UseModel) -> Door:
        module = self._index.module(door.number)
        key = (module.source, module.identifier)
        effects = weigh(module, asked.given, self._tuning.circumstances)
        used = use.shift(key, asked.likeness) + asked.context.personal.shift(key, asked.likeness)
        score = door.found.score + used + sum(effect.amount for effect in effects)
        found = door.found if score == door.found.score else replace(door.found, score=score)
        return Door(found, door.entry, module, effects, used)


def easiest_first(doors: Sequence[Door], *, by_words: bool) -> list[Door]:
    """Doors (best first) by how easily they open, among those that are about as good."""
    least = AS_GOOD_BY_WORDS if by_words else AS_GOOD
    best = max((door.found.score for door in doors), default=0.0)
    return sorted(doors, key=lambda door: (door.found.score < least * best, door.entry))
