"""The guarded exchange: which addresses are called, and what may come back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_network

import pytest
import urllib3

from catalogue_sync.transport import addresses
from catalogue_sync.transport.addresses import kind_of
from lti_tool.lti.exchange import Answer, ForbiddenAddress, TooLong, send
from tests.servers.dripping import serve_drip
from tests.servers.loopback import LOOPBACK
from tests.servers.services import ServicesServer, Told, serve_services


@pytest.fixture
def server() -> Iterator[ServicesServer]:
    """A server on this machine."""
    with serve_services() as serving:
        yield serving


def ask(url: str, *found: str, **named: object) -> Answer:
    """GET an address whose host is looked up as `found`, from a tool with no network allowed."""
    given: dict[str, object] = {"networks": (), "resolve": lambda host, port: found, **named}
    return send("GET", url, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "this machine itself"),
        ("127.8.9.10", "this machine itself"),
        ("::1", "this machine itself"),
        ("0.0.0.0", "the unspecified address"),
        ("::", "the unspecified address"),
        ("10.0.0.1", "a private address"),
        ("172.16.0.1", "a private address"),
        ("192.168.1.1", "a private address"),
        ("192.0.0.8", "a reserved address"),
        ("198.18.0.1", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("fe80::1", "a link-local address"),
        ("fe80::1%eth0", "a link-local address"),
        ("100.64.0.1", "an address of a carrier's shared network"),
        ("100.127.255.254", "an address of a carrier's shared network"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("240.0.0.1", "a reserved address"),
        ("255.255.255.255", "a reserved address"),
        ("fc00::1", "a private address"),
        ("fd12:3456::1", "a private address"),
        ("fec0::1", "a private address"),
        ("2001:db8::1", "a private address"),
        ("::ffff:10.0.0.1", "a private address"),
        ("::ffff:127.0.0.1", "this machine itself"),
        ("::ffff:169.254.169.254", "a link-local address"),
        ("::10.0.0.1", "a private address"),
        ("2002:a00:1::", "a private address"),
        ("2002:7f00:1::1", "this machine itself"),
        ("64:ff9b::10.0.0.1", "a private address"),
        ("64:ff9b::a9fe:a9fe", "a link-local address"),
        ("64:ff9b:1::1", "a reserved address"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a private address"),
        ("100::1", "a reserved address"),
    ],
)
def test_address_that_is_not_public_is_refused(address: str, kind: str) -> None:
    assert kind_of(address, ()) == kind
    with pytest.raises(ForbiddenAddress) as caught:
        ask("https://lms.example.org/keys", address)
    assert caught.value.kind.startswith(kind)
    assert "NEEDLE_ALLOWED_NETWORKS" in caught.value.mend
    assert address not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "2a00:1450::5", "::ffff:8.8.8.8",
     "64:ff9b::8.8.8.8", "2002:808:808::1"],
)  # fmt: skip
def test_public_address_is_allowed(address: str) -> None:
    assert kind_of(address, ()) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.20.3.4", "10.20.0.0/16"),
        ("::ffff:10.20.3.4", "10.20.0.0/16"),
        ("fd12:3456::7", "fd12:3456::/32"),
        ("127.0.0.1", "127.0.0.0/8"),
    ],
)
def test_address_in_an_allowed_network_is_allowed(address: str, network: str) -> None:
    assert kind_of(address, [ip_network(network)]) is None
    assert kind_of(address, [ip_network("10.99.0.0/16")]) is not None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "100.64.0.9", "0.0.0.0",
     "[::ffff:10.0.0.1]", "[::ffff:a00:1]", "[::]", "[fe80::1]", "localhost", "lms.localhost",
     "LMS.LocalHost", "localhost."],
)  # fmt: skip
def test_host_that_is_written_as_a_private_address_is_refused(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        ask(f"https://{host}/keys", "93.184.216.34")


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "017700000001"])
def test_address_in_another_notation_is_refused(host: str) -> None:
    with pytest.raises((ForbiddenAddress, urllib3.exceptions.HTTPError)) as caught:
        send("GET", f"https://{host}:9/keys", networks=())
    assert not isinstance(caught.value, urllib3.exceptions.NewConnectionError)


@pytest.mark.parametrize(
    "found",
    [("93.184.216.34", "10.0.0.1"), ("10.0.0.1", "93.184.216.34"), ("2606:4700::1", "::1")],
)
def test_one_private_address_among_public_ones_refuses_the_host(found: Sequence[str]) -> None:
    with pytest.raises(ForbiddenAddress):
        ask("https://lms.example.org/keys", *found)


def test_name_is_looked_up_once_and_a_changed_answer_gains_nothing() -> None:
    """DNS rebinding: the second answer would be this machine."""
    answers = [["192.0.2.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    networks = [ip_network("192.0.2.0/24")]
    with pytest.raises((urllib3.exceptions.HTTPError, OSError)) as caught:
        send("GET", "https://lms.example.org/", networks=networks, seconds=0.3, resolve=resolve)
    assert not isinstance(caught.value, ForbiddenAddress)
    assert asked == ["lms.example.org"]


@pytest.mark.parametrize(
    "url",
    ["http://lms.example.org/keys", "http://10.20.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd",
     "", "https://", "https:///keys", "https://admin:secret@127.0.0.1/", "//127.0.0.1/"],
)  # fmt: skip
def test_address_that_is_no_plain_https_is_refused_unasked(url: str) -> None:
    asked: list[str] = []
    with pytest.raises(urllib3.exceptions.HTTPError) as caught:
        send(
            "GET",
            url,
            networks=[*LOOPBACK, ip_network("10.20.0.0/16")],
            resolve=lambda host, port: asked.append(host) or ["127.0.0.1"],
        )
    assert asked == []
    assert "secret" not in str(caught.value)


def test_http_serves_on_this_machine_by_each_of_its_names(server: ServicesServer) -> None:
    server.on("/", Told(200, b"here"))
    for host in ("127.0.0.1", "localhost", "lms.localhost"):
        url = server.origin.replace("127.0.0.1", host)
        assert send("GET", url, networks=LOOPBACK).body == b"here"
    assert [one.headers["host"].split(":")[0] for one in server.asked] == [
        "127.0.0.1",
        "localhost",
        "lms.localhost",
    ]


def test_method_headers_and_body_are_sent_as_given(server: ServicesServer) -> None:
    url = server.on("/scores", Told(201, b"made", {"X-Note": "Mixed Case", "Link": "<U>"}))
    headers = {"Content-Type": "text/x", "ACCEPT": "text/y", "Authorization": "Bearer t"}
    answer = send("POST", url + "?A=b%20C", networks=LOOPBACK, headers=headers, body=b"\x00\xff")
    assert (answer.status, answer.body) == (201, b"made")
    assert (answer.headers["x-note"], answer.headers["link"]) == ("Mixed Case", "<U>")
    [asked] = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/scores?A=b%20C", b"\x00\xff")
    assert (asked.headers["accept"], asked.headers["authorization"]) == ("text/y", "Bearer t")
    assert asked.headers["user-agent"] == "Needle"


def test_redirect_is_an_answer_and_is_not_followed(server: ServicesServer) -> None:
    url = server.on("/a", Told(302, b"", {"Location": "/b"}))
    assert send("GET", url, networks=LOOPBACK).status == 302
    assert len(server.asked) == 1


def test_good_answer_beyond_the_cap_is_refused_and_an_error_is_cut(server: ServicesServer) -> None:
    good = server.on("/good", Told(200, b"a" * 2000))
    bad = server.on("/bad", Told(422, b"b" * 2000))
    assert len(send("GET", good, networks=LOOPBACK, most_bytes=2000).body) == 2000
    with pytest.raises(TooLong):
        send("GET", good, networks=LOOPBACK, most_bytes=1999)
    assert send("GET", bad, networks=LOOPBACK, most_bytes=100).body == b"b" * 100


def test_proxy_of_the_environment_is_not_used(
    server: ServicesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url = server.on("/", Told(200, b"direct"))
    assert send("GET", url, networks=LOOPBACK).body == b"direct"


def test_whole_exchange_is_over_in_time() -> None:
    with serve_drip() as slow:
        began = time.monotonic()
        with pytest.raises((urllib3.exceptions.HTTPError, OSError)):
            send("POST", f"http://{slow.address}/", networks=LOOPBACK, body=b"a", seconds=0.3)
        assert time.monotonic() - began < 1.0


def test_slow_look_up_is_given_up_in_time_and_few_are_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "_LOOK_UPS", threading.BoundedSemaphore(1))
    answered = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        answered.wait(10)
        return ["127.0.0.1"]

    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            send("GET", "https://lms.example.org/", networks=(), seconds=0.2, resolve=resolve)
    assert time.monotonic() - began < 0.4 + 0.5
    answered.set()


def test_name_that_nobody_knows_is_an_error_of_the_exchange() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(urllib3.exceptions.NameResolutionError):
        send("GET", "https://lms.example.org/", networks=(), resolve=resolve)
