"""The grade book, for teachers, and the review of one person's work in the tool."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.course import Course, Kind, Place
from examples.mini_lms.gradebook import LineItem
from examples.mini_lms.launches import Launch, Message
from examples.mini_lms.lms import sesskey, signed_in, this_lms
from examples.mini_lms.page_views import choose_path, find_course, require_teacher
from examples.mini_lms.people import PEOPLE, Person, Role
from examples.mini_lms.sending import begin, find_tool

views = Blueprint("grades", __name__, url_prefix="/grade")


@dataclass(frozen=True, slots=True)
class Review:
    """One person's work in one line item, and the activity it belongs to."""

    place: Place
    item: LineItem
    person: Person


@views.before_request
def ask_for_a_teacher() -> ResponseReturnValue | None:
    """Grades are for the teachers of a course."""
    if signed_in() is None:
        return redirect(choose_path(request.full_path.removesuffix("?")))
    require_teacher()
    return None


@views.get("/report")
def report() -> ResponseReturnValue:
    """What everybody reached in each line item of a course."""
    course = find_course("course")
    learners = [person for person in PEOPLE if person.role is Role.LEARNER]
    return render_template("grades.html", course=course, learners=learners,
                           items=this_lms().gradebook.of_course(course.id))


@views.get("/review")
def review() -> ResponseReturnValue:
    """The page that shows somebody's work in the tool, in a frame."""
    course = find_course("course")
    found = _find_review(course)
    return render_template("review.html", course=course, review=found,
                           tool=find_tool(this_lms(), found.item.client_id))


@views.get("/review/launch")
def launch() -> ResponseReturnValue:
    """Begin the launch of a submission review (LTI Submission Review 1.0)."""
    course = find_course("course")
    found, person = _find_review(course), signed_in()
    if person is None:
        abort(403)
    return begin(this_lms(), Launch(
        person_id=person.id, sesskey=sesskey(), client_id=found.item.client_id,
        course_id=course.id, cmid=found.place.activity.cmid, message=Message.REVIEW,
        for_user=found.person.id, line_item=found.item.number,
    ))


def _find_review(course: Course) -> Review:
    lms = this_lms()
    item = lms.gradebook.find(request.args.get("item", 0, type=int))
    person = next((each for each in PEOPLE
                   if each.id == request.args.get("user", 0, type=int)), None)
    place = next((each for each in lms.campus.places() if item and each.course.id == course.id
                  and each.activity.kind is Kind.LTI
                  and str(each.activity.instance) == item.resource_link_id), None)
    if item is None or person is None or place is None:
        abort(404, "There is no such work: its activity or line item may have been removed.")
    return Review(place, item, person)
