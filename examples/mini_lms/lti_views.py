"""LTI 1.3 from the platform's side: the activity, the login initiation, the id_token."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from examples.mini_lms.authorization import (
    NAMES,
    AuthorizationRequest,
    Fields,
    find_redirect,
    read_request,
)
from examples.mini_lms.claims import CONTAINERS, Occasion, resource_link_claims
from examples.mini_lms.course import Kind, Place
from examples.mini_lms.errors import AuthorizationRefused
from examples.mini_lms.launches import Launch
from examples.mini_lms.lms import Lms, sesskey, signed_in, this_lms
from examples.mini_lms.page_views import choose_path, find_place
from examples.mini_lms.people import Person
from examples.mini_lms.settings import Tool

views = Blueprint("lti", __name__)


@views.get("/mod/lti/view.php")
def activity() -> ResponseReturnValue:
    """The activity's page: the tool in a frame, and a link that opens it in a new window."""
    if signed_in() is None:
        return redirect(choose_path(request.full_path))
    place = find_place(Kind.LTI)
    return render_template("lti.html", course=place.course, section=place.section,
                           activity=place.activity, tool=this_lms().settings.tool)


@views.get("/mod/lti/launch.php")
def launch() -> ResponseReturnValue:
    """Begin a launch: a form that posts the login initiation to the tool (LTI 1.3, 5.1.1.1)."""
    person = signed_in()
    if person is None:
        return redirect(choose_path(request.full_path))
    place = find_place(Kind.LTI)
    document_target = request.args.get("target", "iframe")
    if document_target not in CONTAINERS:
        abort(400, f"target must be one of {', '.join(CONTAINERS)}.")
    lms = this_lms()
    tool = _tool(lms)
    hint = lms.launches.begin(person_id=person.id, sesskey=sesskey(),
                              cmid=place.activity.cmid, document_target=document_target)
    return _post_on(tool.login_url, {
        "iss": lms.settings.public_url,
        "target_link_uri": tool.target_link_uri,
        "login_hint": str(person.id),
        "lti_message_hint": hint,
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    })


@views.get("/mod/lti/return.php")
def come_back() -> ResponseReturnValue:
    """Where a tool sends people back to: the course, or my courses."""
    course = this_lms().campus.find_course(request.args.get("course", -1, type=int))
    return redirect(course.path if course else "/my/")


@views.get("/lti/jwks.json")
def key_set() -> ResponseReturnValue:
    """The platform's public keys."""
    return jsonify(this_lms().key.key_set())


@views.route("/lti/authorize", methods=["GET", "POST"])
def authorize() -> ResponseReturnValue:
    """The OIDC authorization endpoint; answers to the tool by form_post."""
    lms = this_lms()
    fields = request.values.to_dict(flat=False)
    if signed_in() is None and "repost" not in fields:
        return _ask_again(fields, lms.settings.tool)
    try:
        asked = read_request(fields, lms.settings.tool)
        person, begun = _recognise(lms, asked)
    except AuthorizationRefused as refused:
        return _post_on(refused.redirect_uri, {"error": refused.error,
                        "error_description": str(refused), "state": refused.state})
    token = _sign(lms, person, begun, asked)
    return _post_on(asked.redirect_uri, {"id_token": token, "state": asked.state})


def _ask_again(fields: Fields, tool: Tool | None) -> Response:
    """Repeat the request from a page of ours.

    A tool that asks by a form or a script makes the request cross-site, and browsers then
    keep a SameSite=Lax session back; repeated from our own page, it comes with it.
    """
    find_redirect(fields, tool)
    return _post_on("/lti/authorize",
                    [(name, value) for name in NAMES for value in fields.get(name, ())]
                    + [("repost", "1")])


def _recognise(lms: Lms, asked: AuthorizationRequest) -> tuple[Person, Launch]:
    """Who asks, and for which launch; raises `AuthorizationRefused`."""
    person = signed_in()
    if person is None:
        raise asked.refuse("login_required", "Nobody is signed in here, and prompt is none.")
    if asked.login_hint != str(person.id):
        raise asked.refuse("access_denied", "login_hint is not the person who is signed in.")
    begun = lms.launches.take(asked.message_hint, person_id=person.id, sesskey=sesskey())
    if begun is None:
        raise asked.refuse(
            "invalid_request",
            "lti_message_hint is unknown, expired, already used or of another session.",
        )
    return person, begun


def _sign(lms: Lms, person: Person, begun: Launch, asked: AuthorizationRequest) -> str:
    occasion = Occasion(
        person=person, place=_place(lms, begun), nonce=asked.nonce,
        document_target=begun.document_target, sesskey=begun.sesskey, now=lms.now(),
    )
    return lms.key.sign(resource_link_claims(lms.settings, _tool(lms), occasion))


def _place(lms: Lms, begun: Launch) -> Place:
    place = lms.campus.find_place(begun.cmid)
    if place is None:
        abort(404, "The activity of this launch is gone. Open the course again.")
    return place


def _tool(lms: Lms) -> Tool:
    if lms.settings.tool is None:
        abort(404, "No tool is registered with this LMS.")
    return lms.settings.tool


def _post_on(action: str, fields: dict[str, str] | list[tuple[str, str]]) -> Response:
    """A page that posts `fields` to `action`: by itself, or by its button without JavaScript."""
    pairs = list(fields.items()) if isinstance(fields, dict) else fields
    response = make_response(render_template("post.html", action=action, fields=pairs))
    response.headers["Cache-Control"] = "no-store"
    return response
