"""The transport, against a real server: every answer becomes the right outcome."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest

from tests.servers.lrs import (
    Answer,
    CommitThenAnswer,
    CommitThenDrop,
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
    (Answer(204), Stored()),
    (CommitThenAnswer(200, "[]"), Stored()),
    (CommitThenAnswer(200, '["one of two"]'), Stored()),
    (Answer(409, "known"), Conflict("the LRS answered 409: known")),
    (Answer(400, "bad\n\x00verb"), Rejected("the LRS answered 400: bad verb")),
    (Answer(413), Rejected("the LRS answered 413")),
    (Answer(422, '{"detail": "bad"}'), Rejected('the LRS answered 422: {"detail": "bad"}')),
    (Answer(401, "who?"), Barred("the LRS answered 401: who?")),
    (Answer(403), Barred("the LRS answered 403")),
    (Answer(404), Barred("the LRS answered 404")),
    (Answer(405), Barred("the LRS answered 405")),
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
    assert outcome == Barred("the LRS answered 401: who are you?")


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
