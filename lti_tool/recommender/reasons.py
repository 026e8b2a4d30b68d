"""Why a module is recommended: what really moved it, as values and in plain words."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import assert_never, cast


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

Reason = (
    MatchedWords
    | RelatedWord
    | ReadAs
    | SpeaksOfWording
    | SpeaksOfOpening
    | FitsMinutes
    | LongerThan
    | PartOf
    | PlacedByTeacher
    | EnteringReason
)

_NAMES: dict[str, type[Reason]] = {
    "matched_words": MatchedWords,
    "related_word": RelatedWord,
    "read_as": ReadAs,
    "speaks_of_wording": SpeaksOfWording,
    "speaks_of_opening": SpeaksOfOpening,
    "fits_minutes": FitsMinutes,
    "longer_than": LongerThan,
    "part_of": PartOf,
    "placed_by_teacher": PlacedByTeacher,
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


def tell(reason: Reason, translator: gettext.NullTranslations) -> str:
    """A reason in one plain sentence, in the translator's language."""
    match reason:
        case MatchedWords():
            return _tell_words(reason, translator)
        case RelatedWord() | ReadAs():
            return _tell_other_word(reason, translator)
        case SpeaksOfWording() | SpeaksOfOpening():
            return _tell_what_is_asked(reason, translator)
        case FitsMinutes() | LongerThan():
            return _tell_minutes(reason, translator)
        case PartOf():
            _ = translator.gettext
            return _(
                "Piece %(position)d of %(siblings)d in “%(course)s”; you can open it on its own."
            ) % {
                "position": reason.position,
                "siblings": reason.siblings,
                "course": reason.course,
            }
        case PlacedByTeacher():
            return translator.gettext("Your teacher placed it in this course.")
        case EnrolsFirst() | OnlyForEnrolled() | NotEnrolled():
            return _tell_entering(reason, translator)
        case _:
            assert_never(reason)


def tell_all(reasons: Sequence[Reason], translator: gettext.NullTranslations) -> str:
    """Reasons in one line for a card; an empty text when there are none."""
    return " ".join(tell(reason, translator) for reason in reasons)


def _tell_words(reason: MatchedWords, translator: gettext.NullTranslations) -> str:
    _ = translator.gettext
    words = _list(reason.words, translator)
    match reason.where:
        case Place.TITLE:
            return _("About %(words)s.") % {"words": words}
        case Place.SECTION:
            return _("From a section about %(words)s.") % {"words": words}
        case Place.COURSE:
            return _("From a course about %(words)s.") % {"words": words}
        case Place.SKILLS:
            return _("Meant for %(words)s.") % {"words": words}
        case Place.DESCRIPTION | Place.TEXT:
            return _("It mentions %(words)s.") % {"words": words}
        case _:
            assert_never(reason.where)


def _tell_other_word(
    reason: RelatedWord | ReadAs, translator: gettext.NullTranslations
) -> str:
    _ = translator.gettext
    values = {"typed": reason.typed, "found": reason.found}
    if isinstance(reason, ReadAs):
        return _("We took “%(typed)s” for “%(found)s”.") % values
    return _("You say “%(typed)s”; here it is called “%(found)s”.") % values


def _tell_what_is_asked(
    reason: SpeaksOfWording | SpeaksOfOpening, translator: gettext.NullTranslations
) -> str:
    _ = translator.gettext
    values = {"words": _list(reason.found, translator)}
    if isinstance(reason, SpeaksOfWording):
        return _("You ask how to say it: here you find %(words)s.") % values
    return _("You ask how to begin: here you find %(words)s.") % values


def _tell_minutes(
    reason: FitsMinutes | LongerThan, translator: gettext.NullTranslations
) -> str:
    ngettext = translator.ngettext
    values = {"minutes": reason.minutes, "available": reason.available}
    if isinstance(reason, FitsMinutes) and reason.estimated:
        told = ngettext(
            "It takes about %(minutes)d minute to read; you have %(available)d.",
            "It takes about %(minutes)d minutes to read; you have %(available)d.",
            reason.minutes,
        )
    elif isinstance(reason, FitsMinutes):
        told = ngettext(
            "It takes %(minutes)d minute; you have %(available)d.",
            "It takes %(minutes)d minutes; you have %(available)d.",
            reason.minutes,
        )
    elif reason.estimated:
        told = ngettext(
            "It takes about %(minutes)d minute to read, longer than your %(available)d.",
            "It takes about %(minutes)d minutes to read, longer than your %(available)d.",
            reason.minutes,
        )
    else:
        told = ngettext(
            "It takes %(minutes)d minute, longer than your %(available)d.",
            "It takes %(minutes)d minutes, longer than your %(available)d.",
            reason.minutes,
        )
    return told % values


def _tell_entering(reason: EnteringReason, translator: gettext.NullTranslations) -> str:
    _ = translator.gettext
    match reason:
        case EnrolsFirst(sure=True):
            return _("You enrol yourself first; it takes a click.")
        case EnrolsFirst():
            return _("If you are not enrolled yet, you enrol yourself first; it takes a click.")
        case OnlyForEnrolled(course=""):
            return _(
                "Only for people enrolled in its course; we could not check whether you are."
            )
        case OnlyForEnrolled():
            return _(
                "Only for people enrolled in “%(course)s”; we could not check whether you are."
            ) % {"course": reason.course}
        case NotEnrolled(course=""):
            return _("Only for people enrolled in its course, and you are not.")
        case NotEnrolled():
            return _("Only for people enrolled in “%(course)s”, and you are not.") % {
                "course": reason.course
            }
        case _:
            assert_never(reason)


def _list(words: Sequence[str], translator: gettext.NullTranslations) -> str:
    _ = translator.gettext
    quoted = [_("“%(word)s”") % {"word": word} for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return _("%(first)s and %(last)s") % {
        "first": ", ".join(quoted[:-1]),
        "last": quoted[-1],
    }
