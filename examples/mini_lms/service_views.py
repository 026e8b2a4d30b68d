"""The services for tools: the token endpoint, and names and roles."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.access_tokens import LIFETIME
from examples.mini_lms.course import Course
from examples.mini_lms.errors import KeysUnreachable, ServiceDenied, SignatureRefused
from examples.mini_lms.lms import Lms, this_lms
from examples.mini_lms.people import PEOPLE, Person
from examples.mini_lms.service_claims import members_url
from examples.mini_lms.settings import MEMBERS_SCOPE, Tool
from examples.mini_lms.tool_keys import read_unverified_subject

views = Blueprint("services", __name__)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ROLES = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


@views.post("/lti/token")
def give_token() -> ResponseReturnValue:
    """An access token for a signed assertion (LTI 1.3 Security 1.0, section 4.1).

    The answer is JSON that calls itself HTML, and an HTML page with status 404 when the
    tool's keys cannot be fetched, as Moodle's are.
    """
    lms = this_lms()
    form = request.form
    if form.get("grant_type") != "client_credentials":
        return _token_answer(400, {"error": "unsupported_grant_type"})
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return _token_answer(400, {"error": "invalid_request"})
    try:
        tool = _client_of(lms, form.get("client_assertion", ""))
    except KeysUnreachable as error:
        abort(404, f"The keys of the tool cannot be read: {error}")
    except SignatureRefused as error:
        return _token_answer(400, {"error": "invalid_client", "error_description": str(error)})
    granted = [scope for scope in form.get("scope", "").split() if scope in tool.scopes]
    if not granted:
        return _token_answer(400, {"error": "invalid_scope"})
    return _token_answer(200, {
        "access_token": lms.access_tokens.give(tool.client_id, frozenset(granted)),
        "token_type": "Bearer",
        "expires_in": int(LIFETIME.total_seconds()),
        "scope": " ".join(granted),
    })


@views.get("/lti/nrps/<int:course_id>")
def list_members(course_id: int) -> ResponseReturnValue:
    """The people of a course (NRPS 2.0): `limit` and `from` page, `role` chooses."""
    lms = this_lms()
    tool = require_scope(lms, MEMBERS_SCOPE)
    course = require_course(lms, course_id)
    require_accept(MEMBERS_TYPE)
    role = request.args.get("role", "").removeprefix(ROLES)
    people = [each for each in PEOPLE if role in ("", str(each.role))]
    first = max(0, request.args.get("from", 0, type=int))
    limit = max(0, request.args.get("limit", 0, type=int)) or len(PEOPLE)
    answer = jsonify({
        "id": members_url(lms.settings.public_url, course_id),
        "context": {"id": str(course.id), "label": course.shortname, "title": course.fullname},
        "members": [_member(tool, each) for each in people[first:first + limit]],
    })
    answer.content_type = f"{MEMBERS_TYPE}; charset=utf-8"
    if first + limit < len(people):
        chosen = f"&role={role}" if role else ""
        following = f"?limit={limit}&from={first + limit}{chosen}"
        url = members_url(lms.settings.public_url, course_id) + following
        answer.headers["Link"] = f'<{url}>; rel="next"'
    return answer


@views.app_errorhandler(ServiceDenied)
def answer_refusal(error: ServiceDenied) -> ResponseReturnValue:
    """An error as Moodle's services send it."""
    answer = jsonify({"status": error.status, "reason": str(error), "request": {
        "method": request.method, "url": request.full_path.removesuffix("?"),
        "contentType": request.content_type, "accept": request.headers.get("Accept", "")}})
    return answer, error.status


def require_scope(lms: Lms, *scopes: str) -> Tool:
    """The tool whose token has one of these scopes; raises `ServiceDenied` (401, 403)."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = lms.access_tokens.find(token) if kind.lower() == "bearer" else None
    tool = lms.tools.find_active(grant.client_id) if grant else None
    if grant is None or tool is None:
        raise ServiceDenied(401, "Unauthorized")
    if not grant.scopes & set(scopes):
        raise ServiceDenied(403, "The token has none of the scopes that this needs.")
    return tool


def require_course(lms: Lms, course_id: int) -> Course:
    """The course; raises `ServiceDenied` (404)."""
    course = lms.campus.find_course(course_id)
    if course is None:
        raise ServiceDenied(404, "There is no such course.")
    return course


def require_accept(media_type: str) -> None:
    """Raise `ServiceDenied` (406) when the caller does not accept exactly this type."""
    accepted = [part.partition(";")[0].strip()
                for part in request.headers.get("Accept", "*/*").split(",")]
    if media_type not in accepted and "*/*" not in accepted:
        raise ServiceDenied(406, f"This is answered as {media_type} only.")


def _client_of(lms: Lms, assertion: str) -> Tool:
    """The tool that signed an assertion; raises `SignatureRefused` and `KeysUnreachable`."""
    tool = lms.tools.find_active(read_unverified_subject(assertion))
    if tool is None:
        raise SignatureRefused("sub is no client id of an active tool")
    url = lms.settings.public_url
    claims = lms.tool_keys.verify(assertion, url=tool.jwks_url, issuer=tool.client_id,
                                  audiences=(f"{url}/lti/token", url))
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise SignatureRefused("jti is missing")
    if not lms.access_tokens.use_assertion(tool.client_id, jti):
        raise SignatureRefused("this jti was used before")
    return tool


def _token_answer(status: int, answer: dict[str, object]) -> Response:
    response = Response(json.dumps(answer), status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _member(tool: Tool, person: Person) -> dict[str, object]:
    member: dict[str, object] = {"status": "Active", "roles": [str(person.role)],
                                 "user_id": str(person.id),
                                 "lis_person_sourcedid": person.idnumber}
    if tool.shares_name:
        member |= {"name": person.name, "given_name": person.given_name,
                   "family_name": person.family_name}
    if tool.shares_email:
        member["email"] = person.email
    return member | {"ext_user_username": person.username}

