"""The bytes of a feed made safe and readable: size, entities, depth, and the character set."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import islice
from xml.parsers import expat

from catalogue_sync.errors import InvalidXML
from catalogue_sync.limits import Limits
from catalogue_sync.packages.xml import guarded_xml

LONGEST_ILL_FORMED = 2 * 2**20
"""Bytes of a feed that is no XML, up to which what can be read is read."""

SMALL, SMALL_ILL_FORMED = 8 * 1024, 4 * 1024
"""Bytes up to which no feed takes a parser long."""

MOST_ENTRIES = 10_000
"""Entries of a feed that are read, from its beginning."""

_ENTRY = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']""")
_FIRST_ELEMENT = re.compile(r"<[A-Za-z]")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
# What text that is not UTF-8 can truly be; UTF-7 and its like only hide markup.
_OLD_ENCODINGS = ("cp", "iso8859-", "koi8", "shift_jis", "euc", "gb", "big5", "mac")


@dataclass(frozen=True, slots=True)
class SafeFeed:
    """The bytes of a feed in UTF-8, and whether they are well-formed XML."""

    data: bytes
    is_well_formed: bool

    @property
    def is_simple(self) -> bool:
        """Whether no parser can take long for it."""
        return len(self.data) <= (SMALL if self.is_well_formed else SMALL_ILL_FORMED)


def safe_feed(data: bytes, *, place: str, content_type: str, limits: Limits) -> SafeFeed:
    """The feed, known to be of bounded size, depth and width.

    Raises `InvalidXML` for one that is too large, too deep, too wide, or declares entities;
    ill-formed ones pass if they are not too large.
    """
    if len(data) > limits.xml_bytes:
        raise InvalidXML(f"{place}: {len(data):,} bytes of XML; {limits.xml_bytes:,} is the most")
    text = _DECLARATION.sub("", decode_feed(data, content_type), count=1).lstrip("\ufeff \t\r\n")
    first = _FIRST_ELEMENT.search(text)
    if "<!ENTITY" in text[: first.start() if first else len(text)]:
        raise InvalidXML(f"{place}: the file declares an entity, which is never needed here")
    clean = text.replace("\0", "").encode("utf-8", "replace")
    try:
        return SafeFeed(guarded_xml(clean, place, limits), is_well_formed=True)
    except InvalidXML as error:
        if error.__cause__ is None:
            raise
    if len(clean) > LONGEST_ILL_FORMED:
        raise InvalidXML(
            f"{place}: {len(clean):,} bytes that are no well-formed XML; "
            f"{LONGEST_ILL_FORMED:,} is the most"
        )
    return SafeFeed(clean, is_well_formed=False)


def newest_entries(feed: SafeFeed) -> tuple[SafeFeed, bool]:
    """The feed up to its 10,000th entry, and whether it has more."""
    data = feed.data
    if data.count(b"item") + data.count(b"entry") <= MOST_ENTRIES:
        return feed, False
    cut = _cut_well_formed(data) if feed.is_well_formed else _cut_ill_formed(data)
    return (feed, False) if cut is None else (SafeFeed(cut, feed.is_well_formed), True)


def _cut_well_formed(data: bytes) -> bytes | None:
    """The elements before the first entry that is too many, closed; None where none is."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    entries, is_open = 0, list[str]()

    def start(name: str, _attributes: object) -> None:
        nonlocal entries
        entries += name.rpartition(":")[2] in ("item", "entry")
        if entries > MOST_ENTRIES:
            raise _Enough
        is_open.append(name)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: is_open.pop()
    try:
        parser.Parse(data, True)
    except _Enough:
        # Told in UTF-8, whatever the declaration said: it was taken away.
        closed = "".join(f"</{name}>" for name in reversed(is_open))
        return data[: parser.CurrentByteIndex] + closed.encode()
    return None


def _cut_ill_formed(data: bytes) -> bytes | None:
    found = islice(_ENTRY.finditer(data), MOST_ENTRIES, None)
    first = next(found, None)
    return None if first is None else data[: first.start()]


class _Enough(Exception):
    """The entry that is one too many has begun."""


def decode_feed(data: bytes, content_type: str = "") -> str:
    """The characters: by byte order mark, UTF-8 if it is that, else as file or server declares.

    What is declared is often wrong, and bytes that are UTF-8 by chance are very rare.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    for beginning, name in _WITHOUT_MARK:
        if data.lstrip(b" \t\r\n").startswith(beginning):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_declared(data, content_type), "replace")


def _declared(data: bytes, content_type: str) -> str:
    inside, outside = _DECLARED.match(data[:400]), _CHARSET.search(content_type)
    for name in (inside and inside[1].decode("ascii"), outside and outside[1]):
        try:
            found = codecs.lookup(name or "").name
        except LookupError:
            continue
        if found.startswith(_OLD_ENCODINGS):
            # ISO-8859-1 means Windows-1252 wherever people write it.
            return "cp1252" if found == "iso8859-1" else found
    return "cp1252"
