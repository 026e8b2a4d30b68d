"""The chapters of a Moodle book, as a course's contents list them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.json_values import read_json
from catalogue_sync.plain_text import name_from_escaped
from catalogue_sync.sources.answer import Answer, as_list, as_number, as_text, mappings

MOST_CHAPTERS = 500
"""Of one book; what follows is left out."""

_HREF = re.compile(r"(\d{1,15})/index\.html")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: Moodle's number of it, title, address of its text, and tags.

    `changed` is when it was last changed (seconds since 1970), 0 where that is not known: the
    releases of Moodle that give every chapter the time of its book do not say it.
    """

    number: int
    title: str
    address: str
    changed: int
    tags: tuple[str, ...]

    def opened_at(self, book: str | None) -> str | None:
        """Where a learner opens it, from where they open the book."""
        return f"{book}&chapterid={self.number}" if book and "?" in book else book


def chapters_of(activity: Answer) -> tuple[Chapter, ...]:
    """The chapters of a book that are not hidden, in their order."""
    files = {as_text(one.get("filepath")): one for one in _files(activity)}
    chapters: dict[int, Chapter] = {}
    book_changed = _structure_changed(activity)
    for title, href in _entries(activity):
        found = _HREF.fullmatch(href)
        if found is None or len(chapters) == MOST_CHAPTERS:
            continue
        number = int(found[1])
        answer = files.get(f"/{number}/", {})
        changed = as_number(answer.get("timemodified"))
        chapters[number] = Chapter(
            number=number,
            title=title or name_from_escaped(as_text(answer.get("content"))),
            address=as_text(answer.get("fileurl")),
            changed=0 if changed == book_changed else changed,
            tags=tuple(dict.fromkeys(_tags(answer))),
        )
    return tuple(chapters.values())


def heading_titles(activity: Answer) -> str:
    """The titles in a book's or package's list of contents, one a line."""
    return "\n".join(title for title, _ in _entries(activity) if title)


def _files(activity: Answer) -> Iterator[Answer]:
    for part in mappings(activity.get("contents")):
        if part.get("type") == "file" and part.get("filename") == "index.html":
            yield part


def _structure(activity: Answer) -> Answer:
    for part in mappings(activity.get("contents")):
        if part.get("type") == "content" and part.get("filename") == "structure":
            return part
    return {}


def _structure_changed(activity: Answer) -> int:
    return as_number(_structure(activity).get("timemodified"))


def _entries(activity: Answer) -> Iterator[tuple[str, str]]:
    """Title and address of every entry of the list of contents that is not hidden."""
    try:
        structure = read_json(as_text(_structure(activity).get("content")) or "[]", "the structure")
    except InvalidAnswer:
        return
    yield from _below(structure, 10)


def _below(structure: object, depth: int) -> Iterator[tuple[str, str]]:
    for entry in mappings(structure):
        if str(entry.get("hidden", "0")) != "1":
            yield name_from_escaped(as_text(entry.get("title"))), as_text(entry.get("href"))
            if depth:
                yield from _below(as_list(entry.get("subitems")), depth - 1)


def _tags(answer: Answer) -> Iterator[str]:
    for tag in mappings(answer.get("tags"))[:50]:
        name = name_from_escaped(as_text(tag.get("rawname")) or as_text(tag.get("name")), 500)
        if name:
            yield name
