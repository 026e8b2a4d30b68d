"""What Canvas's lists say of the pages, assignments, quizzes, discussions and files of a course."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from catalogue_sync.minutes import minutes_from_iso
from catalogue_sync.module import LONGEST, MOST_SKILLS, Basis, Duration, Kind
from catalogue_sync.packages.media_names import is_film, is_recording
from catalogue_sync.plain_text import name_from_escaped, text_from_html
from catalogue_sync.sources.answer import Answer, as_mapping, as_number, as_text, mappings
from catalogue_sync.sources.canvas.course import Item, Type, as_moment
from catalogue_sync.sources.canvas.service import as_id

LISTS = {
    Type.PAGE: "pages",
    Type.ASSIGNMENT: "assignments",
    Type.QUIZ: "quizzes",
    Type.DISCUSSION: "discussion_topics",
    Type.FILE: "files",
}
"""Where a course lists the content of its items, by their type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """The content of an item as a list describes it, without what is inside pages and files.

    `address` is where a file is read; it can hold a secret, and changes while the file does
    not, so it is shown nowhere and says nothing of a change.
    """

    description: str = ""
    kind: Kind | None = None
    duration: Duration | None = None
    skills: tuple[str, ...] = ()
    published: bool = True
    restricted: bool = False
    starts: datetime | None = None
    ends: datetime | None = None
    updated: datetime | None = None
    file_name: str = ""
    media_type: str = ""
    size: int = 0
    address: str = field(default="", repr=False, compare=False)


NO_DETAIL = Detail()


def content_of(sort: str, answer: Answer) -> str:
    """What an entry of a list is named by in an item: an id, or a page's own address."""
    return as_text(answer.get("url")) if sort == Type.PAGE else as_id(answer.get("id"))


def detail_from(sort: str, answer: Answer) -> Detail:
    """The detail in one entry of the list of that type."""
    text = as_text(answer.get("description")) or as_text(answer.get("message"))
    media_type = as_text(answer.get("content-type"))[:200].partition(";")[0].strip().lower()
    is_file = sort == Type.FILE
    return Detail(
        description=text_from_html(text, LONGEST["description"]),
        kind=_kind(sort, answer, media_type),
        duration=_duration(sort, answer),
        skills=_skills(answer),
        published=answer.get("published") is not False
        and not (is_file and answer.get("locked") is True),
        restricted=answer.get("only_visible_to_overrides") is True
        or answer.get("visible_to_everyone") is False,
        starts=as_moment(answer.get("unlock_at")) or as_moment(answer.get("delayed_post_at")),
        ends=as_moment(answer.get("lock_at")),
        updated=as_moment(answer.get("modified_at") if is_file else None)
        or as_moment(answer.get("updated_at")),
        file_name=(as_text(answer.get("display_name")) or as_text(answer.get("filename")))[:500]
        if is_file
        else "",
        media_type=media_type if is_file else "",
        size=as_number(answer.get("size")) if is_file else 0,
        address=as_text(answer.get("url")) if is_file else "",
    )


def kind_of(item: Item, detail: Detail) -> Kind:
    """What an item is to a learner; a type that Canvas did not have yet is a lesson."""
    if detail.kind is not None:
        return detail.kind
    match item.sort:
        case Type.PAGE | Type.FILE:
            return Kind.ARTICLE
        case Type.ASSIGNMENT:
            return Kind.ASSIGNMENT
        case Type.QUIZ:
            return Kind.QUIZ
        case Type.DISCUSSION:
            return Kind.COMMUNITY
        case Type.EXTERNAL_URL:
            return _kind_of_link(item.external_url)
        case _:
            return Kind.LESSON


def _kind_of_link(address: str) -> Kind:
    if is_film(address):
        return Kind.VIDEO
    return Kind.LESSON if is_recording(address) else Kind.ARTICLE


def _kind(sort: str, answer: Answer, media_type: str) -> Kind | None:
    """What only the details tell: a film, a recording, a quiz to practise with or by a tool."""
    if sort == Type.FILE:
        sound_or_film = {"video": Kind.VIDEO, "audio": Kind.LESSON}
        name = as_text(answer.get("filename"))
        return sound_or_film.get(media_type.partition("/")[0]) or _kind_of_link(name)
    if sort == Type.QUIZ:
        quiz = as_text(answer.get("quiz_type"))
        return {"practice_quiz": Kind.PRACTICE, "survey": Kind.COMMUNITY}.get(quiz)
    if sort == Type.ASSIGNMENT and answer.get("is_quiz_assignment") is True:
        return Kind.QUIZ
    return None


def _duration(sort: str, answer: Answer) -> Duration | None:
    """The time limit of a quiz, in minutes, or what an author declared for a page."""
    if sort == Type.QUIZ:
        minutes = as_number(answer.get("time_limit"))
        return Duration(float(minutes), Basis.DECLARED) if 0 < minutes < 6_000 else None
    declared = as_text(as_mapping(answer.get("estimated_duration")).get("duration"))
    return minutes_from_iso(declared)


def _skills(answer: Answer) -> tuple[str, ...]:
    """The learning outcomes by which an assignment's rubric judges."""
    names = (
        name_from_escaped(as_text(one.get("description")), 500)
        for one in mappings(answer.get("rubric"))
        if as_id(one.get("outcome_id"))
    )
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_SKILLS]
