"""PDF files, read in a process of their own that cannot take more than it is given."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from catalogue_sync.contents.content import Content, Part, put_together
from catalogue_sync.errors import MissingLibrary, UnreadableContent
from catalogue_sync.limits import MIB, STANDARD, Limits
from catalogue_sync.module import LONGEST
from catalogue_sync.plain_text import clean_line, text_from_plain

NEEDED = "PDF files need pip install 'needle-lti[sources]'"
UNREAD = f"{{count}} files are not read: {NEEDED}"
"""What is said where no PDF can be read, of one and of several."""

MEMORY = 512 * MIB
"""Bytes of memory that reading a PDF may take, of addresses as the system counts them."""

_WORKER = Path(__file__).with_name("pdf_worker.py")
_MAGIC = b"%PDF-"
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl",
              0xFB05: "st", 0xFB06: "st", 0xAD: None}  # fmt: skip
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
# Names that programs write into the metadata by themselves.
_NO_TITLE = re.compile(
    r"untitled.*|microsoft \w+ - .*|.*\.(?:docx?|pptx?|xlsx?|odt|odp|pdf|indd|tex|dvi|rtf|qxd)",
    re.IGNORECASE,
)

# What an interpreter may need to start at all; nothing else of ours is the worker's business.
_ENVIRONMENT = ("SYSTEMROOT", "LD_LIBRARY_PATH")

_Said = dict[str, object]


def is_pdf(data: bytes) -> bool:
    """Whether a file begins as a PDF does; a few bytes may stand before it."""
    return _MAGIC in data[:1024]


def read_pdf(
    data: bytes, *, name: str, url: str | None = None, limits: Limits = STANDARD
) -> Content:
    """The text of a PDF, with a passage for each page that has words.

    A hostile file can make any reader loop or grow, so this one is a process of its own, with
    bounds on its time, processor and memory, that knows nothing but the file. What it read
    before it was stopped is kept.

    Raises `UnreadableContent` for a file that is encrypted, broken, no PDF, or has no words,
    its `MissingLibrary` where nothing is installed that reads one.
    """
    if not is_pdf(data):
        raise UnreadableContent(f"{name} is not a PDF file, whatever its name says")
    said, stopped = _run(data, name, limits)
    pages = [one for one in said if "page" in one]
    if not pages:
        raise UnreadableContent(f"{name}: {stopped or _without_words(said)}")
    first = next((one for one in said if "pages" in one), {})
    language = str(first.get("language", ""))
    return put_together(
        _parts(pages, url),
        title=_title(str(first.get("title", ""))),
        language=language if _LANGUAGE.fullmatch(language) else None,
        whole=_is_whole(said, len(pages)),
    )


def _run(data: bytes, name: str, limits: Limits) -> tuple[list[_Said], str]:
    """What the worker said, and why it was stopped, empty if it came to its end."""
    try:
        ended = subprocess.run(  # noqa: S603 - this interpreter and a file of this package
            _command(name, limits),
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.contents_seconds,
            env={one: os.environ[one] for one in _ENVIRONMENT if one in os.environ},
            cwd=_WORKER.anchor,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        reason = f"reading it takes more than {limits.contents_seconds:g} seconds"
        return list(_lines(error.output or b"")), reason
    except OSError as error:
        raise UnreadableContent(f"{name}: no process could be started: {error}") from error
    reason = "reading it takes more than is allowed, or breaks the reader"
    return list(_lines(ended.stdout)), reason if ended.returncode else ""


def _command(name: str, limits: Limits) -> list[str]:
    found = find_spec("pypdf")
    if found is None or found.origin is None or not sys.executable:
        raise MissingLibrary(f"{name}: {NEEDED}")
    return [
        sys.executable, "-I", "-S", "-B", str(_WORKER),
        str(Path(found.origin).parents[1]),
        str(limits.contents_pages),
        str(LONGEST["text"] + 1),
        str(MEMORY + 4 * limits.contents_bytes),
        str(math.ceil(limits.contents_seconds) + 1),
    ]  # fmt: skip


def _lines(output: bytes) -> Iterator[_Said]:
    """The whole lines of what was said; a worker that was stopped leaves half of one."""
    for line in output.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            return
        if isinstance(value, dict):
            yield value


def _parts(pages: list[_Said], url: str | None) -> Iterator[Part]:
    most = LONGEST["text"]
    for page in pages:
        text = text_from_plain(str(page.get("text", "")).translate(_LIGATURES), most)
        address = None if url is None or "#" in url else f"{url}#page={page['page']}"
        yield Part(f"page {page['page']}", text, address)


def _title(raw: str) -> str:
    line = clean_line(raw)
    return "" if _NO_TITLE.fullmatch(line) else line


def _is_whole(said: list[_Said], with_words: int) -> bool:
    """Whether the words that were read are those of the file, not of the cover of its scans."""
    number = next((one["pages"] for one in said if "pages" in one), 0)
    ended = any(one.get("whole") is True for one in said)
    broken = any("broken" in one for one in said)
    return ended and not broken and isinstance(number, int) and 2 * with_words >= number


def _without_words(said: list[_Said]) -> str:
    for one in said:
        if "error" in one:
            return str(one["error"])
        if "broken" in one:
            return f"page {one['broken']} is broken ({one.get('reason')}), and no other has words"
    number = next((one["pages"] for one in said if "pages" in one), 0)
    return f"none of its pages ({number}) has words: scanned pages need text recognition first"
