"""A teacher places a link in a course: /place, whose button `do` says which step it is."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from lti_tool.actions import placing
from lti_tool.domain.launch import Session
from lti_tool.errors import InputError
from lti_tool.web import pages, placing_pages
from lti_tool.web.placing_form import MOST_FOUND, PlacingForm, sent_placing_form

views = Blueprint("placing", __name__)


@views.post("/place")
def place() -> Response:
    """Look for modules, check what would be placed, place it, or place nothing."""
    session = pages.resume()
    placing.asked_of(pages.current_runtime(), session)
    do = request.form.get("do", "search")
    if do == "cancel":
        return placing_pages.show_way_back(session, ())
    form = sent_placing_form(request.form)
    if do in ("search", "change"):
        return placing_pages.show_choices(session, form)
    if do == "more":
        return placing_pages.show_choices(session, replace(form, found=MOST_FOUND))
    form = form.moved(do)
    try:
        if do == "place":
            return _place(session, form)
        return placing_pages.show_preview(session, form)
    except InputError as error:
        return placing_pages.show_choices(session, form, wrong=error)


def _place(session: Session, form: PlacingForm) -> Response:
    runtime = pages.current_runtime()
    offer = placing_pages.offer_of(*placing.asked_of(runtime, session))
    placed = placing.place(
        runtime,
        session,
        form.draft(),
        form.id,
        accept_multiple=offer.several,
        accept_score=offer.point,
    )
    return placing_pages.show_way_back(session, placed)
