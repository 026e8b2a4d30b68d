"""A feed (RSS, Atom, a podcast) as a source."""

from __future__ import annotations

import io
import re
import xml.sax
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import urljoin

from catalogue_sync.confined import Overrun, run_confined
from catalogue_sync.errors import InvalidAnswer, InvalidModule
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import Module, Provenance
from catalogue_sync.records import Batch, Built, Counted, Reading, Refused, Remark
from catalogue_sync.sources.answer import Answer, as_mapping, mappings
from catalogue_sync.sources.defaults import Defaults
from catalogue_sync.sources.document import (
    PATH,
    Document,
    Location,
    fetch_document,
    told,
    unchanged,
)
from catalogue_sync.sources.feeds.feed_bytes import (
    MOST_ENTRIES,
    decode_feed,
    newest_entries,
    safe_feed,
)
from catalogue_sync.sources.feeds.feed_entry import feed_from, module_from_entry, name_of
from catalogue_sync.sources.feeds.said import built_from, said_of
from catalogue_sync.sources.kinds import (
    LANGUAGE,
    LICENCE,
    PROVENANCE,
    Setting,
    SourceKind,
    is_on,
)
from catalogue_sync.sources.nameless import whole
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import shown
from catalogue_sync.transport.secret_end import SECRET_END

