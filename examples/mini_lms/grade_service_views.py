"""Assignment and grade services (AGS 2.0): line items, scores and results of a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from examples.mini_lms.errors import ServiceDenied
from examples.mini_lms.gradebook import LineItem, Score
from examples.mini_lms.lms import Lms, this_lms
from examples.mini_lms.people import PEOPLE
from examples.mini_lms.service_claims import line_item_url, line_items_url
from examples.mini_lms.service_views import require_accept, require_course, require_scope
from examples.mini_lms.settings import (
    LINE_ITEM_READING_SCOPE,
    LINE_ITEM_SCOPE,
    RESULT_SCOPE,
    SCORE_SCOPE,
    Tool,
)

views = Blueprint("grade_services", __name__, url_prefix="/lti/ags/<int:course_id>/lineitems")

ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"

ACTIVITY = frozenset({"Initialized", "Started", "InProgress", "Submitted", "Completed"})
GRADING = frozenset({"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"})


@views.get("")
def list_items(course_id: int) -> ResponseReturnValue:
    """The line items of the tool; `resource_link_id`, `resource_id` and `tag` choose."""
    lms = this_lms()
    tool = require_scope(lms, LINE_ITEM_SCOPE, LINE_ITEM_READING_SCOPE)
    require_course(lms, course_id)
    require_accept(ITEMS_TYPE)
    found = [item for item in lms.gradebook.of_course(course_id)
             if item.client_id == tool.client_id and _is_wanted(item)]
    first = max(0, request.args.get("from", 0, type=int))
    limit = max(0, request.args.get("limit", 0, type=int)) or len(found) or 1
    answer = _json([_described(lms, tool, item) for item in found[first:first + limit]],
                   ITEMS_TYPE)
    if first + limit < len(found):
        url = line_items_url(lms.settings.public_url, tool, course_id)
        answer.headers["Link"] = f'<{url}&limit={limit}&from={first + limit}>; rel="next"'
    return answer


@views.post("")
def add_item(course_id: int) -> ResponseReturnValue:
    """A new line item."""
    lms = this_lms()
    tool = require_scope(lms, LINE_ITEM_SCOPE)
    require_course(lms, course_id)
    item = lms.gradebook.add(_read_item(LineItem(
        number=0, course_id=course_id, client_id=tool.client_id, label="", maximum=0)))
    return _json(_described(lms, tool, item), ITEM_TYPE, 201)


@views.get("/<int:number>/lineitem")
def show_item(course_id: int, number: int) -> ResponseReturnValue:
    """One line item."""
    lms = this_lms()
    tool = require_scope(lms, LINE_ITEM_SCOPE, LINE_ITEM_READING_SCOPE)
    require_accept(ITEM_TYPE)
    return _json(_described(lms, tool, _find(lms, tool, course_id, number)), ITEM_TYPE)


@views.put("/<int:number>/lineitem")
def change_item(course_id: int, number: int) -> ResponseReturnValue:
    """Change a line item."""
    lms = this_lms()
    tool = require_scope(lms, LINE_ITEM_SCOPE)
    lms.gradebook.change(_read_item(_find(lms, tool, course_id, number)))
    return _json(_described(lms, tool, _find(lms, tool, course_id, number)), ITEM_TYPE)


@views.delete("/<int:number>/lineitem")
def remove_item(course_id: int, number: int) -> ResponseReturnValue:
    """Remove a line item with its scores."""
    lms = this_lms()
    tool = require_scope(lms, LINE_ITEM_SCOPE)
    lms.gradebook.remove(_find(lms, tool, course_id, number).number)
    return Response(status=204)


@views.post("/<int:number>/lineitem/scores")
def put_score(course_id: int, number: int) -> ResponseReturnValue:
    """What a tool says of one person's work; answered with 200 and nothing, as by Moodle."""
    lms = this_lms()
    tool = require_scope(lms, SCORE_SCOPE)
    item = _find(lms, tool, course_id, number)
    body = _read_body(SCORE_TYPE)
    person = next((each for each in PEOPLE if str(each.id) == body.get("userId")), None)
    if person is None:
        raise ServiceDenied(404, "userId is nobody in this course.")
    if not lms.gradebook.put_score(item.number, person.id, _read_score(body)):
        raise ServiceDenied(409, "A later score of this person is known.")
    return Response(status=200, content_type=f"{SCORE_TYPE}; charset=utf-8")


