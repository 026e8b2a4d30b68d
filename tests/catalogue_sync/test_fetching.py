"""What others' servers answer: tried again, followed, bounded, and never trusted."""

from __future__ import annotations

import email.utils
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

import pytest

from catalogue_sync.errors import (
    AccessRefused,
    AddressRefused,
    CatalogueError,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
    SourceUnreachable,
)
from catalogue_sync.limits import MIB, Limits
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from catalogue_sync.transport.fetching import LONGEST_PAUSE, Fetcher, require_https, shown
from tests.servers.certificate import write_certificate
from tests.servers.dripping import DRIPS, serve_drip
from tests.servers.web import Asked, Page, Web, serve_web, slowly


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on this machine."""
    with serve_web() as serving:
        yield serving


@pytest.fixture
def pauses() -> list[float]:
    """Seconds that the fetcher meant to wait, in order."""
    return []


@pytest.fixture
def fetcher(pauses: list[float]) -> Iterator[Fetcher]:
    """A fetcher that may call this machine, does not wait, and has a secret."""
    opened = Fetcher(
        Surroundings(networks=LOOPBACK, sleep=pauses.append, limits=Limits(answer_bytes=MIB)),
        headers={"Authorization": "Bearer s3cret"},
    )
    yield opened
    opened.close()


def impatient(**limits: float) -> Fetcher:
    """A fetcher with limits of its own."""
    return Fetcher(
        Surroundings(networks=LOOPBACK, sleep=lambda _: None, limits=Limits(**limits))  # type: ignore[arg-type]
    )


def test_an_answer_is_read_whole(web: Web, fetcher: Fetcher) -> None:
    url = web.say("/feed", Page(b"words", headers={"Content-Type": "Text/XML; charset=utf-8"}))
    fetched = fetcher.get(url)
    assert (fetched.url, fetched.status, fetched.body) == (url, 200, b"words")
    assert fetched.media_type == "text/xml"
    assert not fetched.not_modified
    assert web.asked[0].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(
    web: Web, fetcher: Fetcher, pauses: list[float], status: int
) -> None:
    url = web.say("/", Page(status=status), Page(status=status), Page(b"there"))
    assert fetcher.get(url).body == b"there"
    assert pauses == [0.5, 2.0]


def test_what_stays_in_trouble_is_given_up(web: Web, fetcher: Fetcher) -> None:
    url = web.say("/", Page(status=503))
    with pytest.raises(SourceUnreachable, match="answered with status 503"):
        fetcher.get(url)
    assert len(web.asked) == 3


def test_a_request_with_a_body_is_tried_again_with_it(web: Web, fetcher: Fetcher) -> None:
    url = web.say("/", Page(status=503), Page(b"there"))
    assert fetcher.post(url, b"asking").body == b"there"
    assert [one.body for one in web.asked] == [b"asking", b"asking"]


def in_a_while(**values: float) -> str:
    return email.utils.format_datetime(datetime.now(UTC) + timedelta(**values), usegmt=True)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        pytest.param("7", 7, 7, id="seconds"),
        pytest.param("86400", LONGEST_PAUSE, LONGEST_PAUSE, id="a day is too long"),
        pytest.param("9" * 400, LONGEST_PAUSE, LONGEST_PAUSE, id="absurd"),
        pytest.param("in:30", 25, 30, id="a date"),
        pytest.param("in:-30", 0.5, 0.5, id="a date that has passed"),
        pytest.param("Mon, 01 Jan 99999 00:00:00 GMT", 0.5, LONGEST_PAUSE, id="no such year"),
        pytest.param("Mon, 01 Jan 2020 00:00:00 +9999999999", 0.5, 0.5, id="no such zone"),
        pytest.param("-5", 0.5, 0.5, id="negative"),
        pytest.param("soon", 0.5, 0.5, id="a word"),
        pytest.param("", 0.5, 0.5, id="empty"),
    ],
)
def test_a_server_is_asked_again_as_late_as_it_says(
    web: Web, fetcher: Fetcher, pauses: list[float], header: str, least: float, most: float
) -> None:
    if header.startswith("in:"):
        header = in_a_while(seconds=float(header[3:]))
    url = web.say("/", Page(status=429, headers={"Retry-After": header}), Page(b"there"))
    assert fetcher.get(url).body == b"there"
    assert least <= pauses[0] <= most


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, AccessRefused), (403, AccessRefused), (404, RequestRefused), (410, RequestRefused),
     (418, RequestRefused), (500, RequestRefused)],
)  # fmt: skip
def test_a_refusal_is_not_tried_again(
    web: Web, fetcher: Fetcher, status: int, error: type[CatalogueError]
) -> None:
    url = web.say("/", Page(b"no", status=status))
    with pytest.raises(error, match=f"{status}") as caught:
        fetcher.get(url + "?token=s3cret")
    assert "s3cret" not in str(caught.value)
    assert len(web.asked) == 1
    if isinstance(caught.value, RequestRefused):
        assert caught.value.code == str(status)


def test_what_has_not_changed_is_not_sent_again(web: Web, fetcher: Fetcher) -> None:
    page = Page(b"words", headers={"ETag": '"7"', "Last-Modified": in_a_while(days=-1)})
    url = web.say("/", page)
    fetched = fetcher.get(url)
    etag, modified = fetched.headers["etag"], fetched.headers["last-modified"]
    assert fetcher.get(url, etag=etag).not_modified
    assert fetcher.get(url, last_modified=modified).not_modified
    assert fetcher.get(url, etag='"8"').body == b"words"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(web: Web, fetcher: Fetcher, status: int) -> None:
    web.say("/end/here", b"there")
    web.send_on("/middle", "/end/here", status)
    url = web.send_on("/start", web.url + "/middle", status)
    assert fetcher.get(url).url == web.url + "/end/here"


def test_a_redirect_of_a_post_is_not_followed(web: Web, fetcher: Fetcher) -> None:
    web.say("/end", b"there")
    assert fetcher.post(web.send_on("/start", "/end"), b"").status == 302
    assert len(web.asked) == 1


@pytest.mark.parametrize("target", ["/start", "/start?again", ""])
def test_redirects_without_end_are_left(web: Web, fetcher: Fetcher, target: str) -> None:
    with pytest.raises(InvalidAnswer, match="redirect"):
        fetcher.get(web.send_on("/start", target))
    assert len(web.asked) <= 6


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://10.0.0.1/",
        "http://192.168.1.1:8080/",
        "http://0.0.0.0/",
        "http://[fe80::1]/",
        "http://user:pass@example.org/",
        "file:///etc/passwd",
        "ftp://example.org/feed",
        "gopher://example.org/",
        "javascript:alert(1)",
        "http://[",
        "http://example.org:99999/",
    ],
)
def test_a_redirect_to_what_may_not_be_called_is_refused(
    web: Web, fetcher: Fetcher, target: str
) -> None:
    with pytest.raises(AddressRefused):
        fetcher.get(web.send_on("/start", target))
    assert len(web.asked) == 1


def test_this_machine_is_refused_where_no_network_is_allowed(web: Web) -> None:
    fetcher = Fetcher(Surroundings())
    with pytest.raises(AddressRefused, match="this machine itself"):
        fetcher.get(web.say("/", b"words"))
    assert web.asked == []


def test_a_name_that_changes_its_answer_gains_nothing(web: Web) -> None:
    port = int(web.url.rpartition(":")[2])
    answers: list[Sequence[str]] = [["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]]

    def resolve(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    web.say("/end", b"there")
    web.send_on("/start", f"http://rebound.example:{port}/end")
    fetcher = Fetcher(Surroundings(networks=LOOPBACK, resolve=resolve))
    start = f"http://feeds.example:{port}/start"
    with pytest.raises(AddressRefused, match=r"rebound\.example is a private address"):
        fetcher.get(start)
    assert [one.path for one in web.asked] == ["/start"]
    # Each connection is made to the very address that was checked: one look-up, not two.
    assert len(answers) == 1
    fetcher.close()


def test_a_secret_goes_to_no_other_origin(web: Web, fetcher: Fetcher) -> None:
    with serve_web() as other:
        other.say("/end", b"there")
        url = web.send_on("/start", other.url + "/end")
        fetcher.get(url, headers={"X-Token": "s3cret", "Accept": "text/xml"}, etag='"1"')
        assert web.asked[0].headers["x-token"] == "s3cret"
        got = other.asked[0].headers
    assert "s3cret" not in str(got)
    assert got["accept"] == "text/xml"
    assert got["if-none-match"] == '"1"'


def test_a_secret_that_no_header_can_carry_is_named() -> None:
    for secret in ("Bearer a\nX-Evil: 1", "Bearer 秘密"):
        with pytest.raises(InvalidSettings, match="secret") as caught:
            Fetcher(Surroundings(), headers={"Authorization": secret})
        assert secret not in str(caught.value)


def test_https_is_never_left_for_http(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path / "localhost.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    web.say("/end", b"there")
    fetcher = impatient()
    with serve_web(certificate) as safe:
        safe.say("/end", b"safe")
        assert fetcher.get(web.send_on("/up", safe.url + "/end")).body == b"safe"
        with pytest.raises(InvalidAnswer, match="from https to an address without it"):
            fetcher.get(safe.send_on("/down", web.url + "/end"))
        fetcher.close()
    assert [one.path for one in web.asked] == ["/up"]


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    with serve_web(write_certificate(tmp_path / "localhost.pem")) as safe:
        with pytest.raises(SourceUnreachable, match="certificate cannot be trusted"):
            impatient().get(safe.say("/", b"words"))
        assert safe.asked == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "deflate"}],
    ids=["plain", "gzip", "deflate"],
)
def test_an_answer_past_the_limit_is_left(web: Web, headers: dict[str, str]) -> None:
    whole = bytes(64 * MIB)
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(
        headers.get("Content-Encoding", ""), bytes
    )(whole)
    url = web.say("/", Page(packed, headers=headers))
    fetcher = impatient(answer_bytes=MIB)
    fetcher.get(web.say("/small", b"words"))
    del whole
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(InvalidAnswer, match="larger than 1,048,576 bytes"):
        fetcher.get(url)
    assert time.monotonic() - began < 5
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * MIB
    fetcher.close()


def test_an_answer_of_just_the_limit_is_read(web: Web, fetcher: Fetcher) -> None:
    url = web.say("/", bytes(100))
    assert len(fetcher.get(url, most_bytes=100).body) == 100
    with pytest.raises(InvalidAnswer, match="larger than 99 bytes"):
        fetcher.get(url, most_bytes=99)


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "deflate", "two members"])
def test_a_packed_answer_is_unpacked(web: Web, fetcher: Fetcher, packing: str, level: int) -> None:
    words = bytes(range(256)) * 2000 + bytes(300_000)
    packed = {
        "deflate": zlib.compress(words, level),
        "two members": gzip.compress(words[:1000], level) + gzip.compress(words[1000:], level),
    }.get(packing, gzip.compress(words, level))
    encoding = "gzip" if packing == "two members" else packing
    url = web.say("/", Page(packed, headers={"Content-Encoding": encoding}))
    assert fetcher.get(url).body == words


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("br", b"\x00", "unasked"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"words")), "unasked"),
        ("gzip", b"no gzip at all", "damaged"),
        ("gzip", gzip.compress(b"words" * 99)[:-12], "damaged"),
        ("gzip", gzip.compress(b"words") + b"rubbish", "damaged"),
        ("deflate", b"\xff\xff\xff", "damaged"),
    ],
    ids=["brotli", "twice", "not packed", "cut", "rubbish after it", "broken"],
)
def test_a_packed_answer_that_cannot_be_unpacked_is_refused(
    web: Web, fetcher: Fetcher, encoding: str, body: bytes, reason: str
) -> None:
    url = web.say("/", Page(body, headers={"Content-Encoding": encoding}))
    with pytest.raises(InvalidAnswer, match=reason):
        fetcher.get(url)


BROKEN = {
    "shorter than said": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nwords",
    "chunks without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n",
    "a chunk cut": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\nwords",
    "a size that is none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nwords",
    "nothing at all": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a status that is none": b"HTTP/1.1 abc OK\r\n\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 100_000,
    "thousands of headers": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 5_000 + b"\r\n",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_tried_again_and_never_taken_for_whole(
    web: Web, fetcher: Fetcher, raw: bytes
) -> None:
    url = web.say("/", Page(raw=raw), Page(b"there"))
    assert fetcher.get(url).body == b"there"
    with pytest.raises(SourceUnreachable):
        fetcher.get(web.say("/always", Page(raw=raw)))
    assert len(web.asked) == 2 + 3


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS.keys())
def test_an_answer_that_never_ends_is_left_in_time(drip: tuple[bytes, bytes]) -> None:
    with serve_drip(*drip) as server:
        fetcher = impatient(seconds=0.5, tries=2)
        began = time.monotonic()
        with pytest.raises((SourceUnreachable, InvalidAnswer)):
            fetcher.get(f"http://{server.address}/")
        assert time.monotonic() - began < 4
        fetcher.close()


def test_a_server_that_used_up_its_time_is_not_asked_again(web: Web) -> None:
    url = web.say("/", Page(pieces=slowly(repeat(b"x"), 0.05)))
    fetcher = impatient(seconds=0.5)
    with pytest.raises(SourceUnreachable, match="took too long"):
        fetcher.get(url)
    assert len(web.asked) == 1
    fetcher.close()


def test_a_body_without_end_is_left_at_the_limit(web: Web) -> None:
    url = web.say("/", Page(pieces=lambda: repeat(b"x" * 65_536)))
    fetcher = impatient(answer_bytes=MIB, stream_bytes=4 * MIB)
    with pytest.raises(InvalidAnswer, match="larger than"):
        fetcher.get(url)
    received: list[int] = []
    with fetcher.stream(url) as stream, pytest.raises(InvalidAnswer, match="larger than"):
        received.extend(len(piece) for piece in stream.pieces)
    assert sum(received) <= 4 * MIB
    fetcher.close()


def test_a_stream_comes_in_pieces_and_may_be_left(web: Web, fetcher: Fetcher) -> None:
    url = web.say("/", Page(gzip.compress(bytes(500_000)), headers={"Content-Encoding": "gzip"}))
    with fetcher.stream(url) as stream:
        assert stream.status == 200
        assert max(map(len, stream.pieces)) <= 65_536
    with fetcher.stream(url) as stream:
        next(stream.pieces)
    with fetcher.stream(url) as stream:
        assert sum(map(len, stream.pieces)) == 500_000


def test_nobody_home_and_no_such_name_are_told_apart() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with serve_web() as gone:
        url = gone.url
    with pytest.raises(SourceUnreachable, match="nothing accepts a connection there"):
        impatient().get(url)
    fetcher = Fetcher(
        Surroundings(networks=LOOPBACK, resolve=resolve, sleep=lambda _: None)
    )
    with pytest.raises(SourceUnreachable):
        fetcher.get("http://nowhere.example/")


@pytest.mark.parametrize(
    "url",
    ["", "example.org/feed", "//example.org/feed", "http:///feed", "http://[::1", "http://a:b/",
     "https://user@example.org/", "http://" + "a" * 300 + ".example/", "http://a..b/",
     "http://xn--/", "http://\x00/", "http://é" + "é" * 80 + ".example/"],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_address_is_refused_by_name(url: str) -> None:
    fetcher = Fetcher(
        Surroundings(resolve=lambda host, port: ["10.0.0.1"], sleep=lambda _: None)
    )
    with pytest.raises((AddressRefused, SourceUnreachable)):
        fetcher.get(url)


def test_addresses_are_shown_without_what_could_be_secret() -> None:
    assert shown("https://u:p@feeds.example:8443/a?key=s3cret#x") == "https://feeds.example:8443/a"
    assert shown("https://[::1]/a") == "https://[::1]/a"
    assert shown("http://[") == "an address that is none"


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [("https://a.example/", True), ("http://127.0.0.1:1/", True), ("http://localhost/", True),
     ("http://a.example/", False), ("ftp://a.example/", False)],
)  # fmt: skip
def test_a_secret_travels_over_https_or_on_this_machine_only(url: str, is_safe: bool) -> None:
    if is_safe:
        assert require_https(url) == url
    else:
        with pytest.raises(AddressRefused):
            require_https(url, "url")


def test_an_answer_may_look_at_the_question(web: Web, fetcher: Fetcher) -> None:
    def echo(asked: Asked) -> Page:
        return Page(asked.query["q"].encode())

    assert fetcher.get(web.say("/", echo) + "?q=a%20b").body == b"a b"


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (gzip.compress(bytes(5 * MIB)), "200 times"),
        (gzip.compress(b"") * 60_000, "too many parts|larger than"),
        (gzip.compress(b"a") * 30_000, "too many parts"),
    ],
    ids=["ratio", "empty parts", "parts of a byte"],
)
def test_a_packed_answer_that_only_costs_time_and_memory_is_refused(
    web: Web, packed: bytes, reason: str
) -> None:
    url = web.say("/", Page(packed, headers={"Content-Encoding": "gzip"}))
    fetcher = impatient()
    began = time.monotonic()
    with pytest.raises(InvalidAnswer, match=reason):
        fetcher.get(url)
    assert time.monotonic() - began < 5
    fetcher.close()


def test_what_unpacks_to_nothing_counts_as_it_was_sent(web: Web, fetcher: Fetcher) -> None:
    def empty_blocks() -> Iterator[bytes]:
        # Stored blocks (RFC 1951, section 3.2.4) of no byte at all, inside one gzip member.
        yield gzip.compress(b"")[:10]
        yield from repeat(b"\x00\x00\x00\xff\xff" * 10_000, 100)

    url = web.say("/", Page(pieces=empty_blocks, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(InvalidAnswer, match="larger than"):
        fetcher.get(url)


def test_an_answer_in_tiny_pieces_takes_no_more_memory_than_its_bytes(
    web: Web, fetcher: Fetcher
) -> None:
    def chunks() -> Iterator[bytes]:
        yield from repeat(b"2\r\naa\r\n" * 1_000, 500)
        yield b"0\r\n\r\n"

    url = web.say("/", Page(pieces=chunks, headers={"Transfer-Encoding": "chunked"}))
    tracemalloc.start()
    try:
        assert len(fetcher.get(url).body) == MIB - 48_576
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * MIB


def test_the_secret_is_hidden_where_a_redirect_says_it(web: Web, fetcher: Fetcher) -> None:
    web.send_on("/", "/echo/s3cret/Bearer%20s3cret")
    with pytest.raises(RequestRefused, match=r"/echo/…/…") as caught:
        fetcher.get(f"{web.url}/")
    assert "s3cret" not in str(caught.value)
