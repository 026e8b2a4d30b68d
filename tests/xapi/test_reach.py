"""How an LRS is reached: through proxies, over TLS, never past the deadline, never by surprise."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.authority import Authority
from tests.servers.lrs import Drop, ScriptableLrs
from tests.servers.proxy import LocalProxy
from tests.xapi.samples import ask
from xapi.errors import InvalidLrs
from xapi.lrs import Barred, LrsClient, Outcome, Stored, Unavailable
from xapi.reach import Reach
from xapi.statements import freeze


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def safe(authority: Authority) -> Iterator[ScriptableLrs]:
    """An LRS over TLS, whose certificate is of an authority of its own."""
    with ScriptableLrs(tls=authority.server()) as server:
        yield server


def post(lrs: ScriptableLrs, reach: Reach, url: str = "", **bounds: float) -> Outcome:
    with LrsClient(url or lrs.url, lrs.user, lrs.password, "1.0.3", reach=reach,
                   **bounds) as client:
        return client.post_statements([freeze(ask())])


def barred(outcome: Outcome, *words: str) -> bool:
    """Whether a person is told it, in these words; it was not the LRS that answered."""
    return isinstance(outcome, Barred) and outcome.status is None and all(
        word in outcome.words for word in words)


def test_an_own_authority_is_trusted_when_it_is_named(
    safe: ScriptableLrs, authority: Authority
) -> None:
    assert post(safe, Reach(ca_pem=authority.pem)) == Stored()
    assert len(safe.statements) == 1


def test_an_unknown_authority_is_never_trusted(safe: ScriptableLrs, tmp_path: Path) -> None:
    """Neither without a certificate nor with another authority's; no request gets out."""
    other = Authority(tmp_path)
    for reach in (Reach(), Reach(ca_pem=other.pem)):
        assert barred(post(safe, reach), "authority", "not known", "set the authority's")
    assert safe.requests == []


def test_a_certificate_for_another_name_is_not_trusted(authority: Authority) -> None:
    with ScriptableLrs(tls=authority.server("lrs.example.org")) as lrs:
        outcome = post(lrs, Reach(ca_pem=authority.pem))
        assert barred(outcome, "for another name", "set the address")
        assert lrs.requests == []


def test_a_certificate_that_has_expired_is_not_trusted(authority: Authority) -> None:
    with ScriptableLrs(tls=authority.server(hours_ago=5)) as lrs:
        assert barred(post(lrs, Reach(ca_pem=authority.pem)), "expired", "renew")


def test_a_certificate_of_tomorrow_makes_one_look_at_the_clock(authority: Authority) -> None:
    with ScriptableLrs(tls=authority.server(hours_ago=-5)) as lrs:
        assert barred(post(lrs, Reach(ca_pem=authority.pem)), "clock")


def test_https_to_a_server_that_speaks_none_says_so(lrs: ScriptableLrs) -> None:
    outcome = post(lrs, Reach(), lrs.url.replace("http:", "https:"))
    assert isinstance(outcome, Unavailable)
    assert "does its address speak https" in outcome.words


def test_tls_older_than_1_2_is_not_spoken(authority: Authority) -> None:
    assert Reach().tls_context().minimum_version.name == "TLSv1_2"
    assert Reach(ca_pem=authority.pem).tls_context().minimum_version.name == "TLSv1_2"


@pytest.mark.parametrize("secret", ["", "pröxy:geh%65im%3A%40"])
def test_a_proxy_carries_what_is_sent(
    lrs: ScriptableLrs, safe: ScriptableLrs, authority: Authority, secret: str
) -> None:
    """https by CONNECT, so that it sees no password; http by the whole address."""
    with LocalProxy(*(("pröxy", "geheim:@") if secret else ())) as proxy:
        at = f"{secret}@{proxy.place}" if secret else proxy.place
        reach = Reach(proxy=f"http://{at}", ca_pem=authority.pem)
        assert post(lrs, reach) == Stored()
        assert post(safe, reach) == Stored()
    plain, tunnelled = proxy.requests
    assert (plain.method, plain.target) == ("POST", f"{lrs.url}/statements")
    assert (tunnelled.method, tunnelled.target) == ("CONNECT", safe.url.split("/")[2])
    assert "Authorization" not in tunnelled.headers
    assert "Proxy-Authorization" not in lrs.requests[0].headers
    assert "Proxy-Authorization" not in safe.requests[0].headers
    assert int(lrs.requests[0].headers["Content-Length"]) > 0


def test_a_proxy_may_itself_be_reached_over_tls(
    lrs: ScriptableLrs, safe: ScriptableLrs, authority: Authority
) -> None:
    with LocalProxy("user", "secret", tls=authority.server()) as proxy:
        way = f"https://user:secret@{proxy.place}"
        for server in (lrs, safe):
            assert post(server, Reach(proxy=way, ca_pem=authority.pem)) == Stored()
        assert barred(post(safe, Reach(proxy=way)), "the proxy's TLS certificate", "not known")
    assert [one.method for one in proxy.requests] == ["POST", "CONNECT"]


def test_a_connection_that_broke_over_tls_is_made_anew_at_once(
    safe: ScriptableLrs, authority: Authority
) -> None:
    with LrsClient(safe.url, safe.user, safe.password, "1.0.3",
                   reach=Reach(ca_pem=authority.pem)) as client:
        for _ in range(2):
            safe.fail_next(Drop())
            assert client.post_statements([freeze(ask())]) == Stored()
    assert len(safe.statements) == 2


