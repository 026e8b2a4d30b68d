"""One entry of a feed as a module."""

from __future__ import annotations

import calendar
import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from catalogue_sync.errors import InvalidModule
from catalogue_sync.minutes import minutes_declared, minutes_estimated, minutes_from_iso
from catalogue_sync.module import LONGEST, Basis, Duration, Kind, Module, is_web_address
from catalogue_sync.plain_text import clean_line, shortened, text_from_html, text_from_plain
from catalogue_sync.sources.answer import Answer, as_mapping, as_text, mappings

LONGEST_TITLE_MADE = 80
"""Characters of its text that name an entry without a title."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:\.\d{1,9})?")
_LICENCE = re.compile(
    r"\blicen[cs]|\bcreative commons\b|\bcc[ -]?(by|0)\b|public domain", re.IGNORECASE
)
_CLOSING_TAG = re.compile(r"</[A-Za-z][A-Za-z0-9]*\s*>")
_HOLDER = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feed:
    """What entries take from the feed that they are in."""

    source: str
    title: str
    language: str | None
    licence: str | None
    url: str


def feed_from(source: str, told: Answer, url: str) -> Feed:
    """The feed's own title, language and licence."""
    title = _line(as_mapping(told.get("title_detail")), as_text(told.get("title")))
    return Feed(source, title, language_tag(as_text(told.get("language"))), _licence(told), url)


def module_from_entry(entry: Answer, feed: Feed) -> Module:
    """The module of an entry. Raises `InvalidModule` for one that cannot be named or known."""
    page, media = _addresses(entry, feed.url)
    identifier = _identifier(entry, page or media)
    description, text = _texts(entry)
    title = _line(as_mapping(entry.get("title_detail")), as_text(entry.get("title")))
    title = title or shortened((description or text).partition("\n")[0], LONGEST_TITLE_MADE)
    if not title:
        raise InvalidModule("the entry has neither a title nor a text")
    kind = _kind(entry)
    return Module(
        source=feed.source,
        identifier=identifier,
        title=shortened(title, LONGEST["title"]),
        kind=kind,
        open_url=page or media,
        description=description,
        text=text,
        duration=_duration(entry, kind, title, description, text),
        language=_language(entry) or feed.language,
        section=shortened(feed.title, LONGEST["section"]) or None,
        licence=_licence(entry) or feed.licence,
        updated=_moment(entry.get("updated_parsed")) or _moment(entry.get("published_parsed")),
    )


def name_of(entry: Answer, feed: Feed) -> str | None:
    """The identifier of an entry's module, None for one that cannot be known."""
    page, media = _addresses(entry, feed.url)
    try:
        return _identifier(entry, page or media)
    except InvalidModule:
        return None


def language_tag(value: str) -> str | None:
    """A language as a feed writes it (`en_us`), if it can be a BCP 47 tag."""
    tag = value.strip().replace("_", "-")
    return tag if len(tag) <= LONGEST["language"] and _LANGUAGE.fullmatch(tag) else None


def _identifier(entry: Answer, address: str | None) -> str:
    """Its own identifier, else its address; one that is too long keeps its beginning."""
    own = clean_line(as_text(entry.get("id"))) or address or ""
    if not own:
        raise InvalidModule("the entry has neither an identifier nor an address")
    if len(own) <= LONGEST["identifier"]:
        return own
    return f"{own[:400]}#{hashlib.blake2b(own.encode(), digest_size=16).hexdigest()}"


def _addresses(entry: Answer, base: str) -> tuple[str | None, str | None]:
    """The address of its page, and that of its film or recording."""
    links = mappings(entry.get("links"))
    page = _address(as_text(entry.get("link")), base)
    for link in links:
        if page is None and link.get("rel") == "alternate":
            page = _address(as_text(link.get("href")), base)
    enclosed = [link.get("href") for link in links if link.get("rel") == "enclosure"]
    enclosed += [content.get("url") for content in mappings(entry.get("media_content"))]
    found = (_address(as_text(href), base) for href in enclosed)
    return page, next((address for address in found if address), None)


