"""What a person asked, was recommended, opened, and found of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalogue_sync.module import Module
from lti_tool.domain.need import Need


class Helped(StrEnum):
    """Whether a module helped, in the learner's judgment."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """One module that was recommended for a need, and what came of it.

    `id` names the link that opens it; `gone` says that the module is no longer in the
    catalogue, so that it can be named but not opened, `over` that its time has passed, `locked`
    that whoever it is shown to may not open it any more: then it has no quotation, and its
    reasons say no more than that. `reasons` and `quotation` are the recommender's, as stored
    JSON. `before` and `after` are the pieces next to it in its course, as far as whoever opens
    it can open them too.
    """

    id: uuid.UUID
    module: Module
    reasons: tuple[dict[str, object], ...]
    rank: int
    quotation: dict[str, object] | None = None
    before: Module | None = None
    after: Module | None = None
    gone: bool = False
    over: bool = False
    locked: bool = False
    opened_at: datetime | None = None
    helped: Helped | None = None
    done_differently: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBack:
    """A question that was asked back, in the words in which it was shown.

    `choices` are its answers as (what is shown, what is looked for once it is chosen); without
    a heading it asks where to look, for nothing fits. `asked` names every question that was
    asked for this need, this one last. `skippable` says that there is an answer without it.
    """

    choices: tuple[tuple[str, str], ...]
    heading: str = ""
    asked: tuple[str, ...] = ()
    skippable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A need that was asked, with its last answer.

    `answer` is `recommendations`, `question` or `support`; `question` is the
    one that was asked back; `items` the modules of the last round; `opened` every module that
    was opened for this need, in any round. `round` counts from 1 how often modules were shown.
    `kept` is False for a guest and for a need that needs support first: nothing of them is
    stored, and their modules open without a record. `about_others` is True where such a need
    speaks of a crisis without being the writer's own, as far as can be told. `locked` counts
    what fits although this person cannot open it, where nothing else does, and
    `locked_courses` names its courses.
    """

    id: uuid.UUID
    need: Need
    asked_at: datetime
    answer: str
    round: int = 0
    kept: bool = True
    about_others: bool = False
    items: tuple[Recommended, ...] = ()
    question: AskedBack | None = None
    opened: tuple[Recommended, ...] = ()
    locked: int = 0
    locked_courses: tuple[str, ...] = ()
    exhausted: bool = False
    """True when the learner has said that none fits and nothing more is left."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The answers to the question that was asked back, as they are shown."""
        return tuple(label for label, _ in self.question.choices) if self.question else ()
