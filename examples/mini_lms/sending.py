"""Sending a message to a tool: the login initiation, and forms that post themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, abort, make_response, render_template

from examples.mini_lms.claims import find_target
from examples.mini_lms.course import Activity, Place
from examples.mini_lms.launches import Launch
from examples.mini_lms.lms import Lms
from examples.mini_lms.settings import Tool

STORAGE_FRAME = "lti_storage"
"""The name of the frame that keeps tools' data (LTI postMessage storage, section 2)."""


def begin(lms: Lms, launch: Launch) -> Response:
    """A form that posts the login initiation to the tool (LTI 1.3 Security 1.0, 5.1.1.1)."""
    tool = find_tool(lms, launch.client_id)
    place = lms.campus.find_place(launch.cmid) if launch.cmid is not None else None
    fields = {
        "iss": lms.settings.public_url,
        "target_link_uri": find_target(tool, place.activity if place else None, launch.message),
        "login_hint": str(launch.person_id),
        "lti_message_hint": lms.launches.begin(launch),
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    if lms.settings.storage:
        fields["lti_storage_target"] = STORAGE_FRAME
    return post_on(tool.login_url, fields)


def find_tool(lms: Lms, client_id: str) -> Tool:
    """The active tool with this client id; a 404 page when there is none."""
    tool = lms.tools.find_active(client_id)
    if tool is None:
        abort(404, "No active tool with this client id is registered with this LMS.")
    return tool


def tool_of(lms: Lms, activity: Activity) -> Tool | None:
    """The tool that an activity launches; None when there is none that is active."""
    if activity.link:
        return lms.tools.find_active(activity.link.client_id)
    return lms.tools.current()


def require_tool_of(lms: Lms, place: Place) -> Tool:
    """The tool that an activity launches; a 404 page when there is none."""
    tool = tool_of(lms, place.activity)
    if tool is None:
        abort(404, "No tool is registered with this LMS.")
    return tool


def post_on(action: str, fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> Response:
    """A page that posts `fields` to `action`: by itself, or by its button without JavaScript."""
    pairs = list(fields.items()) if isinstance(fields, Mapping) else fields
    response = make_response(render_template("post.html", action=action, fields=pairs))
    response.headers["Cache-Control"] = "no-store"
    return response
