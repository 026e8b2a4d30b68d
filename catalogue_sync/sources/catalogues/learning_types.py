"""Kinds of modules from the words in which catalogues name the type of a learning resource."""

from __future__ import annotations

import re
from collections.abc import Iterable

from catalogue_sync.module import Kind

# In this order: "video lecture" is a film, "lab assignment" an assignment.
_KINDS = (
    (Kind.VIDEO, "video|film|movie|webcast|recording"),
    (Kind.QUIZ, "quiz|assessment|test|exam|self.?assessment|questionnaire"),
    (Kind.ASSIGNMENT, "assignment|project|homework|worksheet|task"),
    (Kind.PRACTICE, "exercise|practice|simulation|game|drill|lab|experiment|interactive|activity"),
    (Kind.EVENT, "event|webinar|workshop|seminar"),
    (Kind.COMMUNITY, "forum|discussion|community"),
    (Kind.COURSE, "course|curriculum|programme|program"),
    (Kind.LESSON, "lesson|tutorial|lecture|module|unit|presentation|slide|audio|podcast|media"),
    (Kind.ARTICLE, "reading|article|text|book|reference|guide|handout|primary.?source|web.?page"),
)
_WORDS = tuple((kind, re.compile(rf"\b(?:{words})s?\b", re.IGNORECASE)) for kind, words in _KINDS)
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])|[_/-]")


def kind_from_words(names: Iterable[str]) -> Kind | None:
    """The kind that the names of a type mean (`Quiz`, `lab/activity`), None where none does."""
    words = " ".join(_JOINED.sub(" ", name) for name in names)
    return next((kind for kind, pattern in _WORDS if pattern.search(words)), None)
