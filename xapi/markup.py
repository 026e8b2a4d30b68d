"""What a page says that answers in an LRS's place, such as a web server's "not found"."""

from __future__ import annotations

from html.parser import HTMLParser

MOST_MARKUP = 16 * 1024
"""Characters of a page that are looked at."""

MOST_TITLE = 80

_BEGINNINGS = ("<!doctype html", "<html", "<head", "<body", "<title", "<h1", "<!--", "<script")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNSEEN = ("script", "style", "template", "noscript")


def is_markup(text: str, content_type: str = "") -> bool:
    """Whether a body is HTML, by its Content-Type or by how it begins."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return True
    beginning = text.lstrip("\ufeff \t\r\n")[:20].lower()
    return kind != "application/json" and beginning.startswith(_BEGINNINGS)


def title_of(text: str) -> str:
    """The page's title, else its first heading, else how its text begins; on one line."""
    reader = _Reader()
    try:
        reader.feed(text[:MOST_MARKUP])
        reader.close()
    except (AssertionError, ValueError):  # html.parser's, for some broken declarations
        pass
    for parts in (reader.title, reader.heading, reader.text):
        said = " ".join("".join(parts).split())
        if said:
            return said[:MOST_TITLE]
    return ""


class _Reader(HTMLParser):
    """Collects the first title, the first heading, and all text that a browser would show."""

    def __init__(self) -> None:
        super().__init__()
        self.title: list[str] = []
        self.heading: list[str] = []
        self.text: list[str] = []
        self._open = ""
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            return
        if tag in _UNSEEN:
            self._unseen = tag
        elif (tag == "title" and not self.title) or (tag in _HEADINGS and not self.heading):
            self._open = tag
        self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        if tag == self._open:
            self._open = ""
        self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._open:
            (self.title if self._open == "title" else self.heading).append(data)
        else:
            self.text.append(data)
