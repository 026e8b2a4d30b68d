"""One learning resource that schema.org's words (LRMI) describe, as a module."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import urljoin

from catalogue_sync.errors import InvalidModule
from catalogue_sync.minutes import minutes_declared, minutes_estimated, minutes_from_iso
from catalogue_sync.module import LONGEST, MOST_SKILLS, Duration, Kind, Module, is_web_address
from catalogue_sync.plain_text import clean_line, shortened, text_from_html
from catalogue_sync.sources.catalogues.learning_types import kind_from_words
from catalogue_sync.sources.catalogues.linked_data import Node, first, nodes, texts, types
from catalogue_sync.sources.feeds.feed_entry import language_tag

KINDS = {
    "LearningResource": Kind.LESSON, "Course": Kind.COURSE, "CourseInstance": Kind.EVENT,
    "EducationalOccupationalProgram": Kind.COURSE, "Syllabus": Kind.COURSE_PART,
    "VideoObject": Kind.VIDEO, "Clip": Kind.VIDEO, "AudioObject": Kind.LESSON,
    "PodcastEpisode": Kind.LESSON, "Article": Kind.ARTICLE, "TechArticle": Kind.ARTICLE,
    "ScholarlyArticle": Kind.ARTICLE, "NewsArticle": Kind.ARTICLE, "BlogPosting": Kind.ARTICLE,
    "Book": Kind.ARTICLE, "HowTo": Kind.LESSON, "Quiz": Kind.QUIZ, "Event": Kind.EVENT,
    "EducationEvent": Kind.EVENT, "BusinessEvent": Kind.EVENT,
}  # fmt: skip
"""Types that are modules; others are where they say what type of learning resource they are."""

_PEOPLE = frozenset({"Person", "Organization", "EducationalOrganization"})
_LEVELS = ("educationallevel", "readinglevel", "textcomplexity")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: in which page, and as which part of which other module."""

    source: str
    page: str
    parent: Module | None = None
    position: int | None = None
    siblings: int | None = None
    is_instance: bool = False


def is_resource(node: Node) -> bool:
    """Whether a node describes something to learn from."""
    kinds = types(node)
    return any(one in KINDS for one in kinds) or bool(first(node, "learningResourceType"))


def identifier_of(node: Node, page: str) -> str:
    """Its identifier: of the node, its address, or one that it states; empty without any."""
    for value in (first(node, "@id"), first(node, "url")):
        if value:
            return _absolute(value, page) or value
    values = (first(one, "value") for one in nodes(node, "identifier"))
    return first(node, "identifier") or next(values, "")


def name_of(node: Node, place: Place) -> str | None:
    """The identifier of a node's module where it has one whatever its name is, else None."""
    starts = moment(first(node, "startDate"))
    if not identifier_of(node, place.page) and (place.parent is None or starts is None):
        return None
    return _identifier(node, place, starts)


def module_from(node: Node, place: Place) -> Module:
    """The module that a node describes. Raises `InvalidModule`."""
    title = clean_line(text_from_html(first(node, "name", "headline"), 5_000))
    kind = _kind(node, place)
    if not title and place.parent is not None and kind is Kind.EVENT:
        title = place.parent.title
    if not title:
        raise InvalidModule("it has no name")
    starts, ends = moment(first(node, "startDate")), moment(first(node, "endDate"), ends=True)
    description = text_from_html(first(node, "description", "abstract"), LONGEST["description"])
    text = text_from_html(first(node, "articleBody", "text", "transcript"), LONGEST["text"])
    parent = place.parent
    course = parent if parent is not None and parent.kind is Kind.COURSE else None
    return Module(
        source=place.source,
        identifier=_identifier(node, place, starts),
        title=shortened(title, LONGEST["title"]),
        kind=kind,
        open_url=_open_url(node, place.page) or (parent.open_url if parent else None),
        description=description,
        text=text,
        duration=_duration(node, kind, title, description, text),
        language=_language(node) or (parent.language if parent else None),
        level=_level(node),
        skills=_skills(node),
        course_id=course.identifier if course else None,
        course=course.title if course else None,
        position=place.position,
        siblings=place.siblings,
        part_of=parent.identifier if parent else None,
        starts=starts,
        ends=max(starts, ends) if starts and ends else ends,
        licence=_licence(node) or (parent.licence if parent else None),
        updated=moment(first(node, "dateModified", "datePublished")),
    )


