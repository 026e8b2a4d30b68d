"""Deep linking: a teacher chooses in the tool what becomes an activity of the course."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.course import Activity, Course
from examples.mini_lms.deep_linking import Content, Item, read_content
from examples.mini_lms.errors import ContentRefused, KeysUnreachable, SignatureRefused
from examples.mini_lms.gradebook import LineItem
from examples.mini_lms.launches import Launch, Message
from examples.mini_lms.lms import Lms, sesskey, signed_in, this_lms
from examples.mini_lms.page_views import choose_path, find_course, require_teacher
from examples.mini_lms.sending import begin, find_tool
from examples.mini_lms.settings import Tool
from examples.mini_lms.tools import State

views = Blueprint("deep_linking", __name__)


@views.get("/mod/lti/add.php")
def add() -> ResponseReturnValue:
    """The page that shows the tool's choices in a frame; `tool` is a client id."""
    if signed_in() is None:
        return redirect(choose_path(request.full_path))
    require_teacher()
    tools = [each.tool for each in this_lms().tools.list() if each.state is State.ACTIVE]
    return render_template("add.html", course=find_course("course"), tools=tools,
                           tool=_chosen_tool(this_lms()))


@views.get("/mod/lti/select.php")
def select() -> ResponseReturnValue:
    """Begin deep linking; whether somebody may is seen when the tool answers, as in Moodle."""
    person = signed_in()
    if person is None:
        return redirect(choose_path(request.full_path))
    lms = this_lms()
    tool = _chosen_tool(lms)
    if tool is None:
        abort(404, "No tool is registered with this LMS.")
    return begin(lms, Launch(
        person_id=person.id, sesskey=sesskey(), client_id=tool.client_id,
        course_id=find_course("course").id, message=Message.DEEP_LINKING,
    ))


@views.post("/lti/deep-link-return")
def take() -> ResponseReturnValue:
    """The tool's response: each LTI link in it becomes an activity.

    It comes from another site and so without our session; the token in the address, which
    only the tool was told, says which selection it ends.
    """
    lms = this_lms()
    token = request.args.get("token", "")
    selection = lms.selections.find(token)
    if selection is None:
        raise ContentRefused("This selection is unknown, over or already made.")
    tool = find_tool(lms, selection.client_id)
    course = lms.campus.find_course(selection.course_id)
    if course is None or request.args.get("course") != str(course.id):
        raise ContentRefused("This selection is for another course.")
    content, nonce = _read(lms, tool, request.form.get("JWT", ""))
    if not lms.selections.finish(token, tool.client_id, nonce):
        raise ContentRefused("This response was taken before: its nonce is used.")
    added = [_add(lms, tool, course, item) for item in content.items]
    return render_template("added.html", course=course, added=added, content=content)


@views.errorhandler(ContentRefused)
def show_refusal(error: ContentRefused) -> ResponseReturnValue:
    """A response that cannot be taken, in words for the one who made the tool."""
    message = f"The tool's answer cannot be taken: {error}"
    return render_template("error.html", status=400, message=message), 400


def _chosen_tool(lms: Lms) -> Tool | None:
    client_id = request.args.get("tool")
    return find_tool(lms, client_id) if client_id else lms.tools.current()


def _read(lms: Lms, tool: Tool, token: str) -> tuple[Content, str]:
    url = lms.settings.public_url
    try:
        claims = lms.tool_keys.verify(token, url=tool.jwks_url, issuer=tool.client_id,
                                      audiences=(url,))
    except (KeysUnreachable, SignatureRefused) as error:
        raise ContentRefused(str(error)) from error
    content = read_content(claims, tool, lms.settings.deep_linking_data)
    return content, str(claims["nonce"])


def _add(lms: Lms, tool: Tool, course: Course, item: Item) -> Activity:
    activity = lms.campus.add(course.id, lambda cmid: item.activity(cmid, tool, lms.now()))
    wanted = item.line_item
    if wanted:
        lms.gradebook.add(LineItem(
            number=0, course_id=course.id, client_id=tool.client_id,
            label=wanted.label or activity.name, maximum=wanted.maximum,
            resource_id=wanted.resource_id, tag=wanted.tag,
            resource_link_id=str(activity.instance),
        ))
    return activity
