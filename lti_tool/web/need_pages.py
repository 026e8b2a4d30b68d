"""The pages that a need leads to: the form, and each kind of answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from babel.numbers import format_decimal
from flask import Response

from lti_tool.actions.asking import is_catalogue_empty, last_asked
from lti_tool.actions.assembling import with_neighbours
from lti_tool.actions.helping import LONGEST_LINE
from lti_tool.actions.launching import details
from lti_tool.actions.placed import show_placed
from lti_tool.actions.recording import records_of
from lti_tool.domain.history import Asked
from lti_tool.domain.launch import Session
from lti_tool.domain.need import LONGEST_NEED, MINUTES_OFFERED, Purpose, clean_text
from lti_tool.domain.placement import Placed
from lti_tool.errors import InputError
from lti_tool.lti.claims import SCORE_SCOPE
from lti_tool.recommender.questions import tell_situations
from lti_tool.web import pages
from lti_tool.web.cards import found_cards, last_cards, placed_cards
from lti_tool.web.need_form import NeedForm, blank_form, form_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpedForm:
    """What was sent about a module that was opened, to be shown again when it was wrong."""

    recommendation_id: uuid.UUID
    helped: str
    done_differently: str
    wrong: str


def show_start(
    session: Session,
    form: NeedForm | None = None,
    *,
    notice: str = "",
    wrong: InputError | None = None,
    helped_form: HelpedForm | None = None,
) -> Response:
    """The need page: before the form what a teacher placed, below it the last answer."""
    runtime = pages.current_runtime()
    takes_scores = SCORE_SCOPE in details(runtime, session).services.grade_scopes
    placed = show_placed(runtime, session, takes_scores=takes_scores)
    form = form or replace(blank_form(), text=_topic(placed))
    asked = last_asked(runtime, session)
    return pages.show(
        "need/ask.html",
        400 if wrong or helped_form else 200,
        form=form,
        notice=notice,
        wrong=_wrong_words(wrong, form) if wrong else "",
        minutes_offered=MINUTES_OFFERED,
        purposes=purpose_words(),
        situations=tell_situations(session.language),
        placed=placed,
        placed_cards=placed_cards(placed, pages.words()) if placed else (),
        asked=asked,
        cards=last_cards(asked, pages.words()) if asked else (),
        helped_form=helped_form,
        records=records_of(runtime, session),
    )


def _topic(placed: Placed | None) -> str:
    """The words that a teacher gave the learner's box to begin with."""
    return placed.placement.topic if placed and placed.placement else ""


def show_answer(session: Session, asked: Asked) -> Response:
    """The page for whatever the recommender answered."""
    again = form_of(asked.need)
    if asked.answer == "question":
        return pages.show("need/question.html", asked=asked, again=again)
    cards = found_cards(asked, pages.words())
    if asked.answer == "support":
        config = pages.current_runtime().config
        support_text = config.support_text_in(pages.current_language())
        return pages.show(
            "need/support.html", asked=asked, cards=cards, again=again, support_text=support_text
        )
    if asked.exhausted or not cards:
        empty = not cards and is_catalogue_empty(pages.current_runtime(), session)
        return pages.show("need/nothing.html", asked=asked, again=again, empty=empty)
    asked = with_neighbours(pages.current_runtime(), session.organisation, asked)
    cards = found_cards(asked, pages.words())
    return pages.show("need/found.html", asked=asked, cards=cards, again=again)


def helped_wrong_words(error: InputError) -> str:
    """What is wrong with what was said about a module, and what to do."""
    _ = pages.words().gettext
    if error.code == "line-too-long":
        return _("What you did differently is too long: %(most)s characters is the most.") % {
            "most": _number(LONGEST_LINE)
        }
    return _("Choose yes, partly or no.")


def _wrong_words(error: InputError, form: NeedForm) -> str:
    _ = pages.words().gettext
    if error.code == "need-empty":
        return _("Say in a few words what you need.")
    if error.code == "need-too-long":
        return _(
            "That is %(count)s characters, and %(most)s is the most. Your words are still "
            "here: keep the one or two sentences that matter most."
        ) % {"count": _number(len(clean_text(form.text))), "most": _number(LONGEST_NEED)}
    return _("Choose one of the answers offered, or “no matter”.")


def _number(value: int) -> str:
    return format_decimal(value, locale=pages.current_language())


def purpose_words() -> tuple[tuple[str, str], ...]:
    """Each purpose with the words that a page has for it."""
    _ = pages.words().gettext
    return (
        (Purpose.ABOUT_TO.value, _("about to do it")),
        (Purpose.PREPARING.value, _("preparing")),
        (Purpose.WENT_WRONG.value, _("something went wrong")),
        (Purpose.GET_BETTER.value, _("getting better")),
    )
