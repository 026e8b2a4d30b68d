"""Several files of one module, as one text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from catalogue_sync.contents.content import LONGEST_PLACE, Content
from catalogue_sync.minutes import minutes_of_words
from catalogue_sync.module import LONGEST, MOST_PASSAGES, Basis, Duration, Passage
from catalogue_sync.plain_text import shortened


def join(parts: Iterable[tuple[str, Content]]) -> Content:
    """The contents of several files in order, each under its place; cut at a module's text.

    A file that has places of its own keeps them, under the place of the file ("Chapter 2 ›
    Tides"). The words that are read are counted together, and the lengths of media added;
    where one part's length is unknown, so is that of the whole.
    """
    pieces: list[str] = []
    passages: list[Passage] = []
    title, language = "", None
    position = 0
    length = _Length()
    for place, content in parts:
        title, language = title or content.title, language or content.language
        if not content.text:
            continue
        length.add(content)
        start = position + 1 if pieces else 0
        if start + 1 >= LONGEST["text"]:
            continue
        text = shortened(content.text, LONGEST["text"] - start)
        pieces.append(text)
        position = start + len(text)
        passages.extend(islice(_placed(place, content, start, position), MOST_PASSAGES))
    return Content(
        title=title,
        text="\n".join(pieces),
        passages=tuple(passages[:MOST_PASSAGES]),
        language=language,
        duration=length.duration(),
        words=length.words if length.known and not length.media else None,
    )


class _Length:
    """What a reader or viewer of all parts has before them."""

    def __init__(self) -> None:
        self.words = 0
        self.media = 0.0
        self.known = True

    def add(self, content: Content) -> None:
        if content.words is not None:
            self.words += content.words
        elif content.duration is not None:
            self.media += content.duration.minutes
        else:
            self.known = False

    def duration(self) -> Duration | None:
        read = minutes_of_words(self.words)
        minutes = self.media + (read.minutes if read else 0)
        return Duration(minutes, Basis.ESTIMATED) if self.known and 0 < minutes < 100_000 else None


def _placed(place: str, content: Content, start: int, end: int) -> Iterator[Passage]:
    if not content.passages:
        if place:
            yield Passage(shortened(place, LONGEST_PLACE), start, end)
        return
    for passage in content.passages:
        if start + passage.start >= end:
            return
        inner = passage.place if passage.place != place else ""
        named = " › ".join(name for name in (place, inner) if name)
        yield Passage(
            shortened(named, 2 * LONGEST_PLACE),
            start + passage.start,
            min(start + passage.end, end),
            passage.url,
        )
