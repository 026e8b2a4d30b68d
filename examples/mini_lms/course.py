"""Courses, their sections and activities, as the LMS keeps them."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of activity, by the names Moodle gives its modules."""

    PAGE = "page"
    BOOK = "book"
    QUIZ = "quiz"
    URL = "url"
    LABEL = "label"
    LTI = "lti"


PIECES = (Kind.PAGE, Kind.BOOK, Kind.QUIZ, Kind.URL)
"""The kinds that hold something to learn, and so have a position in their course."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One chapter of a book; `content` is HTML of ours."""

    id: int
    title: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to a question, with what to say to somebody who chose it."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with exactly one right option."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLink:
    """What a placed LTI activity launches: a page of one tool, with values of its own."""

    client_id: str
    target_link_uri: str
    custom: tuple[tuple[str, str], ...] = ()
    review_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity of a course.

    `cmid` is in its address; `instance` is the number of the page, book or link itself,
    on purpose a different one. `intro` and `content` are HTML of ours, `name` is plain text.
    An LTI activity without a `link` launches the tool of the site.
    """

    cmid: int
    kind: Kind
    name: str
    changed: datetime
    intro: str = ""
    show_intro: bool = False
    content: str = ""
    url: str = ""
    chapters: tuple[Chapter, ...] = ()
    questions: tuple[Question, ...] = ()
    link: ToolLink | None = None

    @property
    def instance(self) -> int:
        """The number of the instance: never equal to a cmid."""
        return self.cmid + 1000

    @property
    def context_id(self) -> int:
        """The number that file addresses carry."""
        return self.cmid + 5000

    @property
    def path(self) -> str | None:
        """Where a person opens it, from the root of the site; None for a label."""
        if self.kind is Kind.LABEL:
            return None
        return f"/mod/{self.kind}/view.php?id={self.cmid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a course; `summary` is HTML of ours."""

    id: int
    number: int
    name: str
    activities: tuple[Activity, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course; `summary` is HTML of ours."""

    id: int
    shortname: str
    fullname: str
    idnumber: str
    summary: str
    sections: tuple[Section, ...]

    @property
    def path(self) -> str:
        """Where a person opens it, from the root of the site."""
        return f"/course/view.php?id={self.id}"

    def pieces(self) -> list[Activity]:
        """Its activities that hold something to learn, in order."""
        return [activity for section in self.sections for activity in section.activities
                if activity.kind in PIECES]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an activity stands."""

    course: Course
    section: Section
    activity: Activity


FIRST_ADDED = 1000
"""The cmid of the first activity that is added while the LMS runs."""


class Campus:
    """All courses of the site; activities may be added, from any thread."""

    def __init__(self, courses: tuple[Course, ...]) -> None:
        self.courses = courses
        self._lock = threading.Lock()
        self._next = FIRST_ADDED

    def add(self, course_id: int, make: Callable[[int], Activity]) -> Activity:
        """Add what `make` makes of a new cmid to the end of a course's first section.

        Raises `LookupError` when there is no such course.
        """
        with self._lock:
            course = self.find_course(course_id)
            if course is None:
                raise LookupError(course_id)
            activity = make(self._next)
            self._next += 1
            first, *others = course.sections
            grown = replace(first, activities=(*first.activities, activity))
            changed = replace(course, sections=(grown, *others))
            self.courses = tuple(changed if each is course else each for each in self.courses)
        return activity

    def find_course(self, course_id: int) -> Course | None:
        """The course with this number, or None."""
        return next((course for course in self.courses if course.id == course_id), None)

    def places(self) -> Iterator[Place]:
        """Every activity with its course and section, in order."""
        for course in self.courses:
            for section in course.sections:
                for activity in section.activities:
                    yield Place(course, section, activity)

    def find_place(self, cmid: int) -> Place | None:
        """Where the activity with this cmid stands, or None."""
        return next((place for place in self.places() if place.activity.cmid == cmid), None)


def plain_text(fragment: str) -> str:
    """The words of an HTML fragment of ours on one line, without tags and entities."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", fragment)).split())
