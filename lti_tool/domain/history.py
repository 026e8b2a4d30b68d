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
    catalogue, so that it can be named but not opened, `over` that its time has passed.
    `reasons` are the recommender's, as stored JSON.
    """

    id: uuid.UUID
    module: Module
    reasons: tuple[dict[str, object], ...]
    rank: int
    gone: bool = False
    over: bool = False
    opened_at: datetime | None = None
    helped: Helped | None = None
    done_differently: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A need that was asked, with its last answer.

    `answer` is `recommendations`, `question` or `support`; `choices` are the labels of the
    question's answers; `items` the modules of the last round; `opened` every module that
    was opened for this need, in any round. `round` counts from 1 how often modules were shown.
    `kept` is False for a guest and for a need that needs support first: nothing of them is
    stored, and their modules open without a record. `locked` counts what fits although this
    person cannot open it, where nothing else does, and `locked_courses` names its courses.
    """

    id: uuid.UUID
    need: Need
    asked_at: datetime
    answer: str
    round: int = 0
    kept: bool = True
    items: tuple[Recommended, ...] = ()
    choices: tuple[str, ...] = ()
    opened: tuple[Recommended, ...] = ()
    locked: int = 0
    locked_courses: tuple[str, ...] = ()
    exhausted: bool = False
    """True when the learner has said that none fits and nothing more is left."""