@views.get("/<int:number>/lineitem/results")
def list_results(course_id: int, number: int) -> ResponseReturnValue:
    """The results there are; `user_id` chooses one."""
    lms = this_lms()
    tool = require_scope(lms, RESULT_SCOPE)
    require_accept(RESULTS_TYPE)
    item = _find(lms, tool, course_id, number)
    url = line_item_url(lms.settings.public_url, tool, course_id, number)
    results = url.replace("/lineitem?", "/lineitem/results?")
    wanted = request.args.get("user_id")
    return _json([
        {"id": f"{results}&user_id={person}", "userId": str(person), "scoreOf": url,
         "resultScore": item.result_of(person), "resultMaximum": item.maximum,
         "comment": score.comment, "timestamp": score.at.isoformat()}
        for person, score in item.scores.items()
        if item.result_of(person) is not None and wanted in (None, str(person))
    ], RESULTS_TYPE)


def _find(lms: Lms, tool: Tool, course_id: int, number: int) -> LineItem:
    item = lms.gradebook.find(number)
    if item is None or (item.course_id, item.client_id) != (course_id, tool.client_id):
        raise ServiceDenied(404, "There is no such line item.")
    return item


def _is_wanted(item: LineItem) -> bool:
    asked = request.args
    return (asked.get("resource_link_id", item.resource_link_id) == item.resource_link_id
            and asked.get("resource_id", item.resource_id) == item.resource_id
            and asked.get("tag", item.tag) == item.tag)


def _described(lms: Lms, tool: Tool, item: LineItem) -> dict[str, object]:
    described: dict[str, object] = {
        "id": line_item_url(lms.settings.public_url, tool, item.course_id, item.number),
        "label": item.label, "scoreMaximum": item.maximum, "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.resource_link_id:
        described |= {"resourceLinkId": item.resource_link_id, "ltiLinkId": item.resource_link_id}
    return described


def _read_body(media_type: str) -> Mapping[str, object]:
    if (request.mimetype or "") != media_type:
        raise ServiceDenied(415, f"This must be sent as {media_type}.")
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ServiceDenied(400, "The body is not a JSON object.")
    return body


def _read_item(before: LineItem) -> LineItem:
    body = _read_body(ITEM_TYPE)
    maximum = _number(body, "scoreMaximum")
    if not _text(body, "label") or maximum is None or maximum <= 0:
        raise ServiceDenied(400, "label, and a scoreMaximum over 0, are required.")
    return replace(before, label=_text(body, "label"), maximum=maximum,
                   resource_id=_text(body, "resourceId"), tag=_text(body, "tag"),
                   resource_link_id=_text(body, "resourceLinkId") or before.resource_link_id)


def _read_score(body: Mapping[str, object]) -> Score:
    given, maximum = _number(body, "scoreGiven"), _number(body, "scoreMaximum")
    activity, grading = _text(body, "activityProgress"), _text(body, "gradingProgress")
    if activity not in ACTIVITY or grading not in GRADING:
        raise ServiceDenied(400, "activityProgress and gradingProgress must be known words.")
    if given is not None and (given < 0 or maximum is None or maximum <= 0):
        raise ServiceDenied(400, "scoreGiven must be 0 or more, and needs a scoreMaximum over 0.")
    return Score(given=given, maximum=maximum, activity_progress=activity,
                 grading_progress=grading, comment=_text(body, "comment"), at=_moment(body))


def _moment(body: Mapping[str, object]) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(body, "timestamp"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ServiceDenied(400, "timestamp must be ISO 8601 with a time zone.")
    return moment


def _number(body: Mapping[str, object], name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ServiceDenied(400, f"{name} must be a number.")
    return float(value)


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise ServiceDenied(400, f"{name} must be a text.")
    return value


def _json(answer: object, media_type: str, status: int = 200) -> Response:
    response = jsonify(answer)
    response.status_code = status
    response.content_type = f"{media_type}; charset=utf-8"
    return response
