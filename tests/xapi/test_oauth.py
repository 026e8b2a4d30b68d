"""Tokens by OAuth 2 client credentials: fetched, kept while they last, and never told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.authority import Authority
from tests.servers.lrs import Answer, ScriptableLrs
from tests.servers.oauth import TokenServer
from tests.servers.proxy import LocalProxy
from tests.xapi.samples import ask
from xapi.lrs import About, Barred, Found, LrsClient, Outcome, Stored, Unavailable
from xapi.oauth import Token
from xapi.reach import Reach
from xapi.statements import freeze

CLIENT, SECRET = "needle: ä", "geheim+%&ü"


class Watch:
    """A clock of seconds that goes only when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def bearing() -> Iterator[ScriptableLrs]:
    """An LRS that takes tokens; nobody knows its password."""
    with ScriptableLrs("nobody", "knows it") as server:
        yield server


@pytest.fixture
def tokens(bearing: ScriptableLrs) -> Iterator[TokenServer]:
    with TokenServer(CLIENT, SECRET, give=bearing.tokens.add) as server:
        yield server


def open_client(
    lrs: ScriptableLrs, tokens: TokenServer, *, secret: str = SECRET, scope: str | None = None,
    watch: Watch | None = None, whole: float = 60.0,
) -> LrsClient:
    reach = Reach(auth="oauth2", token_url=tokens.url, scope=scope)
    return LrsClient(lrs.url, CLIENT, secret, "1.0.3", reach=reach, whole=whole,
                     monotonic=watch or Watch())


def post(client: LrsClient) -> Outcome:
    return client.post_statements([freeze(ask())])


def test_one_token_serves_many_batches(bearing: ScriptableLrs, tokens: TokenServer) -> None:
    """Its client's id and secret arrive whole, whatever characters they have."""
    with open_client(bearing, tokens) as client:
        statement = ask()
        assert client.post_statements([freeze(statement)]) == Stored()
        assert post(client) == Stored()
        assert isinstance(client.get_statement(statement.id), Found)
        assert isinstance(client.about(), About)
    assert tokens.asked == [{"grant_type": "client_credentials"}]
    assert {one.headers["Authorization"] for one in bearing.requests} == {
        f"Bearer {tokens.given[0]}"}
    assert all(one.headers["Content-Type"] == "application/json" for one in bearing.posts())


def test_a_scope_is_asked_for_when_it_is_named(bearing: ScriptableLrs) -> None:
    with TokenServer(CLIENT, SECRET, scope="all write", give=bearing.tokens.add) as tokens:
        with open_client(bearing, tokens, scope="all write") as client:
            assert post(client) == Stored()
        with open_client(bearing, tokens) as client:
            outcome = post(client)
    assert outcome == Barred(
        "the address that gives tokens answered 400 (invalid_scope): set another scope")


@pytest.mark.parametrize("lasts", [3600, "3600", 3600.5])
def test_a_token_is_fetched_anew_half_a_minute_before_it_ends(
    bearing: ScriptableLrs, lasts: object
) -> None:
    watch = Watch()
    with TokenServer(CLIENT, SECRET, lasts=lasts, give=bearing.tokens.add) as tokens, open_client(
        bearing, tokens, watch=watch
    ) as client:
        for passed, fetched in ((0, 1), (3569, 1), (2, 2), (3569, 2), (2, 3)):
            watch.seconds += passed
            assert post(client) == Stored()
            assert len(tokens.given) == fetched


@pytest.mark.parametrize("lasts", [None, "soon", True, -5])
def test_a_token_that_names_no_end_is_kept_until_it_is_not_taken(
    bearing: ScriptableLrs, lasts: object
) -> None:
    watch = Watch()
    with TokenServer(CLIENT, SECRET, lasts=lasts, give=bearing.tokens.add) as tokens, open_client(
        bearing, tokens, watch=watch
    ) as client:
        assert post(client) == Stored()
        watch.seconds += 1e6
        assert post(client) == Stored()
        assert len(tokens.given) == 1
        bearing.tokens.clear()
        assert post(client) == Stored()
        assert len(tokens.given) == 2


def test_a_token_that_is_not_taken_is_fetched_anew_once(
    bearing: ScriptableLrs, tokens: TokenServer
) -> None:
    """Twice not taken is told to a person, and not tried without an end."""
    with open_client(bearing, tokens) as client:
        tokens.give = lambda _token: None
        outcome = post(client)
        assert outcome == Barred("the LRS answered 401: who are you?", 401)
        assert len(tokens.given) == 2
        assert len(bearing.posts()) == 2
        tokens.give = bearing.tokens.add
        assert post(client) == Stored()
    assert len(bearing.statements) == 1


