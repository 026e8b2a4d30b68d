"""Modules as documents of the search engine: its fields, and the stems in them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence

import tantivy
from tantivy import Document

from catalogue_sync.module import Module
from lti_tool.recommender.index.marks import mark_of, mark_of_group, mark_of_name
from lti_tool.recommender.languages import (
    analyzer,
    guess_language,
    primary_language,
    sound,
    split_words,
)
from lti_tool.recommender.leads import lead
from lti_tool.recommender.packing import pack

MAIN, TEXT = "main", "text"
"""The two fields: title, place and description together; and the module's own text."""

WORDS = "words"
"""The words of both as they are spelled, to correct others by."""

NUMBER, KEY, COURSE, GROUP, POSITION = "number", "key", "course", "group", "position"
"""What a module is looked up by."""

STORED = "module"
"""The module itself."""

LONGEST_TEXT = 50_000
"""Characters of a module's text that are read."""

_STEMMED, _FOLDED = "needle_stemmed", "needle_folded"


class DocumentMaker:
    """Makes documents; those in the `house` language cost the least.

    A text in the house language is handed over as it is, and the engine stems it while Python
    goes on; any other text is stemmed here, as one field can have one analyzer only. The terms
    are the same either way.
    """

    def __init__(self, house: str, title_weight: int) -> None:
        self.house = house
        self.title_weight = title_weight

    def register(self, index: tantivy.Index) -> None:
        """Tell an index, before a writer is opened, how texts that are handed over are cut."""
        index.register_tokenizer(_STEMMED, analyzer(self.house))
        index.register_tokenizer(_FOLDED, analyzer(None))

    def document(self, number: int, module: Module, language: str) -> Document:
        """The document of a module."""
        document = Document()
        document.add_unsigned(NUMBER, number)
        document.add_unsigned(KEY, mark_of(module.source, module.identifier))
        document.add_bytes(STORED, pack(module))
        if module.course:
            document.add_unsigned(COURSE, _mark_of_course(module.course))
        group = mark_of_group(module)
        if group is not None:
            document.add_unsigned(GROUP, group)
            document.add_unsigned(POSITION, max(0, module.position or 0))
        title = sound(module.title)
        parts = (module.course, module.section, *module.skills, lead(module))
        told = [sound(part) for part in parts if part]
        self._add(document, MAIN, [title] * self.title_weight + told, language)
        text = sound(module.text[:LONGEST_TEXT])
        if text:
            self._add(document, TEXT, [text], language)
        document.add_text(WORDS, "\n".join((title, *told, text)))
        return document

    def _add(self, document: Document, field: str, texts: Sequence[str], language: str) -> None:
        if language == self.house:
            for text in texts:
                document.add_text(field, text)
        else:
            pre_tokenize = analyzer(language).pre_tokenize
            for text in texts:
                document.add_pre_tokenized_text(field, pre_tokenize(text))


def house_language(modules: Sequence[Module]) -> str:
    """The commonest language of some modules; English for none."""
    counts = Counter(map(module_language, modules))
    return max(sorted(counts), key=lambda language: counts[language], default="en")


def module_language(module: Module) -> str:
    """The language of a module: as it says, else as its words tell, else English."""
    declared = _declared(module.language)
    if declared is not None:
        return declared
    return guess_language(split_words(f"{module.title} {lead(module)}"), "en")


# Many modules share the few that there are.
_declared = functools.lru_cache(maxsize=1_000)(primary_language)
_mark_of_course = functools.lru_cache(maxsize=1_000)(mark_of_name)


def make_schema() -> tantivy.Schema:
    """The fields; whoever changes what is in them raises `folder.EDITION`."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(MAIN, tokenizer_name=_STEMMED)
    builder.add_text_field(TEXT, tokenizer_name=_STEMMED, index_option="freq")
    builder.add_text_field(WORDS, tokenizer_name=_FOLDED, index_option="basic")
    builder.add_unsigned_field(NUMBER, fast=True, indexed=True)
    for looked_up in (KEY, COURSE, GROUP):
        builder.add_unsigned_field(looked_up, indexed=True)
    builder.add_unsigned_field(POSITION, fast=True)
    builder.add_bytes_field(STORED, stored=True)
    return builder.build()
