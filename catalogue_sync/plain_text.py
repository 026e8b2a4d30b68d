"""Plain text from HTML and from names, as modules carry it."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from html.parser import HTMLParser

import nh3

LONGEST_HTML = 1_000_000
"""Characters of HTML that are read; what follows is cut."""

DEEPEST_HTML = 500
"""Open elements up to which HTML is parsed; of a deeper page only its tags are taken out."""

_BREAKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "td",
    "th", "tr", "ul",
})  # fmt: skip
_DROPPED_WITH_CONTENT = {"script", "style", "title", "head", "template", "noscript", "iframe"}
_NEVER_CLOSED = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "source", "td", "th", "tr", "track", "wbr",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>?")
_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE
)

# What an HTML file that is not UTF-8 can truly be; a declared UTF-16 that is readable as ASCII
# is wrong by itself, and ISO-8859-1 means Windows-1252 on the web.
_OLD_ENCODINGS = ("cp", "iso8859-", "koi8", "shift_jis", "euc", "gb", "big5", "mac")


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
    # Half of a character pair can come from JSON; no parser takes it.
    markup = markup[:LONGEST_HTML].encode("utf-8", "replace").decode("utf-8")
    if _is_too_deep(markup):
        markup = html.escape(_ANY_TAG.sub("\n", markup))
    clean = nh3.clean(
        markup,
        tags=set(_BREAKS),
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes={},
    )
    maker = _TextMaker()
    maker.feed(clean)
    maker.close()
    lines = (clean_line(line) for line in "".join(maker.parts).split("\n"))
    return shortened("\n".join(line for line in lines if line), most)


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
    """`raw` on one line, in Unicode NFC, without control characters and broken pairs."""
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    spaced = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in raw)
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def shortened(text: str, most: int) -> str:
    """`text`, cut at the end of a word where it has more than `most` characters."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    inside_a_word = not text[most - 1].isspace() and not cut[-1:].isspace()
    if inside_a_word and len(words := cut.rsplit(maxsplit=1)) == 2:
        cut = words[0]
    return cut.rstrip() + "…"


def decode_html(raw: bytes) -> str:
    """The characters of an HTML file: by byte order mark, UTF-8, its own word, or Windows-1252."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                       (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        declared = _CHARSET.search(raw[:4096])
        return raw.decode(_known(declared[1].decode("ascii")) if declared else "cp1252", "replace")


def _known(name: str) -> str:
    """A declared encoding if it is one of one or two bytes a letter, else Windows-1252."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return "cp1252"
    return found if found.startswith(_OLD_ENCODINGS) else "cp1252"
