"""What a catalogue is worth at the moment of need, and what to mend in it first."""

from __future__ import annotations

import hashlib
import heapq
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from catalogue_sync.minutes import EstimateError, estimate_error, minutes_estimated
from catalogue_sync.module import Access, Basis, Module
from catalogue_sync.shelf_titles import TitleFault, title_fault

FIRST = 30
"""Modules that are named to be mended first."""

MOST_OF_A_COURSE = 5
"""Of those at most so many are of one course, so that one bad course does not hide the rest."""

MOST_EQUALS = 20
SHORTEST_DESCRIPTION = 20
"""Characters below which a description says nothing."""

_CANDIDATES = 20 * FIRST


class Lack(StrEnum):
    """What a module lacks that a person who is in need would want to know."""

    TITLE = "title"
    """A title that can be understood without knowing the course."""
    WORDS = "words"
    """Any words about it: neither a description nor its own text is known."""
    DESCRIPTION = "description"
    MINUTES = "minutes"
    LANGUAGE = "language"


_WEIGHTS = {
    Lack.TITLE: 4, Lack.WORDS: 4, Lack.DESCRIPTION: 2, Lack.MINUTES: 2, Lack.LANGUAGE: 1
}  # fmt: skip
"""How much each lack hinders: without a title or any words a module is hardly ever found."""

_REACH = {None: 3, Access.GUEST: 3, Access.SIGNED_IN: 3, Access.SELF_ENROLMENT: 2}
"""How many can enter; a module that only those enrolled can open counts 1."""


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """A module that lacks something; `fault` is of its title."""

    module: Module
    lacks: tuple[Lack, ...]
    fault: TitleFault | None


