"""Feeds: what of an entry becomes a module, and what is asked for again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import CatalogueError, InvalidAnswer, InvalidSettings, InvalidXML
from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance
from catalogue_sync.records import Batch, Built, Reading, Refused
from catalogue_sync.sources import open_stored
from catalogue_sync.sources.feeds import feed
from catalogue_sync.sources.feeds.feed import read_feed
from catalogue_sync.sources.feeds.feed_entry import minutes_played
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.web import Page, Web, serve_web

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SURROUNDINGS = Surroundings(networks=LOOPBACK, sleep=lambda _: None)
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:cc="http://backend.userland.com/creativeCommonsRssModule"'
)


def rss(*items: str, channel: str = "") -> bytes:
    """An RSS feed of these items."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {NAMESPACES}><channel>'
        f"<title>News</title>{channel}{inside}</channel></rss>"
    ).encode()


def item(*more: str, title: str = "A piece", link: str = "https://news.example/1") -> str:
    return f"<title>{title}</title><link>{link}</link>" + "".join(more)


def modules(data: bytes, url: str = "") -> list[Module]:
    built = read_feed(data, source="news", place="feed", url=url)
    return [record for record in built.records if isinstance(record, Module)]


def only(*more: str, channel: str = "", **named: str) -> Module:
    """The module of a feed with one item."""
    (module,) = modules(rss(item(*more, **named), channel=channel))
    return module


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on this machine."""
    with serve_web() as serving:
        yield serving


def test_an_entry_becomes_a_module() -> None:
    module = only(
        "<guid isPermaLink='false'>n-1</guid><description>In &lt;b&gt;short&lt;/b&gt;</description>"
        "<content:encoded><![CDATA[<p>At length.</p><script>x()</script>]]></content:encoded>"
        "<pubDate>Thu, 05 Nov 2026 10:00:01 +0100</pubDate>",
        channel="<language>nl_NL</language>",
    )
    assert module == Module(
        source="news",
        identifier="n-1",
        title="A piece",
        kind=Kind.ARTICLE,
        open_url="https://news.example/1",
        description="In short",
        text="At length.",
        language="nl-NL",
        section="News",
        updated=datetime(2026, 11, 5, 9, 0, 1, tzinfo=UTC),
    )


AUDIO = '<enclosure url="https://news.example/1.mp3" length="1" type="audio/mpeg"/>'
FILM = '<enclosure url="https://news.example/1.mp4" length="1" type="video/mp4"/>'


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ("", Kind.ARTICLE),
        (AUDIO, Kind.LESSON),
        (FILM, Kind.VIDEO),
        (AUDIO + FILM, Kind.VIDEO),
        ('<enclosure url="https://news.example/1.pdf" type="application/pdf"/>', Kind.ARTICLE),
        ('<media:content url="https://news.example/1" medium="video"/>', Kind.VIDEO),
        ('<media:content url="https://news.example/1" type="audio/ogg"/>', Kind.LESSON),
    ],
    ids=range(7),
)
def test_what_is_enclosed_says_what_kind_it_is(more: str, kind: Kind) -> None:
    assert only(more).kind is kind


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("90", 1.5), ("1:30", 1.5), ("01:02:03", 62.05), ("120:00", 120), ("0:45", 0.75),
        ("3600.5", 60), ("PT1H30M", 90), (" 90 ", 1.5), ("", None), ("0", None), ("00:00", None),
        ("an hour", None), ("1:2:3:4", None), ("-5", None), ("9" * 30, None), ("1e3", None),
    ],
)  # fmt: skip
def test_a_playing_time_is_declared(value: str, minutes: float | None) -> None:
    expected = None if minutes is None else Duration(minutes, Basis.DECLARED)
    assert minutes_played(value) == expected
    assert only(AUDIO, f"<itunes:duration>{value}</itunes:duration>").duration == expected


def test_media_elements_declare_a_playing_time_too() -> None:
    more = '<media:content url="https://news.example/1.mp4" type="video/mp4" duration="120"/>'
    assert only(more).duration == Duration(2.0, Basis.DECLARED)


def test_only_a_whole_text_is_a_ground_for_an_estimate() -> None:
    words = "word " * 690
    whole = f"<content:encoded>{words}</content:encoded>"
    assert only(whole).duration == Duration(3.0, Basis.ESTIMATED)
    assert only(f"<description>{words}</description>").duration is None
    assert only(whole, AUDIO).duration is None


@pytest.mark.parametrize(
    ("more", "channel", "licence"),
    [
        ("<cc:license>https://creativecommons.org/licenses/by/4.0/</cc:license>", "",
         "https://creativecommons.org/licenses/by/4.0/"),
        ("<dc:rights>Licensed under CC BY 4.0</dc:rights>", "", "Licensed under CC BY 4.0"),
        ("<dc:rights>Copyright 2026 Ann Other</dc:rights>", "", None),
        ("<dc:rights>© Ann Other, CC BY</dc:rights>", "", None),
        ("", "<copyright>Public domain</copyright>", "Public domain"),
        ("", "<copyright>2026 Ann Other</copyright>", None),
        ("", "", None),
    ],
    ids=range(7),
)  # fmt: skip
def test_terms_are_kept_and_who_holds_the_rights_is_not(
    more: str, channel: str, licence: str | None
) -> None:
    assert only(more, channel=channel).licence == licence


def test_nobody_who_wrote_it_is_kept() -> None:
    module = only(
        "<author>ann@news.example (Ann Other)</author><dc:creator>Ann Other</dc:creator>"
        "<itunes:author>Ann Other</itunes:author><media:credit>Ann Other</media:credit>",
        channel="<managingEditor>ann@news.example (Ann Other)</managingEditor>",
    )
    assert "Ann" not in repr(module)


def test_an_enclosure_is_opened_where_there_is_no_page() -> None:
    (module,) = modules(rss(f"<title>A talk</title><guid isPermaLink='false'>1</guid>{AUDIO}"))
    assert module.open_url == "https://news.example/1.mp3"


def test_relative_addresses_are_those_of_the_feed() -> None:
    (module,) = modules(rss(item(link="/pieces/1")), url="https://news.example/feed.xml")
    assert module.open_url == module.identifier == "https://news.example/pieces/1"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "ftp://news.example/1", "http://[", "//"]
)
def test_what_a_browser_must_not_open_is_no_address(link: str) -> None:
    built = read_feed(
        rss(item("<guid isPermaLink='false'>1</guid>", link=link)), source="s", place="feed"
    )
    (module,) = built.records
    assert isinstance(module, Module)
    assert module.open_url is None
    assert len(built.warnings) == 1


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Ham &amp; eggs", "Ham & eggs"),
        ("Ham &amp;amp; eggs", "Ham & eggs"),
        ("<![CDATA[<b>Bold</b> <script>alert(1)</script>claim]]>", "Bold claim"),
        ("Using <![CDATA[<div>]]> well", "Using <div> well"),
        ("  Two\n lines ", "Two lines"),
        ("", "The first line of it"),
    ],
)
def test_a_title_is_one_line_of_plain_text(title: str, expected: str) -> None:
    text = "<description>&lt;p&gt;The first line of it&lt;/p&gt;&lt;p&gt;more</description>"
    assert only(text, title=title).title == expected


def test_an_entry_that_cannot_be_known_or_named_is_set_aside() -> None:
    built = read_feed(
        rss(
            "<title>Without an address</title>",
            "<link>https://news.example/2</link>",
            item(),
            item(title="The same again"),
        ),
        source="news",
        place="feed.xml",
    )
    assert [(r.place, r.reason) for r in built.records if isinstance(r, Refused)] == [
        ("feed.xml, entry 1", "the entry has neither an identifier nor an address"),
        ("feed.xml, entry 2", "the entry has neither a title nor a text"),
        ("feed.xml, entry 4", "an entry before it has the same identifier"),
    ]
    assert [r.title for r in built.records if isinstance(r, Module)] == ["A piece"]


def test_a_long_identifier_stays_different() -> None:
    long = "https://news.example/" + "a" * 3_000
    found = modules(rss(*(item(f"<guid>{long}{n}</guid>") for n in (1, 2))))
    assert len({module.identifier for module in found}) == 2
    assert max(len(module.identifier) for module in found) <= 500


COUNTED = {
    "feed_atom10_feedparser.xml": (1, 0, 0),
    "feed_illformed_cdata_feedparser.xml": (0, 1, 2),
    "feed_rel-enclosure_feedparser.xml": (0, 1, 1),
    "feed_rss10_feedparser.rdf": (1, 0, 0),
    "feed_rss20_feedparser.xml": (1, 0, 0),
    "feed_rss20dc_feedparser.xml": (1, 0, 0),
}


@pytest.mark.parametrize("name", COUNTED)
def test_samples_give_what_was_counted_by_hand(shared: Path, name: str) -> None:
    built = read_feed((shared / "samples" / name).read_bytes(), source="s", place=name)
    found = sum(isinstance(record, Module) for record in built.records)
    refused = sum(isinstance(record, Refused) for record in built.records)
    assert (found, refused, len(built.warnings)) == COUNTED[name]


def test_the_atom_sample_in_full(shared: Path) -> None:
    data = (shared / "samples" / "feed_atom10_feedparser.xml").read_bytes()
    (module,) = modules(data)
    assert module.identifier == "tag:feedparser.org,2005-11-09:/docs/examples/atom10.xml:3"
    assert (module.title, module.kind) == ("First entry title", Kind.VIDEO)
    assert module.open_url == "http://example.org/entry/3"
    assert module.text == "Watch out for nasty tricks"
    assert "Pilgrim" not in repr(module)


def test_of_an_ill_formed_feed_what_can_be_read_is_kept() -> None:
    broken = rss(item(), item(link="https://news.example/2")).replace(b"</channel></rss>", b"<b>&")
    built = read_feed(broken, source="s", place="feed.xml")
    assert [r.identifier for r in built.records if isinstance(r, Module)] == [
        "https://news.example/1", "https://news.example/2",
    ]  # fmt: skip
    assert "feed.xml is not well-formed XML" in str(built.warnings[0])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no feed"),
        (b"hello", "is no feed"),
        (b"\x00\xff\xfe\x89PNG", "is no feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "is no feed"),
        (b"<html><body>News</body></html>", "is a web page, no feed. Give"),
        (b'<html><link rel="alternate" type="application/rss+xml" href="/feed?key=1"></html>',
         "it names a feed of its own: https://news.example/feed$"),
        (b"<opml version='2.0'><body/></opml>", "is no feed"),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_feed_is_named(data: bytes, message: str) -> None:
    with pytest.raises(InvalidAnswer, match=message):
        read_feed(data, source="s", place="feed", url="https://news.example/")


def opened(**values: str) -> feed.FeedSource:
    source = feed.KIND.open("news", values, None, SURROUNDINGS)
    assert isinstance(source, feed.FeedSource)
    return source


def only_batch(source: feed.FeedSource, mark: str | None = None) -> Batch:
    (batch,) = source.read(Reading(now=NOW, mark=mark))
    return batch


def built(batch: Batch) -> Built:
    assert batch.build is not None
    return batch.build()


def test_a_feed_is_asked_for_again_only_when_it_changed(web: Web) -> None:
    headers = {"ETag": '"7"', "Last-Modified": "Thu, 05 Nov 2026 10:00:01 GMT"}
    url = web.say("/feed", Page(rss(item()), headers=headers))
    source = opened(url=url)
    first = only_batch(source)
    assert first.mark is not None
    again = only_batch(source, first.mark)
    assert (again.digest, again.records, again.complete) == (None, (), True)
    assert again.only_changes
    assert again.mark == first.mark
    web.say("/feed", Page(rss(item(), item(link="https://news.example/2"))))
    changed = only_batch(source, first.mark)
    assert len(built(changed).records) == 2
    assert changed.digest != first.digest
    assert changed.mark is None


def test_the_same_bytes_have_the_same_digest(web: Web, tmp_path: Path) -> None:
    url = web.say("/feed", rss(item()))
    assert only_batch(opened(url=url)).digest == only_batch(opened(url=url)).digest
    file = tmp_path / "feed.xml"
    file.write_bytes(rss(item()))
    batch = only_batch(opened(path=str(file)))
    assert batch.digest == only_batch(opened(path=str(file)), "{}").digest
    assert len(built(batch).records) == 1


@pytest.mark.parametrize(
    ("given", "kept"), [({}, True), ({"keep": "yes"}, True), ({"keep": "no"}, False)], ids=range(3)
)
def test_what_left_a_feed_is_kept_unless_told_otherwise(
    web: Web, given: Mapping[str, str], kept: bool
) -> None:
    source = opened(url=web.say("/feed", rss(item())), **given)
    *_, batch = source.read(Reading(now=NOW))
    assert (batch.only_changes, batch.complete) == (kept, True)


@pytest.mark.parametrize(
    "bad",
    ["<guid>1</guid><title></title>", "<title> </title><link>https://news.example/1</link>"],
    ids=["guid", "link"],
)
def test_a_bad_edition_of_an_entry_keeps_the_good_one(
    web: Web, catalogue: Catalogue, bad: str
) -> None:
    good = bad.replace("<title></title>", "<title>A</title>").replace("> <", ">A<")
    other, third = item(link="https://news.example/2"), item(link="https://news.example/3")
    url = web.say("/feed", rss(good, other, third))
    catalogue.put_source("news", "feed", {"url": url, "keep": "no"})
    source = opened(url=url, keep="no")
    sync(source, catalogue, now=NOW)
    web.say("/feed", rss(bad, other))
    report = sync(source, catalogue, now=NOW)

    assert (report.complete, report.removed, report.refused) == (True, 1, 1)
    assert len(list(catalogue.modules())) == 2


def test_an_entry_that_cannot_be_named_takes_nothing_away(web: Web, catalogue: Catalogue) -> None:
    url = web.say("/feed", rss(item(), item(link="https://news.example/2")))
    catalogue.put_source("news", "feed", {"url": url, "keep": "no"})
    source = opened(url=url, keep="no")
    sync(source, catalogue, now=NOW)
    web.say("/feed", rss("<description>Words</description>", item()))
    for _ in range(2):
        report = sync(source, catalogue, now=NOW)
        assert (report.complete, report.removed, report.refused) == (False, 0, 1)
        assert "nothing was removed, since 1 records" in "".join(report.warnings)
    assert len(list(catalogue.modules())) == 2


def test_settings_say_what_a_feed_does_not(web: Web) -> None:
    data = rss(item(), channel="<language>en</language>")
    given = {"language": "nl", "provenance": "colleague", "licence": "CC BY"}
    (module,) = built(only_batch(opened(url=web.say("/", data), **given))).records
    assert isinstance(module, Module)
    assert (module.language, module.licence) == ("en", "CC BY")
    assert module.provenance is Provenance.COLLEAGUE
    (module,) = built(only_batch(opened(url=web.say("/", rss(item()))))).records
    assert isinstance(module, Module)
    assert module.provenance is Provenance.EXTERNAL


@pytest.mark.parametrize(
    "given",
    [{}, {"url": "https://a.example/", "path": "feed.xml"}, {"url": "https://a.example/",
     "keep": "perhaps"}, {"path": "feed.xml", "provenance": "God"}],
    ids=range(4),
)  # fmt: skip
def test_wrong_settings_are_named(given: Mapping[str, str]) -> None:
    with pytest.raises(InvalidSettings):
        opened(**given)


def test_a_check_says_what_to_mend(web: Web, tmp_path: Path) -> None:
    assert opened(url=web.say("/feed", rss(item()))).check() == ()
    (sentence,) = opened(url=web.say("/feed", rss())).check()
    assert "holds no entry" in sentence
    with pytest.raises(CatalogueError, match=r"none\.xml cannot be read: No such file"):
        opened(path=str(tmp_path / "none.xml")).check()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    where=st.lists(st.tuples(st.integers(0, 4_000), st.binary(max_size=6)), max_size=8),
    cut=st.integers(0, 4_000),
)
def test_a_mangled_feed_is_read_or_refused_by_name(
    where: list[tuple[int, bytes]], cut: int
) -> None:
    data = rss(
        item(AUDIO, "<itunes:duration>1:30</itunes:duration><guid>1</guid>"),
        item("<content:encoded><![CDATA[<p>At length</p>]]></content:encoded>", FILM),
        item("<media:content url='x' duration='7'/><cc:license>x</cc:license>"),
        channel="<language>en</language><image><url>x</url></image>",
    )
    for place, rubbish in where:
        position = place % len(data)
        data = data[:position] + rubbish + data[position + len(rubbish) :]
    try:
        read_feed(data[: len(data) - cut % 200], source="s", place="feed")
    except (InvalidAnswer, InvalidXML):
        return


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_refused_by_name(data: bytes) -> None:
    for beginning in (b"", b"<rss><channel><item>", b"<feed xmlns='http://www.w3.org/2005/Atom'>"):
        try:
            read_feed(beginning + data, source="s", place="feed")
        except (InvalidAnswer, InvalidXML):
            continue


def test_a_feed_is_synced_and_what_left_it_stays(web: Web, catalogue: Catalogue) -> None:
    url = web.say("/feed", Page(rss(item()), headers={"ETag": '"1"'}))
    catalogue.add_source("news", "feed", {"url": url})

    def run() -> list[str]:
        sync(open_stored(catalogue, "news", SURROUNDINGS), catalogue, now=NOW)
        return sorted(module.identifier for module in catalogue.modules())

    assert run() == ["https://news.example/1"]
    version = catalogue.version()
    assert run() == ["https://news.example/1"]
    assert catalogue.version() == version
    assert web.asked[-1].headers["if-none-match"] == '"1"'
    web.say("/feed", Page(rss(item(link="https://news.example/2")), headers={"ETag": '"2"'}))
    assert run() == ["https://news.example/1", "https://news.example/2"]
