"""The laboratory: send a tool a launch with one fault, on demand."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.bad_launches import BAD_LAUNCHES, GOOD_LAUNCHES
from examples.mini_lms.course import Kind, Place
from examples.mini_lms.lab import CASES
from examples.mini_lms.launches import Launch, Part
from examples.mini_lms.lms import sesskey, signed_in, this_lms
from examples.mini_lms.page_views import choose_path
from examples.mini_lms.sending import begin, post_on, require_tool_of

views = Blueprint("lab", __name__, url_prefix="/lab")

AS_EVER = "plain"
"""The launch without any change but the role that is chosen."""


@views.before_request
def ask_who() -> ResponseReturnValue | None:
    """A launch needs somebody who launches."""
    if signed_in() is None:
        return redirect(choose_path("/lab"))
    return None


@views.get("", strict_slashes=False)
def show() -> ResponseReturnValue:
    """The list of launches, with what the tool must do beside each."""
    this_lms().lab.open()
    return render_template("lab.html", bad=BAD_LAUNCHES, good=GOOD_LAUNCHES, parts=list(Part),
                           tool=this_lms().tools.current(), as_ever=AS_EVER,
                           last=this_lms().lab.last_answer(sesskey()))


@views.post("/launch")
def launch() -> ResponseReturnValue:
    """Begin a login at the tool; its answer will be the launch `case`, as `part`."""
    lms, person = this_lms(), signed_in()
    case, part = request.form.get("case", ""), request.form.get("part", "")
    if person is None or case not in (AS_EVER, *CASES) or part not in ("", *Part):
        abort(400, "The laboratory has no such launch. Choose one of its list.")
    if case in CASES and CASES[case].needs_earlier and lms.lab.last_answer(sesskey()) is None:
        abort(409, "There is no earlier launch to repeat: send a good one first.")
    place = _place()
    return begin(lms, Launch(
        person_id=person.id, sesskey=sesskey(), course_id=place.course.id,
        client_id=require_tool_of(lms, place).client_id, cmid=place.activity.cmid,
        case=None if case == AS_EVER else case, part=Part(part) if part else None,
    ))


@views.post("/replay")
def replay() -> ResponseReturnValue:
    """Post the last good answer to the tool a second time, with the same state."""
    last = this_lms().lab.last_answer(sesskey())
    if last is None:
        abort(409, "There is no earlier launch to repeat: send a good one first.")
    return post_on(last.redirect_uri, {"id_token": last.id_token, "state": last.state})


def _place() -> Place:
    """Where the first activity stands that launches the tool of the site."""
    found = next((place for place in this_lms().campus.places()
                  if place.activity.kind is Kind.LTI and place.activity.link is None), None)
    if found is None:
        abort(404, "No course has an activity that launches a tool.")
    return found
