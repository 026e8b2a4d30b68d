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
from catalogue_sync.module import Access, Basis, Kind, Module
from catalogue_sync.shelf_titles import SLIGHT, TitleFault, title_fault

FIRST = 30
"""Modules that are named to be mended first."""

MOST_OF_A_COURSE = 5
"""Of those at most so many are of one course, so that one bad course does not hide the rest."""

MOST_EQUALS = 20
MOST_COURSES = 1_000
MOST_PAIRS = 20_000
"""Estimates that are compared with declared minutes."""

SHORT_MINUTES = 15.0
"""Up to this a module fits between two tasks."""

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
"""How much each lack hinders: without a title or any words a module is hardly ever found. A
title whose fault is slight counts 1."""

_REACH = {None: 3, Access.GUEST: 3, Access.SIGNED_IN: 3, Access.SELF_ENROLMENT: 2}
"""How many can enter; a module that only those enrolled can open counts 1."""

_PIECES = frozenset({Kind.MICRO, Kind.ARTICLE, Kind.VIDEO, Kind.LESSON, Kind.PRACTICE})
"""What helps by itself at the moment of need counts double: a quiz or a whole course does not."""


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """A module that lacks something; `fault` is of its title."""

    module: Module
    lacks: tuple[Lack, ...]
    fault: TitleFault | None


@dataclass(frozen=True, slots=True)
class Equals:
    """Modules with one title in one language: `count` of them, in `places` courses.

    Where `places` is 1 they are all of one course (or of none); `courses` names the first three.
    """

    title: str
    count: int
    places: int
    courses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The figures of a catalogue at one moment.

    `modules` counts all that are live, `shown` those that can be recommended: not withheld,
    not over, with an address. `withheld` counts the others by reason. Everything below is of
    those shown: `lacking` by what they lack, `ready` those with a title that can be understood,
    with words and with minutes, `equals` the largest groups with one title, `repeated` the
    modules in all such groups, `copied` those whose words are those of another one too;
    `estimates` compares minutes estimated from text with those declared.
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
    copied: int
    estimates: EstimateError
    first: tuple[ShelfItem, ...]


def lacks_of(module: Module) -> ShelfItem:
    """What a module lacks."""
    fault = title_fault(module)
    described = is_described(module)
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


def is_described(module: Module) -> bool:
    """Whether its description says more than its title."""
    text = module.description.strip()
    return len(text) >= SHORTEST_DESCRIPTION and text.casefold() != module.title.casefold()


def is_shown(module: Module, now: datetime) -> bool:
    """Whether a module can be recommended at all."""
    return module.visible and module.open_url is not None and module.is_open(now)


def read_shelf(modules: Callable[[], Iterable[Module]], *, now: datetime) -> Shelf:
    """The figures of the modules that `modules()` gives, which is called twice.

    Memory stays flat: sixteen bytes a module, and what is named. `now` is aware.
    """
    counts: dict[str, Counter[str]] = {
        name: Counter()
        for name in (
            "withheld", "kinds", "hidden_kinds", "sources", "languages", "access", "minutes",
            "lacking", "faults",
        )
    }  # fmt: skip
    titles, words = array("Q"), array("Q")
    total = shown = ready = 0
    pairs: list[tuple[float, float]] = []
    worst = _Worst()
    for module in modules():
        total += 1
        if not is_shown(module, now):
            counts["withheld"][_why(module, now)] += 1
            counts["hidden_kinds"][module.kind.value] += 1
            continue
        shown += 1
        item = lacks_of(module)
        _count(counts, module, item)
        ready += is_ready(item)
        titles.append(_mark_of_title(module))
        if module.text or is_described(module):
            words.append(_mark_of(module.text or module.description))
        worst.add(item, shown)
        if len(pairs) < MOST_PAIRS:
            pairs += _compared(module)
    equals, repeated = _find_equals(titles, modules, now)
    return Shelf(
        modules=total, shown=shown, ready=ready,
        **{name: dict(counter.most_common()) for name, counter in counts.items()},
        equals=equals, repeated=repeated, copied=_repeated(words)[1],
        estimates=estimate_error(pairs), first=tuple(worst.first()),
    )  # fmt: skip


