"""One Moodle course as modules: what a learner can open in it, in the order of its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue_sync.errors import InvalidModule
from catalogue_sync.minutes import minutes_declared, minutes_estimated
from catalogue_sync.module import Access, Basis, Duration, Kind, Module, Withheld
from catalogue_sync.plain_text import name_from_escaped, text_from_html, text_from_plain
from catalogue_sync.records import Refused
from catalogue_sync.sources.answer import (
    Answer,
    as_list,
    as_mapping,
    as_number,
    as_text,
    mappings,
)
from catalogue_sync.sources.moodle.activities import kind_of, times_of
from catalogue_sync.sources.moodle.book import heading_titles
from catalogue_sync.sources.moodle.contents import Inner, chapter_identifier

_PLAIN = 2
"""Moodle's number for texts that are not HTML (FORMAT_PLAIN)."""

# Beyond the year 2200 it is no date of anything.
_LAST = 7_258_118_400


@dataclass(frozen=True, slots=True)
class Course:
    """A course as `core_course_get_courses_by_field` describes it.

    `revision` is Moodle's `cacherev`, which only accounts that may edit the course are told;
    0 otherwise. `ends` is its end date in seconds since 1970, 0 for none.
    """

    identifier: int
    name: str
    visible: bool
    language: str | None
    level: str | None
    has_news_forum: bool
    access: Access | None
    ends: int
    revision: int

    @classmethod
    def from_answer(cls, answer: Answer) -> Course:
        """The course of one entry of the answer."""
        fields = {
            as_text(one.get("shortname")): as_text(one.get("value"))
            for one in mappings(answer.get("customfields"))
        }
        return cls(
            identifier=as_number(answer.get("id")),
            name=name_from_escaped(as_text(answer.get("fullname"))),
            visible=as_number(answer.get("visible", 1)) == 1,
            language=_language(answer),
            level=name_from_escaped(fields.get("level", ""), 200) or None,
            has_news_forum=as_number(answer.get("newsitems")) > 0,
            access=_access(answer.get("enrollmentmethods")),
            ends=as_number(answer.get("enddate")),
            revision=as_number(answer.get("cacherev")),
        )


def _access(methods: object) -> Access | None:
    """The widest of a course's enrolment methods that are in use; None where none are told."""
    if not isinstance(methods, list):
        return None
    if "guest" in as_list(methods):
        return Access.GUEST
    return Access.SELF_ENROLMENT if "self" in methods else Access.ENROLLED


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of a course page, and why a learner may not open it, whatever the time."""

    answer: Answer
    section: str | None
    withheld: Withheld | None

    @property
    def identifier(self) -> int:
        """Moodle's course module id, 0 when the answer has none."""
        return as_number(self.answer.get("id"))

    @property
    def modname(self) -> str:
        """Moodle's name of the kind of activity."""
        return as_text(self.answer.get("modname"))


def activities_of(course: Course, sections: object) -> Iterator[Activity]:
    """Every activity of a course that has a page of its own, in the order of the course page.

    What stands in a subsection comes where the subsection stands. Left out are labels and
    subsections, which cannot be opened, and the forum for a course's news.
    """
    answers = mappings(sections)
    inner = {
        as_number(one.get("itemid")): one
        for one in answers
        if one.get("component") == "mod_subsection"
    }
    news = course.has_news_forum
    outer = [one for one in answers if one.get("component") != "mod_subsection"]
    placed = (found for one in outer for found in _in_section(one, inner, None))
    for activity, number in placed:
        if activity.modname == "forum" and number == 0 and news:
            news = False  # Moodle makes it first, in the section before all others
        elif as_text(activity.answer.get("url")):
            yield activity
    for left in inner.values():
        # A subsection whose own activity cannot be seen is not shown to learners either.
        yield from (found for found, _ in _in_section(left, {}, Withheld.HIDDEN))


def _in_section(
    section: Answer, inner: dict[int, Answer], above: Withheld | None
) -> Iterator[tuple[Activity, int]]:
    name = name_from_escaped(as_text(section.get("name"))) or None
    above = above or _withheld(section)
    for answer in mappings(section.get("modules")):
        if answer.get("modname") == "subsection":
            subsection = inner.pop(as_number(answer.get("instance")), None)
            if subsection is not None:
                yield from _in_section(subsection, inner, above or _withheld(answer))
        else:
            activity = Activity(answer, name, above or _withheld(answer))
            yield activity, as_number(section.get("section"))


def _withheld(answer: Answer) -> Withheld | None:
    """Why a learner may not open a section or activity.

    A restriction that this account does not feel is still one: who may pass it is not known.
    """
    if as_number(answer.get("visible", 1)) != 1:
        return Withheld.HIDDEN
    if answer.get("uservisible", True) is False or as_text(answer.get("availabilityinfo")):
        return Withheld.RESTRICTED
    if as_number(answer.get("visibleoncoursepage", 1)) != 1:
        return Withheld.STEALTH
    return None


