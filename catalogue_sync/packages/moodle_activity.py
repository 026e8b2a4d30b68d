"""One activity of a Moodle backup: what its own file says, by its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from catalogue_sync.minutes import minutes_estimated
from catalogue_sync.module import LONGEST, Basis, Duration, Kind, Passage
from catalogue_sync.packages.inside import estimate_of
from catalogue_sync.packages.launching import launch_of
from catalogue_sync.packages.moodle_availability import moment_from
from catalogue_sync.packages.moodle_files import MoodleFiles, Stored
from catalogue_sync.packages.moodle_outline import Activity, value
from catalogue_sync.packages.xml import Element, attribute, child, children
from catalogue_sync.plain_text import (
    name_from_escaped,
    text_from_html,
    text_from_plain,
)

if TYPE_CHECKING:
    from catalogue_sync.contents.content import Content

_PLAIN = "2"
_OPENS = ("timeopen", "available", "openingtime", "timeavailablefrom", "allowsubmissionsfromdate")
_CLOSES = ("timeclose", "deadline", "closingtime", "timeavailableto", "cutoffdate")
_TIMED = frozenset({"quiz", "lesson"})
# What Moodle puts where the restored site's own addresses will stand.
_STAND_INS = re.compile(r"\$@[A-Z0-9_*]{1,60}@\$|@@PLUGINFILE@@")
_CONTENT_PAGE = "20"
"""Moodle's number of a lesson's pages that are read; the others are questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What an activity's own file says; `limit` is its time limit, `href` its file's name."""

    title: str
    kind: Kind
    description: str = ""
    text: str = ""
    passages: tuple[Passage, ...] = ()
    url: str | None = None
    href: str = ""
    limit: Duration | None = None
    estimate: Duration | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    updated: datetime | None = None


def read_detail(modname: str, root: Element, stored: MoodleFiles, *, contents: bool) -> Detail:
    """The details of an activity, from the root of its file (`activities/*/page.xml`)."""
    one = child(root, modname)
    file = stored.first(attribute(root, "contextid")) if modname == "resource" else None
    url = launch_of(value(one, "externalurl")).url if modname == "url" else None
    kind = _kind(modname, url, file)
    content = _content(modname, one, file, stored) if contents else None
    starts = next((m for name in _OPENS if (m := moment_from(value(one, name)))), None)
    ends = next((m for name in _CLOSES if (m := moment_from(value(one, name)))), None)
    return Detail(
        title=name_from_escaped(value(one, "name")),
        kind=kind,
        description=_words(one, "intro", 20_000),
        text=content.text if content else "",
        passages=content.passages if content else (),
        url=url,
        href=file.name if file else "",
        limit=_limit(one) if modname in _TIMED else None,
        estimate=estimate_of(content, kind) if modname != "lesson" else None,
        starts=starts,
        ends=ends,
        updated=moment_from(value(one, "timemodified")),
    )


def no_detail(activity: Activity) -> Detail:
    """What is known of an activity without its own file."""
    return Detail(title=activity.title, kind=_kind(activity.modname, None, None))


def is_news_forum(root: Element) -> bool:
    """Whether a forum is the one for a course's announcements, which is nothing to learn from."""
    return value(child(root, "forum"), "type") == "news"


def _kind(modname: str, url: str | None, file: Stored | None) -> Kind:
    # Imported here: the sources, of which this table is a part, read packages themselves.
    from catalogue_sync.sources.moodle.activities import kind_of

    named = {"fileurl": url or (file.name if file else ""), "mimetype": file.type if file else ""}
    return kind_of({"modname": modname, "contents": [named]})


def _content(
    modname: str, one: Element, file: Stored | None, stored: MoodleFiles
) -> Content | None:
    """What there is to read in an activity."""
    # Imported here: most uses of these values need no reader of contents.
    from catalogue_sync.contents.content import Content

    if file is not None:
        return stored.read(file)
    if modname == "page":
        text = _words(one, "content", LONGEST["text"])
        return Content(text=text, words=len(text.split()), duration=minutes_estimated(text))
    if modname in ("book", "lesson"):
        return _joined(_chapters(one) if modname == "book" else _pages(one))
    return None


def _joined(parts: Iterator[tuple[str, str]]) -> Content:
    from catalogue_sync.contents.content import Part, put_together

    return put_together(Part(title, f"{title}\n{text}" if title else text) for title, text in parts)


def _chapters(book: Element) -> Iterator[tuple[str, str]]:
    """The chapters of a book that are not hidden, in order."""
    chapters = children(child(book, "chapters"), "chapter")
    for chapter in sorted(chapters, key=lambda one: _number(value(one, "pagenum"))):
        if value(chapter, "hidden") != "1":
            title = name_from_escaped(value(chapter, "title"), 200)
            yield title, _words(chapter, "content", LONGEST["text"])


def _pages(lesson: Element) -> Iterator[tuple[str, str]]:
    for page in children(child(lesson, "pages"), "page"):
        if value(page, "qtype") == _CONTENT_PAGE:
            title = name_from_escaped(value(page, "title"), 200)
            yield title, _words(page, "contents", LONGEST["text"])


def _words(element: Element, name: str, most: int) -> str:
    """A text of Moodle, which is HTML unless its format says otherwise."""
    raw = _STAND_INS.sub("", value(element, name))
    make = text_from_plain if value(element, f"{name}format") == _PLAIN else text_from_html
    return make(raw, most)


def _limit(one: Element) -> Duration | None:
    """The time limit, in seconds in the backup, is what a test is declared to take."""
    seconds = _number(value(one, "timelimit"))
    return Duration(seconds / 60, Basis.DECLARED) if 0 < seconds < 360_000 else None


def _number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0
