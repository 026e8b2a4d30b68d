"""The index over a catalogue's modules, in memory."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf, log

import tantivy
from tantivy import Document, Query

from catalogue_sync.module import Access, Kind, Module
from lti_tool.recommender.access import RESTRICTED
from lti_tool.recommender.languages import (
    analyzer,
    guess_language,
    primary_language,
    sound,
    split_words,
)
from lti_tool.recommender.packing import pack, unpack

MAIN, TEXT = "main", "text"
"""The two fields: title, place and description together; and the module's own text."""

_WORDS = "words"
"""The words of both as they are spelled, to correct others by."""

LEAD = 400
"""Characters of a description, filled up from the text, that stand beside the title."""

LONGEST_TEXT = 50_000
"""Characters of a module's text that are read."""

LARGE_LANGUAGE = 0.05
"""The share of a catalogue's modules from which every need is looked for in that language."""

_HEAP = 64_000_000

_ACCESSES: tuple[Access | None, ...] = (None, *Access)
_RESTRICTED = frozenset(_ACCESSES.index(access) for access in RESTRICTED)
"""The numbers that stand for ways of access, one byte a module, and the restricted ones."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A module that was found: its number in the index, and its score (above 0)."""

    number: int
    score: float
    address: tantivy.DocAddress


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of each module, by number, without reading it."""

    keys: list[tuple[str, str]]
    minutes: array[float]
    titles: array[int]
    course_ids: list[str | None]
    accesses: bytearray
    opens: array[float]
    ends: array[float]


class ModuleIndex:
    """Finds modules by stems. It never changes; build a new one for a new catalogue.

    The modules themselves are kept compressed beside the index, so memory grows with their
    compressed texts.
    """

    def __init__(self, modules: Iterable[Module], *, title_weight: int) -> None:
        """Read `modules` once; those without an open_url or not visible are left out."""
        self._schema = _schema()
        self._index = tantivy.Index(self._schema)
        self._facts = _Facts(
            [], array("d"), array("Q"), [], bytearray(), array("d"), array("d")
        )
        self._courses: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._first_titles: list[str] = []
        # One thread, so that the same modules always give the same index.
        writer = self._index.writer(_HEAP, 1)
        for module in modules:
            if module.open_url is not None and module.visible:
                writer.add_document(self._document(module, title_weight))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._numbers = {key: number for number, key in enumerate(self._facts.keys)}
        self._restricted = any(map(_RESTRICTED.__contains__, set(self._facts.accesses)))

    def __len__(self) -> int:
        return len(self._facts.keys)

    @property
    def courses(self) -> list[str]:
        """The titles of the catalogue's courses, the one with the most modules first."""
        return sorted(self._courses, key=lambda course: (-self._courses[course], course))

    @property
    def first_titles(self) -> list[str]:
        """The titles of a few modules, for a catalogue that has no courses."""
        return list(self._first_titles)

    @property
    def languages(self) -> list[str]:
        """The languages of a large share of the modules, the commonest first."""
        return [
            language
            for language, count in self._languages.most_common()
            if count >= LARGE_LANGUAGE * len(self)
        ]

    def frequency(self, stem: str) -> int:
        """The number of modules that hold a stem (counted twice where the text does too)."""
        return self._searcher.doc_freq(MAIN, stem) + self._searcher.doc_freq(TEXT, stem)

    def spelled(self, word: str) -> int:
        """The number of modules that hold a word, spelled so, in lower case without accents."""
        return self._searcher.doc_freq(_WORDS, word)

    @property
    def every_language(self) -> list[str]:
        """The languages of the modules, also the rarest, the commonest first."""
        return [language for language, _ in self._languages.most_common()]

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
        return Query.boolean_query([(tantivy.Occur.Should, q) for q in (found, weighed)])

    def in_course(self, name: str) -> Query:
        """The query for all modules of the course of that name (none when there is no such)."""
        return Query.term_query(self._schema, "course", _mark(name))

    def search(self, query: Query, limit: int) -> list[Hit]:
        """The best `limit` modules for a query, best first."""
        found = self._searcher.search(query, limit, count=False).hits
        addresses = [address for _, address in found]
        numbers = self._searcher.fast_field_values("number", addresses)
        return [
            Hit(int(number or 0), float(score), address)
            for number, (score, address) in zip(numbers, found, strict=True)
        ]

    def module(self, hit: Hit) -> Module:
        """The module that was found, as it was given."""
        stored: bytes | list[int] = self._searcher.doc(hit.address)["module"][0]
        return unpack(stored)

    def key(self, number: int) -> tuple[str, str]:
        """(source, identifier) of a module."""
        return self._facts.keys[number]

    def minutes(self, number: int) -> float | None:
        """The minutes of a module; None when unknown."""
        minutes = self._facts.minutes[number]
        return minutes if minutes > 0 else None

    def course_id(self, number: int) -> str | None:
        """The course that a module belongs to."""
        return self._facts.course_ids[number]

    def access(self, number: int) -> Access | None:
        """Who may enter a module, as its source says."""
        return _ACCESSES[self._facts.accesses[number]]

    @property
    def has_restricted(self) -> bool:
        """Whether it is a question of who asks, for any module, if they can open it."""
        return self._restricted

    def is_open(self, number: int, now: datetime) -> bool:
        """Whether a module's time has come and not passed; an event may lie ahead."""
        return self._facts.opens[number] <= now.timestamp() < self._facts.ends[number]

    def title_mark(self, number: int) -> int:
        """A number that is the same for equal titles."""
        return self._facts.titles[number]

    def title_marks(self, keys: Iterable[tuple[str, str]]) -> set[int]:
        """`title_mark` of those of `keys` that are in the catalogue."""
        numbers = (self._numbers.get(key) for key in keys)
        return {self.title_mark(number) for number in numbers if number is not None}

    def _document(self, module: Module, title_weight: int) -> Document:
        document = Document()
        document.add_unsigned("number", len(self._facts.keys))
        document.add_bytes("module", pack(module))
        if module.course:
            document.add_unsigned("course", _mark(module.course))
        self._note(module)
        language = module_language(module)
        self._languages[language] += 1
        pre_tokenize = analyzer(language).pre_tokenize

        def analyze(text: str) -> tantivy.PreTokenizedString:
            return pre_tokenize(sound(text))

        title = analyze(module.title)
        for _ in range(title_weight):
            document.add_pre_tokenized_text(MAIN, title)
        unstemmed = analyzer(None).pre_tokenize
        document.add_pre_tokenized_text(_WORDS, unstemmed(sound(module.title)))
        for part in (module.course, module.section, *module.skills, _lead(module)):
            if part:
                document.add_pre_tokenized_text(MAIN, analyze(part))
                document.add_pre_tokenized_text(_WORDS, unstemmed(sound(part)))
        if module.text:
            text = module.text[:LONGEST_TEXT]
            document.add_pre_tokenized_text(TEXT, analyze(text))
            document.add_pre_tokenized_text(_WORDS, unstemmed(sound(text)))
        return document

    def _note(self, module: Module) -> None:
        facts = self._facts
        facts.keys.append((module.source, module.identifier))
        facts.minutes.append(module.duration.minutes if module.duration else 0.0)
        facts.titles.append(_mark(module.title))
        facts.course_ids.append(module.course_id)
        facts.accesses.append(_ACCESSES.index(module.access))
        waits = module.starts is not None and module.kind is not Kind.EVENT
        facts.opens.append(module.starts.timestamp() if waits and module.starts else -inf)
        facts.ends.append(module.ends.timestamp() if module.ends else inf)
        if module.course:
            self._courses[module.course] += 1
        if len(self._first_titles) < 10:
            self._first_titles.append(module.title)


def _mark(name: str) -> int:
    """A number that is the same for names that differ in case, spaces and signs only."""
    words = " ".join(split_words(name)) or name
    digest = hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


def module_language(module: Module) -> str:
    """The language of a module: as it says, else as its words tell, else English."""
    declared = primary_language(module.language)
    if declared is not None:
        return declared
    return guess_language(split_words(f"{module.title} {_lead(module)}"), "en")


def _lead(module: Module) -> str:
    missing = LEAD - len(module.description)
    return f"{module.description} {module.text[:missing]}" if missing > 0 else module.description


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(MAIN)
    builder.add_text_field(TEXT, index_option="freq")
    builder.add_text_field(_WORDS, index_option="basic")
    builder.add_unsigned_field("number", fast=True)
    builder.add_unsigned_field("course", indexed=True)
    builder.add_bytes_field("module", stored=True)
    return builder.build()