def moment(value: str, *, ends: bool = False) -> datetime | None:
    """A date or time in ISO 8601; without a zone it counts as UTC. The end of a day is its end."""
    value = value.strip()
    try:
        if _DAY.fullmatch(value):
            clock = time.max.replace(microsecond=0) if ends else time.min
            return datetime.combine(date.fromisoformat(value), clock, UTC)
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _identifier(node: Node, place: Place, starts: datetime | None) -> str:
    own = identifier_of(node, place.page)
    if not own and place.parent is not None:
        # A part without an identifier of its own is known by what does not change of it.
        said = starts.isoformat() if starts else first(node, "name")
        own = f"{place.parent.identifier}#{said}"
    elif not own and place.page:
        own = f"{place.page}#{first(node, 'name', 'headline')}"
    if not own:
        raise InvalidModule("it has neither an @id nor a url nor an identifier")
    if len(own) <= LONGEST["identifier"]:
        return own
    return f"{own[:400]}#{hashlib.blake2b(own.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _kind(node: Node, place: Place) -> Kind:
    named = [KINDS[one] for one in types(node) if one in KINDS]
    if place.is_instance:
        return Kind.EVENT
    said = kind_from_words(texts(node, "learningResourceType"))
    if named and named[0] is not Kind.LESSON:
        return named[0]
    return said or (named[0] if named else Kind.COURSE_PART)


def _absolute(value: str, page: str) -> str | None:
    try:
        address = urljoin(page, value)
    except ValueError:
        return None
    return address if len(address) <= LONGEST["open_url"] and is_web_address(address) else None


def _open_url(node: Node, page: str) -> str | None:
    for value in (first(node, "url"), first(node, "mainEntityOfPage"), first(node, "@id"), page):
        found = _absolute(value, page) if value else None
        if found:
            return found
    return None


def _duration(
    node: Node, kind: Kind, title: str, description: str, text: str
) -> Duration | None:
    values = [*texts(node, "timeRequired", "duration", "courseWorkload")]
    declared = next((d for d in map(minutes_from_iso, values) if d), None)
    declared = declared or minutes_declared(title, description, text)
    return declared or (minutes_estimated(text) if kind is Kind.ARTICLE else None)


def _language(node: Node) -> str | None:
    said = list(texts(node, "inLanguage"))
    said += [first(one, "alternateName") for one in nodes(node, "inLanguage")]
    return next((tag for tag in map(language_tag, said) if tag), None)


def _level(node: Node) -> str | None:
    said = list(texts(node, "educationalLevel"))
    for one in nodes(node, "educationalAlignment"):
        if _is_a_level(one):
            said += texts(one, "targetName")
    return shortened(", ".join(_distinct(said)), LONGEST["level"]) or None


def _skills(node: Node) -> tuple[str, ...]:
    said = list(texts(node, "teaches", "assesses"))
    for one in nodes(node, "educationalAlignment"):
        if not _is_a_level(one):
            said += texts(one, "targetName")
    people = [one for one in nodes(node, "about") if _PEOPLE.intersection(types(one))]
    names = {first(one, "name") for one in people}
    said += [one for one in texts(node, "about") if one not in names]
    return tuple(shortened(one, 500) for one in _distinct(said))[:MOST_SKILLS]


def _is_a_level(alignment: Node) -> bool:
    kind = first(alignment, "alignmentType").lower().replace(" ", "")
    return kind in _LEVELS


def _distinct(values: Iterable[str]) -> list[str]:
    lines = (clean_line(text_from_html(value, 1_000)) for value in values)
    return list(dict.fromkeys(line for line in lines if line))


def _licence(node: Node) -> str | None:
    said = first(node, "license") or next((first(n, "url") for n in nodes(node, "license")), "")
    return shortened(clean_line(said), LONGEST["licence"]) or None
