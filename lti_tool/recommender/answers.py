"""What the recommender answers: modules with reasons, a question, or support first."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue_sync.module import Module
from lti_tool.recommender.reasons import Reason

MOST = 3
"""Modules in one answer: more are read less (see docs/recommender.md)."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One module, and why: `reasons` from what really moved it, strongest first."""

    module: Module
    reasons: tuple[Reason, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Locked:
    """Modules that fit and that the person cannot open, for they are not in their courses.

    `courses` are the titles of those courses, the best module's first, as far as known.
    """

    count: int = 0
    courses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendations:
    """At most `MOST` modules, what can be opened first. Empty when nothing fits.

    `locked` is only told where `items` are empty.
    """

    items: tuple[Recommendation, ...]
    more: bool = False
    """True when a further page of modules that fit exists."""
    locked: Locked = Locked()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: the words shown, and what is asked when it is chosen."""

    label: str
    refined_text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question back, when an answer at once would likely be poor; always skippable."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """A need about one's own crisis: support first, and the modules below it."""

    recommendations: Recommendations


Answer = Recommendations | Question | Support
