"""Ten attacks on a source that fetches: each refused by name, in bounded time and memory."""

from __future__ import annotations

import contextlib
import gzip
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import repeat

import pytest

from catalogue_sync.errors import (
    AddressRefused,
    CatalogueError,
    InvalidAnswer,
    InvalidXML,
    SourceUnreachable,
)
from catalogue_sync.limits import MIB, Limits
from catalogue_sync.module import Module
from catalogue_sync.records import Built, Reading
from catalogue_sync.sources.document import Location
from catalogue_sync.sources.feeds.feed import FeedSource, read_feed
from catalogue_sync.sources.feeds.feed_bytes import LONGEST_ILL_FORMED, decode_feed
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.dripping import DRIPS, serve_drip
from tests.servers.web import Page, Web, serve_web, slowly

pytestmark = pytest.mark.torture

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HEAD = b"<rss version='2.0'><channel><title>News</title>"
ITEM = b"<item><title>A piece</title><link>https://news.example/1</link></item>"
FEED = HEAD + ITEM + b"</channel></rss>"


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on this machine."""
    with serve_web() as serving:
        yield serving


@contextmanager
def bounded(seconds: float, mib: float) -> Iterator[None]:
    """Fails when the block takes longer, or holds more memory at once."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
    finally:
        took = time.monotonic() - began
        peak = tracemalloc.get_traced_memory()[1] / MIB
        tracemalloc.stop()
    assert took < seconds
    assert peak < mib


def read(url: str, *, resolve: Sequence[Sequence[str]] = (), **limits: float) -> Built:
    """Sync a feed at an address, with limits and look-ups of its own."""
    answers = list(resolve)
    named = {"resolve": lambda host, port: answers.pop(0)} if resolve else {}
    surroundings = Surroundings(
        networks=LOOPBACK,
        sleep=lambda _: None,
        limits=Limits(**limits),  # type: ignore[arg-type]
        **named,  # type: ignore[arg-type]
    )
    (batch,) = FeedSource("news", Location(url), surroundings).read(Reading(now=NOW))
    assert batch.build is not None
    return batch.build()


def titles(built: Built) -> list[str]:
    return [record.title for record in built.records if isinstance(record, Module)]


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/iam/", "http://10.1.2.3/feed", "http://[fd00::1]/",
     "http://2852039166/", "http://0x7f000001.example@10.0.0.1/", "file:///etc/passwd"],
    ids=["cloud metadata", "private", "private IPv6", "decimal", "user in front", "file"],
)  # fmt: skip
def test_a_redirect_into_a_private_network_is_refused(web: Web, target: str) -> None:
    url = web.send_on("/feed", target)
    with bounded(5, 10), pytest.raises((AddressRefused, SourceUnreachable)):
        # Whatever a name that looks like a number is found to be, it is checked.
        read(url.replace("127.0.0.1", "feeds.example"),
             resolve=[["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254"],
                      ["169.254.169.254"]])  # fmt: skip
    assert len(web.asked) == 1


def test_a_redirect_to_this_machine_is_refused_where_it_is_not_allowed(web: Web) -> None:
    source = FeedSource("news", Location(web.say("/feed", FEED)), Surroundings())
    with pytest.raises(AddressRefused, match="this machine itself"):
        next(source.read(Reading(now=NOW)))
    assert web.asked == []


def test_a_name_that_turns_private_between_look_ups_is_refused(web: Web) -> None:
    port = web.url.rpartition(":")[2]
    url = f"http://feeds.example:{port}/feed"
    web.say("/feed", Page(status=302, headers={"Location": f"http://b.example:{port}/end"}))
    web.say("/end", FEED)
    with bounded(5, 10), pytest.raises(AddressRefused, match=r"b\.example is a private address"):
        read(url, resolve=[["127.0.0.1"], ["192.168.0.7"]])
    with pytest.raises(AddressRefused):
        read(url, resolve=[["127.0.0.1", "10.0.0.1"]])
    assert [one.path for one in web.asked] == ["/feed"]


def test_a_feed_without_end_is_left(web: Web) -> None:
    endless = web.say("/endless", Page(pieces=lambda: repeat(ITEM * 1_000)))
    with bounded(20, 20), pytest.raises(InvalidAnswer, match="larger than 4,194,304 bytes"):
        read(endless, answer_bytes=4 * MIB)


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS.keys())
def test_a_feed_that_drips_is_left(drip: tuple[bytes, bytes]) -> None:
    refused = pytest.raises((SourceUnreachable, InvalidAnswer))
    with serve_drip(*drip) as server, bounded(5, 10), refused:
        read(f"http://{server.address}/feed", seconds=0.5, tries=2)


