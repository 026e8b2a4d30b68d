"""The example LRS: the rules it keeps, the page it shows, and our own delivery into it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from examples.lrs import create_app
from tests.xapi.samples import as_json, every_statement
from xapi.lrs import Found, LrsClient, Stored
from xapi.statements import freeze

USER, PASSWORD = "needle", "pässwörd"
HEADERS = {
    "Authorization": "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
    "X-Experience-API-Version": "1.0.3",
}
URL = "/xapi/statements"


@pytest.fixture
def app() -> Iterator[flask.Flask]:
    made = create_app(USER, PASSWORD, now=lambda: datetime(2026, 3, 1, 10, tzinfo=UTC))
    yield made
    made.extensions["store"].close()


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def post(client: FlaskClient, value: object) -> TestResponse:
    return client.post(URL, data=json.dumps(value), headers=HEADERS)


def held(client: FlaskClient, **arguments: str) -> list[dict[str, Any]]:
    answer = client.get(URL, query_string=arguments, headers=HEADERS)
    assert answer.status_code == 200
    statements: list[dict[str, Any]] = answer.get_json()["statements"]
    return statements


def trip() -> list[dict[str, Any]]:
    made = every_statement(full=True)
    return [as_json(made[kind]) for kind in ("need asked", "recommended", "opened", "helped")]


def test_a_batch_is_kept_and_answered_with_its_ids(client: FlaskClient) -> None:
    statements = trip()
    answer = post(client, statements)
    assert (answer.status_code, answer.get_json()) == (200, [one["id"] for one in statements])
    assert [one["id"] for one in held(client, ascending="true")] == answer.get_json()
    newest = held(client)[0]
    assert newest["stored"] == "2026-03-01T10:00:00+00:00"
    assert newest["version"] == "1.0.0"


def test_one_statement_without_an_id_gets_one(client: FlaskClient) -> None:
    statement = trip()[0]
    del statement["id"]
    (given,) = post(client, statement).get_json()
    assert uuid.UUID(given)
    found = client.get(URL, query_string={"statementId": given}, headers=HEADERS)
    assert found.get_json()["verb"] == statement["verb"]


def test_the_same_statement_again_is_kept_once(client: FlaskClient) -> None:
    statements = trip()
    assert post(client, statements).status_code == 200
    assert post(client, statements).status_code == 200
    assert len(held(client)) == 4


def test_a_differing_duplicate_is_a_conflict_and_nothing_of_its_batch_is_kept(
    client: FlaskClient,
) -> None:
    statements = trip()
    post(client, statements[0])
    differing = statements[0] | {"verb": {"id": "http://adlnet.gov/expapi/verbs/asked"}}
    assert post(client, [statements[1], differing]).status_code == 409
    assert len(held(client)) == 1


BAD: dict[str, dict[str, Any]] = {
    "no actor": {"actor": None},
    "two identifiers": {"actor": {"mbox": "mailto:a@b.org", "openid": "https://x.org"}},
    "no identifier": {"actor": {"name": "Ann"}},
    "an empty account": {"actor": {"account": {"homePage": "https://x.org"}}},
    "a verb without an IRI": {"verb": {"id": "asked"}},
    "an object without an id": {"object": {"objectType": "Activity"}},
    "an id that is none": {"id": "17"},
    "a time without a zone": {"timestamp": "2026-03-01T09:30:15"},
    "a version of its own": {"version": "2.0.0"},
    "a score out of range": {"result": {"score": {"scaled": 1.5}}},
    "null": {"context": {"platform": None}},
    "an unknown part": {"need": "x"},
    "half a character": {"context": {"platform": "\ud800"}},
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_statement_is_refused_with_its_whole_batch(client: FlaskClient, what: str) -> None:
    statements = trip()
    answer = post(client, [statements[1], statements[0] | BAD[what]])
    assert answer.status_code == 400
    assert len(answer.text) > 10
    assert held(client) == []


@pytest.mark.parametrize("body", [b"", b"<x>", b"[NaN]", b'"x"', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_statement_is_refused(client: FlaskClient, body: bytes) -> None:
    assert client.post(URL, data=body, headers=HEADERS).status_code == 400


def test_an_id_twice_in_a_batch_is_refused(client: FlaskClient) -> None:
    statement = trip()[0]
    assert post(client, [statement, statement]).status_code == 400


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    assert client.post(URL, data=b"x" * (5 * 1024 * 1024 + 1), headers=HEADERS).status_code == 413


def test_a_statement_is_put_under_its_id(client: FlaskClient) -> None:
    statement = trip()[0]
    place = {"statementId": statement["id"]}
    put = client.put(URL, query_string=place, data=json.dumps(statement), headers=HEADERS)
    assert put.status_code == 204
    other = client.put(URL, query_string={"statementId": str(uuid.uuid4())},
                       data=json.dumps(statement), headers=HEADERS)
    assert other.status_code == 400
    assert len(held(client)) == 1


def test_only_who_knows_the_password_gets_in(client: FlaskClient) -> None:
    wrong = HEADERS | {"Authorization": "Basic " + b64encode(b"needle:wrong").decode()}
    for headers in (wrong, {"X-Experience-API-Version": "1.0.3"}):
        assert client.get(URL, headers=headers).status_code == 401
        assert client.post(URL, data="[]", headers=headers).status_code == 401


def test_a_request_without_the_version_header_is_refused(client: FlaskClient) -> None:
    without = {"Authorization": HEADERS["Authorization"]}
    assert client.get(URL, headers=without).status_code == 400
    assert client.get("/xapi/about").get_json() == {"version": ["1.0.3"]}
    assert client.get(URL, headers=HEADERS).headers["X-Experience-API-Version"] == "1.0.3"


def test_an_unknown_id_is_404_and_an_unknown_parameter_400(client: FlaskClient) -> None:
    unknown = client.get(URL, query_string={"statementId": str(uuid.uuid4())}, headers=HEADERS)
    assert unknown.status_code == 404
    for arguments in ({"agnet": "x"}, {"limit": "-1"}):
        assert client.get(URL, query_string=arguments, headers=HEADERS).status_code == 400


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_a_long_list_goes_on_at_more(client: FlaskClient, ascending: str) -> None:
    statements = trip()
    post(client, statements)
    found = []
    address = f"{URL}?limit=3&ascending={ascending}"
    for _ in range(3):
        answer = client.get(address, headers=HEADERS).get_json()
        found += [one["id"] for one in answer["statements"]]
        address = answer["more"]
        if not address:
            break
    ids = [one["id"] for one in statements]
    assert found == (ids if ascending == "true" else ids[::-1])


def test_statements_are_found_by_verb_and_registration(client: FlaskClient) -> None:
    first, second = trip(), trip()
    post(client, first + second)
    need = first[0]["context"]["registration"]
    assert {one["id"] for one in held(client, registration=need)} == {one["id"] for one in first}
    assert len(held(client, verb=first[2]["verb"]["id"])) == 2


def test_what_is_kept_in_a_file_is_there_after_a_restart(tmp_path: Path) -> None:
    statements = trip()
    for _ in range(2):
        app = create_app(USER, PASSWORD, tmp_path / "lrs.sqlite3")
        assert post(app.test_client(), statements).status_code == 200
        assert len(held(app.test_client())) == 4
        app.extensions["store"].close()


def test_the_page_tells_in_plain_words_what_arrived_newest_first(client: FlaskClient) -> None:
    assert "Nothing has arrived yet." in client.get("/").text
    post(client, trip())
    page = client.get("/").text
    plain = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    order = [plain.index(words) for words in (
        "01234567… rated The wording score 0.5 (partly)", "01234567… opened The wording",
        "needle recommended these The wording",
        "01234567… asked a need minutes available: 10 purpose: about to from Moodle")]
    assert order == sorted(order)
    assert "not a product" in plain


def test_the_page_needs_no_script_and_runs_none_of_its_own_in_it(client: FlaskClient) -> None:
    post(client, trip())
    answer = client.get("/")
    assert re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL) == [
        (' src="/static/lrs.js" defer', "")]
    assert " on" not in "".join(re.findall(r"<\w+( [^>]*)>", answer.text)).replace(" only", "")
    assert "style=" not in answer.text
    assert '<a href="/">Reload</a>' in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_page_can_show_what_belongs_to_one_need(client: FlaskClient) -> None:
    first = trip()
    post(client, first + trip())
    need = first[0]["context"]["registration"]
    page = client.get("/", query_string={"need": need}).text
    assert page.count("data-seq") == 4
    assert "Show all" in page


def test_the_script_gets_only_what_is_new(client: FlaskClient) -> None:
    post(client, trip())
    assert client.get("/rows?after=3").text.count("data-seq") == 1
    assert client.get("/rows?after=4").text.strip() == ""
    assert client.get("/rows?after=x").status_code == 400


def test_what_a_statement_says_is_never_markup_on_the_page(client: FlaskClient) -> None:
    statement = trip()[2]
    statement["object"]["definition"]["name"] = {"en": "<script>alert(1)</script>"}
    post(client, statement)
    assert "<script>alert" not in client.get("/").text


def test_a_statement_of_another_program_is_shown_too(client: FlaskClient) -> None:
    strange = {
        "actor": {"objectType": "Group", "member": []},
        "verb": {"id": "http://x.org/verbs/did"},
        "object": {"objectType": "StatementRef", "id": str(uuid.uuid4())},
        "context": {"contextActivities": {"other": {"id": "http://x.org/a"}}, "extensions": []},
        "result": {"score": "high"},
    }
    assert post(client, strange).status_code == 200
    assert "somebody" in client.get("/").text


def test_our_own_transport_is_understood() -> None:
    app = create_app(USER, PASSWORD)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/xapi"
        statement = every_statement(full=True)["helped"]
        with LrsClient(url, USER, PASSWORD, "1.0.3") as client:
            assert client.post_statements([freeze(statement)]) == Stored()
            assert client.post_statements([freeze(statement)]) == Stored()
            assert isinstance(client.get_statement(statement.id), Found)
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
        app.extensions["store"].close()


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "examples.lrs", "--port", str(port), "--path",
               str(tmp_path / "lrs.sqlite3")]
    environment = os.environ | {"EXAMPLE_LRS_PASSWORD": "not on the screen"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment,
                          cwd=Path(__file__).resolve().parents[2]) as running:
        assert running.stdout
        try:
            said = [running.stdout.readline() for _ in range(5)]
            about = f"http://127.0.0.1:{port}/xapi/about"
            with urllib.request.urlopen(about, timeout=5) as answer:
                assert answer.status == 200
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(10) == 0
    assert any("not a product" in line for line in said)
    assert not any("not on the screen" in line for line in said)


def test_a_taken_port_is_told_in_plain_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = subprocess.run(
            [sys.executable, "-m", "examples.lrs", "--port", str(taken.getsockname()[1])],
            capture_output=True, text=True, timeout=30, check=False,
            cwd=Path(__file__).resolve().parents[2],
        )
    assert run.returncode == 1
    assert "Choose another --port" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_voided_statement_is_hidden_and_found_as_voided(client: FlaskClient) -> None:
    every = every_statement(full=True)
    target, void = as_json(every["opened"]), as_json(every["voided"])
    void["object"]["id"] = target["id"].upper()
    assert post(client, [target, void]).status_code == 200
    assert [one["id"] for one in held(client)] == [void["id"]]
    asked = {name: client.get(URL, query_string={name: target["id"]}, headers=HEADERS)
             for name in ("statementId", "voidedStatementId")}
    assert asked["statementId"].status_code == 404
    assert asked["voidedStatementId"].get_json()["id"] == target["id"]


def test_what_voids_is_never_voided_itself(client: FlaskClient) -> None:
    first, second = (as_json(every_statement(full=True)["voided"]) for _ in range(2))
    second["object"]["id"] = first["id"]
    assert post(client, [first, second]).status_code == 200
    assert len(held(client)) == 2
