"""The transport, against a real server: every answer becomes the right outcome."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Iterator

import pytest

from tests.servers.lrs import (
    Answer,
    CommitThenAnswer,
    CommitThenDrop,
    Drip,
    Drop,
    Fault,
    Hang,
    ScriptableLrs,
)
from tests.xapi.samples import ask
from xapi.lrs import (
    Absent,
    Barred,
    Conflict,
    Found,
    LrsClient,
    Outcome,
    Rejected,
    Stored,
    Unavailable,
    Unclear,
    Unproven,
)
from xapi.statements import freeze


@pytest.fixture
def client(lrs: ScriptableLrs) -> Iterator[LrsClient]:
    with LrsClient(lrs.url + "/", lrs.user, lrs.password, "1.0.3", connect=0.5, read=0.3) as made:
        yield made


def post(client: LrsClient, number: int = 2) -> Outcome:
    return client.post_statements([freeze(ask()) for _ in range(number)])


def test_a_batch_is_sent_with_what_every_lrs_wants(lrs: ScriptableLrs, client: LrsClient) -> None:
    statement = ask()
    assert client.post_statements([freeze(statement)]) == Stored()
    (request,) = lrs.requests
    assert request.path == "/xapi/statements"
    assert request.headers["X-Experience-API-Version"] == "1.0.3"
    assert request.headers["Content-Type"] == "application/json"
    assert int(request.headers["Content-Length"]) == len(freeze(statement)) + 2
    assert "Transfer-Encoding" not in request.headers
    assert "Content-Encoding" not in request.headers
    assert list(lrs.statements) == [str(statement.id)]


def test_the_version_that_is_set_is_the_version_that_is_sent(lrs: ScriptableLrs) -> None:
    with LrsClient(lrs.url, lrs.user, lrs.password, "2.0.0") as client:
        assert post(client) == Stored()
    assert lrs.requests[0].headers["X-Experience-API-Version"] == "2.0.0"


def test_one_connection_serves_many_batches(lrs: ScriptableLrs, client: LrsClient) -> None:
    for _ in range(5):
        assert post(client) == Stored()
    assert {request.connection for request in lrs.requests} == {1}


TABLE: list[tuple[Fault, Outcome]] = [
    (Answer(204), Unproven("the LRS answered 204, without ids")),
    (Answer(200, "[]"), Unproven("the LRS answered 200 with an empty list of ids")),
    (Answer(200, '["hello"]'), Unproven("the LRS answered 200 with ids that were not sent")),
    (Answer(409, "known"), Conflict("the LRS answered 409: known")),
    (Answer(400, "bad\n\x00verb"), Rejected("the LRS answered 400: bad verb")),
    (Answer(413), Rejected("the LRS answered 413")),
    (Answer(422, '{"detail": "bad"}'), Rejected('the LRS answered 422: {"detail": "bad"}')),
    (Answer(401, "who?"), Barred("the LRS answered 401: who?", 401)),
    (Answer(403), Barred("the LRS answered 403", 403)),
    (Answer(404), Barred("the LRS answered 404", 404)),
    (Answer(405), Barred("the LRS answered 405", 405)),
    (Answer(408), Unavailable("the LRS answered 408", 408)),
    (Answer(429, "", {"Retry-After": "7"}), Unavailable("the LRS answered 429", 429, 7.0)),
    (Answer(503, "", {"Retry-After": "soon"}), Unavailable("the LRS answered 503", 503)),
    (Answer(500, "oops"), Unavailable("the LRS answered 500: oops", 500)),
]


@pytest.mark.parametrize(("fault", "outcome"), TABLE)
def test_an_answer_becomes_an_outcome(
    lrs: ScriptableLrs, client: LrsClient, fault: Fault, outcome: Outcome
) -> None:
    lrs.fail_next(fault)
    assert post(client) == outcome


def test_a_retry_after_that_is_a_date_is_taken_from_the_lrss_own_clock(
    lrs: ScriptableLrs, client: LrsClient
) -> None:
    lrs.fail_next(Answer(503, "", {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}))
    outcome = post(client)
    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after is not None
    assert outcome.retry_after > 1e9


def test_ids_of_some_of_them_are_believed_and_foreign_ones_beside_them_are_not(
    lrs: ScriptableLrs, client: LrsClient
) -> None:
    """Some: the others were stored before. Upper case is the same id."""
    statements = [ask(), ask()]
    first = str(statements[0].id)
    for told, outcome in (
        ([first], Stored()),
        ([first.upper()], Stored()),
        ([first, str(uuid.uuid4())],
         Unproven("the LRS answered 200 with ids that were not sent")),
    ):
        lrs.fail_next(Answer(200, json.dumps(told)))
        bodies = [freeze(one) for one in statements]
        assert client.post_statements(bodies, [one.id for one in statements]) == outcome


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000])
def test_an_answer_that_is_nested_without_an_end_is_not_believed(
    lrs: ScriptableLrs, client: LrsClient, body: str
) -> None:
    lrs.fail_next(Answer(200, body))
    assert isinstance(post(client), Unclear)
    lrs.reading = Answer(200, body)
    assert isinstance(client.get_statement(uuid.uuid4()), Unclear)


@pytest.mark.parametrize("zone", ["+99999999999999", "-99999999999999", "+9999"])
def test_a_retry_after_that_is_no_time_counts_as_none(
    lrs: ScriptableLrs, client: LrsClient, zone: str
) -> None:
    lrs.fail_next(Answer(503, "", {"Retry-After": f"Mon, 01 Jan 2020 00:00:00 {zone}"}))
    outcome = post(client)
    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after in (None, 0.0)


@pytest.mark.parametrize("part", ["status", "headers", "body", "continue"])
def test_an_answer_that_drips_is_over_by_the_deadline(lrs: ScriptableLrs, part: str) -> None:
    lrs.fail_next(Drip(part), Drip(part))
    started = time.monotonic()
    with LrsClient(lrs.url, lrs.user, lrs.password, "1.0.3", read=5.0, whole=0.4) as client:
        assert post(client) == Unavailable("the LRS does not answer in time")
        assert 0.3 < time.monotonic() - started < 1.5
        assert post(client) == Unavailable("the LRS does not answer in time")
        assert post(client) == Stored()
    assert len(lrs.posts()) == 3


def test_an_lrs_that_reads_slowly_is_over_by_the_deadline() -> None:
    """It takes the connection and some bytes, and then no more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/xapi"
        started = time.monotonic()
        with LrsClient(url, "user", "secret", "1.0.3", whole=0.4) as client:
            outcome = client.post_statements([b"0" * 30_000_000], [uuid.uuid4()])
    assert outcome == Unavailable("the LRS does not answer in time")
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("body", ["", "<html>Log in</html>", '{"ok": true}', "[1, 2]", "null"])
def test_a_200_in_other_words_than_an_lrss_is_not_believed(
    lrs: ScriptableLrs, client: LrsClient, body: str
) -> None:
    lrs.fail_next(Answer(200, body))
    assert isinstance(post(client), Unclear)