REFUSALS = [
    (400, '{"error": "unauthorized_client"}', "let this client use client credentials"),
    (401, '{"error": "invalid_client"}', "set the client's id and secret again"),
    (401, "", "set the client's id and secret again"),
    (400, '{"error": "something_else"}', "(something_else): is it the right address?"),
    (404, "<html>", "is it the right address?"),
    (302, "", "a redirect, which is not followed"),
    (400, '{"error": "geheim geheim"}', "answered 400: is it the right address?"),
    (400, '{"error": ["geheim"]}', "answered 400: is it the right address?"),
]


@pytest.mark.parametrize(("status", "body", "words"), REFUSALS)
def test_a_refused_token_is_told_to_a_person_in_one_word(
    bearing: ScriptableLrs, tokens: TokenServer, status: int, body: str, words: str
) -> None:
    tokens.fail_next(status, body)
    with open_client(bearing, tokens) as client:
        outcome = post(client)
        assert isinstance(outcome, Barred)
        assert outcome.status is None
        assert words in outcome.words
        assert "geheim" not in outcome.words
        assert post(client) == Stored()


def test_a_wrong_secret_is_told_and_not_shown(bearing: ScriptableLrs, tokens: TokenServer) -> None:
    with open_client(bearing, tokens, secret="falsch-geheim") as client:
        outcome = post(client)
    assert isinstance(outcome, Barred)
    assert "invalid_client" in outcome.words
    assert "geheim" not in outcome.words
    assert bearing.requests == []


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '{"access_token": "x"}',
             '{"access_token": "x", "token_type": "mac"}',
             '{"access_token": "x\\r\\nEvil: 1", "token_type": "bearer"}',
             '{"access_token": 5, "token_type": "bearer"}'])  # fmt: skip
def test_a_200_without_a_token_is_not_believed(
    bearing: ScriptableLrs, tokens: TokenServer, body: str
) -> None:
    tokens.fail_next(200, body)
    with open_client(bearing, tokens) as client:
        outcome = post(client)
        assert isinstance(outcome, Unavailable)
        assert "no bearer token" in outcome.words
        assert post(client) == Stored()


def test_an_authorisation_server_in_trouble_is_tried_again(
    bearing: ScriptableLrs, tokens: TokenServer
) -> None:
    tokens.fail_next(503)
    with open_client(bearing, tokens) as client:
        assert post(client) == Unavailable("the address that gives tokens answered 503", 503)
        assert post(client) == Stored()


def test_an_authorisation_server_that_hangs_takes_no_longer_than_the_whole_exchange(
    bearing: ScriptableLrs, tokens: TokenServer
) -> None:
    tokens.hangs = True
    started = time.monotonic()
    with open_client(bearing, tokens, whole=0.4) as client:
        assert post(client) == Unavailable("the address that gives tokens does not answer in time")
    assert time.monotonic() - started < 1.5


def test_a_token_goes_by_the_same_proxy_and_trust(
    tmp_path: Path, bearing: ScriptableLrs
) -> None:
    authority = Authority(tmp_path)
    with (
        ScriptableLrs(tls=authority.server()) as lrs,
        TokenServer(CLIENT, SECRET, give=lrs.tokens.add, tls=authority.server()) as tokens,
        LocalProxy() as proxy,
    ):
        reach = Reach(auth="oauth2", token_url=tokens.url, ca_pem=authority.pem,
                      proxy=f"http://{proxy.place}")
        with LrsClient(lrs.url, CLIENT, SECRET, "2.0.0", reach=reach) as client:
            assert post(client) == Stored()
        places = {tokens.url.split("/")[2], lrs.url.split("/")[2]}
        assert {one.target for one in proxy.requests} == places


def test_a_token_is_in_no_outcome_and_no_repr(
    bearing: ScriptableLrs, tokens: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with open_client(bearing, tokens) as client:
        bearing.fail_next(Answer(500, "oops"))
        outcome = post(client)
    (token,) = tokens.given
    assert token not in repr(outcome)
    assert token not in repr(Token(f"Bearer {token}"))
    assert token not in caplog.text
    assert SECRET not in caplog.text