def _address(href: str, base: str) -> str | None:
    href = href.strip()
    if not href:
        return None
    try:
        address = urljoin(base, href)
    except ValueError:
        return None
    return address if len(address) <= LONGEST["open_url"] and is_web_address(address) else None


def _texts(entry: Answer) -> tuple[str, str]:
    """Its summary and its content; a content that only repeats the summary is no summary."""
    contents = mappings(entry.get("content"))
    raw = as_text(entry.get("summary"))
    same = any(as_text(one.get("value")) == raw for one in contents)
    kind = as_mapping(entry.get("summary_detail")).get("type")
    summary = "" if same else _text(raw, kind, LONGEST["description"])
    parts = (_text(as_text(o.get("value")), o.get("type"), LONGEST["text"]) for o in contents)
    return summary, shortened("\n".join(part for part in parts if part), LONGEST["text"])


def _text(value: str, media_type: object, most: int) -> str:
    # Many feeds say of markup that it is plain; a closing tag gives it away.
    if media_type == "text/plain" and not _CLOSING_TAG.search(value):
        return text_from_plain(value, most)
    return text_from_html(value, most)


def _line(detail: Answer, value: str) -> str:
    text = _text(value, detail.get("type", "text/html"), 5_000)
    return clean_line(text)


def _kind(entry: Answer) -> Kind:
    if entry.get("yt_videoid"):
        return Kind.VIDEO
    types = set(_media_types(entry))
    if "video" in types:
        return Kind.VIDEO
    return Kind.LESSON if "audio" in types else Kind.ARTICLE


def _media_types(entry: Answer) -> Iterator[str]:
    links = [one for one in mappings(entry.get("links")) if one.get("rel") == "enclosure"]
    for one in [*links, *mappings(entry.get("media_content"))]:
        yield as_text(one.get("medium")).lower()
        yield as_text(one.get("type")).partition("/")[0].strip().lower()


def _duration(
    entry: Answer, kind: Kind, title: str, description: str, text: str
) -> Duration | None:
    """What the entry says, else its words, else an estimate from its whole text."""
    said = [as_text(entry.get("itunes_duration"))]
    said += [as_text(one.get("duration")) for one in mappings(entry.get("media_content"))]
    for value in said:
        found = minutes_played(value)
        if found:
            return found
    declared = minutes_declared(title, description, text)
    if declared or kind is not Kind.ARTICLE:
        return declared
    return minutes_estimated(text)


def minutes_played(value: str) -> Duration | None:
    """A playing time: seconds, `M:S`, `H:M:S` or ISO 8601; None for anything else, or none."""
    value = value.strip()
    found = _CLOCK.fullmatch(value)
    if found is None:
        return minutes_from_iso(value)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 60 + minutes + seconds / 60
    return Duration(total, Basis.DECLARED) if 0 < total < 100_000 else None


def _language(entry: Answer) -> str | None:
    details = [
        *mappings(entry.get("content")),
        as_mapping(entry.get("summary_detail")),
        as_mapping(entry.get("title_detail")),
    ]
    tags = (language_tag(as_text(one.get("language"))) for one in details)
    return next((tag for tag in tags if tag), None)


def _licence(told: Mapping[str, object]) -> str | None:
    """The terms: an address, or words that name a licence; never who holds the rights."""
    for link in mappings(told.get("links")):
        href = as_text(link.get("href")).strip()
        if link.get("rel") == "license" and is_web_address(href) and len(href) <= 1_000:
            return href
    media = as_mapping(told.get("media_license"))
    said = (as_text(told.get("rights")), as_text(media.get("content")), as_text(media.get("href")))
    for words in said:
        line = clean_line(text_from_html(words, LONGEST["licence"]))
        if line and (is_web_address(line) or _LICENCE.search(line)) and not _HOLDER.search(line):
            return line
    return None


def _moment(parsed: object) -> datetime | None:
    if not isinstance(parsed, time.struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
