"""What a catalogue is worth at the moment of need, and what to mend in it first."""

from __future__ import annotations

import hashlib
import heapq
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalogue_sync.minutes import EstimateError, estimate_error, minutes_estimated
from catalogue_sync.module import Basis, Module
from catalogue_sync.shelf.first import First
from catalogue_sync.shelf.lacks import ShelfItem, is_described, is_ready, lacks_of

MOST_EQUALS = 20
MOST_COURSES = 1_000
MOST_PAIRS = 20_000
"""Estimates that are compared with declared minutes."""

FEWEST_PAIRS = 10
"""Compared estimates below which nothing can be said of how good they are."""


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
    first = First()
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
        first.add(item, shown)
        if len(pairs) < MOST_PAIRS:
            pairs += _compared(module)
    equals, repeated = _find_equals(titles, modules, now)
    return Shelf(
        modules=total, shown=shown, ready=ready,
        **{name: dict(counter.most_common()) for name, counter in counts.items()},
        equals=equals, repeated=repeated, copied=_repeated(words)[1],
        estimates=estimate_error(pairs), first=tuple(first.chosen()),
    )  # fmt: skip


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
