"""Somebody who looks after learning sees what the catalogue is worth, and mends it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile

import sqlalchemy as sa

from catalogue_sync.shelf.csv import Mending, Writable, lacking, mend, write_table
from catalogue_sync.shelf.lacks import ShelfItem
from catalogue_sync.shelf.links import MOST_LINKS, Links, check_links
from catalogue_sync.shelf.reading import Shelf, read_shelf
from catalogue_sync.sources import SOURCE_KINDS
from lti_tool.actions.platforms import list_platforms
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.sources import catalogue_of, surroundings_of
from lti_tool.recommender.everyday import LANGUAGES, AnsweredNeed, answer_everyday

_LOG = logging.getLogger(__name__)

FRESH = timedelta(hours=12)
"""Figures are counted anew after this even if no module changed: events pass."""


Everyday = Mapping[str, tuple[AnsweredNeed, ...]]
"""By language, the answers to everyday needs."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of a catalogue, with when they were counted.

    `shelf` is None while they are being counted for the first time; `is_old` says that the
    catalogue has changed since and that it is being counted again. `everyday` has the answers
    to everyday needs by language, none as long as they are being tried.
    """

    shelf: Shelf | None
    counted_at: datetime | None = None
    is_old: bool = False
    everyday: Everyday = field(default_factory=dict)


@dataclass(slots=True)
class _Kept:
    """The figures of one organisation in this process."""

    shelf: Shelf | None = None
    version: int = -1
    counted_at: datetime | None = None
    everyday: Everyday = field(default_factory=dict)
    counting: threading.Event | None = None


@dataclass(slots=True)
class Shelves:
    """The figures that this process has counted, one of each organisation.

    A large catalogue takes minutes to count: that is done in a thread of its own, one for each
    organisation, and whoever asks meanwhile is shown the figures before. Everyday needs are
    tried in the same thread once the figures are there.
    """

    seconds: float = 5.0
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, runtime: Runtime, organisation: str) -> Counted:
        """The figures of a catalogue; waits at most `seconds` for them to be counted."""
        catalogue = catalogue_of(runtime, organisation)
        version, now = catalogue.version(), runtime.now()
        with self._lock:
            kept = self._kept.setdefault(organisation, _Kept())
            fresh = kept.counted_at is not None and now - kept.counted_at < FRESH
            if kept.shelf is not None and kept.version == version and fresh:
                return Counted(kept.shelf, kept.counted_at, everyday=kept.everyday)
            counting = kept.counting
            if counting is None:
                counting = kept.counting = threading.Event()
                threading.Thread(
                    target=self._count, args=(runtime, organisation, kept, counting, version),
                    daemon=True, name="shelf",
                ).start()  # fmt: skip
        counting.wait(self.seconds)
        with self._lock:
            is_old = kept.version != version and kept.shelf is not None
            return Counted(kept.shelf, kept.counted_at, is_old, kept.everyday)

    def _count(
        self, runtime: Runtime, organisation: str, kept: _Kept, counted: threading.Event,
        version: int,
    ) -> None:  # fmt: skip
        shelf, now = None, runtime.now()
        try:
            shelf = read_shelf(catalogue_of(runtime, organisation).modules, now=now)
        except (sa.exc.DatabaseError, sa.exc.TimeoutError) as error:
            # The next who asks has it counted again.
            _LOG.warning("the shelf cannot be counted now (%s)", type(error).__name__)
        with self._lock:
            if shelf is not None:
                kept.shelf, kept.version, kept.counted_at = shelf, version, now
            kept.counting = None
        counted.set()
        if shelf is not None:
            self._try(runtime, organisation, kept, version)

    def _try(self, runtime: Runtime, organisation: str, kept: _Kept, version: int) -> None:
        """Try everyday needs, unless meanwhile a later version was counted, which tries its own."""
        everyday: dict[str, tuple[AnsweredNeed, ...]] = {}
        try:
            for tag in LANGUAGES:
                everyday[tag] = tuple(
                    takewhile(
                        lambda _: kept.version == version, try_everyday(runtime, organisation, tag)
                    )
                )
        except (sa.exc.DatabaseError, sa.exc.TimeoutError) as error:
            # The next who asks has everything counted again.
            _LOG.warning("everyday needs cannot be tried now (%s)", type(error).__name__)
            with self._lock:
                kept.version = -1
            return
        with self._lock:
            if kept.version == version:
                kept.everyday = everyday


def count_shelf(runtime: Runtime, organisation: str) -> Shelf:
    """The figures of an organisation's catalogue, counted now."""
    return read_shelf(catalogue_of(runtime, organisation).modules, now=runtime.now())


def try_everyday(
    runtime: Runtime, organisation: str, language: str
) -> Iterator[AnsweredNeed]:
    """Ask an organisation's catalogue the everyday needs in one of their languages."""
    recommender = runtime.indexes.prepare(organisation)
    if len(recommender):
        yield from answer_everyday(recommender, language, now=runtime.now())


def list_lacking(
    runtime: Runtime, organisation: str, shelf: Shelf, *, most: int | None = None
) -> Iterator[ShelfItem]:
    """The modules that lack something, those to mend first at the beginning."""
    modules = catalogue_of(runtime, organisation).modules(recommendable=True)
    return islice(lacking(modules, shelf.first, now=runtime.now()), most)


def write_lacking(
    runtime: Runtime, organisation: str, shelf: Shelf, to: Writable, *, most: int | None = None
) -> int:
    """Write them as a table for a spreadsheet; gives how many."""
    return write_table(list_lacking(runtime, organisation, shelf, most=most), to)


def mend_shelf(
    runtime: Runtime, organisation: str, data: bytes, *, dry_run: bool = False
) -> Mending:
    """Take over what a person changed in such a table. Raises `InvalidTable`."""
    return mend(catalogue_of(runtime, organisation), data, now=runtime.now(), dry_run=dry_run)


def check_shelf_links(
    runtime: Runtime, organisation: str, *, most: int = MOST_LINKS,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> Links:  # fmt: skip
    """Ask the addresses of modules that are on no platform whether they lead anywhere."""
    catalogue = catalogue_of(runtime, organisation)
    platforms = [one.origin for one in list_platforms(runtime, organisation) if one.origin]
    for stored in catalogue.sources():
        kind = SOURCE_KINDS.get(stored.kind)
        if kind is not None and kind.secret is not None and "url" in stored.settings:
            platforms.append(stored.settings["url"])
    return check_links(
        catalogue.modules(recommendable=True), surroundings_of(runtime), now=runtime.now(),
        platforms=platforms, most=most, told=told,
    )  # fmt: skip
