"""Subtitles, WebVTT and SubRip: what is said, with passages of about a minute."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from catalogue_sync.contents.content import Content, Part, put_together
from catalogue_sync.errors import UnreadableContent
from catalogue_sync.module import Basis, Duration
from catalogue_sync.plain_text import clean_line

SHORTEST = 30.0
"""Seconds after which a passage ends where a sentence does."""

LONGEST = 60.0
"""Seconds after which a passage ends anyhow."""

LONGEST_FILE = 4_000_000
"""Characters that are read of a file; a film of a day has fewer."""

LONGEST_FILM = 24 * 3600.0
"""Seconds up to which the time of a cue is believed."""

_TIMING = re.compile(
    r"\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->"
    r"\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})(?:\s.*)?"
)
_TAG = re.compile(r"<[^<>]{0,500}>|\{[\\][^{}]{0,200}\}")
_SENTENCE_END = (".", "!", "?", "…", ".”", '."')


@dataclass(slots=True)
class _Cue:
    start: float
    end: float
    lines: list[str] = field(default_factory=list)


def read_subtitles(words: str, name: str, url: str | None = None) -> Content:
    """What is said, without times and marks; its duration is the end of the last cue.

    Who speaks is left out. Raises `UnreadableContent` for a file without any cue.
    """
    length = 0.0

    def measured() -> Iterator[_Cue]:
        nonlocal length
        for cue in _cues(words[:LONGEST_FILE]):
            length = max(length, cue.end)
            yield cue

    content = put_together(_passages(measured(), url))
    if not content.text:
        raise UnreadableContent(f"{name}: no subtitle with a time and words in it")
    known = length > 0 and len(words) <= LONGEST_FILE
    spoken = Duration(length / 60, Basis.ESTIMATED) if known else None
    return replace(content, duration=spoken, words=None)


def is_subtitles(start: str) -> bool:
    """Whether a text that begins like this is a file of subtitles."""
    return start.lstrip("\ufeff").startswith("WEBVTT") or any(
        _TIMING.fullmatch(line) for line in start.splitlines()[:50]
    )


def _cues(words: str) -> Iterator[_Cue]:
    """The cues in the order of the file; notes, styles and cue numbers stand outside of them."""
    cue: _Cue | None = None
    for line in words.splitlines():
        found = _TIMING.fullmatch(line) if "-->" in line else None
        if found:
            if cue:
                yield cue
            start, end = _seconds(*found.groups()[:4]), _seconds(*found.groups()[4:])
            cue = _Cue(start, end) if start <= end <= LONGEST_FILM else None
        elif not line.strip():
            if cue:
                yield cue
            cue = None
        elif cue:
            cue.lines.append(line)
    if cue:
        yield cue


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + float(f"0.{fraction}")


def _passages(cues: Iterator[_Cue], url: str | None) -> Iterator[Part]:
    began = 0.0
    said: list[str] = []
    last = ""
    for cue in cues:
        if said and cue.start - began >= LONGEST:
            yield _part(began, said, url)
            said = []
        for raw in cue.lines:
            line = clean_line(html.unescape(_TAG.sub("", raw)))
            if line and line != last:  # captions that roll up say each line twice
                if not said:
                    began = cue.start
                said.append(line)
                last = line
        lasted = cue.end - began
        ends = lasted >= SHORTEST and last.endswith(_SENTENCE_END)
        if said and (ends or lasted >= LONGEST):
            yield _part(began, said, url)
            said = []
    if said:
        yield _part(began, said, url)


def _part(began: float, said: list[str], url: str | None) -> Part:
    seconds = int(began)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    place = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
    address = None if url is None or "#" in url else f"{url}#t={seconds}"
    return Part(place, " ".join(said), address)
