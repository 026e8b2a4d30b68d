"""Why a module is recommended: what really moved it, as values; `telling` has the words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import cast

from lti_tool.recommender.use.told import (
    DidNotHelpYou,
    HelpedMost,
    HelpedYou,
    OpenedBefore,
    UseReason,
)


class Place(StrEnum):
    """Where in a module something was found."""

    TITLE = "title"
    SECTION = "section"
    COURSE = "course"
    SKILLS = "skills"
    DESCRIPTION = "description"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class MatchedWords:
    """Words of the need, as they were typed, that stand in the module."""

    words: tuple[str, ...]
    where: Place


@dataclass(frozen=True, slots=True)
class RelatedWord:
    """The module has another word (`found`) for what was typed."""

    typed: str
    found: str


@dataclass(frozen=True, slots=True)
class ReadAs:
    """A word that the catalogue does not know was read as the one nearest to it."""

    typed: str
    found: str


@dataclass(frozen=True, slots=True)
class CloseInMeaning:
    """It is close in meaning to a part of the need, verbatim, though its words are others."""

    part: str


@dataclass(frozen=True, slots=True)
class SpeaksOfWording:
    """The learner asks how to say it, and the module has words (`found`) on wording."""

    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpeaksOfOpening:
    """The learner asks how to begin, and the module has words (`found`) on beginning."""

    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FitsMinutes:
    """It takes no longer than the learner has; `estimated` when nobody declared the minutes."""

    minutes: int
    available: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class LongerThan:
    """It takes longer than the learner has, and the learner should know."""

    minutes: int
    available: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class PartOf:
    """It is one piece of a course, and opens without the others. `position` counts from 1."""

    position: int
    siblings: int
    course: str


@dataclass(frozen=True, slots=True)
class PlacedByTeacher:
    """A teacher placed it in the course in which the need was asked."""


@dataclass(frozen=True, slots=True)
class ForYourGoal:
    """It fits a goal that the learner set, in the learner's own words."""

    goal: str


@dataclass(frozen=True, slots=True)
class OfAColleague:
    """A colleague made it, and for a how-to that puts it ahead."""


@dataclass(frozen=True, slots=True)
class OfAnExpert:
    """An expert made it, and for a human skill that puts it ahead."""


@dataclass(frozen=True, slots=True)
class GivesPractice:
    """It gives room to practise, and for a human skill that puts it ahead."""


@dataclass(frozen=True, slots=True)
class EnrolsFirst:
    """Whoever is not enrolled in its course enrols themselves; `sure` when this person is not."""

    sure: bool


@dataclass(frozen=True, slots=True)
class OnlyForEnrolled:
    """Others enrol people in its course (empty: unknown), and it could not be asked whom."""

    course: str


@dataclass(frozen=True, slots=True)
class NotEnrolled:
    """Others enrol people in its course (empty: unknown), and this person is not."""

    course: str


EnteringReason = EnrolsFirst | OnlyForEnrolled | NotEnrolled
"""What a person must know before they open a module: always told, whatever else is."""

SourceReason = OfAColleague | OfAnExpert | GivesPractice
"""What the source of a module has to do with the need."""

Reason = (
    MatchedWords
    | RelatedWord
    | ReadAs
    | CloseInMeaning
    | SpeaksOfWording
    | SpeaksOfOpening
    | FitsMinutes
    | LongerThan
    | PartOf
    | PlacedByTeacher
    | ForYourGoal
    | UseReason
    | SourceReason
    | EnteringReason
)

_NAMES: dict[str, type[Reason]] = {
    "matched_words": MatchedWords,
    "related_word": RelatedWord,
    "read_as": ReadAs,
    "close_in_meaning": CloseInMeaning,
    "speaks_of_wording": SpeaksOfWording,
    "speaks_of_opening": SpeaksOfOpening,
    "fits_minutes": FitsMinutes,
    "longer_than": LongerThan,
    "part_of": PartOf,
    "placed_by_teacher": PlacedByTeacher,
    "for_your_goal": ForYourGoal,
    "helped_most": HelpedMost,
    "opened_before": OpenedBefore,
    "helped_you": HelpedYou,
    "did_not_help_you": DidNotHelpYou,
    "of_a_colleague": OfAColleague,
    "of_an_expert": OfAnExpert,
    "gives_practice": GivesPractice,
    "enrols_first": EnrolsFirst,
    "only_for_enrolled": OnlyForEnrolled,
    "not_enrolled": NotEnrolled,
}


def reason_to_json(reason: Reason) -> dict[str, object]:
    """A reason as plain JSON values; `reason` names its class."""
    name = next(name for name, known in _NAMES.items() if isinstance(reason, known))
    values: dict[str, object] = {"reason": name}
    for entry in fields(reason):
        value = getattr(reason, entry.name)
        values[entry.name] = list(value) if isinstance(value, tuple) else value
    return values


def reason_from_json(values: Mapping[str, object]) -> Reason:
    """The reason that `reason_to_json` gave these values for.

    Raises `ValueError` when they are not a reason that this version knows.
    """
    known = _NAMES.get(str(values.get("reason")))
    if known is None or {entry.name for entry in fields(known)} != set(values) - {"reason"}:
        raise ValueError(f"these are not the values of a reason: {sorted(values)}")
    arguments: dict[str, object] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name != "reason"
    }
    if known is MatchedWords:
        arguments["where"] = Place(str(arguments["where"]))
    return cast(Callable[..., Reason], known)(**arguments)
