"""One file of any readable format: its words, with their places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from catalogue_sync.contents.content import Content
from catalogue_sync.contents.page import read_page
from catalogue_sync.contents.pdf import is_pdf, read_pdf
from catalogue_sync.contents.plain import read_markdown, read_plain
from catalogue_sync.contents.subtitles import is_subtitles, read_subtitles
from catalogue_sync.errors import UnreadableContent
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import is_web_address
from catalogue_sync.plain_text import decode_html

__all__ = ["Content", "is_readable", "read_content"]

_ENDINGS = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".vtt": "vtt",
    ".srt": "srt", ".md": "markdown", ".markdown": "markdown", ".txt": "text",
}  # fmt: skip
_MEDIA_TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "application/pdf": "pdf",
    "application/x-pdf": "pdf", "text/vtt": "vtt", "application/x-subrip": "srt",
    "text/srt": "srt", "text/markdown": "markdown", "text/x-markdown": "markdown",
    "text/plain": "text",
}  # fmt: skip
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream",
                           "application/x-download", "application/force-download"})  # fmt: skip

# Of a text, control characters other than white space; of anything else, far more.
_CONTROL = dict.fromkeys(i for i in range(32) if chr(i) not in "\t\n\v\f\r\x1b")
_MOST_CONTROL = 0.01


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is read: its characters and what is known beside them."""

    name: str
    words: str
    url: str | None


_READERS: dict[str, Callable[[_File], Content]] = {
    "html": lambda file: read_page(file.words, file.url),
    "vtt": lambda file: read_subtitles(file.words, file.name, file.url),
    "srt": lambda file: read_subtitles(file.words, file.name, file.url),
    "markdown": lambda file: read_markdown(file.words),
    "text": lambda file: read_plain(file.words),
}


def is_readable(name: str, media_type: str = "") -> bool:
    """Whether a file of that name or media type is one whose words can be read."""
    return bool(_format(name, media_type))


def read_content(
    data: bytes,
    *,
    name: str,
    media_type: str = "",
    url: str | None = None,
    limits: Limits = STANDARD,
) -> Content:
    """The words of a file: HTML, PDF, plain text, Markdown or subtitles (WebVTT, SubRip).

    The format is that of the media type, else of the name's ending, else of the content. `url`
    is where the file is opened; passages then carry an address of their own where the format
    has one (`#id`, `#page=4`, `#t=200`).

    Raises `UnreadableContent` naming the file: another format, too large, encrypted, broken,
    or without any words.
    """
    if len(data) > limits.contents_bytes:
        raise UnreadableContent(
            f"{name}: {len(data):,} bytes; {limits.contents_bytes:,} is the most that is read"
        )
    if url is not None and not (is_web_address(url) and len(url) <= 4_000):
        url = None
    kind = _format(name, media_type)
    if kind == "pdf" or is_pdf(data[:16]):
        return read_pdf(data, name=name, url=url, limits=limits)
    words = _words(data, name, media_type)
    reader = _READERS.get(kind or _sniffed(words))
    if reader is None:
        said = f" ({media_type})" if media_type else ""
        raise UnreadableContent(f"{name}{said} is of no format whose words are read")
    content = reader(_File(name, words, url))
    if not content.text:
        raise UnreadableContent(f"{name}: there are no words in it")
    return content


def _format(name: str, media_type: str) -> str:
    """The format by media type, else by the name's ending; empty when neither says it."""
    bare = media_type.partition(";")[0].strip().lower()
    by_name = _ENDINGS.get(PurePosixPath(name.lower()).suffix, "")
    by_type = _MEDIA_TYPES.get(bare, "")
    if bare in _SAYS_NOTHING or by_type == "text":  # servers call every text file plain
        return by_name or by_type
    return by_type


def _sniffed(words: str) -> str:
    start = words[:2_000]
    if is_subtitles(start):
        return "vtt"
    lowered = start.lstrip().lower()
    return "html" if lowered.startswith(("<!doctype html", "<html", "<?xml")) else ""


def _words(data: bytes, name: str, media_type: str) -> str:
    """The characters of a text file; raises `UnreadableContent` for what is no text."""
    declared = media_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    words = decode_html(data, declared)
    start = words[:20_000]
    control = len(start) - len(start.translate(_CONTROL))
    if control > len(start) * _MOST_CONTROL:
        raise UnreadableContent(f"{name} is no text, whatever its name says")
    return words
