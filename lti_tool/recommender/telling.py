"""Reasons in plain words, through gettext."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from typing import assert_never

from lti_tool.recommender.reasons import (
    CloseInMeaning,
    EnrolsFirst,
    EnteringReason,
    FitsMinutes,
    ForYourGoal,
    GivesPractice,
    LongerThan,
    MatchedWords,
    NotEnrolled,
    OfAColleague,
    OfAnExpert,
    OnlyForEnrolled,
    PartOf,
    Place,
    PlacedByTeacher,
    ReadAs,
    Reason,
    RelatedWord,
    SourceReason,
    SpeaksOfOpening,
    SpeaksOfWording,
)
from lti_tool.recommender.use.told import (
    DidNotHelpYou,
    HelpedMost,
    HelpedYou,
    OpenedBefore,
    tell_use,
)


def tell(reason: Reason, translator: gettext.NullTranslations) -> str:
    """A reason in one plain sentence, in the translator's language."""
    match reason:
        case MatchedWords() | RelatedWord() | ReadAs() | CloseInMeaning():
            return _tell_met(reason, translator)
        case SpeaksOfWording() | SpeaksOfOpening():
            return _tell_what_is_asked(reason, translator)
        case ForYourGoal():
            return translator.gettext("Fits your goal “%(goal)s”.") % {"goal": reason.goal}
        case FitsMinutes() | LongerThan():
            return _tell_minutes(reason, translator)
        case PartOf():
            return _tell_place(reason, translator)
        case PlacedByTeacher():
            return translator.gettext("Your teacher placed it in this course.")
        case HelpedMost() | OpenedBefore() | HelpedYou() | DidNotHelpYou():
            return tell_use(reason, translator)
        case OfAColleague() | OfAnExpert() | GivesPractice():
            return _tell_source(reason, translator)
        case EnrolsFirst() | OnlyForEnrolled() | NotEnrolled():
            return _tell_entering(reason, translator)
        case _:
            assert_never(reason)


def tell_all(reasons: Sequence[Reason], translator: gettext.NullTranslations) -> str:
    """Reasons in one line for a card; an empty text when there are none."""
    return " ".join(tell(reason, translator) for reason in reasons)


def _tell_met(
    reason: MatchedWords | RelatedWord | ReadAs | CloseInMeaning,
    translator: gettext.NullTranslations,
) -> str:
    match reason:
        case MatchedWords():
            return _tell_words(reason, translator)
        case CloseInMeaning():
            _ = translator.gettext
            return _("Close in meaning to “%(part)s”, in other words.") % {"part": reason.part}
        case RelatedWord() | ReadAs():
            return _tell_other_word(reason, translator)
        case _:
            assert_never(reason)


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


def _tell_place(reason: PartOf, translator: gettext.NullTranslations) -> str:
    _ = translator.gettext
    return _("Piece %(position)d of %(siblings)d in “%(course)s”; you can open it on its own.") % {
        "position": reason.position,
        "siblings": reason.siblings,
        "course": reason.course,
    }


def _tell_source(reason: SourceReason, translator: gettext.NullTranslations) -> str:
    _ = translator.gettext
    match reason:
        case OfAColleague():
            return _("From a colleague.")
        case OfAnExpert():
            return _("Made by an expert.")
        case GivesPractice():
            return _("Gives you room to practise.")
        case _:
            assert_never(reason)


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
