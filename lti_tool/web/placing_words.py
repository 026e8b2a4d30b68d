"""The words of what a teacher places: a link's name and text, and what is wrong with a form."""

from __future__ import annotations

import gettext
from collections.abc import Sequence

from catalogue_sync.module import Access, Module
from lti_tool.domain.placement import LONGEST_LINE, MOST_MODULES, PlacementKind
from lti_tool.errors import InputError
from lti_tool.web.cards import about_words


def default_title(words: gettext.NullTranslations) -> str:
    """The name of a link to the question, unless the teacher gives another."""
    return words.gettext("What do you need right now?")


def link_text(
    kind: PlacementKind,
    prompt: str,
    modules: Sequence[Module],
    words: gettext.NullTranslations,
) -> str:
    """What stands below a link's name in the course."""
    if kind is PlacementKind.ASK:
        return prompt or words.gettext(
            "Say in a sentence what you need, and get the few pieces that help."
        )
    if kind is PlacementKind.MODULE and len(modules) == 1:
        return about_words(modules[0])
    return " · ".join(module.title for module in modules)


def elsewhere_words(module: Module, words: gettext.NullTranslations) -> str:
    """What to know before placing a module of a course that learners may not be in."""
    _ = words.gettext
    course = {"course": module.course or ""}
    if module.access is Access.SELF_ENROLMENT and module.course:
        return _("Your learners first enrol themselves in “%(course)s”.") % course
    if module.access is Access.SELF_ENROLMENT:
        return _("Your learners first enrol themselves in its course.")
    if module.course:
        return (
            _("Only people enrolled in “%(course)s” can open it: are your learners?") % course
        )
    return _("Only people enrolled in its course can open it: are your learners?")


def wrong_words(error: InputError, words: gettext.NullTranslations) -> str:
    """What is wrong with what a teacher chose, and what to do."""
    _ = words.gettext
    numbers = {"most": MOST_MODULES, "longest": LONGEST_LINE}
    return {
        "placing-empty": _("No module is ticked yet: look for one, and tick it."),
        "placing-too-many": _("%(most)s modules is the most that can be placed at once."),
        "placing-title": _("Give the link a name: learners see it in the course."),
        "placing-too-long": _("One of the lines is too long: %(longest)s characters is the most."),
        "placing-module": _("A module that was ticked is no longer in the catalogue."),
        "placing-one-only": _("Your LMS takes one link at a time: place the modules as one link."),
        "placing-graded": _("Your LMS does not take a point for this link."),
    }.get(error.code, _("Something in what was sent is not as it should be.")) % numbers
