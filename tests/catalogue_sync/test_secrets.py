"""Secrets of sources: they reach their own server and nothing else, whatever that says back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from catalogue_sync import read_source
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import AddressRefused, CatalogueError, InvalidSettings
from catalogue_sync.records import Refused
from catalogue_sync.sources import open_source, open_stored
from catalogue_sync.sync import sync
from catalogue_sync.transport.fetching import shown
from catalogue_sync.transport.secrecy import Secrets
from catalogue_sync.transport.secret_end import secret_in_query, with_secret_end
from tests.catalogue_sync.sources import LOCAL, NOW
from tests.servers.web import Asked, Page, Web, serve_web

SECRET = "S3cret/S3cret+S3cret=ABCDEF"
END = "token=" + quote(SECRET, safe="")
_FORMS = (SECRET, quote(SECRET), quote(SECRET, safe=""))
FORMS = (*_FORMS, *map(str.lower, _FORMS))

FEED = b"""<rss version="2.0"><channel><title>C</title><item><guid>1</guid><title>T</title>
<link>/one</link></item></channel></rss>"""
CALENDAR = b"""BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:T\r
DTSTART:20200101T090000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
OAI = b"""<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badVerb">no: %s</error>
</OAI-PMH>"""
CASE = b'{"CFItems":[{"identifier":"00000000-0000-0000-0000-000000000001","fullStatement":"T"}]}'
LRMI = b'[{"@type":"Quiz","name":"T","@id":"https://x.example/1"}]'
ADDRESSES = {
    "feed": FEED, "calendar": CALENDAR, "case": CASE, "lrmi": LRMI,
    "csv": b"identifier,title\n1,T\n", "jsonl": b'{"identifier":"1","title":"T"}\n', "oai": OAI,
}  # fmt: skip


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as serving:
        yield serving


def says_nothing_of_it(text: str) -> bool:
    return not any(form in text for form in FORMS)


def read(kind: str, **given: str) -> str:
    """Everything that a person is told of one read."""
    told: list[Refused] = []
    try:
        found = list(read_source(kind, surroundings=LOCAL, on_refused=told.append, **given))
    except CatalogueError as error:
        return f"{error!r} {told}"
    return f"{found} {told}"


@pytest.mark.parametrize("kind", ADDRESSES)
def test_the_secret_end_of_an_address_is_asked_with_and_shown_nowhere(
    web: Web, catalogue: Catalogue, kind: str
) -> None:
    url = web.say("/x", ADDRESSES[kind].replace(b"%s", SECRET.encode()))
    catalogue.add_source("s", kind, {"url": url}, "?" + END)
    source = open_stored(catalogue, "s", LOCAL)
    try:
        told = repr(sync(source, catalogue, now=NOW))
    except CatalogueError as error:
        told = str(error)
    assert {asked.query["token"] for asked in web.asked} == {SECRET}
    stored = catalogue.find_source("s")
    assert says_nothing_of_it(f"{told} {source!r} {stored!r} {catalogue.reports('s')!r}")
    titles = {one.title for one in catalogue.modules()}
    assert titles == ({"T"} if kind not in ("case", "oai") else set())


@pytest.mark.parametrize("kind", ADDRESSES)
def test_a_server_that_says_the_secret_back_in_a_redirect_is_not_quoted(
    web: Web, kind: str
) -> None:
    web.send_on("/x", f"/gone/{SECRET}/{quote(SECRET, safe='')}")
    told = read(kind, url=f"{web.url}/x", secret=END)
    assert "/gone/" in told
    assert says_nothing_of_it(told)


@pytest.mark.parametrize("kind", ["feed", "calendar", "csv", "jsonl"])
def test_a_secret_can_be_the_end_of_the_path(web: Web, kind: str) -> None:
    web.say("/calendar/private-abcdefgh/basic", ADDRESSES[kind])
    told = read(kind, url=f"{web.url}/calendar", secret="/private-abcdefgh/basic")
    assert "title='T'" in told
    assert "private-abcdefgh" not in told


def test_addresses_in_a_feed_are_of_the_address_without_its_secret(web: Web) -> None:
    url = web.say("/feed", FEED.replace(b"/one", b"?page=2"))
    told = read("feed", url=url, secret=END)
    assert "/feed?page=2" in told


@pytest.mark.parametrize("kind", ADDRESSES)
def test_an_address_with_a_secret_in_it_is_refused(kind: str) -> None:
    with pytest.raises(InvalidSettings, match="as the secret") as caught:
        open_source(kind, "s", {"url": "https://a.example/x?id=1&authtoken=" + SECRET})
    assert says_nothing_of_it(str(caught.value))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("token=x", "token"), ("a=1&access_token=x", "access_token"), ("key=x", "key"),
        ("api_key=x", "api_key"), ("apikey=x", "apikey"), ("X-Amz-Signature=x", "X-Amz-Signature"),
        ("sig=x", "sig"), ("auth=x", "auth"), ("authtoken=x", "authtoken"),
        ("Password=x", "Password"),
        ("to%6Ben=x", "token"),
        ("keyword=x", ""), ("author=x", ""), ("monkey=x", ""), ("id=token", ""), ("token", ""),
        ("design=x", ""), ("", ""),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_in_a_query(query: str, name: str) -> None:
    assert secret_in_query(f"https://a.example/x?{query}") == name


