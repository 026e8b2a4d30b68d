"""LTI 1.3 from the platform's side: the activity, the login initiation, the id_token."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.authorization import (
    NAMES,
    AuthorizationRequest,
    Fields,
    find_redirect,
    read_request,
)
from examples.mini_lms.claims import CONTAINERS, Occasion, launch_claims
from examples.mini_lms.course import Activity, Course, Kind
from examples.mini_lms.deep_linking import Selection
from examples.mini_lms.errors import AuthorizationRefused
from examples.mini_lms.lab import CASES, Answer
from examples.mini_lms.launches import Launch, Message
from examples.mini_lms.lms import Lms, sesskey, signed_in, this_lms
from examples.mini_lms.making import NeedsEarlierToken
from examples.mini_lms.page_views import choose_path, find_place
from examples.mini_lms.people import Person
from examples.mini_lms.sending import begin, post_on, require_tool_of, tool_of

views = Blueprint("lti", __name__)


@views.get("/mod/lti/view.php")
def activity() -> ResponseReturnValue:
    """The activity's page: the tool in a frame, and a link that opens it in a new window."""
    if signed_in() is None:
        return redirect(choose_path(request.full_path))
    place = find_place(Kind.LTI)
    return render_template("lti.html", course=place.course, section=place.section,
                           activity=place.activity, tool=tool_of(this_lms(), place.activity))


@views.get("/mod/lti/launch.php")
def launch() -> ResponseReturnValue:
    """Begin a launch of an activity."""
    person = signed_in()
    if person is None:
        return redirect(choose_path(request.full_path))
    place = find_place(Kind.LTI)
    document_target = request.args.get("target", "iframe")
    if document_target not in CONTAINERS:
        abort(400, f"target must be one of {', '.join(CONTAINERS)}.")
    lms = this_lms()
    tool = require_tool_of(lms, place)
    return begin(lms, Launch(
        person_id=person.id, sesskey=sesskey(), client_id=tool.client_id,
        course_id=place.course.id, cmid=place.activity.cmid, document_target=document_target,
    ))


@views.get("/mod/lti/return.php")
def come_back() -> ResponseReturnValue:
    """Where a tool sends people back to: the course, or my courses."""
    course = this_lms().campus.find_course(request.args.get("course", -1, type=int))
    return redirect(course.path if course else "/my/")


@views.get("/lti/jwks.json")
def key_set() -> ResponseReturnValue:
    """The platform's public keys."""
    return jsonify({"keys": this_lms().lab.public_keys()})


@views.get("/lti/storage")
def storage() -> ResponseReturnValue:
    """The frame that keeps tools' data while the page around it is open."""
    lms = this_lms()
    if not lms.settings.storage:
        abort(404, "This LMS keeps no data for tools.")
    return render_template("storage.html", tools=lms.tools.list())


@views.route("/lti/authorize", methods=["GET", "POST"])
def authorize() -> ResponseReturnValue:
    """The OIDC authorization endpoint; answers to the tool by form_post."""
    lms = this_lms()
    fields = request.values.to_dict(flat=False)
    if signed_in() is None and "repost" not in fields:
        return _ask_again(lms, fields)
    try:
        asked = read_request(fields, lms.tools.find_active)
        person, begun = _recognise(lms, asked)
    except AuthorizationRefused as refused:
        return post_on(refused.redirect_uri, {"error": refused.error,
                       "error_description": str(refused), "state": refused.state})
    if begun.message is not Message.RESOURCE_LINK and not person.teaches:
        abort(403, "You may not do this in this course.")
    answer = _answer(lms, person, begun, asked)
    return post_on(answer.redirect_uri, {"id_token": answer.id_token, "state": answer.state})


def _ask_again(lms: Lms, fields: Fields) -> Response:
    """Repeat the request from a page of ours.

    A tool that asks by a form or a script makes the request cross-site, and browsers then
    keep a SameSite=Lax session back; repeated from our own page, it comes with it.
    """
    find_redirect(fields, lms.tools.find_active)
    return post_on("/lti/authorize",
                   [(name, value) for name in NAMES for value in fields.get(name, ())]
                   + [("repost", "1")])


def _recognise(lms: Lms, asked: AuthorizationRequest) -> tuple[Person, Launch]:
    """Who asks, and for which launch; raises `AuthorizationRefused`."""
    person = signed_in()
    if person is None:
        raise asked.refuse("login_required", "Nobody is signed in here, and prompt is none.")
    if asked.login_hint != str(person.id):
        raise asked.refuse("access_denied", "login_hint is not the person who is signed in.")
    begun = lms.launches.take(asked.message_hint, person_id=person.id, sesskey=sesskey(),
                              client_id=asked.tool.client_id)
    if begun is None:
        raise asked.refuse(
            "invalid_request",
            "lti_message_hint is unknown, expired, already used or of another session.",
        )
    return person, begun


def _answer(lms: Lms, person: Person, begun: Launch, asked: AuthorizationRequest) -> Answer:
    """What is posted to the tool; the laboratory's cases change the token."""
    claims = launch_claims(lms.settings, _occasion(lms, person, begun, asked))
    if begun.case is None:
        token = lms.key.sign(claims)
    else:
        try:
            token = lms.lab.make(begun.case, claims, sesskey=sesskey(), now=lms.now())
        except NeedsEarlierToken:
            abort(409, "There is no earlier launch to repeat: send a good one first.")
    answer = Answer(asked.redirect_uri, token, asked.state)
    if begun.case is None or CASES[begun.case].accepts:
        lms.lab.note(sesskey(), answer)
    return answer


def _occasion(
    lms: Lms, person: Person, begun: Launch, asked: AuthorizationRequest
) -> Occasion:
    course, activity = _place(lms, begun)
    tool = asked.tool
    line_items: tuple[int, ...] = ()
    if begun.line_item is not None:
        line_items = (begun.line_item,)
    elif activity:
        line_items = lms.gradebook.of_link(tool.client_id, str(activity.instance))
    return Occasion(
        tool=tool, person=person, course=course, activity=activity, launch=begun,
        nonce=asked.nonce, now=lms.now(), line_items=line_items,
        return_url=_return_url(lms, begun) if begun.message is Message.DEEP_LINKING else "",
    )


def _return_url(lms: Lms, begun: Launch) -> str:
    token = lms.selections.begin(Selection(course_id=begun.course_id, client_id=begun.client_id))
    query = urlencode({"course": begun.course_id, "token": token})
    return f"{lms.settings.public_url}/lti/deep-link-return?{query}"


def _place(lms: Lms, begun: Launch) -> tuple[Course, Activity | None]:
    course = lms.campus.find_course(begun.course_id)
    place = lms.campus.find_place(begun.cmid) if begun.cmid is not None else None
    if course is None or (begun.cmid is not None and place is None):
        abort(404, "The activity of this launch is gone. Open the course again.")
    return course, place.activity if place else None
