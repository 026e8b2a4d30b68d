"""One Moodle course as modules: what a learner can open in it, in the order of its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue_sync.errors import InvalidModule
from catalogue_sync.minutes import minutes_declared, minutes_estimated
from catalogue_sync.module import Basis, Duration, Module
from catalogue_sync.plain_text import name_from_escaped, text_from_html, text_from_plain
from catalogue_sync.records import Refused
from catalogue_sync.sources.answer import Answer, as_mapping, as_number, as_text, mappings
from catalogue_sync.sources.moodle_activities import chapter_titles, kind_of

_PLAIN = 2
"""Moodle's number for texts that are not HTML (FORMAT_PLAIN)."""


@dataclass(frozen=True, slots=True)
class Course:
    """A course as `core_course_get_courses_by_field` describes it."""

    identifier: int
    name: str
    visible: bool
    language: str | None
    level: str | None
    has_news_forum: bool

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
        )


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of a course page; `hidden` where a learner may not, or not yet, open it."""

    answer: Answer
    section: str | None
    hidden: bool

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
    placed = (found for one in outer for found in _in_section(one, inner, hidden=False))
    for activity, number in placed:
        if activity.modname == "forum" and number == 0 and news:
            news = False  # Moodle makes it first, in the section before all others
        elif as_text(activity.answer.get("url")):
            yield activity
    for left in inner.values():
        # A subsection whose own activity cannot be seen is not shown to learners either.
        yield from (found for found, _ in _in_section(left, {}, hidden=True))


def _in_section(
    section: Answer, inner: dict[int, Answer], *, hidden: bool
) -> Iterator[tuple[Activity, int]]:
    name = name_from_escaped(as_text(section.get("name"))) or None
    hidden = hidden or _is_hidden(section)
    for answer in mappings(section.get("modules")):
        if answer.get("modname") == "subsection":
            subsection = inner.pop(as_number(answer.get("instance")), None)
            if subsection is not None:
                closed = hidden or _is_hidden(answer)
                yield from _in_section(subsection, inner, hidden=closed)
        else:
            activity = Activity(answer, name, hidden or _is_hidden(answer))
            yield activity, as_number(section.get("section"))


def _is_hidden(answer: Answer) -> bool:
    """Whether a section or activity is hidden, restricted or stealthy to a learner.

    A restriction that this account does not feel is still one: who may pass it is not known.
    """
    return (
        as_number(answer.get("visible", 1)) != 1
        or answer.get("uservisible", True) is False
        or as_number(answer.get("visibleoncoursepage", 1)) != 1
        or bool(as_text(answer.get("availabilityinfo")))
    )


def modules_of(
    source: str, course: Course, activities: list[Activity], details: Mapping[int, Answer],
    *, language: str | None, now: datetime,
) -> Iterator[Module | Refused]:  # fmt: skip
    """The modules of a course; `details` by course module id complete what its page says."""
    shown = {
        activity.identifier
        for activity in activities
        if course.visible
        and not activity.hidden
        and not _is_closed(details.get(activity.identifier, {}), now)
    }
    position = 0
    for activity in activities:
        visible = activity.identifier in shown
        position += visible
        detail = details.get(activity.identifier, {})
        place = f"course {course.identifier} ({course.name}), activity {activity.identifier}"
        if not activity.identifier:
            yield Refused(place, "the activity has no id")
            continue
        try:
            yield _module(
                source, course, activity, detail, language=language,
                position=position if visible else None, siblings=len(shown),
            )  # fmt: skip
        except InvalidModule as error:
            yield Refused(place, str(error), str(activity.identifier))


def _module(
    source: str, course: Course, activity: Activity, detail: Answer,
    *, language: str | None, position: int | None, siblings: int,
) -> Module:  # fmt: skip
    answer = activity.answer
    title = name_from_escaped(as_text(answer.get("name")) or as_text(detail.get("name")))
    intro = _text(detail, "intro", 20_000) or text_from_html(
        as_text(answer.get("description")), 20_000
    )
    content = _text(detail, "content", 200_000)
    return Module(
        source=source,
        identifier=str(activity.identifier),
        title=title,
        kind=kind_of(answer),
        open_url=as_text(answer.get("url")),
        description=intro,
        text=content or chapter_titles(answer)[:200_000],
        duration=minutes_declared(title, intro, content)
        or _time_limit(detail)
        or minutes_estimated(content),
        language=_language(detail) or course.language or language,
        level=course.level,
        course_id=str(course.identifier),
        course=course.name or None,
        section=activity.section,
        position=position,
        siblings=siblings if position else None,
        visible=position is not None,
        updated=_updated(answer, detail),
    )


def _text(detail: Answer, name: str, most: int) -> str:
    raw = as_text(detail.get(name))
    if as_number(detail.get(f"{name}format", 1)) == _PLAIN:
        return text_from_plain(raw, most)
    return text_from_html(raw, most)


def _time_limit(detail: Answer) -> Duration | None:
    """The time limit of a quiz, in seconds in the answer, is what it is declared to take."""
    seconds = as_number(detail.get("timelimit"))
    return Duration(seconds / 60, Basis.DECLARED) if 0 < seconds < 360_000 else None


def _is_closed(detail: Answer, now: datetime) -> bool:
    opens, closes = as_number(detail.get("timeopen")), as_number(detail.get("timeclose"))
    return opens > now.timestamp() or 0 < closes <= now.timestamp()


def _language(answer: Answer) -> str | None:
    """A forced language, which Moodle writes as `nl` or `pt_br`; None where none is forced."""
    return as_text(answer.get("lang")).replace("_", "-")[:40] or None


def _updated(answer: Answer, detail: Answer) -> datetime | None:
    stamps = as_mapping(answer.get("contentsinfo")).get("lastmodified")
    seconds = as_number(detail.get("timemodified")) or as_number(stamps)
    # Beyond the year 2200 it is no date of a change.
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 7_258_118_400 else None
