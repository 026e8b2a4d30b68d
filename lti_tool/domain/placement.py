"""A placement: what a teacher has put into a course, and what a learner finds there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalogue_sync.module import Module
from lti_tool.domain.grade import GradeState
from lti_tool.errors import InputError

LONGEST_LINE = 200
"""Characters of a link's title, of a teacher's own prompt and of a topic."""

MOST_MODULES = 20
"""Modules in one collection, or links placed at once."""

ModuleKey = tuple[str, str]
"""A module's source and identifier, its key within an organisation."""


class PlacementKind(StrEnum):
    """What a placed link opens."""

    ASK = "ask"
    MODULE = "module"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One link that a teacher placed in a course.

    `title` is the link's name in the course, `prompt` the teacher's own line for the learner
    and `topic` the words that the learner's box begins with, both empty for none and always
    for modules. `modules` are in the teacher's order, and empty for `ASK`. `graded` says
    that opening all of them gives a point.
    """

    id: uuid.UUID
    organisation: str
    registration_id: uuid.UUID
    course_id: str | None
    kind: PlacementKind
    title: str
    created_at: datetime
    prompt: str = ""
    topic: str = ""
    graded: bool = False
    modules: tuple[ModuleKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a teacher chose, before it is placed.

    `separate` asks for one link for each module instead of one for all of them. Raises
    `InputError` for what cannot be placed: `placing-empty`, `placing-title`,
    `placing-too-long`, `placing-too-many`, `placing-graded`.
    """

    kind: PlacementKind
    title: str = ""
    prompt: str = ""
    topic: str = ""
    graded: bool = False
    separate: bool = False
    modules: tuple[ModuleKey, ...] = ()

    def __post_init__(self) -> None:
        self._check_lines()
        if self.kind is PlacementKind.ASK:
            if self.graded or self.modules or self.separate:
                raise InputError(
                    "The question gives no point and holds no modules.",
                    mend="Choose modules to give a point for opening them.",
                    code="placing-graded",
                )
        else:
            self._check_modules()
        if not self.title and not (self.separate or self.kind is PlacementKind.MODULE):
            raise InputError(
                "The link has no name.",
                mend="Give it the name that learners see in the course.",
                code="placing-title",
            )

    def _check_lines(self) -> None:
        for line in (self.title, self.prompt, self.topic):
            if len(line) > LONGEST_LINE:
                raise InputError(
                    f"A line has {len(line):,} characters; {LONGEST_LINE} is the most.",
                    mend="Say it shorter.",
                    code="placing-too-long",
                )

    def _check_modules(self) -> None:
        if not self.modules:
            raise InputError(
                "No module is chosen.",
                mend="Look for a module and tick it.",
                code="placing-empty",
            )
        if len(self.modules) > MOST_MODULES:
            raise InputError(
                f"{len(self.modules)} modules are chosen; {MOST_MODULES} is the most.",
                mend="Place fewer at once: learners read a short list.",
                code="placing-too-many",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedModule:
    """A module of a placement as a learner finds it.

    `id` names the link that opens and records it, None for a guest, whose modules open
    directly; `gone` says that it is no longer in the catalogue, `over` that its time has
    passed. `reasons` are what the learner must know before opening it, as the recommender's
    JSON.
    """

    id: uuid.UUID | None
    module: Module
    gone: bool = False
    over: bool = False
    reasons: tuple[dict[str, object], ...] = ()
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a placed link shows.

    `placement` is None when it is no longer known; `missing` counts modules of which not
    even the title is left. `told` says that the teacher sees that this person opened them.
    """

    placement: Placement | None
    modules: tuple[PlacedModule, ...] = ()
    missing: int = 0
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a teacher sees of one person and one placed link.

    `placement` is None when the link is none that was placed. `opened` has the modules that
    the person opened, with the time; it stays empty where opening gives no point, since
    learners are not told there that a teacher sees it. `grade` is None for no point yet.
    """

    placement: Placement | None
    modules: tuple[Module, ...] = ()
    opened: Mapping[ModuleKey, datetime]
    grade: GradeState | None = None