@pytest.mark.parametrize(
    ("settings", "secret", "error"),
    [
        ({"url": "http://a.example/x"}, END, AddressRefused),
        ({"url": "https://a.example/x"}, "token=a b", InvalidSettings),
        ({"url": "https://a.example/x"}, "token=a\nb", InvalidSettings),
        ({"path": "x.xml"}, END, InvalidSettings),
    ],
    ids=["http", "blank", "line break", "file"],
)
def test_a_secret_end_that_cannot_be_sent_safely_is_refused(
    settings: dict[str, str], secret: str, error: type[CatalogueError]
) -> None:
    with pytest.raises(error):
        open_source("feed", "s", settings, secret)


def test_one_secret_does_not_go_to_several_sites() -> None:
    with pytest.raises(InvalidSettings, match="several sites"):
        open_source("lrmi", "s", {"url": "https://a.example/ https://b.example/"}, END)


@pytest.mark.parametrize(
    ("url", "end", "whole"),
    [
        ("https://a.example/x", "a=1", "https://a.example/x?a=1"),
        ("https://a.example/x", "?a=1", "https://a.example/x?a=1"),
        ("https://a.example/x?b=2", "?a=1", "https://a.example/x?b=2&a=1"),
        ("https://a.example/x#f", "a=1", "https://a.example/x?a=1"),
        ("https://a.example/x/", "/p/b.ics", "https://a.example/x/p/b.ics"),
        ("https://a.example/x", "", "https://a.example/x"),
    ],
)
def test_an_address_and_its_secret_end_are_put_together(url: str, end: str, whole: str) -> None:
    assert with_secret_end(url, end) == whole


TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("field", ["errorcode", "message", "error", "debuginfo"])
def test_a_moodle_that_says_the_request_back_is_not_quoted(
    web: Web, catalogue: Catalogue, field: str
) -> None:
    def echo(asked: Asked) -> Page:
        said = {"exception": "x", "errorcode": "zz", "message": "m"}
        said[field] = "\u202e\x1b[31m" + "x" * 270 + asked.body.decode()
        return Page(json.dumps(said).encode())

    web.next_for = echo  # type: ignore[method-assign]
    catalogue.add_source("s", "moodle", {"url": web.url}, TOKEN)
    with pytest.raises(CatalogueError) as caught:
        sync(open_stored(catalogue, "s", LOCAL), catalogue, now=NOW)
    told = f"{caught.value} {catalogue.reports('s')!r}"
    assert TOKEN[:10] not in told
    assert "\x1b" not in str(caught.value)


def test_the_code_of_a_moodle_is_none_that_is_the_token(web: Web) -> None:
    said = {"exception": "x", "errorcode": TOKEN, "message": "m"}
    web.next_for = lambda _: Page(json.dumps(said).encode())  # type: ignore[method-assign]
    assert TOKEN not in read("moodle", url=web.url, secret=TOKEN)


@pytest.mark.parametrize("kind", ["canvas", "resource-search", "microsoft-learn"])
@pytest.mark.parametrize("status", [400, 200])
def test_a_service_that_says_the_token_back_is_not_quoted(
    web: Web, kind: str, status: int
) -> None:
    def echo(asked: Asked) -> Page:
        token = asked.headers.get("authorization", "") or asked.body.decode()
        if asked.path == "/token":
            return Page(b'{"access_token": "%s"}' % TOKEN.encode())
        if "/echo" not in asked.path:
            return Page(status=302, headers={"Location": f"/echo/{token.split()[-1]}\x1b[31m"})
        return Page(b"[broken " + token.encode(), status)

    web.next_for = echo  # type: ignore[method-assign]
    more = {"token_url": f"{web.url}/token", "client_id": "c"} if kind == "microsoft-learn" else {}
    told = read(kind, url=web.url, secret=TOKEN, **more)
    assert "/echo/…%1B[31m" in told or (status == 200 and "JSON is broken" in told)
    assert TOKEN[:10] not in told


@pytest.mark.parametrize("token", ["a\nb", "a b", "é", "a" * 20_000], ids=repr)
def test_an_access_token_that_cannot_be_sent_is_the_servers_fault(
    web: Web, catalogue: Catalogue, token: str
) -> None:
    url = web.say("/token", json.dumps({"access_token": token}).encode())
    settings = {"url": web.url, "token_url": url, "client_id": "c"}
    catalogue.add_source("s", "resource-search", settings, "secret")
    with pytest.raises(CatalogueError, match="cannot be sent"):
        sync(open_stored(catalogue, "s", LOCAL), catalogue, now=NOW)
    [report] = catalogue.reports("s")
    assert "cannot be sent" in report.failure


@pytest.mark.parametrize(
    "path",
    ["/zz\x1b]0;pwned\x07", "/a\x9b31m", "/a\u202egnp", "/a\ud800"],
    ids=["escape", "C1", "override", "half"],
)
def test_an_address_is_shown_in_characters_that_can_be_printed(path: str) -> None:
    words = shown(f"https://a.example{path}")
    assert words.isprintable()
    assert words.startswith("https://a.example/")


def test_short_secrets_do_not_blot_out_other_words() -> None:
    assert Secrets(["abc", ""]).hidden("abcd") == "abcd"
    assert Secrets(["abcd"]).hidden("ABCD abcde") == "… …e"
