"""What the recommender answers: modules with reasons, a question, or support first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalogue_sync.module import Module
from lti_tool.recommender.quotation import Quotation
from lti_tool.recommender.support import CrisisSign

if TYPE_CHECKING:
    # Reasons hold those of use, and what is learnt from use knows how many an answer has.
    from lti_tool.recommender.reasons import Reason

MOST = 3
"""Modules in one answer: more are read less (see docs/recommender.md)."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One module, and why: `reasons` from what really moved it, strongest first.

    `quotation` are its own sentences that answer the need, where some do and the person can
    open it.
    """

    module: Module
    reasons: tuple[Reason, ...]
    score: float
    quotation: Quotation | None = None


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

    `locked` is only told where `items` are empty. `likeness` names what sort of need it was, so
    that what helps with it is learnt (see `use`); empty where nothing tells.
    """

    items: tuple[Recommendation, ...]
    more: bool = False
    """True when a further page of modules that fit exists."""
    locked: Locked = Locked()
    likeness: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: the words shown, and what is asked when it is chosen."""

    label: str
    refined_text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question back, when an answer at once would likely be poor; always skippable.

    `name` is the same in every language, `heading` is what is asked (empty: where to look, for
    nothing fits the words). `instead` is the answer that whoever skips the question gets.
    """

    choices: tuple[Choice, ...]
    name: str = ""
    heading: str = ""
    instead: Recommendations = Recommendations(())


@dataclass(frozen=True, slots=True)
class Support:
    """A need that speaks of a crisis: support first, and the modules below it.

    Where it is the writer's own (`about`), the modules are for what else they ask, without
    reasons; where it is mentioned only, they are the ordinary answer.
    """

    recommendations: Recommendations
    about: CrisisSign = CrisisSign.OWN


Answer = Recommendations | Question | Support
