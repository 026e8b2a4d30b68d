"""What one state of an index consists of, and how its modules are looked up."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tantivy
from tantivy import DocAddress, Occur, Query

from catalogue_sync.module import Module
from lti_tool.recommender.index.documents import KEY, NUMBER, STORED, DocumentMaker
from lti_tool.recommender.index.facts import Facts
from lti_tool.recommender.index.marks import mark_of
from lti_tool.recommender.index.tallies import Tallies
from lti_tool.recommender.packing import unpack

Key = tuple[str, str]
"""(source, identifier) of a module."""


@dataclass(slots=True)
class Lineage:
    """The states of one index in memory share its engine; only the last of them goes on."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    step: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an index lies on disk, and the checksums of its files."""

    generation: Path
    files: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One state of an index, which never changes.

    Modules are numbered: those of `base` first, then those of `tail`, which came after it was
    built. `dead` has a byte for each number, 1 where the module is gone.
    """

    engine: tantivy.Index
    searcher: tantivy.Searcher
    base: Facts
    tail: Facts
    dead: bytes | bytearray
    tallies: Tallies
    maker: DocumentMaker
    version: int
    kept: Kept | None = None
    lineage: Lineage = field(default_factory=Lineage)
    step: int = 0

    @property
    def schema(self) -> tantivy.Schema:
        """The engine's fields."""
        return self.engine.schema

    def facts_of(self, number: int) -> tuple[Facts, int]:
        """The facts that hold a module, and its number there."""
        base = len(self.base)
        return (self.base, number) if number < base else (self.tail, number - base)

    def key(self, number: int) -> Key:
        """(source, identifier) of a module."""
        facts, place = self.facts_of(number)
        return facts.key(place)

    def find(self, query: Query, limit: int) -> list[tuple[int, float, DocAddress]]:
        """Number, score and address of the best `limit` modules for a query, best first."""
        if limit <= 0:
            return []
        found = self.searcher.search(query, limit, count=False).hits
        addresses = [address for _, address in found]
        numbers = self.searcher.fast_field_values(NUMBER, addresses)
        return [
            (int(number or 0), float(score), address)
            for number, (score, address) in zip(numbers, found, strict=True)
        ]

    def numbers(self, keys: Iterable[Key]) -> dict[Key, int]:
        """The numbers of those of `keys` that are there."""
        wanted = set(keys)
        if not wanted:
            return {}
        either = self._any_of(KEY, [mark_of(*key) for key in wanted])
        # Twice as many as there should be, should two keys ever have one mark.
        found = self.find(either, 2 * len(wanted))
        numbers = {self.key(number): number for number, _, _ in found}
        return {key: number for key, number in numbers.items() if key in wanted}

    def scores(self, query: Query, numbers: Sequence[int]) -> dict[int, float]:
        """The scores of those modules that a query meets."""
        if not numbers:
            return {}
        among = Query.const_score_query(self._any_of(NUMBER, numbers), 0.0)
        both = Query.boolean_query([(Occur.Must, query), (Occur.Must, among)])
        return {number: score for number, score, _ in self.find(both, len(numbers))}

    def module(self, number: int) -> Module:
        """A module, as it was given; LookupError when it is gone."""
        found = self.searcher.search(
            Query.term_query(self.schema, NUMBER, number), 1, count=False
        ).hits
        if not found:
            raise LookupError(f"there is no module {number}")
        return self.module_at(found[0][1])

    def module_at(self, address: DocAddress) -> Module:
        """The module at an address that this state's search gave."""
        stored: bytes | list[int] = self.searcher.doc(address)[STORED][0]
        return unpack(stored)

    def _any_of(self, field: str, values: Sequence[int]) -> Query:
        # The engine's query for a set of terms takes four times as long for two hundred.
        terms = [Query.term_query(self.schema, field, value) for value in values]
        return Query.boolean_query([(Occur.Should, term) for term in terms])
