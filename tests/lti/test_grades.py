"""Line items, scores and results, at platforms that behave like Moodle and like Canvas."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from lti_tool.domain.grade import DueGrade
from lti_tool.errors import ServiceRefused
from lti_tool.lti.claims import (
    LINE_ITEM_READING_SCOPE,
    LINE_ITEM_SCOPE,
    RESULT_READING_SCOPE,
    SCORE_SCOPE,
)
from lti_tool.lti.services.grades import (
    LineItem,
    Result,
    find_line_item,
    find_or_make_line_item,
    grade_sender,
    post_score,
    read_results,
)
from tests.lti.access import NOW, Clock, connector, registration_at
from tests.servers.services import Asked, ServicesServer, Told, serve_services

ITEMS = "/mod/lti/services.php/8/lineitems"
ITEM = ITEMS + "/14/lineitem"
WANTED = {
    "label": "What do you need right now?",
    "score_maximum": 1.0,
    "resource_link_id": "2",
    "resource_id": "r-42",
}


@pytest.fixture
def platform() -> Iterator[ServicesServer]:
    """A platform that grants every scope of grades."""
    with serve_services() as serving:
        serving.grant(LINE_ITEM_SCOPE, LINE_ITEM_READING_SCOPE, SCORE_SCOPE, RESULT_READING_SCOPE)
        yield serving


@pytest.fixture
def moodle(platform: ServicesServer, shared: Path) -> ServicesServer:
    """A platform with the captured line items, score and results of a Moodle."""
    seen = json.loads((shared / "captures/moodle-4.5/lti/services.json").read_text("utf-8"))
    body = json.dumps([seen[name]["body"] for name in ("lineitems", "results")])
    items, results = json.loads(body.replace("http://127.0.0.1:8100", platform.origin))
    denied = Told(401, seen["lineitems_post_denied"]["body"])
    platform.on(ITEMS, lambda asked: Told(200, items) if asked.method == "GET" else denied)
    platform.on(ITEM + "/scores", Told(200, b""))
    platform.on(ITEM + "/results", Told(200, results))
    return platform


def score(
    platform: ServicesServer, url: str, at: datetime = NOW, **named: Mapping[str, object]
) -> dict[str, object]:
    """The message of a posted score."""
    given = {"subject": "13", "score": 0.5, "score_maximum": 1.0, "at": at}
    post_score(connector(platform), url, **given, **named)  # type: ignore[arg-type]
    told = platform.asked[-1].json
    assert isinstance(told, dict)
    return told


def test_line_item_of_a_captured_moodle_is_found(moodle: ServicesServer) -> None:
    url = moodle.origin + ITEMS + "?type_id=1"
    found = find_line_item(connector(moodle), url, resource_link_id="2")
    assert found == LineItem(
        url=moodle.origin + ITEM + "?type_id=1",
        label="What do you need right now?",
        score_maximum=20,
        resource_link_id="2",
        resource_id="r-42",
    )
    asked = moodle.asked[-1]
    assert asked.path == ITEMS + "?type_id=1&resource_link_id=2"
    assert asked.headers["accept"] == "application/vnd.ims.lis.v2.lineitemcontainer+json"


def test_line_item_of_another_link_is_not_taken(moodle: ServicesServer) -> None:
    """A platform may send all it has, whatever it is asked for."""
    url = moodle.origin + ITEMS + "?type_id=1"
    assert find_line_item(connector(moodle), url, resource_link_id="3") is None


def test_line_item_is_made_only_when_there_is_none(platform: ServicesServer) -> None:
    held: list[dict[str, object]] = []

    def answer(asked: Asked) -> Told:
        if asked.method == "GET":
            return Told(200, held)
        assert isinstance(asked.json, dict)
        held.append({**asked.json, "id": platform.origin + "/Items/A"})
        return Told(201, held[-1])

    url = platform.on("/items", answer)
    for _ in range(2):
        made = find_or_make_line_item(connector(platform), url, **WANTED)  # type: ignore[arg-type]
        assert made.url == platform.origin + "/Items/A"
    [posted] = [one for one in platform.asked if one.path == "/items" and one.method == "POST"]
    assert posted.headers["content-type"] == "application/vnd.ims.lis.v2.lineitem+json"
    assert posted.json == {
        "label": "What do you need right now?",
        "scoreMaximum": 1.0,
        "resourceLinkId": "2",
        "resourceId": "r-42",
    }


def test_no_score_is_sent_to_a_line_item_on_another_host(platform: ServicesServer) -> None:
    foreign = platform.origin.replace("127.0.0.1", "localhost") + "/A"
    platform.on("/A/scores", Told(200, b""))
    url = platform.on("/items", Told(200, [{"id": foreign, "resourceLinkId": "2"}]))
    access = connector(platform)
    made = find_or_make_line_item(access, url, **WANTED)  # type: ignore[arg-type]
    with pytest.raises(ServiceRefused) as caught:
        post_score(access, made.url, subject="13", score=1.0, score_maximum=1.0, at=NOW)
    assert caught.value.code == "service-foreign"
    assert platform.to("/A/scores") == []


def test_line_items_are_read_where_the_platform_lets_them_only_be_read(
    moodle: ServicesServer,
) -> None:
    moodle.grant(LINE_ITEM_READING_SCOPE, SCORE_SCOPE)
    url = moodle.origin + ITEMS + "?type_id=1"
    found = find_or_make_line_item(connector(moodle), url, **WANTED)  # type: ignore[arg-type]
    assert found.url == moodle.origin + ITEM + "?type_id=1"


def test_line_item_that_may_not_be_made_is_refused_by_the_scope(moodle: ServicesServer) -> None:
    moodle.grant(LINE_ITEM_READING_SCOPE, SCORE_SCOPE)
    url = moodle.origin + ITEMS + "?type_id=1"
    with pytest.raises(ServiceRefused) as caught:
        find_or_make_line_item(connector(moodle), url, **{**WANTED, "resource_link_id": "9"})  # type: ignore[arg-type]
    assert caught.value.code == "service-not-granted"
    assert LINE_ITEM_SCOPE in str(caught.value)


def test_score_is_posted_as_moodle_takes_it(moodle: ServicesServer) -> None:
    told = score(moodle, moodle.origin + ITEM + "?type_id=1")
    asked = moodle.asked[-1]
    assert (asked.method, asked.path) == ("POST", ITEM + "/scores?type_id=1")
    assert asked.headers["content-type"] == "application/vnd.ims.lis.v1.score+json"
    assert told == {
        "userId": "13",
        "scoreGiven": 0.5,
        "scoreMaximum": 1.0,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-21T19:47:48.250+00:00",
    }


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000+00:00"),
        (
            datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=timezone(timedelta(hours=-3))),
            "2026-01-02T03:04:05.999-03:00",
        ),
    ],
)
def test_time_of_a_score_has_its_fraction_and_offset(
    moodle: ServicesServer, at: datetime, told: str
) -> None:
    assert score(moodle, moodle.origin + ITEM, at)["timestamp"] == told


def test_score_that_the_platform_has_already_is_no_error(platform: ServicesServer) -> None:
    platform.on("/li/scores", Told(409, b"Refusing score with an earlier timestamp"))
    score(platform, platform.origin + "/li")


def test_extension_of_a_platform_joins_the_score_and_changes_nothing_of_it(
    platform: ServicesServer,
) -> None:
    platform.on("/li/scores", Told(200, {"resultUrl": "x"}))
    flag = {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
    told = score(platform, platform.origin + "/li", extension={**flag, "userId": "other"})
    assert told["https://canvas.instructure.com/lti/submission"] == {"new_submission": False}
    assert told["userId"] == "13"


def test_results_of_a_captured_moodle_are_read(moodle: ServicesServer) -> None:
    url = moodle.origin + ITEM + "?type_id=1"
    assert read_results(connector(moodle), url, subject="13") == [
        Result(subject="13", score=15, maximum=20)
    ]
    asked = moodle.asked[-1]
    assert asked.path == ITEM + "/results?type_id=1&user_id=13"
    assert asked.headers["accept"] == "application/vnd.ims.lis.v2.resultcontainer+json"


@pytest.mark.parametrize("told", [b"", b"{}", b"[7]", b'[{"label": "a"}]', b'[{"id": ""}]'])
def test_answer_that_is_no_line_items_is_refused(platform: ServicesServer, told: bytes) -> None:
    url = platform.on("/items", Told(200, told))
    with pytest.raises(ServiceRefused) as caught:
        find_line_item(connector(platform), url, resource_link_id="2")
    assert caught.value.code == "service-answer"


@pytest.mark.parametrize("told", [b"", b"{}", b"[7]", b'[{"resultScore": 1}]'])
def test_answer_that_is_no_results_is_refused(platform: ServicesServer, told: bytes) -> None:
    platform.on("/li/results", Told(200, told))
    with pytest.raises(ServiceRefused) as caught:
        read_results(connector(platform), platform.origin + "/li")
    assert caught.value.code == "service-answer"


def due(platform: ServicesServer, **changes: object) -> DueGrade:
    """A grade that waits, at that platform."""
    values: dict[str, object] = {
        "id": uuid.uuid4(),
        "registration": registration_at(platform),
        "placement_id": uuid.UUID(int=7),
        "subject": "13",
        "label": "What do you need right now?",
        "resource_link_id": "2",
        "line_items_url": None,
        "line_item_url": None,
        "score": 1.0,
        "score_maximum": 1.0,
        "scored_at": NOW,
        "tries": 1,
        **changes,
    }
    return DueGrade(**values)  # type: ignore[arg-type]


def test_waiting_grade_goes_to_the_line_item_that_it_knows(platform: ServicesServer) -> None:
    platform.on("/li/scores", Told(200, b""))
    send = grade_sender(lambda registration: connector(platform, clock=Clock()))
    url = platform.origin + "/li?a=1"
    assert send(due(platform, line_item_url=url)) == url
    assert [one.path for one in platform.asked][1:] == ["/li/scores?a=1"]


def test_waiting_grade_finds_its_line_item(moodle: ServicesServer) -> None:
    send = grade_sender(lambda registration: connector(moodle))
    url = moodle.origin + ITEMS + "?type_id=1"
    assert send(due(moodle, line_items_url=url)) == moodle.origin + ITEM + "?type_id=1"
    assert moodle.asked[-1].path == ITEM + "/scores?type_id=1"


def test_waiting_grade_of_canvas_makes_no_new_submission(platform: ServicesServer) -> None:
    platform.on("/li/scores", Told(200, b""))
    canvas = replace(registration_at(platform), family="canvas")
    send = grade_sender(lambda registration: connector(platform))
    send(due(platform, registration=canvas, line_item_url=platform.origin + "/li"))
    told = platform.asked[-1].json
    assert isinstance(told, dict)
    flag = told["https://canvas.instructure.com/lti/submission"]
    assert flag["new_submission"] is False


def test_waiting_grade_without_a_place_to_go_is_told_so(platform: ServicesServer) -> None:
    send = grade_sender(lambda registration: connector(platform))
    with pytest.raises(ServiceRefused) as caught:
        send(due(platform))
    assert (caught.value.code, caught.value.is_final) == ("service-missing", True)
    assert platform.asked == []