def test_one_connection_through_a_proxy_serves_many_batches(
    safe: ScriptableLrs, authority: Authority
) -> None:
    with LocalProxy() as proxy, LrsClient(
        safe.url, safe.user, safe.password, "1.0.3",
        reach=Reach(proxy=f"http://{proxy.place}", ca_pem=authority.pem),
    ) as client:
        for _ in range(3):
            assert client.post_statements([freeze(ask())]) == Stored()
        safe.fail_next(Drop())
        assert client.post_statements([freeze(ask())]) == Stored()
    assert len(proxy.requests) == 2


@pytest.mark.parametrize("over_tls", [False, True])
def test_a_proxy_that_wants_a_password_is_told_to_a_person(
    lrs: ScriptableLrs, safe: ScriptableLrs, authority: Authority, over_tls: bool
) -> None:
    with LocalProxy("user", "secret") as proxy:
        for at in (proxy.place, f"user:wrong-secret@{proxy.place}"):
            outcome = post(safe if over_tls else lrs,
                           Reach(proxy=f"http://{at}", ca_pem=authority.pem))
            assert barred(outcome, "the proxy asks for a password", "set the proxy's address")
            assert "wrong-secret" not in repr(outcome)
    assert lrs.requests == safe.requests == []


def test_a_proxy_that_forbids_the_way_is_told_to_a_person(
    safe: ScriptableLrs, authority: Authority
) -> None:
    with LocalProxy() as proxy:
        proxy.refusal = 403
        outcome = post(safe, Reach(proxy=f"http://{proxy.place}", ca_pem=authority.pem))
    assert barred(outcome, "403", "let its keeper allow")


def test_an_lrs_that_is_away_behind_a_proxy_is_tried_again(
    safe: ScriptableLrs, authority: Authority
) -> None:
    safe.stop()
    with LocalProxy() as proxy:
        outcome = post(safe, Reach(proxy=f"http://{proxy.place}", ca_pem=authority.pem))
    assert outcome == Unavailable("the proxy cannot reach what it shall (it answered 502)")


def test_a_proxy_that_is_away_is_tried_again(lrs: ScriptableLrs) -> None:
    with LocalProxy() as proxy:
        reach = Reach(proxy=f"http://{proxy.place}")
    outcome = post(lrs, reach)
    assert isinstance(outcome, Unavailable)
    assert "the proxy cannot be reached" in outcome.words
    assert lrs.requests == []


def test_no_proxy_of_the_environment_is_used(
    lrs: ScriptableLrs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert post(lrs, Reach()) == Stored()


def test_a_proxy_that_drips_is_over_by_the_deadline(
    safe: ScriptableLrs, authority: Authority
) -> None:
    with LocalProxy() as proxy:
        proxy.drip = True
        started = time.monotonic()
        outcome = post(safe, Reach(proxy=f"http://{proxy.place}", ca_pem=authority.pem),
                       read=5.0, whole=0.4)
    assert outcome == Unavailable("the LRS does not answer in time")
    assert time.monotonic() - started < 1.5


def test_a_tls_handshake_that_drips_is_over_by_the_deadline() -> None:
    """It begins a long record, and gives a byte of it at a time."""
    stop = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"\x16\x03\x03\x40\x00")
            while not stop.wait(0.05):
                connection.sendall(b"\x02")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/xapi"
        started = time.monotonic()
        with LrsClient(url, "user", "secret", "1.0.3", read=5.0, whole=0.4) as client:
            outcome = client.post_statements([freeze(ask())])
        took = time.monotonic() - started
        stop.set()
        thread.join(10)
    assert isinstance(outcome, Unavailable)
    assert took < 1.5


WRONG: list[tuple[dict[str, str], str]] = [
    ({"proxy": "socks5://proxy.example.org:1080"}, "http"),
    ({"proxy": "http://proxy.example.org:port"}, "port"),
    ({"proxy": "http://proxy.example.org/path"}, "ends after"),
    ({"proxy": "http://"}, "name a host"),
    ({"proxy": "http://pröxy.example.org:3128"}, "name a host"),
    ({"ca_pem": "no certificate"}, "PEM"),
    ({"ca_pem": ""}, "PEM"),
    ({"ca_pem": "Behörde"}, "PEM"),
    ({"auth": "oauth2"}, "address that gives tokens"),
    ({"auth": "oauth2", "token_url": "ftp://x"}, "http"),
    ({"auth": "oauth2", "token_url": "https://user:pw@x/token"}, "user or password"),
    ({"token_url": "https://x/token"}, "oauth2"),
    ({"scope": "all"}, "scope"),
    ({"auth": "digest"}, "basic or oauth2"),
]


@pytest.mark.parametrize(("values", "words"), WRONG)
def test_a_reach_that_cannot_be_is_refused(values: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidLrs, match=words):
        Reach(**values)  # type: ignore[arg-type]


def test_a_reach_shows_no_password() -> None:
    reach = Reach(proxy="http://user:geheim@proxy.example.org:3128")
    assert "geheim" not in repr(reach)
    assert "geheim" not in repr(reach.read_proxy)
