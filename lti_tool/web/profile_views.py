"""The xAPI Profile of our statements, at the path of its identifier, for any program."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from xapi.profile import PROFILE_PATH, PROFILE_TYPE, is_profile_path, profile

views = Blueprint("profile", __name__)

PROFILE_SECONDS = 24 * 3600
"""How long anybody may keep the profile: it changes with the tool."""


@views.get(PROFILE_PATH, endpoint="profile", defaults={"rest": ""})
@views.get(f"{PROFILE_PATH}/<path:rest>", endpoint="profile")
def show_profile(rest: str) -> Response:
    """The profile, for its own identifier and for everything that it defines; else 404.

    Public and the same for all, so that programs on any origin may read it.
    """
    if not is_profile_path(f"{PROFILE_PATH}/{rest}" if rest else PROFILE_PATH):
        abort(404)
    response = Response(profile(), content_type=PROFILE_TYPE)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request)
    return response