def test_a_feed_that_comes_in_time_is_read_however_slowly(web: Web) -> None:
    pieces = [FEED[at : at + 20] for at in range(0, len(FEED), 20)]
    url = web.say("/feed", Page(pieces=slowly(pieces, 0.01)))
    assert titles(read(url)) == ["A piece"]


def test_a_gzip_bomb_is_left(web: Web) -> None:
    bomb = gzip.compress(HEAD + bytes(200 * MIB), 9)
    url = web.say("/feed", Page(bomb, headers={"Content-Encoding": "gzip"}))
    del bomb
    with bounded(10, 20), pytest.raises(InvalidAnswer, match=r"more than 200 times|larger than 4"):
        read(url, answer_bytes=4 * MIB)


def test_a_packed_feed_is_read_all_the_same(web: Web) -> None:
    page = Page(gzip.compress(FEED), headers={"Content-Encoding": "gzip"})
    assert titles(read(web.say("/feed", page))) == ["A piece"]


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "image/png", "application/octet-stream", "text/plain; charset=us-ascii",
     "application/json", "x" * 5_000, ""],
    ids=range(7),
)  # fmt: skip
def test_a_wrong_content_type_does_not_hide_a_feed(web: Web, content_type: str) -> None:
    page = Page(FEED, headers={"Content-Type": content_type})
    built = read(web.say("/feed", page))
    assert titles(built) == ["A piece"]
    assert built.warnings == ()


WORDS = "Überprüfung – “naïve” ☃"


def said(declared: str, words: str, encoding: str) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = f"{declaration}<rss version='2.0'><channel><item><title>{words}</title>"
    text += "<link>https://news.example/1</link></item></channel></rss>"
    return text.encode(encoding)


@pytest.mark.parametrize(
    ("data", "content_type", "title"),
    [
        (said("utf-8", WORDS, "utf-8"), "", WORDS),
        (said("iso-8859-1", WORDS, "utf-8"), "", WORDS),
        (said("utf-16", WORDS, "utf-8"), "", WORDS),
        (said("utf-8", WORDS, "utf-8"), "text/xml; charset=iso-8859-1", WORDS),
        (said("no-such-charset", WORDS, "utf-8"), "", WORDS),
        (said("utf-16", WORDS, "utf-16-le"), "", WORDS),
        (said("", WORDS, "utf-16-be"), "", WORDS),
        (said("", WORDS, "utf-16"), "", WORDS),
        (said("utf-8", WORDS, "utf-32"), "", WORDS),
        (said("iso-8859-1", "Überprüfung", "latin-1"), "", "Überprüfung"),
        (said("utf-8", "Überprüfung – “ja”", "cp1252"), "", "Überprüfung – “ja”"),
        (said("", "Überprüfung", "latin-1"), "text/xml; charset=latin1", "Überprüfung"),
        (said("koi8-r", "Проверка", "koi8-r"), "", "Проверка"),
        (said("gb2312", "检查", "gbk"), "", "检查"),
        (said("utf-7", "+ADw-script+AD4-", "ascii"), "text/xml; charset=utf-7",
         "+ADw-script+AD4-"),
        (said("hz", "~{<:Ky2;~}", "ascii").replace(b"<:", b"&lt;:"), "", "~{<:Ky2;~}"),
    ],
    ids=range(16),
)  # fmt: skip
def test_lies_about_the_character_set_are_seen_through(
    web: Web, data: bytes, content_type: str, title: str
) -> None:
    page = Page(data, headers={"Content-Type": content_type})
    assert titles(read(web.say("/feed", page))) == [title]


def test_utf_16_is_not_taken_for_text_that_only_has_zeros() -> None:
    assert decode_feed(b"<\0r\0s\0s\0") == "<rss"
    assert decode_feed(b"rss\0\0") == "rss\0\0"


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>",
        "<style>*{}</style>",
        "<iframe src='//evil.example'></iframe>",
        "<svg onload=alert(1)></svg>",
        "<!-- <b> -->",
        "<b" * 1_000,
        "<div>" * 2_000,
    ],
    ids=range(9),
)
@pytest.mark.parametrize("wrapped", ["cdata", "escaped"])
def test_no_markup_survives(markup: str, wrapped: str) -> None:
    text = f"before {markup} after"
    inside = f"<![CDATA[{text}]]>" if wrapped == "cdata" else text.replace("<", "&lt;")
    data = (
        b"<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        b"<item><link>https://news.example/1</link><title>T</title>"
        + f"<description>{inside}</description>".encode()
        + f"<content:encoded>{inside} more</content:encoded></item></channel></rss>".encode()
    )
    with bounded(5, 60):
        (module,) = read_feed(data, source="s", place="feed").records
    assert isinstance(module, Module)
    for words in (module.description, module.text):
        assert words.startswith("before")
        for bad in ("<script", "onerror", "javascript:", "<iframe", "onload", "<style", "alert"):
            assert bad not in words


LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
).encode()


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE rss [" + LAUGHS + b"]>",
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://169.254.169.254/"> %x;]>',
        b'<!DOCTYPE rss [<!ENTITY a "' + b"a" * 100_000 + b'">]>',
        b'<!-- --><?a?><!DOCTYPE rss [<!-- --><!ENTITY a "b">]>',
    ],
    ids=["laughs", "file", "address", "quadratic", "after a comment"],
)
@pytest.mark.parametrize("declaration", [b"", b'<?xml version="1.0" encoding="utf-16"?>'])
def test_an_entity_is_refused(doctype: bytes, declaration: bytes) -> None:
    bomb = b"<item><title>" + b"&a;&l9;" * 1_000 + b"</title></item></channel></rss>"
    for encoding in ("utf-8", "utf-16"):
        data = (declaration + doctype + HEAD + bomb).decode().encode(encoding)
        with bounded(5, 20), pytest.raises(InvalidXML, match="declares an entity"):
            read_feed(data, source="s", place="feed")


def test_an_entity_that_nothing_declares_costs_nothing() -> None:
    data = HEAD + b"<item><title>" + b"&l9;" * 50_000 + b"</title></item>"
    with bounded(10, 60):
        read_feed(data, source="s", place="feed")


def test_an_article_about_entities_is_read() -> None:
    text = b"<description><![CDATA[<pre>&lt;!ENTITY x&gt; <!ENTITY y 'z'></pre>]]></description>"
    data = FEED.replace(b"</item>", text + b"</item>")
    assert titles(read_feed(data, source="s", place="feed")) == ["A piece"]


HOSTILE = {
    "deep": HEAD + b"<a>" * 300_000,
    "deep but well-formed": HEAD + b"<a>" * 150 + b"</a>" * 150 + b"</channel></rss>",
    "a huge attribute": HEAD + b"<a b='" + b"c" * 200_000 + b"'/></channel></rss>",
    "half a million elements": HEAD + b"<a/>" * 510_000 + b"</channel></rss>",
    "too long": HEAD + b" " * (17 * MIB) + b"</channel></rss>",
    "ill-formed and long": HEAD + b"&" * (LONGEST_ILL_FORMED + 1),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_past_a_limit_is_refused(data: bytes) -> None:
    with bounded(20, 80), pytest.raises(InvalidXML):
        read_feed(data, source="s", place="feed")


ODD = {
    "links": FEED.replace(b"</item>", b"<link href='a'/>" * 40_000 + b"</item>"),
    "signs": HEAD + b"<" * 200_000,
    "entities": HEAD + b"&" * 200_000,
    "comments": HEAD + b"<!--" * 50_000,
    "sections": HEAD + b"<![CDATA[" * 20_000,
    "instructions": HEAD + b"<?" * 100_000,
    "declarations": HEAD + b"<!" * 100_000,
    "attributes": HEAD + b"& <a " + b"b='c' " * 30_000,
    "quotes": HEAD + b"& <a b='" * 20_000,
    "closings": HEAD + b"</" * 100_000,
    "items": HEAD + b"& <item>" * 10_000,
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_what_is_odd_takes_bounded_time(data: bytes) -> None:
    with bounded(30, 250), contextlib.suppress(CatalogueError):
        read_feed(data, source="s", place="feed")


SLOW = {
    "doctype": b"<!DOCTYPE rss " + b" " * 100_000 + b"\n" * 100_000 + FEED.replace(b"A", b"&"),
    "author": FEED.replace(b"</item>", b"<author>" + b"a" * 500_000 + b"</author></item>"),
}


@pytest.mark.parametrize("data", SLOW.values(), ids=SLOW.keys())
def test_what_a_parser_takes_hours_for_is_left(data: bytes) -> None:
    refused = pytest.raises(InvalidAnswer, match="it takes more than 1 seconds")
    with bounded(5, 60), refused:
        read_feed(data, source="s", place="feed", limits=Limits(contents_seconds=1.0))


@pytest.mark.parametrize("ending", [b"</channel></rss>", b"&"], ids=["well-formed", "ill-formed"])
def test_of_a_feed_without_end_the_newest_entries_are_read(ending: bytes) -> None:
    words = b"<item><title>No %d</title><guid>%d</guid></item>"
    data = HEAD + b"".join(words % (n, n) for n in range(10_001)) + ending
    with bounded(40, 250):
        built = read_feed(data, source="s", place="feed", limits=Limits(contents_seconds=39.0))
    assert titles(built)[-1] == "No 9999"
    assert built.warnings[-1] == (
        "feed has more than 10,000 entries; those after them were not read"
    )
    whole = HEAD + b"".join(words % (n, n) for n in range(200)) + ending
    assert len(titles(read_feed(whole, source="s", place="feed"))) == 200
