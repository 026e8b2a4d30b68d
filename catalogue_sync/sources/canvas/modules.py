"""One Canvas course as modules: what was said of it, what that comes to, whether it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalogue_sync.contents.content import Content
from catalogue_sync.errors import InvalidModule
from catalogue_sync.minutes import minutes_declared
from catalogue_sync.module import Module, Provenance, Withheld
from catalogue_sync.records import Refused
from catalogue_sync.sources.canvas.course import Course, Item, earliest, latest
from catalogue_sync.sources.canvas.details import NO_DETAIL, Detail, kind_of

NO_CONTENT = Content()


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a source adds to every module of its own: settings that Canvas does not know."""

    source: str
    site: str
    language: str | None
    provenance: Provenance
    licence: str | None


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """All that Canvas's lists say of a course; its modules are made of nothing else.

    `details` are by type and content of the item; `unlisted` are the types whose list this
    account may not read, with the number of their items; `left_out` those not asked for.
    """

    course: Course
    items: tuple[Item, ...]
    details: Mapping[tuple[str, str], Detail]
    unlisted: tuple[tuple[str, int], ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def nameless(self) -> int:
        """How many items have no id."""
        return sum(not item.identifier for item in self.items)

    def detail(self, item: Item) -> Detail:
        """The detail of an item, an empty one where no list has it."""
        return self.details.get((item.sort, item.content), NO_DETAIL)

    def withheld(self, item: Item, now: datetime) -> Withheld | None:
        """Why a learner may not open an item now; None where nothing stands against it."""
        detail = self.detail(item)
        starts, ends = self.times(item)
        if self.course.withheld is not None:
            return self.course.withheld
        if not item.published or not detail.published:
            return Withheld.UNPUBLISHED
        if starts is not None and starts > now:
            return Withheld.NOT_OPEN_YET
        if ends is not None and ends <= now:
            return Withheld.OVER
        return Withheld.RESTRICTED if item.restricted or detail.restricted else None

    def times(self, item: Item) -> tuple[datetime | None, datetime | None]:
        """From and until when an item can be opened: course, module and content together."""
        detail = self.detail(item)
        return (
            latest(self.course.starts, item.starts, detail.starts),
            earliest(self.course.ends, item.ends, detail.ends),
        )

    def digest(self, now: datetime) -> str:
        """Differs when a module could: something was said otherwise, or a time has come."""
        said = (
            self.course, self.items, sorted(self.details.items()), self.unlisted, self.left_out,
            [self.withheld(item, now) for item in self.items],
        )  # fmt: skip
        return hashlib.blake2b(repr(said).encode("utf-8", "replace"), digest_size=32).hexdigest()


def modules_of(
    facts: CourseFacts, contents: Mapping[str, Content], described: Described, now: datetime
) -> Iterator[Module | Refused]:
    """The modules of a course; `contents` by the item's id."""
    withheld = [facts.withheld(item, now) for item in facts.items]
    siblings = withheld.count(None)
    position = 0
    for item, reason in zip(facts.items, withheld, strict=True):
        position += reason is None
        place = f"course {facts.course.identifier} ({facts.course.name}), item {item.identifier}"
        if not item.identifier:
            yield Refused(place, "the item has no id")
            continue
        try:
            yield _module(
                facts, item, contents.get(item.identifier, NO_CONTENT), described, reason,
                position=position if reason is None else None, siblings=siblings,
            )  # fmt: skip
        except InvalidModule as error:
            yield Refused(place, str(error), item.identifier)


def item_address(site: str, course: Course, item: Item) -> str:
    """Where a learner opens an item: its place in the course, which counts the visit."""
    return f"{site}/courses/{course.identifier}/modules/items/{item.identifier}"


def _module(
    facts: CourseFacts, item: Item, content: Content, described: Described,
    withheld: Withheld | None, *, position: int | None, siblings: int,
) -> Module:  # fmt: skip
    course, detail = facts.course, facts.detail(item)
    starts, ends = facts.times(item)
    return Module(
        source=described.source,
        identifier=item.identifier,
        title=item.title,
        kind=kind_of(item, detail),
        open_url=item_address(described.site, course, item),
        description=detail.description,
        text=content.text,
        passages=content.passages,
        duration=minutes_declared(item.title, detail.description, content.text)
        or detail.duration
        or content.duration,
        language=course.language or described.language or content.language,
        skills=detail.skills,
        course_id=course.identifier,
        course=course.name or None,
        section=item.section,
        position=position,
        siblings=siblings if position else None,
        access=course.access_to(item.sort),
        withheld=withheld,
        starts=starts,
        ends=ends,
        provenance=described.provenance,
        licence=course.licence or described.licence,
        updated=detail.updated,
    )
