"""The profile of our statements, served where its identifiers point."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import OpenWorld
from tests.web.world import World
from tests.xapi.profile_reading import PROFILE
from xapi import vocabulary

PARTS = [PROFILE, *(
    part for kind in ("versions", "concepts", "templates", "patterns") for part in PROFILE[kind]
)]  # fmt: skip
PATH = urlsplit(vocabulary.PROFILE).path


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.app.test_client()


@pytest.mark.parametrize("identifier", [part["id"] for part in PARTS])
def test_every_identifier_of_the_profile_is_a_path_that_answers(
    client: FlaskClient, identifier: str
) -> None:
    answer = client.get(urlsplit(identifier).path)
    assert (answer.status_code, answer.content_type) == (200, "application/ld+json")
    assert json.loads(answer.data) == PROFILE


def test_any_program_may_read_the_profile_and_keep_it_for_a_day(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert "Set-Cookie" not in answer.headers
    again = client.get(PATH, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]


def test_the_length_of_the_profile_is_known_without_its_text(client: FlaskClient) -> None:
    answer = client.head(PATH)
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(client.get(PATH).data)


@pytest.mark.parametrize("rest", ["/", "/v3", "/v2/", "/verbs", "/verbs/nothing", "/../healthz",
                                  "/v2/templates/../voided"])  # fmt: skip
def test_what_the_profile_does_not_define_is_not_found(client: FlaskClient, rest: str) -> None:
    answer = client.get(PATH + rest)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_profile_cannot_be_written(client: FlaskClient) -> None:
    assert client.post(PATH, data=b"{}").status_code == 405


def test_a_tool_below_a_path_serves_the_profile_below_that_path(open_tool: OpenWorld) -> None:
    world = open_tool(public_url="http://127.0.0.1:8080/needle")
    answer = world.app.test_client().get(f"/needle{PATH}/v2")
    assert json.loads(answer.data) == PROFILE
