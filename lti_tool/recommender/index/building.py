"""How an index comes about: built, opened from its folder, or following changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import tantivy
from tantivy import Query

from catalogue_sync.module import Module
from lti_tool.recommender.index.content import Content, Kept, Key
from lti_tool.recommender.index.documents import (
    NUMBER,
    DocumentMaker,
    house_language,
    make_schema,
    module_language,
)
from lti_tool.recommender.index.errors import UnusableIndex
from lti_tool.recommender.index.facts import Facts, read_facts
from lti_tool.recommender.index.folder import (
    BASE,
    DEAD,
    ENGINE,
    TAIL,
    Manifest,
    find_generation,
    finish_generation,
    link_file,
    link_files,
    new_generation,
)
from lti_tool.recommender.index.tallies import Tallies, restored

_HEAP, _SMALL_HEAP = 64_000_000, 16_000_000
"""Bytes that the engine gathers before it writes a segment: for all modules, for a few."""

_PEEK = 200
"""Modules whose languages say which one the engine is to stem."""

_STEP = 1_000

OnProgress = Callable[[int], None]


def build(
    modules: Iterable[Module],
    title_weight: int,
    folder: Path | None,
    version: int,
    on_progress: OnProgress | None,
) -> Content:
    """Read `modules` once, as a stream; in memory, or into the next generation of a folder."""
    if folder is None:
        engine = tantivy.Index(make_schema())
        maker, facts, tallies = _fill(engine, modules, title_weight, on_progress)
        return Content(
            engine=engine,
            searcher=_searcher(engine),
            base=facts,
            tail=Facts(),
            dead=bytes(len(facts)),
            tallies=tallies,
            maker=maker,
            version=version,
        )
    with new_generation(folder) as building:
        (building / ENGINE).mkdir()
        engine = tantivy.Index(make_schema(), path=str(building / ENGINE))
        maker, facts, tallies = _fill(engine, modules, title_weight, on_progress)
        facts.write(building / BASE)
        return _finish(building, Facts(), bytes(len(facts)), tallies, maker, version)


def open_folder(folder: Path) -> Content:
    """The index that lies in a folder; `UnusableIndex` when it must be built anew."""
    return _opened(*find_generation(folder))


def _opened(generation: Path, manifest: Manifest) -> Content:
    try:
        values = manifest.values
        engine = tantivy.Index.open(str(generation / ENGINE))
        engine.config_reader("manual")
        return Content(
            engine=engine,
            searcher=_searcher(engine),
            base=read_facts(generation / BASE),
            tail=read_facts(generation / TAIL),
            dead=(generation / DEAD).read_bytes(),
            tallies=restored(values["tallies"]),
            maker=DocumentMaker(values["house"], values["title_weight"]),
            version=values["version"],
            kept=Kept(generation, manifest.files),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnusableIndex(f"{generation} cannot be opened ({error})") from error


def follow(
    content: Content, changed: Iterable[Module], removed: Iterable[Key], version: int
) -> Content:
    """The state after these changes; `content` keeps answering as before.

    Raises `UnusableIndex` when another state follows `content` already, or its files are gone.
    """
    if content.kept is None:
        with content.lineage.lock:
            if content.lineage.step != content.step:
                raise UnusableIndex("another index follows this one already")
            changes = _Changes(content, content.engine)
            changes.apply(changed, removed)
            content.lineage.step += 1
        return replace(
            content,
            searcher=_searcher(content.engine),
            tail=changes.tail,
            dead=changes.dead,
            tallies=changes.tallies.shortened(),
            version=version,
            step=content.step + 1,
        )
    return _follow_on_disk(content, content.kept, changed, removed, version)


def _follow_on_disk(
    content: Content,
    kept: Kept,
    changed: Iterable[Module],
    removed: Iterable[Key],
    version: int,
) -> Content:
    source = kept.generation
    with new_generation(source.parent) as building:
        try:
            link_files(source / ENGINE, building / ENGINE)
            link_file(source / BASE, building / BASE)
            engine = tantivy.Index.open(str(building / ENGINE))
        except (OSError, ValueError) as error:
            raise UnusableIndex(f"{source} is gone ({error})") from error
        changes = _Changes(content, engine)
        changes.apply(changed, removed)
        tallies = changes.tallies.shortened()
        return _finish(
            building, changes.tail, changes.dead, tallies, content.maker, version, kept.files
        )


def _finish(
    building: Path,
    tail: Facts,
    dead: bytes | bytearray,
    tallies: Tallies,
    maker: DocumentMaker,
    version: int,
    known: dict[str, tuple[int, int]] | None = None,
) -> Content:
    tail.write(building / TAIL)
    (building / DEAD).write_bytes(dead)
    values = {
        "version": version,
        "house": maker.house,
        "title_weight": maker.title_weight,
        "tallies": tallies.stored(),
    }
    return _opened(*finish_generation(building, values, known))


def _fill(
    engine: tantivy.Index,
    modules: Iterable[Module],
    title_weight: int,
    on_progress: OnProgress | None,
) -> tuple[DocumentMaker, Facts, Tallies]:
    kept = filter(is_recommendable, modules)
    first = list(islice(kept, _PEEK))
    maker = DocumentMaker(house_language(first), title_weight)
    facts, tallies = Facts(), Tallies()
    with _writer(engine, maker, _HEAP) as writer:
        for number, module in enumerate(chain(first, kept)):
            language = module_language(module)
            writer.add_document(maker.document(number, module, language))
            facts.add(module, language)
            tallies.add(module, language)
            if on_progress is not None and not (number + 1) % _STEP:
                on_progress(number + 1)
    if on_progress is not None:
        on_progress(len(facts))
    return maker, facts, tallies.shortened()


class _Changes:
    """Changes on their way into an engine."""

    def __init__(self, content: Content, engine: tantivy.Index) -> None:
        self._content = content
        self._engine = engine
        self._added: dict[Key, tuple[int, Module]] = {}
        self._writer: tantivy.IndexWriter | None = None
        self.tail = content.tail.copied()
        self.dead = bytearray(content.dead)
        self.tallies = content.tallies.shortened()

    def apply(self, changed: Iterable[Module], removed: Iterable[Key]) -> None:
        """Take what changed, then leave out what was removed; nothing is kept if that fails."""
        with ExitStack() as stack:
            self._stack = stack
            for module in changed:
                self._take(module)
            for key in removed:
                self._drop(key)

    def _take(self, module: Module) -> None:
        key = (module.source, module.identifier)
        if not is_recommendable(module):
            return self._drop(key)
        if self._is_unchanged(key, module):
            return None
        self._drop(key)
        language = module_language(module)
        number = len(self.dead)
        self._write().add_document(self._content.maker.document(number, module, language))
        self.dead.append(0)
        self.tail.add(module, language)
        self.tallies.add(module, language)
        # Should it change once more, its counts are taken back; they do not ask for its text.
        self._added[key] = (number, replace(module, description="", text="", passages=()))
        return None

    def _is_unchanged(self, key: Key, module: Module) -> bool:
        if key in self._added:
            return False
        number = self._content.numbers([key]).get(key)
        if number is None or self.dead[number]:
            return False
        return self._content.module(number) == module

    def _drop(self, key: Key) -> None:
        added = self._added.pop(key, None)
        number = added[0] if added else self._content.numbers([key]).get(key)
        if number is None or self.dead[number]:
            return
        module = added[1] if added else self._content.module(number)
        self._write().delete_documents_by_query(
            Query.term_query(self._content.schema, NUMBER, number)
        )
        self.dead[number] = 1
        base = len(self._content.base)
        facts, place = (self._content.base, number) if number < base else (self.tail, number - base)
        self.tallies.remove(module, facts.language(place))

    def _write(self) -> tantivy.IndexWriter:
        """The engine's writer, opened when there is something to write."""
        if self._writer is None:
            writing = _writer(self._engine, self._content.maker, _SMALL_HEAP)
            self._writer = self._stack.enter_context(writing)
        return self._writer


@contextmanager
def _writer(
    engine: tantivy.Index, maker: DocumentMaker, heap: int
) -> Iterator[tantivy.IndexWriter]:
    """A writer whose documents are there when all went well, and none of them when not."""
    maker.register(engine)
    # One thread, so that the same modules always give the same index.
    writer = engine.writer(heap, 1)
    try:
        yield writer
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()


def _searcher(engine: tantivy.Index) -> tantivy.Searcher:
    engine.reload()
    return engine.searcher()


def is_recommendable(module: Module) -> bool:
    """Whether a module can be shown to a learner."""
    return module.open_url is not None and module.visible
