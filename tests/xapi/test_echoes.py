"""What is kept and shown of an LRS's answer that quotes what was sent to it."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse

import pytest

from tests.servers.lrs import Answer, ScriptableLrs
from tests.servers.oauth import TokenServer
from tests.servers.proxy import LocalProxy
from tests.xapi.samples import LEARNER, NEEDLE, ask
from xapi.lrs import Barred, LrsClient, Outcome, Stored, Unavailable
from xapi.reach import Reach
from xapi.statements import freeze

WRITTEN = 'My böss said "no" to me, and bullies me'


def answered(
    lrs: ScriptableLrs, said: str, *, status: int = 401, reach: Reach = Reach(),  # noqa: B008
    sent: dict[str, object] | None = None, kind: str = "text/plain",
) -> str:
    lrs.always = Answer(status, said, {"Content-Type": kind})
    with LrsClient(lrs.url, lrs.user, lrs.password, "1.0.3", reach=reach) as client:
        outcome = client.post_statements([json.dumps(sent).encode() if sent else freeze(ask())])
    assert isinstance(outcome, Barred | Unavailable)
    return outcome.words


def needing(written: str) -> dict[str, object]:
    return {
        "id": "1ba34318-08f2-4e49-9147-a68058722309",
        "actor": {"name": "Ann Onymous-Learner", "mbox": "mailto:ann@learners.example.org"},
        "verb": {"id": "http://e.org/asked", "display": {"en": "asked for something"}},
        "object": {"id": "http://e.org/need", "definition": {"description": {"en": written}}},
        "context": {"instructor": {"account": {"homePage": "http://e.org", "name": "teacher4"}}},
    }


@pytest.mark.parametrize("form", [str, urllib.parse.quote, json.dumps, html.escape])
def test_a_password_is_never_shown(lrs: ScriptableLrs, form: type[str]) -> None:
    kind = "text/html" if form is html.escape else "text/plain"
    words = answered(lrs, f"<h1>no {form('pässwörd')} here</h1>", kind=kind)
    assert "…" in words
    assert not {"pässwörd", form("pässwörd").strip('"')} & set(words.replace('"', " ").split())
    assert "no" in words
    assert "here" in words


def test_the_authorization_is_never_shown_whole_nor_with_its_end_cut_off(
    lrs: ScriptableLrs
) -> None:
    credentials = base64.b64encode(f"{lrs.user}:{lrs.password}".encode()).decode()
    for said in (f"Authorization: Basic {credentials}", f"it was {credentials}",
                 f"authorization=basic  {credentials[:14]}", "x" * 280 + f" {credentials}"):
        words = answered(lrs, said)
        assert "…" in words
        assert credentials[:8] not in words
    assert answered(lrs, "Basic authentication is asked for").endswith(
        "Basic authentication is asked for")


def test_a_token_is_never_shown(lrs: ScriptableLrs) -> None:
    def keep(token: str) -> None:
        lrs.tokens.add(token)
        lrs.always = Answer(403, f"Bearer {token} / {token}")

    with TokenServer("client", "secret", give=keep) as tokens, LrsClient(
        lrs.url, "client", "secret", "1.0.3", reach=Reach("oauth2", tokens.url)
    ) as client:
        outcome = client.post_statements([freeze(ask())])
    assert outcome == Barred("the LRS answered 403: Bearer … / …", 403)


def test_a_proxys_password_is_never_shown(lrs: ScriptableLrs) -> None:
    credentials = base64.b64encode(b"user:geheim").decode()
    with LocalProxy("user", "geheim") as proxy:
        words = answered(lrs, f"Proxy-Authorization: Basic {credentials}, which is geheim",
                         reach=Reach(proxy=f"http://user:geheim@{proxy.place}"))
    assert words == "the LRS answered 401: Proxy-Authorization: Basic …, which is …"


@pytest.mark.parametrize("quoted", [
    WRITTEN, WRITTEN[:16], WRITTEN[9:30], json.dumps(WRITTEN), json.dumps(json.dumps(WRITTEN)),
    urllib.parse.quote(WRITTEN), "ann@learners.example.org", "mailto:ann@learners.example.org",
    "Ann Onymous-Learner", "teacher4",
])  # fmt: skip
def test_words_end_where_they_begin_to_quote_a_learner(lrs: ScriptableLrs, quoted: str) -> None:
    words = answered(lrs, f"not stored: {quoted} is wrong", status=500, sent=needing(WRITTEN))
    assert words.startswith("the LRS answered 500: not stored: ")
    assert words.endswith("…")
    assert len(words) < len("the LRS answered 500: not stored: ") + 13


@pytest.mark.parametrize("said", [
    "asked for something at http://e.org/asked is no verb", "My statement is wrong", "ann",
])  # fmt: skip
def test_what_is_not_of_a_learner_is_told(lrs: ScriptableLrs, said: str) -> None:
    words = answered(lrs, said, status=500, sent=needing(WRITTEN))
    assert words == f"the LRS answered 500: {said}"


def test_an_account_that_is_quoted_is_left_out(lrs: ScriptableLrs) -> None:
    assert answered(lrs, f"{NEEDLE.home_page} has no {LEARNER.name}", status=503) == (
        f"the LRS answered 503: {NEEDLE.home_page} has no …")


@pytest.mark.parametrize("status", [101, 102, 103, 199])
def test_an_informational_answer_is_no_answer_and_its_connection_is_not_used_again(
    lrs: ScriptableLrs, status: int
) -> None:
    lrs.fail_next(Answer(status, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
    with LrsClient(lrs.url, lrs.user, lrs.password, "1.0.3") as client:
        outcomes: list[Outcome] = [client.post_statements([freeze(ask())]) for _ in range(2)]
    assert outcomes == [
        Unavailable(f"the LRS answers {status}, which is not an end"), Stored()]
    assert len({request.connection for request in lrs.requests}) == 2
