"""Line items, scores and results of a platform's gradebook: assignment and grade services 2.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from lti_tool.domain.grade import DueGrade
from lti_tool.domain.launch import Registration
from lti_tool.errors import ServiceRefused
from lti_tool.lti.claims import (
    LINE_ITEM_READING_SCOPE,
    LINE_ITEM_SCOPE,
    RESULT_READING_SCOPE,
    SCORE_SCOPE,
)
from lti_tool.lti.platforms import profile_of
from lti_tool.lti.services import refusals
from lti_tool.lti.services.connector import Connector, read_json
from lti_tool.lti.services.links import add_parameters, add_path
from lti_tool.lti.services.pages import read_pages

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"

_ITEMS = "The line item service"
_SCORES = "The score service"
_RESULTS = "The result service"
_NOTHING: Mapping[str, object] = MappingProxyType({})
_ALREADY_THERE = 409
"""The platform has a score of this time or a later one (AGS 2.0, 3.4.8; so does Moodle)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """A column of the gradebook; `url` is its id."""

    url: str
    label: str = ""
    score_maximum: float | None = None
    resource_link_id: str | None = None
    resource_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the gradebook shows for a person; None where there is no grade."""

    subject: str = field(repr=False)
    score: float | None
    maximum: float | None


def find_line_item(
    access: Connector, line_items_url: str, *, resource_link_id: str, scope: str = LINE_ITEM_SCOPE
) -> LineItem | None:
    """The line item of a placed link, or None; of several, the one that comes first.

    The platform is asked for those of the link alone (AGS 2.0, 3.2.7) and may send more.
    """
    url = add_parameters(line_items_url, {"resource_link_id": resource_link_id})
    for page in read_pages(access, _ITEMS, url, scope=scope, accept=LINE_ITEMS):
        if not isinstance(page, list):
            raise refusals.malformed(_ITEMS, url, "it is no list of line items")
        for told in page:
            item = _read_item(url, told)
            if item.resource_link_id == resource_link_id:
                return item
    return None


def make_line_item(
    access: Connector,
    line_items_url: str,
    *,
    label: str,
    score_maximum: float,
    resource_link_id: str,
    resource_id: str,
) -> LineItem:
    """A new line item of a placed link (AGS 2.0, 3.2.5)."""
    told = {
        "label": label,
        "scoreMaximum": score_maximum,
        "resourceLinkId": resource_link_id,
        "resourceId": resource_id,
    }
    answer = access.call(
        _ITEMS,
        "POST",
        line_items_url,
        scopes=[LINE_ITEM_SCOPE],
        accept=LINE_ITEM,
        body=json.dumps(told).encode(),
        content_type=LINE_ITEM,
    )
    return _read_item(line_items_url, read_json(_ITEMS, line_items_url, answer))


def find_or_make_line_item(
    access: Connector,
    line_items_url: str,
    *,
    label: str,
    score_maximum: float,
    resource_link_id: str,
    resource_id: str,
) -> LineItem:
    """The line item of a placed link, made when there is none.

    A platform that lets the tool only read line items (Moodle can be set so) is asked with
    that scope. Raises `ServiceRefused`, `service-not-granted` also when a line item would
    have to be made and may not.
    """
    try:
        found = find_line_item(access, line_items_url, resource_link_id=resource_link_id)
    except ServiceRefused as error:
        if error.code != "service-not-granted":
            raise
        found = find_line_item(
            access,
            line_items_url,
            resource_link_id=resource_link_id,
            scope=LINE_ITEM_READING_SCOPE,
        )
        if found is None:
            raise error from None
    return found or make_line_item(
        access,
        line_items_url,
        label=label,
        score_maximum=score_maximum,
        resource_link_id=resource_link_id,
        resource_id=resource_id,
    )


def post_score(
    access: Connector,
    line_item_url: str,
    *,
    subject: str,
    score: float,
    score_maximum: float,
    at: datetime,
    extension: Mapping[str, object] = _NOTHING,
) -> None:
    """Write a person's score: completed and fully graded (AGS 2.0, 3.4).

    `at` is an aware time; the platform keeps the newest, and one that it has already is no
    error. `extension` joins the message: what some platform wants besides.
    """
    told = {
        **extension,
        "userId": subject,
        "scoreGiven": score,
        "scoreMaximum": score_maximum,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": at.isoformat(timespec="milliseconds"),
    }
    access.call(
        _SCORES,
        "POST",
        add_path(line_item_url, "scores"),
        scopes=[SCORE_SCOPE],
        accept="*/*",
        body=json.dumps(told).encode(),
        content_type=SCORE,
        also=(_ALREADY_THERE,),
    )


def read_results(
    access: Connector, line_item_url: str, *, subject: str | None = None
) -> list[Result]:
    """What the gradebook shows, of everybody or of one person (AGS 2.0, 3.3)."""
    url = add_parameters(add_path(line_item_url, "results"), {"user_id": subject})
    found: list[Result] = []
    for page in read_pages(access, _RESULTS, url, scope=RESULT_READING_SCOPE, accept=RESULTS):
        if not isinstance(page, list):
            raise refusals.malformed(_RESULTS, url, "it is no list of results")
        found += [_read_result(url, told) for told in page]
    return found


def send_grade(
    access: Connector, due: DueGrade, *, extension: Mapping[str, object] = _NOTHING
) -> str:
    """Send a grade that waits; the address of its line item, found or made when not known.

    Raises `ServiceRefused`, `service-missing` when the launch named no place for grades.
    """
    url = due.line_item_url
    if url is None and due.line_items_url is not None:
        url = find_or_make_line_item(
            access,
            due.line_items_url,
            label=due.label,
            score_maximum=due.score_maximum,
            resource_link_id=due.resource_link_id,
            resource_id=str(due.placement_id),
        ).url
    if url is None or not due.subject:
        raise _missing()
    post_score(
        access,
        url,
        subject=due.subject,
        score=due.score,
        score_maximum=due.score_maximum,
        at=due.scored_at,
        extension=extension,
    )
    return url


def grade_sender(connect: Callable[[Registration], Connector]) -> Callable[[DueGrade], str]:
    """What sends a waiting grade to its own platform, with what that platform wants besides."""

    def send(due: DueGrade) -> str:
        profile = profile_of(due.registration.family, due.registration.issuer)
        return send_grade(connect(due.registration), due, extension=profile.score_extension)

    return send


def _read_item(url: str, told: object) -> LineItem:
    item_url = told.get("id") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(item_url, str) or not item_url:
        raise refusals.malformed(_ITEMS, url, "a line item has no id")
    return LineItem(
        url=item_url,
        label=_text(told.get("label")) or "",
        score_maximum=_number(told.get("scoreMaximum")),
        resource_link_id=_text(told.get("resourceLinkId")),
        resource_id=_text(told.get("resourceId")),
    )


def _read_result(url: str, told: object) -> Result:
    subject = _text(told.get("userId")) if isinstance(told, dict) else None
    if not isinstance(told, dict) or subject is None:
        raise refusals.malformed(_RESULTS, url, "a result has no userId")
    return Result(
        subject=subject,
        score=_number(told.get("resultScore")),
        maximum=_number(told.get("resultMaximum")),
    )


def _text(told: object) -> str | None:
    """A text; some platforms write ids as numbers."""
    if isinstance(told, int) and not isinstance(told, bool):
        return str(told)
    return told if isinstance(told, str) and told else None


def _number(told: object) -> float | None:
    return told if isinstance(told, int | float) and not isinstance(told, bool) else None


def _missing() -> ServiceRefused:
    return ServiceRefused(
        "The launch named no place for the grade.",
        mend="In the LMS, switch on assignment and grade services in the tool's settings, and "
        "open the placed link once more.",
        code="service-missing",
        is_final=True,
    )
