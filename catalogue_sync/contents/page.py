"""HTML pages: their text by blocks, with a passage for each heading."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote

from catalogue_sync.contents.content import Content, Part, put_together
from catalogue_sync.module import LONGEST, MOST_PASSAGES
from catalogue_sync.plain_text import LONGEST_HTML, clean_html, clean_line, shortened

HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
"""Headings that begin a passage; what is below them is too small to be led to."""

LONGEST_FRAGMENT = 120
"""Characters of a heading that a link can name by its words."""

# What stands around the words of a page, on every page alike.
_AROUND = frozenset({"nav", "footer", "button", "select", "menu", "dialog", "svg", "math"})
_AROUND_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "dialog"})
_KEPT = {"*": {"id", "role"}, "a": {"name"}}
_EMPTY = frozenset({"br", "hr"})
_TITLE = re.compile(r"<title[^<>]{0,500}>([^<]{1,1000})", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"""<html\b[^<>]{0,500}?\s(?:xml:)?lang\s*=\s*["']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3})\b""",
    re.IGNORECASE,
)
# Pictures written into the page: characters that are none of its words.
_EMBEDDED = re.compile(r"data:[\w/+.-]{1,80};base64,[A-Za-z0-9+/=%]+")


@dataclass(slots=True)
class _Section:
    """A heading with what follows it, up to the next one."""

    heading: str = ""
    anchor: str = ""
    lines: list[str] = field(default_factory=list)


def read_page(markup: str, url: str | None = None) -> Content:
    """The text of an HTML page, its title and language, and a passage for each heading.

    Scripts and what stands around the words of every page (navigation, footers, buttons) are
    left out. With `url`, a passage leads to the anchor of its heading, or to its words.
    """
    markup = _EMBEDDED.sub("", markup)
    start = markup[:20_000]
    titled, spoken = _TITLE.search(start), _LANGUAGE.search(start)
    title = shortened(clean_line(html.unescape(titled[1])), 1_000) if titled else ""
    outline = _Outline()
    outline.feed(clean_html(markup, _KEPT, _AROUND))
    outline.close()
    return put_together(
        _parts(outline.finished(), title, url),
        title=title,
        language=spoken[1] if spoken else None,
        whole=len(markup) <= LONGEST_HTML,
    )


def _parts(sections: list[_Section], title: str, url: str | None) -> Iterator[Part]:
    """The sections as parts; what comes before the first heading stands under the title."""
    texts = ["\n".join(section.lines) for section in sections]
    folded = [text.casefold() for text in texts]
    page = "\n".join(folded)[: LONGEST["text"]]
    position = 0
    for number, (section, text) in enumerate(zip(sections, texts, strict=True)):
        address = None
        if section.heading and url is not None and number <= MOST_PASSAGES:
            is_first = page.find(section.heading.casefold(), 0, position) < 0
            address = _address(section, url, is_first=is_first)
        yield Part(section.heading or title, text, address)
        position += len(folded[number]) + 1


def _address(section: _Section, url: str, *, is_first: bool) -> str | None:
    """The address of a section, None where there is none.

    Without an anchor it is a text fragment (`#:~:text=`), which browsers that do not know it
    ignore. It leads to the first place with those words: the heading has to be that (`is_first`).
    """
    if "#" in url:  # what comes after `#` already has a meaning there
        return None
    if section.anchor:
        address = f"{url}#{quote(section.anchor, safe='')}"
    elif is_first and len(section.heading) <= LONGEST_FRAGMENT:
        address = f"{url}#:~:text={quote(section.heading, safe='').replace('-', '%2D')}"
    else:
        return None
    return address if len(address) <= 4_000 else None


class _Outline(HTMLParser):
    """Collects the sections of clean HTML; every element in it but `br` and `hr` is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._sections = [_Section()]
        self._line: list[str] = []
        self._heading: str | None = None
        self._around = 0
        self._anchor = ""
        self._anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _EMPTY:
            self._end_line()
            return
        values = dict(attrs)
        if self._around or (values.get("role") or "").lower() in _AROUND_ROLES:
            self._around += 1
            return
        if tag != "a":
            self._end_line()
        self._note_anchor(values.get("id") or values.get("name") or "")
        if tag in HEADINGS and self._heading is None:
            self._heading = tag
            self._sections.append(_Section())

    def handle_endtag(self, tag: str) -> None:
        if self._around:
            self._around -= 1
            return
        if tag == "a" or tag in _EMPTY:
            return
        if tag == self._heading:
            self._end_heading()
        self._end_line()

    def handle_data(self, data: str) -> None:
        if not self._around:
            # A line break in HTML's source is a space; only blocks break lines.
            self._line.append(re.sub(r"\s+", " ", data))
            if self._heading is None and not data.isspace():
                self._anchor = ""

    def finished(self) -> list[_Section]:
        """The sections, once everything was fed."""
        self._end_line()
        return self._sections

    def _note_anchor(self, anchor: str) -> None:
        """Keep the nearest anchor before a heading, or its own, or the first in it.

        A page's first use of an anchor is the one that counts.
        """
        if not anchor or anchor in self._anchors or len(anchor) > 500:
            return
        self._anchors.add(anchor)
        if self._heading is None or not self._anchor:
            self._anchor = anchor

    def _end_heading(self) -> None:
        self._end_line()
        section = self._sections[-1]
        self._heading = None
        if section.lines:
            section.heading = " ".join(section.lines)
            section.anchor = self._anchor
        else:  # an empty heading ends nothing
            self._sections.pop()
        self._anchor = ""

    def _end_line(self) -> None:
        line = clean_line("".join(self._line))
        self._line.clear()
        if line:
            self._sections[-1].lines.append(line)
