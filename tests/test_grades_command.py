"""needle grades, and the whole way of a grade: queued, sent by `needle deliver`, in the LMS."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lti_tool import config
from lti_tool.actions.platforms import add_platform
from lti_tool.actions.runtime import Runtime, start
from lti_tool.cli import needle
from lti_tool.cli.grades import sending_grades
from lti_tool.lti.claims import LINE_ITEM_SCOPE, SCORE_SCOPE
from lti_tool.lti.keys import tool_keys
from lti_tool.storage.grades import add_grade
from lti_tool.storage.migrate import migrate
from lti_tool.storage.people import find_or_add_person
from lti_tool.storage.tables import placement
from tests.servers.services import TOKEN_PATH, ServicesServer, Told, serve_services


@pytest.fixture
def platform() -> Iterator[ServicesServer]:
    """A platform that grants line items and scores, and has a line item."""
    with serve_services() as serving:
        serving.grant(LINE_ITEM_SCOPE, SCORE_SCOPE)
        item = {"id": serving.origin + "/items/1", "label": "a", "resourceLinkId": "2"}
        serving.on("/items", Told(200, [item]))
        serving.on("/items/1/scores", Told(200, b""))
        yield serving


@pytest.fixture
def runtime(
    platform: ServicesServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runtime]:
    """A tool on this machine with one grade that waits for that platform."""
    monkeypatch.setenv("NEEDLE_DATABASE_URL", f"sqlite:///{tmp_path / 'needle.sqlite3'}")
    monkeypatch.setenv("NEEDLE_SECRET_KEY", "k" * 40)
    runtime = start(config.load({**_environment(tmp_path), "NEEDLE_SECRET_KEY": "k" * 40}))
    migrate(runtime.engine)
    _queue(runtime, platform)
    yield runtime
    runtime.close()


def _environment(folder: Path) -> dict[str, str]:
    return {"NEEDLE_DATABASE_URL": f"sqlite:///{folder / 'needle.sqlite3'}"}


def _queue(runtime: Runtime, platform: ServicesServer) -> None:
    registration = add_platform(
        runtime,
        issuer="https://lms.example.org",
        client_id="c1",
        authorization_url="https://lms.example.org/auth",
        token_url=platform.origin + TOKEN_PATH,
        key_set_url="https://lms.example.org/keys",
        deployment_id="1",
        origin="https://lms.example.org",
        organisation="default",
    )
    with runtime.engine.begin() as connection:
        now = runtime.now()
        values = {
            "id": uuid.uuid4(),
            "organisation": "default",
            "registration_id": registration.id,
            "kind": "need",
            "title": "Placed link",
            "prompt": "",
            "topic": "",
            "graded": True,
            "created_at": now,
        }
        connection.execute(sa.insert(placement).values(values))
        person = find_or_add_person(
            connection,
            organisation="default",
            registration_id=registration.id,
            subject="subject-13",
            now=now,
        )
        add_grade(
            connection,
            organisation="default",
            registration_id=registration.id,
            placement_id=values["id"],
            person_id=person,
            resource_link_id="2",
            line_items_url=platform.origin + "/items",
            line_item_url=None,
            score=1.0,
            score_maximum=1.0,
            now=now - timedelta(seconds=1),
        )


def run(*words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(needle, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_grade_goes_all_the_way_and_the_tool_proves_itself_by_its_published_key(
    runtime: Runtime, platform: ServicesServer
) -> None:
    assert "1 grade sent" in run("deliver", "--once")
    [asked] = platform.to("/items/1/scores")
    assert isinstance(asked.json, dict)
    assert (asked.json["userId"], asked.json["scoreGiven"]) == ("subject-13", 1.0)
    told = platform.to(TOKEN_PATH)[0].form["client_assertion"]
    [jwk] = tool_keys(runtime.engine, runtime.sealer, runtime.now())["keys"]
    audience = platform.origin + TOKEN_PATH
    claims = jwt.decode(told, jwt.PyJWK(jwk).key, algorithms=["RS256"], audience=audience)
    assert (claims["iss"], claims["sub"]) == ("c1", "c1")
    assert json.loads(run("deliver", "--once", "--json"))["grades"] == 0
    assert "0 waiting, 0 not taken, 1 sent" in run("grades")


def test_grade_that_was_not_taken_is_listed_without_its_person_and_retried(
    runtime: Runtime, platform: ServicesServer
) -> None:
    platform.on("/items/1/scores", Told(404, b"no"), Told(200, b""))
    assert "grades sent" not in run("deliver", "--once")
    told = run("grades")
    assert "1 not taken" in told
    assert "Placed link" in told
    assert "service-refused" in told
    assert "subject-13" not in told
    listed = json.loads(run("grades", "--json"))
    assert listed["counts"] == {"waiting": 0, "sent": 0, "not taken": 1}
    assert listed["grades"][0]["tries"] == 1
    assert "subject-13" not in json.dumps(listed)
    assert json.loads(run("grades", "--retry", "--json"))["retried"] == 1
    assert "1 grade sent" in run("deliver", "--once")


def test_thread_beside_the_pages_sends_what_is_due(
    runtime: Runtime, platform: ServicesServer
) -> None:
    arrived = threading.Event()

    def take(asked: object) -> Told:
        arrived.set()
        return Told(200, b"")

    platform.on("/items/1/scores", take)
    with sending_grades(runtime, sends=False):
        assert not arrived.wait(0.1)
    with sending_grades(runtime):
        assert arrived.wait(10)
    assert not any(one.name == "grades" for one in threading.enumerate())
