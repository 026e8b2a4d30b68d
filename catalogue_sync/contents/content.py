"""What was read of one file, and the parts that it is put together from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue_sync.minutes import minutes_of_words, words_in
from catalogue_sync.module import LONGEST, MOST_PASSAGES, Duration, Passage
from catalogue_sync.plain_text import shortened

LONGEST_PLACE = 200
"""Characters of a passage's place; a heading that is longer is cut."""

_LONGEST_TEXT = LONGEST["text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The words of a file, in the fields of a module.

    `words` are those that are to be read; None where the text is heard or seen rather than
    read, or was not read to its end. `duration` is estimated from them, or is the length of the
    media that subtitles belong to; None where neither is known.
    """

    title: str = ""
    text: str = ""
    passages: tuple[Passage, ...] = ()
    language: str | None = None
    duration: Duration | None = None
    words: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of text under one place; without a place they are text but no passage."""

    place: str
    text: str
    url: str | None = None


def put_together(
    parts: Iterable[Part], *, title: str = "", language: str | None = None, whole: bool = True
) -> Content:
    """A text that is read, from its parts in order, cut where a module's text ends.

    `whole` says whether the parts are all there is; minutes of a text are only estimated where
    all of it is known.
    """
    pieces: list[str] = []
    passages: list[Passage] = []
    position = 0
    words: int | None = 0
    for part in parts:
        if not part.text:
            continue
        counted = words_in(part.text)
        words = None if words is None or counted is None else words + counted
        start = position + 1 if pieces else 0
        if start + 1 >= _LONGEST_TEXT:
            continue
        text = shortened(part.text, _LONGEST_TEXT - start)
        pieces.append(text)
        position = start + len(text)
        if part.place and len(passages) < MOST_PASSAGES:
            place = shortened(part.place, LONGEST_PLACE)
            passages.append(Passage(place, start, position, part.url))
    known = words if whole else None
    return Content(
        title=title,
        text="\n".join(pieces),
        passages=tuple(passages),
        language=language,
        duration=minutes_of_words(known) if known is not None else None,
        words=known,
    )