def test_a_redirect_is_not_followed_with_the_password(client: LrsClient) -> None:
    with ScriptableLrs() as elsewhere, ScriptableLrs() as lrs:
        lrs.fail_next(Answer(307, "", {"Location": elsewhere.url + "/statements"}))
        with LrsClient(lrs.url, lrs.user, lrs.password, "1.0.3") as redirected:
            outcome = post(redirected)
        assert isinstance(outcome, Barred)
        assert "redirect" in outcome.words
        assert elsewhere.requests == []


def test_a_connection_that_the_lrs_dropped_is_used_again_without_harm(
    lrs: ScriptableLrs, client: LrsClient
) -> None:
    assert post(client) == Stored()
    lrs.fail_next(Drop())
    assert post(client) == Stored()
    assert len(lrs.statements) == 4


def test_a_batch_stored_just_before_the_drop_is_a_conflict_that_says_so(
    lrs: ScriptableLrs, client: LrsClient
) -> None:
    lrs.fail_next(CommitThenDrop())
    outcome = post(client)
    assert isinstance(outcome, Conflict)
    assert outcome.resent


def test_half_an_answer_is_no_answer(lrs: ScriptableLrs, client: LrsClient) -> None:
    half = CommitThenAnswer(200, '["a", "b"]', cut_at=4)
    lrs.fail_next(half, half)
    assert isinstance(post(client), Unavailable)


def test_an_answer_without_an_end_is_cut(lrs: ScriptableLrs, client: LrsClient) -> None:
    lrs.fail_next(Answer(200, "x" * (8 * 1024 * 1024 + 1)))
    assert post(client) == Unavailable("the LRS's answer is too long")


def test_an_lrs_that_hangs_is_unavailable_in_bounded_time(
    lrs: ScriptableLrs, client: LrsClient
) -> None:
    lrs.fail_next(Hang())
    assert post(client) == Unavailable("the LRS does not answer in time")


def test_an_lrs_that_is_not_there_is_unavailable(lrs: ScriptableLrs, client: LrsClient) -> None:
    lrs.stop()
    assert post(client) == Unavailable("the LRS cannot be reached: it refuses connections")


def test_a_wrong_password_is_never_in_the_outcome(lrs: ScriptableLrs) -> None:
    with LrsClient(lrs.url, lrs.user, "wröng secret", "1.0.3") as client:
        outcome = post(client)
    assert outcome == Barred("the LRS answered 401: who are you?", 401)


def test_a_statement_is_read_back_by_its_id(lrs: ScriptableLrs, client: LrsClient) -> None:
    statement = ask()
    client.post_statements([freeze(statement)])
    reading = client.get_statement(statement.id)
    assert isinstance(reading, Found)
    assert reading.statement["id"] == str(statement.id)
    assert client.get_statement(uuid.uuid4()) == Absent()


def test_a_list_instead_of_a_statement_is_understood_too(
    lrs: ScriptableLrs, client: LrsClient
) -> None:
    statement = ask()
    body = freeze(statement).decode()
    for answer, reading in (
        ('{"statements": []}', Absent()),
        (f'{{"statements": [{body}]}}', Found(json.loads(body))),
    ):
        lrs.reading = Answer(200, answer)
        assert client.get_statement(statement.id) == reading
    for answer in ("<html>", '{"statements": [{"id": "another"}]}', "[]", body.replace("-", "_")):
        lrs.reading = Answer(200, answer)
        assert isinstance(client.get_statement(statement.id), Unclear)
