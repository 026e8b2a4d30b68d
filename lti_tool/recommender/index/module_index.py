"""The index over a catalogue's modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log
from pathlib import Path

import tantivy
from tantivy import FieldType, Occur, Query

from catalogue_sync.module import Access, Kind, Module, Provenance
from lti_tool.recommender.index.building import build, follow, open_folder
from lti_tool.recommender.index.content import Content, Key
from lti_tool.recommender.index.documents import (
    COURSE,
    GROUP,
    MAIN,
    NUMBER,
    POSITION,
    TEXT,
    WORDS,
)
from lti_tool.recommender.index.marks import mark_of_group, mark_of_name
from lti_tool.recommender.index.tallies import LARGE_LANGUAGE

WORN = 0.3
"""The share of numbers that stand for no module from which an index is better built anew."""

REACH = 20
"""How many places before and after a module are looked through for its neighbours."""

MOST_KNOWN_STEMS = 20_000
"""Stems whose frequency is remembered: one answer asks for that of each word many times."""

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A module that was found: its number in the index, and its score (above 0)."""

    number: int
    score: float
    address: tantivy.DocAddress


class ModuleIndex:
    """Finds modules by stems. It never changes; `following` gives the next one.

    Without a folder everything is in memory, the modules themselves compressed, so memory grows
    with the catalogue's texts. With one the engine's files are mapped from disk, and memory
    stays flat. Modules are numbered in the order in which they came; a number stands for the
    same module in every index that follows, until that module changes.
    """

    def __init__(
        self,
        modules: Iterable[Module],
        *,
        title_weight: int,
        folder: Path | None = None,
        version: int = 0,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        """Read `modules` once, as a stream; those without an open_url or not visible are left
        out.

        `folder` keeps the index for `open`, with `version`, the catalogue's; what it held
        before is replaced when all is written. `on_progress` hears how many were read.
        """
        self._take(build(modules, title_weight, folder, version, on_progress))

    @classmethod
    def open(cls, folder: Path) -> ModuleIndex:
        """The index that an earlier process left in a folder.

        Every file is checked first. Raises `UnusableIndex` when there is none, when one is
        damaged, or when another edition of Needle wrote it: build it anew.
        """
        return cls._of(open_folder(folder))

    def following(
        self,
        changed: Iterable[Module],
        removed: Iterable[Key] = (),
        *,
        version: int | None = None,
    ) -> ModuleIndex:
        """The index after modules were added or changed, and others removed.

        A changed module that can be recommended no more counts as removed. This index goes on
        answering as before. Unchanged modules keep their numbers, others get new ones; scores
        may differ in digits from those of an index that is built anew, as what is gone still
        counts for how rare a word is. Raises `UnusableIndex` when an index follows this one
        already, or its files are gone.
        """
        version = self.version if version is None else version
        return self._of(follow(self._content, changed, removed, version))

    @classmethod
    def _of(cls, content: Content) -> ModuleIndex:
        index = cls.__new__(cls)
        index._take(content)
        return index

    def _take(self, content: Content) -> None:
        self._content = content
        self._schema = content.schema
        self._searcher = content.searcher
        self._length = len(content.dead) - sum(content.dead)
        self._frequencies: dict[str, int] = {}

    def __len__(self) -> int:
        return self._length

    @property
    def version(self) -> int:
        """The version of the catalogue that it holds."""
        return self._content.version

    @property
    def title_weight(self) -> int:
        """How many times a title's words count."""
        return self._content.maker.title_weight

    @property
    def capacity(self) -> int:
        """One more than the highest number that was ever given to a module."""
        return len(self._content.dead)

    @property
    def worn(self) -> bool:
        """Whether so much is gone that the index is better built anew."""
        return self.capacity - len(self) > WORN * self.capacity

    @property
    def courses(self) -> list[str]:
        """The titles of the largest thousand courses, the one with the most modules first."""
        courses = self._content.tallies.courses
        return sorted(courses, key=lambda course: (-courses[course], course))

    @property
    def first_titles(self) -> list[str]:
        """The titles of a few modules, for a catalogue that has no courses."""
        return list(self._content.tallies.first_titles)

    @property
    def languages(self) -> list[str]:
        """The languages of a large share of the modules, the commonest first."""
        return [
            language
            for language, count in self._content.tallies.languages.most_common()
            if count >= LARGE_LANGUAGE * len(self)
        ]

    @property
    def every_language(self) -> list[str]:
        """The languages of the modules, also the rarest, the commonest first."""
        return [language for language, _ in self._content.tallies.languages.most_common()]

    @property
    def has_restricted(self) -> bool:
        """Whether it is a question of who asks, for any module, if they can open it."""
        return self._content.tallies.restricted > 0

    def frequency(self, stem: str) -> int:
        """The number of modules that hold a stem (counted twice where the text does too)."""
        count = self._frequencies.get(stem)
        if count is None:
            count = self._searcher.doc_freq(MAIN, stem) + self._searcher.doc_freq(TEXT, stem)
            if len(self._frequencies) >= MOST_KNOWN_STEMS:
                self._frequencies.clear()
            self._frequencies[stem] = count
        return count

    def spelled(self, word: str) -> int:
        """The number of modules that hold a word, spelled so, in lower case without accents."""
        return self._searcher.doc_freq(WORDS, word)

    def rarity(self, stem: str) -> float:
        """How telling a stem is: the logarithm of one over its share of the modules."""
        return log(1 + len(self) / (1 + self.frequency(stem)))

    def matching(self, stems: Sequence[str], *, text_weight: float) -> Query:
        """The query for one stem, or for several that stand next to each other."""
        if len(stems) > 1:
            words: list[str | tuple[int, str]] = list(stems)
            return Query.phrase_query(self._schema, MAIN, words)
        found = Query.term_query(self._schema, MAIN, stems[0])
        if not text_weight:
            return found
        in_text = Query.term_query(self._schema, TEXT, stems[0], "freq")
        weighed = Query.boost_query(in_text, text_weight)
        return Query.boolean_query([(Occur.Should, q) for q in (found, weighed)])

    def in_course(self, name: str) -> Query:
        """The query for all modules of the course of that name (none when there is no such)."""
        return Query.term_query(self._schema, COURSE, mark_of_name(name))

    def search(self, query: Query, limit: int) -> list[Hit]:
        """The best `limit` modules for a query, best first."""
        return [Hit(*found) for found in self._content.find(query, limit)]

    def scores(self, query: Query, numbers: Sequence[int]) -> dict[int, float]:
        """The scores of those of `numbers` that a query finds."""
        return self._content.scores(query, numbers)

    def module(self, wanted: Hit | int) -> Module:
        """A module by its number, as it was given; LookupError when it is gone."""
        if isinstance(wanted, Hit):
            return self._content.module_at(wanted.address)
        return self._content.module(wanted)

    def modules(self) -> Iterator[tuple[int, Module]]:
        """Every module with its number, in the order of the numbers, read in pages."""
        for start in range(0, self.capacity, _PAGE):
            page = self._between(NUMBER, start, start + _PAGE - 1)
            found = self._content.find(page, _PAGE)
            for number, _, address in sorted(found, key=lambda one: one[0]):
                yield number, self._content.module_at(address)

    def numbers(self, keys: Iterable[Key]) -> dict[Key, int]:
        """The numbers of those of `keys` (source, identifier) that are in the catalogue."""
        return self._content.numbers(keys)

    def is_live(self, number: int) -> bool:
        """Whether a number stands for a module of this index."""
        return 0 <= number < self.capacity and not self._content.dead[number]

    def part_numbers(self, number: int) -> list[int]:
        """The numbers of the modules around one in its course, or in the module that it is part
        of, in order and itself among them; up to 20 places before and after."""
        facts, place = self._content.facts_of(number)
        position = facts.position(place)
        if position is None:
            return [number]
        group = mark_of_group(self.module(number))
        if group is None:
            return [number]
        near = self._between(POSITION, max(0, position - REACH), position + REACH)
        of_group = Query.term_query(self._schema, GROUP, group)
        query = Query.boolean_query([(Occur.Must, of_group), (Occur.Must, near)])
        found = {one for one, _, _ in self._content.find(query, 4 * REACH)} | {number}
        return sorted(found, key=lambda one: (self.position(one) or 0, one))

    def neighbours(self, number: int) -> tuple[Key | None, Key | None]:
        """(source, identifier) of the modules right before and right after one, as it is placed
        in its course or in the module that it is part of; None where there is none."""
        around = self.part_numbers(number)
        place = around.index(number)
        before = around[place - 1] if place else None
        after = around[place + 1] if place + 1 < len(around) else None
        return (
            None if before is None else self.key(before),
            None if after is None else self.key(after),
        )

    def key(self, number: int) -> Key:
        """(source, identifier) of a module."""
        return self._content.key(number)

    def minutes(self, number: int) -> float | None:
        """The minutes of a module; None when unknown."""
        facts, place = self._content.facts_of(number)
        return facts.minutes(place)

    def course_id(self, number: int) -> str | None:
        """The course that a module belongs to."""
        facts, place = self._content.facts_of(number)
        return facts.course_id(place)

    def level(self, number: int) -> str | None:
        """The level of a module, as its source says it."""
        facts, place = self._content.facts_of(number)
        return facts.level(place)

    def language(self, number: int) -> str:
        """The language that a module was read in."""
        facts, place = self._content.facts_of(number)
        return facts.language(place)

    def kind(self, number: int) -> Kind:
        """What sort of help a module is."""
        facts, place = self._content.facts_of(number)
        return facts.kind(place)

    def provenance(self, number: int) -> Provenance:
        """Who made a module."""
        facts, place = self._content.facts_of(number)
        return facts.provenance(place)

    def position(self, number: int) -> int | None:
        """The place of a module among its siblings, from 1; None when it has none."""
        facts, place = self._content.facts_of(number)
        return facts.position(place)

    def siblings(self, number: int) -> int | None:
        """How many they are; None when unknown."""
        facts, place = self._content.facts_of(number)
        return facts.siblings(place)

    def has_text(self, number: int) -> bool:
        """Whether a module's own text is known."""
        facts, place = self._content.facts_of(number)
        return facts.has_text(place)

    def has_description(self, number: int) -> bool:
        """Whether a module has a description."""
        facts, place = self._content.facts_of(number)
        return facts.has_description(place)

    def part_of_mark(self, number: int) -> int | None:
        """A number that is the same for parts of the same module; None for no part."""
        facts, place = self._content.facts_of(number)
        return facts.part_of_mark(place)

    def access(self, number: int) -> Access | None:
        """Who may enter a module, as its source says."""
        facts, place = self._content.facts_of(number)
        return facts.access(place)

    def is_open(self, number: int, now: datetime) -> bool:
        """Whether a module's time has come and not passed; an event may lie ahead."""
        facts, place = self._content.facts_of(number)
        return facts.is_open(place, now)

    def title_mark(self, number: int) -> int:
        """A number that is the same for equal titles."""
        facts, place = self._content.facts_of(number)
        return facts.title_mark(place)

    def title_marks(self, keys: Iterable[Key]) -> set[int]:
        """`title_mark` of those of `keys` that are in the catalogue."""
        return {self.title_mark(number) for number in self.numbers(keys).values()}

    def _between(self, name: str, least: int, most: int) -> Query:
        return Query.range_query(self._schema, name, FieldType.Unsigned, least, most)