def is_ready(item: ShelfItem) -> bool:
    """Whether a module can be recommended with a reason, in known minutes."""
    lacks = set(item.lacks) - ({Lack.TITLE} if item.fault in SLIGHT else set())
    return not {Lack.TITLE, Lack.WORDS, Lack.MINUTES} & lacks


def _compared(module: Module) -> list[tuple[float, float]]:
    """Its minutes as its text would estimate them, and as they are declared."""
    duration = module.duration
    if not module.text or duration is None or duration.basis is not Basis.DECLARED:
        return []
    estimate = minutes_estimated(module.text)
    return [] if estimate is None else [(estimate.minutes, duration.minutes)]


def _count(counts: dict[str, Counter[str]], module: Module, item: ShelfItem) -> None:
    counts["kinds"][module.kind.value] += 1
    counts["sources"][module.source] += 1
    counts["languages"][(module.language or "unknown").split("-")[0].lower()] += 1
    counts["access"][module.access.value if module.access else "not said"] += 1
    counts["minutes"][module.duration.basis.value if module.duration else "unknown"] += 1
    counts["lacking"].update(lack.value for lack in item.lacks)
    if item.fault is not None:
        counts["faults"][item.fault.value] += 1


def _why(module: Module, now: datetime) -> str:
    if module.withheld is not None:
        return module.withheld.value
    if module.open_url is None:
        return "no_address"
    return "over" if module.ends is not None and module.ends <= now else "not_open_yet"


def _mark_of_title(module: Module) -> int:
    words = " ".join(module.title.casefold().split())
    return _mark_of(f"{words}\0{(module.language or '').split('-')[0].lower()}")


def _mark_of(text: str) -> int:
    """64 bits of a text: equal ones have the same."""
    key = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")


def _find_equals(
    titles: array[int], modules: Callable[[], Iterable[Module]], now: datetime
) -> tuple[tuple[Equals, ...], int]:
    largest, repeated = _repeated(titles)
    if not largest:
        return (), 0
    found: dict[int, tuple[str, dict[tuple[str, str | None], str | None]]] = {}
    for module in modules():
        mark = _mark_of_title(module)
        if mark in largest and is_shown(module, now):
            _, courses = found.setdefault(mark, (module.title, {}))
            if len(courses) < MOST_COURSES:
                courses[module.source, module.course_id or module.course] = module.course
    equals = []
    for mark, count in largest.items():
        if mark in found:
            title, courses = found[mark]
            named = list(dict.fromkeys(course for course in courses.values() if course))
            equals.append(Equals(title, count, len(courses), tuple(named[:3])))
    return tuple(equals), repeated


def _repeated(marks: array[int]) -> tuple[dict[int, int], int]:
    """The marks that come most often, more than once, with how often; and how many do in all."""
    most: list[tuple[int, int]] = []
    total = 0
    for part in range(16):
        # Counting all at once would make an object of each number.
        for mark, count in Counter(mark for mark in marks if mark >> 60 == part).items():
            if count > 1:
                total += count
                heapq.heappush(most, (count, mark))
                if len(most) > MOST_EQUALS:
                    heapq.heappop(most)
    return {mark: count for count, mark in sorted(most, reverse=True)}, total


def _gain(item: ShelfItem) -> int:
    """What mending a module brings: what it lacks, for how many, and how soon it helps."""
    need = sum(
        1 if lack is Lack.TITLE and item.fault in SLIGHT else _WEIGHTS[lack] for lack in item.lacks
    )
    module = item.module
    pieces = 2 if module.kind in _PIECES else 1
    minutes = module.duration.minutes if module.duration else None
    # Of equal ones a short piece comes first, then one of which it is not known.
    haste = 1 if minutes is None else 2 * (minutes <= SHORT_MINUTES)
    return 3 * need * _REACH.get(module.access, 1) * pieces + haste * bool(need)


class _Worst:
    """The modules whose mending helps most, kept in bounded memory."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, ShelfItem]] = []

    def add(self, item: ShelfItem, number: int) -> None:
        """Weigh a module that stands at `number`; of equals the earlier one comes first."""
        gain = _gain(item)
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
            course = item.module.course_id or item.module.course
            key = (item.module.source, course)
            of_course[key] += course is not None
            (chosen if of_course[key] <= MOST_OF_A_COURSE else later).append(item)
        yield from [*chosen, *later][:FIRST]