def withheld_now(
    course: Course, activity: Activity, detail: Answer, now: datetime
) -> Withheld | None:
    """Why a learner may not open an activity at that time."""
    reason = activity.withheld if course.visible else Withheld.HIDDEN
    opens, closes = times_of(activity.answer, detail)
    if reason is None and opens > now.timestamp():
        return Withheld.NOT_OPEN_YET
    if reason is None and 0 < closes <= now.timestamp():
        return Withheld.OVER
    return reason


@dataclass(frozen=True, slots=True)
class Page:
    """A course with what its page shows.

    `details` and `inner` complete the activities, by course module id; `skills` are what an
    activity teaches; `withheld` why a learner may not open it now.
    """

    course: Course
    activities: tuple[Activity, ...]
    details: Mapping[int, Answer]
    inner: Mapping[int, Inner]
    skills: Mapping[int, tuple[str, ...]]
    withheld: Mapping[int, Withheld | None]


def modules_of(source: str, page: Page) -> Iterator[Module | Refused]:
    """The modules of a course in their order, the chapters of a book after it."""
    course = page.course
    siblings = sum(page.withheld.get(one.identifier) is None for one in page.activities)
    position = 0
    for activity in page.activities:
        withheld = page.withheld.get(activity.identifier)
        position += withheld is None
        place = f"course {course.identifier} ({course.name}), activity {activity.identifier}"
        if not activity.identifier:
            yield Refused(place, "the activity has no id")
            continue
        try:
            module = _module(
                source, page, activity,
                position=None if withheld else position, siblings=None if withheld else siblings,
            )  # fmt: skip
        except InvalidModule as error:
            yield Refused(place, str(error), str(activity.identifier))
            continue
        yield module
        yield from _chapter_modules(module, page.inner.get(activity.identifier), place)


def _module(
    source: str, page: Page, activity: Activity,
    *, position: int | None, siblings: int | None,
) -> Module:  # fmt: skip
    course, answer = page.course, activity.answer
    detail = page.details.get(activity.identifier, {})
    inner = page.inner.get(activity.identifier) or Inner()
    title = name_from_escaped(as_text(answer.get("name")) or as_text(detail.get("name")))
    intro = _text(detail, "intro", 20_000) or text_from_html(
        as_text(answer.get("description")), 20_000
    )
    content = _text(detail, "content", 200_000)
    opens, closes = times_of(answer, detail)
    return Module(
        source=source,
        identifier=str(activity.identifier),
        title=title,
        kind=kind_of(answer),
        open_url=as_text(answer.get("url")),
        description=intro,
        text=content or inner.text or heading_titles(answer)[:200_000],
        duration=minutes_declared(title, intro, content)
        or _time_limit(detail)
        or minutes_estimated(content)
        or inner.duration,
        language=_language(detail) or course.language,
        level=course.level,
        skills=page.skills.get(activity.identifier, ()),
        course_id=str(course.identifier),
        course=course.name or None,
        section=activity.section,
        position=position,
        siblings=siblings,
        access=course.access,
        withheld=page.withheld.get(activity.identifier),
        starts=_moment(opens),
        ends=_moment(closes),
        passages=() if content else inner.passages,
        updated=last_change(answer, detail),
    )


def _chapter_modules(
    book: Module, inner: Inner | None, place: str
) -> Iterator[Module | Refused]:
    """The chapters of a book: each can be opened by itself, as far as the book can be."""
    if inner is None:
        return
    for number, (chapter, text) in enumerate(inner.chapters, start=1):
        identifier = chapter_identifier(book.identifier, chapter)
        try:
            yield Module(
                source=book.source,
                identifier=identifier,
                title=chapter.title,
                kind=Kind.LESSON,
                open_url=chapter.opened_at(book.open_url),
                text=text,
                duration=minutes_declared(chapter.title, text) or minutes_estimated(text),
                language=book.language,
                level=book.level,
                skills=chapter.tags,
                course_id=book.course_id,
                course=book.course,
                section=book.title,
                position=number if book.visible else None,
                siblings=len(inner.chapters) if book.visible else None,
                part_of=book.identifier,
                access=book.access,
                withheld=book.withheld,
                starts=book.starts,
                ends=book.ends,
                updated=_moment(chapter.changed) or book.updated,
            )
        except InvalidModule as error:
            yield Refused(f"{place}, chapter {chapter.number}", str(error), identifier)


def last_change(answer: Answer, detail: Answer) -> datetime | None:
    """When an activity or one of its files was last changed."""
    stamp = as_mapping(answer.get("contentsinfo")).get("lastmodified")
    return _moment(max(as_number(detail.get("timemodified")), as_number(stamp)))


def _text(detail: Answer, name: str, most: int) -> str:
    raw = as_text(detail.get(name))
    if as_number(detail.get(f"{name}format", 1)) == _PLAIN:
        return text_from_plain(raw, most)
    return text_from_html(raw, most)


def _time_limit(detail: Answer) -> Duration | None:
    """The time limit of a quiz, in seconds in the answer, is what it is declared to take."""
    seconds = as_number(detail.get("timelimit"))
    return Duration(seconds / 60, Basis.DECLARED) if 0 < seconds < 360_000 else None


def _language(answer: Answer) -> str | None:
    """A forced language, which Moodle writes as `nl` or `pt_br`; None where none is forced."""
    return as_text(answer.get("lang")).replace("_", "-")[:40] or None


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LAST else None