@dataclass(frozen=True, slots=True)
class Equals:
    """Modules with one title in one language: `count` of them, some with their courses."""

    title: str
    count: int
    courses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The figures of a catalogue at one moment.

    `modules` counts all that are live, `shown` those that can be recommended: not withheld,
    not over, with an address. `withheld` counts the others by reason. Everything below is of
    those shown: `lacking` by what they lack, `ready` those that lack neither a clear title nor
    words nor minutes, `equals` the largest groups with one title and `repeated` the modules in
    all of them; `estimates` compares minutes estimated from text with those declared.
    """

    modules: int
    shown: int
    ready: int
    withheld: Mapping[str, int]
    kinds: Mapping[str, int]
    hidden_kinds: Mapping[str, int]
    sources: Mapping[str, int]
    languages: Mapping[str, int]
    access: Mapping[str, int]
    minutes: Mapping[str, int]
    lacking: Mapping[str, int]
    faults: Mapping[str, int]
    equals: tuple[Equals, ...]
    repeated: int
    estimates: EstimateError
    first: tuple[ShelfItem, ...]


def lacks_of(module: Module) -> ShelfItem:
    """What a module lacks."""
    fault = title_fault(module)
    described = len(module.description) >= SHORTEST_DESCRIPTION
    found = [
        lack
        for lack, is_lacking in (
            (Lack.TITLE, fault is not None),
            (Lack.WORDS, not described and not module.text),
            (Lack.DESCRIPTION, not described),
            (Lack.MINUTES, module.duration is None),
            (Lack.LANGUAGE, module.language is None),
        )
        if is_lacking
    ]
    return ShelfItem(module, tuple(found), fault)


def is_shown(module: Module, now: datetime) -> bool:
    """Whether a module can be recommended at all."""
    return module.visible and module.open_url is not None and not module.is_over(now)


def read_shelf(modules: Callable[[], Iterable[Module]], *, now: datetime) -> Shelf:
    """The figures of the modules that `modules()` gives, which is called twice.

    Memory stays flat: eight bytes a module, and what is named. `now` is aware.
    """
    counts: dict[str, Counter[str]] = {
        name: Counter()
        for name in (
            "withheld", "kinds", "hidden_kinds", "sources", "languages", "access", "minutes",
            "lacking", "faults",
        )
    }  # fmt: skip
    titles = array("Q")
    total = shown = ready = 0
    pairs: list[tuple[float, float]] = []
    worst = _Worst()
    for module in modules():
        total += 1
        if not is_shown(module, now):
            counts["withheld"][_why(module)] += 1
            counts["hidden_kinds"][module.kind.value] += 1
            continue
        shown += 1
        item = lacks_of(module)
        _count(counts, module, item)
        ready += not {Lack.TITLE, Lack.WORDS, Lack.MINUTES} & set(item.lacks)
        titles.append(_mark(module))
        worst.add(item, shown)
        if module.text and module.duration and module.duration.basis is Basis.DECLARED:
            estimate = minutes_estimated(module.text)
            if estimate is not None and len(pairs) < 100_000:
                pairs.append((estimate.minutes, module.duration.minutes))
    equals, repeated = _find_equals(titles, modules, now)
    return Shelf(
        modules=total, shown=shown, ready=ready,
        **{name: dict(counter.most_common()) for name, counter in counts.items()},
        equals=equals, repeated=repeated, estimates=estimate_error(pairs),
        first=tuple(worst.first()),
    )  # fmt: skip


def _count(counts: dict[str, Counter[str]], module: Module, item: ShelfItem) -> None:
    counts["kinds"][module.kind.value] += 1
    counts["sources"][module.source] += 1
    counts["languages"][(module.language or "unknown").split("-")[0].lower()] += 1
    counts["access"][module.access.value if module.access else "not said"] += 1
    counts["minutes"][module.duration.basis.value if module.duration else "unknown"] += 1
    counts["lacking"].update(lack.value for lack in item.lacks)
    if item.fault is not None:
        counts["faults"][item.fault.value] += 1


def _why(module: Module) -> str:
    if module.withheld is not None:
        return module.withheld.value
    return "no_address" if module.open_url is None else "over"


def _mark(module: Module) -> int:
    """64 bits of the title in its language: equal ones have the same."""
    words = " ".join(module.title.casefold().split())
    key = f"{words}\0{(module.language or '').split('-')[0].lower()}"
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")


def _find_equals(
    titles: array[int], modules: Callable[[], Iterable[Module]], now: datetime
) -> tuple[tuple[Equals, ...], int]:
    repeated = Counter(_repeated(titles))
    if not repeated:
        return (), 0
    largest = dict(repeated.most_common(MOST_EQUALS))
    found: dict[int, tuple[str, list[str]]] = {}
    for module in modules():
        if not is_shown(module, now):
            continue
        mark = _mark(module)
        if mark in largest:
            _, courses = found.setdefault(mark, (module.title, []))
            if module.course and module.course not in courses and len(courses) < 3:
                courses.append(module.course)
    equals = tuple(
        Equals(found[mark][0], count, tuple(found[mark][1]))
        for mark, count in largest.items()
        if mark in found
    )
    return equals, sum(repeated.values())


def _repeated(titles: array[int]) -> dict[int, int]:
    """The marks that come more than once, with how often."""
    found: dict[int, int] = {}
    before, run = -1, 0
    for mark in sorted(titles):
        run = run + 1 if mark == before else 1
        before = mark
        if run > 1:
            found[mark] = run
    return found


class _Worst:
    """The modules whose mending helps most, kept in bounded memory."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, ShelfItem]] = []

    def add(self, item: ShelfItem, number: int) -> None:
        """Weigh a module that stands at `number`; of equals the earlier one comes first."""
        gain = sum(_WEIGHTS[lack] for lack in item.lacks) * _REACH.get(item.module.access, 1)
        if not gain:
            return
        if len(self._heap) == _CANDIDATES and (gain, -number) < self._heap[0][:2]:
            return
        light = replace(item, module=replace(item.module, text="", passages=()))
        heapq.heappush(self._heap, (gain, -number, light))
        if len(self._heap) > _CANDIDATES:
            heapq.heappop(self._heap)

    def first(self) -> Iterator[ShelfItem]:
        """The first to mend, not too many of one course unless there is no other."""
        ordered = [item for *_, item in sorted(self._heap, key=lambda one: (-one[0], -one[1]))]
        of_course: Counter[tuple[str, str | None]] = Counter()
        chosen: list[ShelfItem] = []
        later: list[ShelfItem] = []
        for item in ordered:
            key = (item.module.source, item.module.course_id)
            of_course[key] += 1
            (chosen if of_course[key] <= MOST_OF_A_COURSE else later).append(item)
        yield from [*chosen, *later][:FIRST]