_ITS_OWN_ERRORS = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError,
    ArithmeticError, xml.sax.SAXException,
)  # fmt: skip
_LINK = re.compile(r"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/(?:rss|atom)\+xml", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["']?([^"'\s<>]{1,1000})""", re.IGNORECASE)


def read_feed(
    data: bytes,
    *,
    source: str,
    place: str,
    url: str = "",
    content_type: str = "",
    limits: Limits = STANDARD,
) -> Built:
    """The modules of a feed: RSS 0.9 to 2.0, Atom, with podcast and media elements.

    `place` names it in messages, `url` is the address that relative ones in it are of. Of an
    ill-formed feed what can be read is kept. A feed that is large or ill-formed is parsed in a
    process of its own: nothing else can stop a regular expression. Raises `InvalidAnswer` for
    what is no feed or takes longer than `limits.contents_seconds`, and `InvalidXML` for what is
    too large or too deep, or declares entities.
    """
    safe = safe_feed(data, place=place, content_type=content_type, limits=limits)
    safe, has_more = newest_entries(safe)
    if safe.is_simple:
        return _read(safe.data, source, place, url)
    given = {"source": source, "place": place, "url": url}
    try:
        said = run_confined(feed_said, safe.data, given, seconds=limits.contents_seconds)
    except Overrun as error:
        raise InvalidAnswer(f"{place}: the feed cannot be read: {error}") from error
    built = built_from(said)
    if not has_more:
        return built
    more = f"{place} has more than {MOST_ENTRIES:,} entries; those after them were not read"
    return replace(built, warnings=(*built.warnings, more))


def feed_said(data: bytes, *, source: str, place: str, url: str) -> Iterator[object]:
    """What `read_feed` gives, as values of JSON."""
    yield from said_of(_read(data, source, place, url))


def _read(data: bytes, source: str, place: str, url: str) -> Built:
    parsed = _parse(data, place)
    # Plain ones: those of the library warn when they are asked for what they do not have.
    entries = [dict(entry) for entry in mappings(parsed.get("entries"))]
    if not parsed.get("version") and not entries:
        raise InvalidAnswer(_no_feed(data, place, url))
    feed = feed_from(source, as_mapping(parsed.get("feed")), url)
    records: dict[str, Module] = {}
    refused: list[Refused] = []
    for number, entry in enumerate(entries, start=1):
        where = f"{place}, entry {number}"
        try:
            module = module_from_entry(entry, feed)
        except InvalidModule as error:
            refused.append(Refused(where, str(error), name_of(entry, feed)))
            continue
        if module.identifier in records:
            reason = "an entry before it has the same identifier"
            refused.append(Refused(where, reason, module.identifier))
            continue
        records[module.identifier] = module
    warnings = tuple(_warnings(parsed, place, list(records.values())))
    return Built((*records.values(), *refused), warnings)


def _parse(safe: bytes, place: str) -> Answer:
    import feedparser

    try:
        # Bytes in a file object: anything else it might take for an address or a path.
        parsed = feedparser.parse(
            io.BytesIO(safe), resolve_relative_uris=False, sanitize_html=False
        )
    except _ITS_OWN_ERRORS as error:
        raise InvalidAnswer(f"{place}: the feed is broken beyond reading: {error}"[:300]) from error
    return cast("Answer", parsed)


def _warnings(parsed: Answer, place: str, modules: list[Module]) -> Iterator[Remark]:
    if parsed.get("bozo"):
        reason = str(parsed.get("bozo_exception") or "").removeprefix("<unknown>:")
        yield (
            f"{place} is not well-formed XML ({' '.join(reason.split())[:200]}); what could be "
            "read was kept. Tell whoever makes it"
        )
    if not modules:
        yield f"{place} holds no entry that could be a module"
    without = sum(one.open_url is None for one in modules)
    if without:
        yield Counted(
            "{count} entries have no address to open, so they are never recommended", without
        )


def _no_feed(data: bytes, place: str, url: str) -> str:
    """Why something is no feed, and where the feed is if a page says so."""
    text = decode_feed(data[:200_000])
    if "<html" not in text.lower():
        return f"{place} is no feed. Give the address of an RSS or Atom feed"
    for link in _LINK.findall(text):
        href = _HREF.search(link)
        if href and _FEED_TYPE.search(link):
            try:
                named = shown(urljoin(url, href[1]))
            except ValueError:
                continue
            return f"{place} is a web page, no feed; it names a feed of its own: {named}"
    return f"{place} is a web page, no feed. Give the address of its RSS or Atom feed"


class FeedSource:
    """A feed at an address or in a file.

    With `keep` what has left the feed stays in the catalogue: feeds hold their newest entries
    only, and an older one is as good as it was.
    """

    hint_when_missing = (
        "Feeds hold their newest entries only: set keep to yes to keep what has left it."
    )

    def __init__(
        self,
        name: str,
        location: Location,
        surroundings: Surroundings,
        *,
        defaults: Defaults | None = None,
        keep: bool = True,
    ) -> None:
        self.name = name
        self._location = location
        self._surroundings = surroundings
        self._defaults = defaults or Defaults()
        self._keep = keep

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads the feed once."""
        document = fetch_document(self._location, self._surroundings)
        return told(self._build(document).warnings) if document else ()

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The feed in one batch; there is no cursor."""
        document = fetch_document(self._location, self._surroundings, reading.mark)
        if document is None:
            yield unchanged(reading.mark)
            return
        if self._keep:
            yield document.batch(lambda: self._build(document), only_changes=True)
        else:
            yield from whole(document, lambda: self._build(document))

    def _build(self, document: Document) -> Built:
        return self._defaults.built(
            read_feed(
                document.data,
                source=self.name,
                place=document.place,
                url=document.url,
                content_type=document.content_type,
                limits=self._surroundings.limits,
            )
        )


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> FeedSource:
    return FeedSource(
        name,
        Location.from_settings(settings, secret),
        surroundings,
        defaults=Defaults.from_settings(settings, Provenance.EXTERNAL),
        keep=is_on(settings, "keep", default=True),
    )


KIND = SourceKind(
    "feed",
    "A feed: RSS, Atom, or a podcast.",
    (
        Setting("url", "address of the feed"),
        PATH,
        Setting("keep", "no: remove what has left the feed (default: yes, keep it)"),
        LANGUAGE,
        PROVENANCE,
        LICENCE,
    ),
    _open,
    secret=SECRET_END,
    secret_is_optional=True,
    needs=("feedparser",),
)
