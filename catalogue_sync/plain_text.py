"""Plain text from HTML and from names, as modules carry it."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from html.parser import HTMLParser
from types import MappingProxyType

import nh3

from catalogue_sync.combining import stream_safe

LONGEST_HTML = 1_000_000
"""Characters of HTML that are read; what follows is cut."""

DEEPEST_HTML = 500
"""Open elements up to which HTML is parsed; of a deeper page only its tags are taken out."""

MOST_ENTITIES = 200_000
MOST_IN_A_TAG = 20_000
"""Ampersands of a page, and words of one tag, up to which HTML is parsed."""

_BREAKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "td",
    "th", "tr", "ul",
})  # fmt: skip
_DROPPED_WITH_CONTENT = frozenset({
    "script", "style", "title", "head", "template", "noscript", "iframe",
})  # fmt: skip
_NEVER_CLOSED = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "source", "td", "th", "tr", "track", "wbr",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>?")
_TAG_BEGINS = re.compile(r"<[A-Za-z]")
_SCRIPT = re.compile(r"<(script|style)\b", re.IGNORECASE)
_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE
)

# What an HTML file that is not UTF-8 can truly be; a declared UTF-16 that is readable as ASCII
# is wrong by itself, and ISO-8859-1 means Windows-1252 on the web.
_OLD_ENCODINGS = ("cp", "iso8859-", "koi8", "shift_jis", "euc", "gb", "big5", "mac")


class _Cleaning(dict[int, int | str | None]):
    """What each character becomes in a clean line, found out when it is met first."""

    def __missing__(self, code: int) -> int | str | None:
        is_space = unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp")
        found = " " if is_space else None if code in _DROPPED else code
        if len(self) < _MOST_KEPT:
            self[code] = found
        return found


_DROPPED = frozenset(
    {*range(0x202A, 0x202F), *range(0x2066, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC)}
)
"""Overrides and isolates of direction, deprecated format characters, byte order marks, notes."""

_MOST_KEPT = 20_000
_CLEANED = _Cleaning()


class _TextMaker(HTMLParser):
    """Collects the text of clean HTML, with a line break wherever a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        # A line break in HTML's source is a space; only blocks break lines.
        self.parts.append(re.sub(r"\s+", " ", data))


def text_from_html(markup: str, most: int) -> str:
    """The text of HTML, block by block on lines of their own, at most `most` characters.

    Scripts, styles, comments and all markup are gone; entities are characters. What remains
    is text: a `<` in it is a less-than sign.
    """
    maker = _TextMaker()
    maker.feed(clean_html(markup))
    maker.close()
    lines = (clean_line(line) for line in "".join(maker.parts).split("\n"))
    return shortened("\n".join(line for line in lines if line), most)


def clean_html(
    markup: str,
    attributes: Mapping[str, Set[str]] = MappingProxyType({}),
    dropped: Set[str] = frozenset(),
) -> str:
    """Well-formed HTML of block elements and those named in `attributes`, safe to parse.

    Every other tag is taken out and its text kept; of scripts and the like, and of elements
    named in `dropped`, the text goes too. A page that would take a parser without end only
    keeps its text.
    """
    # Half of a character pair can come from JSON; no parser takes it.
    markup = markup[:LONGEST_HTML].encode("utf-8", "replace").decode("utf-8")
    if _is_excessive(markup):
        bare = _ANY_TAG.sub("\n", "".join(_outside_of_scripts(markup)))
        return html.escape(html.unescape(bare).replace("\0", " "))
    return nh3.clean(
        markup,
        tags=(_BREAKS | (attributes.keys() - {"*"})) - dropped,
        clean_content_tags=_DROPPED_WITH_CONTENT | dropped,
        attributes={name: set(allowed) for name, allowed in attributes.items()},
    )


def _is_excessive(markup: str) -> bool:
    """Whether the page has what no honest one has, and parsers take the square of its size for."""
    if markup.count("&") > MOST_ENTITIES or _is_too_deep(markup):
        return True
    for piece in markup.split(">"):
        if len(piece) > MOST_IN_A_TAG and (tag := _TAG_BEGINS.search(piece)):
            words = sum(piece.count(mark, tag.start()) for mark in " \t\n\r\f/\"'")
            if words > MOST_IN_A_TAG:
                return True
    return False


def _outside_of_scripts(markup: str) -> Iterator[str]:
    """The parts of a page that are no script or style, read in one pass."""
    position = 0
    while found := _SCRIPT.search(markup, position):
        yield markup[position : found.start()]
        ending = re.compile(f"</{found[1]}", re.IGNORECASE).search(markup, found.end())
        if ending is None:
            return
        position = ending.start()
    yield markup[position:]


def _is_too_deep(markup: str) -> bool:
    """Whether more elements are left open at once than any honest page has.

    The time that an HTML parser takes grows with the square of the depth.
    """
    depth = 0
    for closing, name in _TAG.findall(markup):
        if name.lower() not in _NEVER_CLOSED:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > DEEPEST_HTML:
                return True
    return False


def text_from_plain(raw: str, most: int) -> str:
    """Plain text, cleaned line by line, at most `most` characters."""
    lines = (clean_line(line) for line in raw[:LONGEST_HTML].splitlines())
    return shortened("\n".join(line for line in lines if line), most)


def name_from_escaped(escaped: str, most: int = 1_000) -> str:
    """A name that arrives HTML-escaped once (`&amp;`), on one line."""
    return shortened(clean_line(html.unescape(escaped)), most)


def clean_line(raw: str) -> str:
    """`raw` on one line, in Unicode NFC, without control characters and broken pairs.

    What turns the direction of writing for all that follows goes too; joiners stay.
    """
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    line = " ".join(raw.translate(_CLEANED).split())
    return unicodedata.normalize("NFC", stream_safe(line))


def shortened(text: str, most: int) -> str:
    """`text`, cut at the end of a word where it has more than `most` characters."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    inside_a_word = not text[most - 1].isspace() and not cut[-1:].isspace()
    if inside_a_word and len(words := cut.rsplit(maxsplit=1)) == 2:
        cut = words[0]
    return cut.rstrip() + "…"


def decode_html(raw: bytes, declared: str = "") -> str:
    """The characters of an HTML file: by byte order mark, UTF-8, its own word, or Windows-1252.

    `declared` is the encoding that came with the file from outside, and comes before its own.
    """
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                       (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        own = _CHARSET.search(raw[:4096])
        return raw.decode(_known(declared or (own[1].decode("ascii") if own else "")), "replace")


def _known(name: str) -> str:
    """A declared encoding if it is one of one or two bytes a letter, else Windows-1252."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return "cp1252"
    return found if found.startswith(_OLD_ENCODINGS) else "cp1252"
