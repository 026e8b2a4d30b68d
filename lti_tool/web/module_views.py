"""A module is opened (/open/<uuid>), and a learner says whether it helped (/helped)."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.actions.helping import tell_helped
from lti_tool.actions.opening import open_module
from lti_tool.domain.history import Helped
from lti_tool.errors import InputError
from lti_tool.web import need_pages, pages
from lti_tool.web.need_views import sent_id

views = Blueprint("module", __name__)


@views.get("/open/<uuid:opening_id>")
def open_one(opening_id: uuid.UUID) -> AnyResponse:
    """Record that the module is opened, and go to it in its LMS.

    A program that only looks (HEAD, or a browser that fetches ahead) opens nothing.
    """
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return make_response("", 204)
    at_quotation = request.args.get("at") == "quotation"
    return redirect(
        open_module(pages.current_runtime(), opening_id, at_quotation=at_quotation)
    )


@views.post("/helped")
def tell() -> Response:
    """Keep whether a module helped, and show the need page."""
    session = pages.resume()
    recommendation_id = sent_id("recommendation_id")
    line = request.form.get("done_differently", "")
    try:
        helped = _sent_helped()
        tell_helped(pages.current_runtime(), session, recommendation_id, helped, line)
    except InputError as error:
        sent = need_pages.HelpedForm(
            recommendation_id=recommendation_id,
            helped=request.form.get("helped", ""),
            done_differently=line,
            wrong=need_pages.helped_wrong_words(error),
        )
        return need_pages.show_start(session, helped_form=sent)
    return need_pages.show_start(session, notice=pages.words().gettext("Thank you, noted."))


def _sent_helped() -> Helped:
    try:
        return Helped(request.form.get("helped", ""))
    except ValueError:
        raise InputError(
            "Whether it helped was not said.",
            mend="Choose yes, partly or no.",
            code="helped-missing",
        ) from None
