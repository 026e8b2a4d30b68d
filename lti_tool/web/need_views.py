"""A learner says what they need: /need, /need/answer, /need/none, /start."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from lti_tool.actions import asking
from lti_tool.domain.launch import MessageType
from lti_tool.errors import InputError
from lti_tool.web import need_pages, pages, placing_pages, review_pages
from lti_tool.web.need_form import sent_form

views = Blueprint("need", __name__)


@views.post("/need")
def ask() -> Response:
    """Answer a need; the same form sent again gets the same answer."""
    session = pages.resume()
    form = sent_form(request.form, session.language)
    try:
        need = form.need(session.language)
    except InputError as error:
        return need_pages.show_start(session, form, wrong=error)
    return need_pages.show_answer(
        session, asking.ask(pages.current_runtime(), session, need, form.id, form.told)
    )


@views.post("/need/answer")
def answer() -> Response:
    """Go on with an answer to the question that was asked back, or without one."""
    session = pages.resume()
    runtime, need_id, number = pages.current_runtime(), sent_id("need_id"), _sent_number("number")
    if request.form.get("skips") == "yes":
        asked = asking.skip_question(runtime, session, need_id, number)
    else:
        choice = _sent_number("choice")
        asked = asking.answer_question(runtime, session, need_id, choice, number)
    return need_pages.show_answer(session, asked)


@views.post("/need/none")
def none() -> Response:
    """None of the modules of this round fits: the next ones, or an honest end."""
    session = pages.resume()
    asked = asking.none_fit(
        pages.current_runtime(), session, sent_id("need_id"), _sent_number("round")
    )
    return need_pages.show_answer(session, asked)


@views.post("/start")
def start() -> Response:
    """The page that the launch is for: the need page, with the words that were sent along."""
    session = pages.resume()
    if session.message_type is MessageType.DEEP_LINKING:
        return placing_pages.show_choices(session)
    if session.message_type is MessageType.SUBMISSION_REVIEW:
        return review_pages.show_review(session)
    sent = {"text", "situation"} & request.form.keys()
    form = sent_form(request.form, session.language) if sent else None
    return need_pages.show_start(session, form)


def sent_id(field: str) -> uuid.UUID:
    """The identifier in a hidden field. Raises `InputError`."""
    try:
        return uuid.UUID(request.form.get(field, ""))
    except ValueError:
        raise _broken_form(field) from None


def _sent_number(field: str) -> int:
    typed = request.form.get(field, "")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 6):
        raise _broken_form(field)
    return int(typed)


def _broken_form(field: str) -> InputError:
    return InputError(
        f"The form's field {field} is missing or cannot be used.",
        mend="Go back to your course and open Needle again.",
        code="form-broken",
    )
