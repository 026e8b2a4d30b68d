"""Activity types of xAPI, as cmi5 and tincan.xml name them, and what sort of help each is."""

from __future__ import annotations

from catalogue_sync.module import Kind

_KINDS = {
    "assessment": Kind.QUIZ, "question": Kind.QUIZ, "cmi.interaction": Kind.QUIZ,
    "interaction": Kind.QUIZ, "quiz": Kind.QUIZ, "survey": Kind.COMMUNITY,
    "simulation": Kind.PRACTICE, "performance": Kind.PRACTICE, "game": Kind.PRACTICE,
    "flashcards": Kind.PRACTICE, "scenario": Kind.PRACTICE,
    "course": Kind.COURSE, "meeting": Kind.EVENT, "webinar": Kind.EVENT, "event": Kind.EVENT,
    "conference": Kind.EVENT, "conference-session": Kind.EVENT,
    "video": Kind.VIDEO, "article": Kind.ARTICLE, "blog": Kind.ARTICLE, "book": Kind.ARTICLE,
    "chapter": Kind.ARTICLE, "document": Kind.ARTICLE, "file": Kind.ARTICLE,
    "link": Kind.ARTICLE, "page": Kind.ARTICLE, "webpage": Kind.ARTICLE,
    "paper": Kind.ARTICLE, "checklist": Kind.ARTICLE,
    "school-assignment": Kind.ASSIGNMENT, "assignment": Kind.ASSIGNMENT,
    "discussion": Kind.COMMUNITY, "forum-topic": Kind.COMMUNITY,
    "media": Kind.LESSON, "lesson": Kind.LESSON, "module": Kind.LESSON,
}  # fmt: skip


def kind_of_type(activity_type: str) -> Kind:
    """The kind of an activity type, an IRI; a lesson where it says nothing that is known."""
    name = activity_type.strip().rstrip("/").replace("#", "/").rpartition("/")[2]
    return _KINDS.get(name.lower(), Kind.LESSON)
