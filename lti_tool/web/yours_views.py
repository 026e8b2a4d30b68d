"""What Needle keeps about a learner: to see, to take along, to delete (/yours)."""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, request

from lti_tool.actions import own_data
from lti_tool.actions.recording import records_of
from lti_tool.actions.standing import set_leads_people
from lti_tool.web import pages
from lti_tool.web.need_pages import purpose_words

views = Blueprint("yours", __name__, url_prefix="/yours")


@views.post("")
def show_kept() -> Response:
    """Everything that is kept about the learner, as a table."""
    session = pages.resume()
    runtime = pages.current_runtime()
    return pages.show(
        "yours/kept.html",
        kept=own_data.export(runtime, session),
        purposes=dict(purpose_words()),
        records=records_of(runtime, session),
    )


@views.post("/leads")
def set_leads() -> Response:
    """Take the learner's own word on whether they lead people."""
    runtime = pages.current_runtime()
    session = pages.resume()
    set_leads_people(runtime, session, request.form.get("leads") == "yes")
    return show_kept()


@views.post("/export")
def export() -> Response:
    """The same as a JSON file to keep."""
    runtime = pages.current_runtime()
    session = pages.resume()
    text = json.dumps(own_data.export(runtime, session), ensure_ascii=False, indent=2)
    response = make_response(text + "\n")
    response.mimetype = "application/json"
    name = f"needle-{runtime.now():%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@views.post("/forget")
def forget() -> Response:
    """Ask whether it is meant; when it is, delete everything."""
    session = pages.resume()
    if request.form.get("sure") != "yes":
        return pages.show("yours/forget.html")
    gone = own_data.forget(pages.current_runtime(), session)
    return pages.show("yours/forgotten.html", gone=gone)
