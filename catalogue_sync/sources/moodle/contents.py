"""What is inside a Moodle's activities: chapters, files and packages, read for their words."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalogue_sync.errors import (
    AddressRefused,
    InvalidAnswer,
    MissingLibrary,
    PackageError,
    RequestRefused,
    SourceUnreachable,
)
from catalogue_sync.limits import MIB
from catalogue_sync.module import Basis, Duration, Module, Passage
from catalogue_sync.plain_text import decode_html, name_from_escaped, text_from_html
from catalogue_sync.sources.answer import Answer, as_number, as_text, mappings
from catalogue_sync.sources.moodle.book import Chapter, chapters_of, heading_titles
from catalogue_sync.sources.moodle.findings import Findings
from catalogue_sync.sources.moodle.service import MoodleService

OPENED = frozenset({"book", "folder", "imscp", "resource", "scorm"})
"""The kinds of activity that are opened. The text of a page comes with its details."""

FILES_OF_ONE = 100
"""Files of one activity that are read."""

BYTES_OF_A_SYNC = 2048 * MIB
"""What one sync fetches of files; what is left is for the next."""

UNREACHABLE_IN_A_ROW = 3
"""Files that may fail after each other before no other is asked for in this sync."""


@dataclass(frozen=True, slots=True)
class Inner:
    """What was read inside an activity; `chapters` are those of a book, with their texts."""

    text: str = ""
    passages: tuple[Passage, ...] = ()
    duration: Duration | None = None
    chapters: tuple[tuple[Chapter, str], ...] = ()


class _NotRead(Exception):
    """A file cannot be read, for a reason that was noted."""


def chapter_identifier(book: str | int, chapter: Chapter) -> str:
    """The identifier of a chapter's module."""
    return f"{book}/chapter/{chapter.number}"


class ContentsReader:
    """Reads what is inside activities, as much as one sync may.

    `known` gives modules as the catalogue holds them; their text is taken where a file has not
    changed since. With `reuse` off every file is fetched; with `fetch` off none, and only the
    list of a book's chapters is read. `editions` says, by course module id, of which edition
    all files were read, and becomes the same for the next sync. `left` are the activities that
    were not wholly read for a reason that may pass.
    """

    def __init__(
        self,
        service: MoodleService,
        known: Callable[[Sequence[str]], Mapping[str, Module]],
        *,
        reuse: bool,
        fetch: bool,
        editions: Mapping[str, str],
    ) -> None:
        self.left: set[int] = set()
        self.editions = dict(editions)
        self._service = service
        self._known = known
        self._reuse = reuse
        self._may_fetch = fetch
        self._bytes = BYTES_OF_A_SYNC
        self._failures = 0

    def read(
        self, activities: Sequence[Answer], details: Mapping[int, Answer],
        changes: Mapping[int, datetime | None], findings: Findings, *,
        closed: frozenset[int],
    ) -> dict[int, Inner]:  # fmt: skip
        """What is inside these activities, by course module id.

        `changes` says when each was last changed. Of what is `closed` to learners only the list
        of chapters is read.
        """
        known = self._known([str(as_number(one.get("id"))) for one in activities])
        found: dict[int, Inner] = {}
        for activity in activities:
            number = as_number(activity.get("id"))
            detail = details.get(number, {})
            held = known.get(str(number)) if self._reuse else None
            match activity.get("modname"):
                case "book":
                    found[number] = self._book(activity, findings, is_closed=number in closed)
                case _ if number in closed:
                    continue
                case "scorm":
                    found[number] = self._package(activity, detail, held, findings)
                case "resource" | "folder" | "imscp":
                    changed = changes.get(number)
                    edition = changed.isoformat() if changed else ""
                    is_whole = self.editions.get(str(number)) == edition
                    if is_whole and held is not None and _still_holds(held, activity, changed):
                        found[number] = _inner_of(held)
                    else:
                        found[number] = self._files(activity, findings)
                        self._note_edition(number, edition)
        return found

    def _note_edition(self, number: int, edition: str) -> None:
        """A text of some of the files alone must not pass for that of all at the next sync."""
        self.editions.pop(str(number), None)
        if edition and number not in self.left:
            self.editions[str(number)] = edition

    def _book(self, activity: Answer, findings: Findings, *, is_closed: bool) -> Inner:
        """The text of a book is that of its chapters, each a passage with its own address."""
        from catalogue_sync.contents.content import Part, put_together

        number = as_number(activity.get("id"))
        chapters = chapters_of(activity)
        known = self._known([chapter_identifier(number, one) for one in chapters])
        texts = [
            self._chapter(number, one, known.get(chapter_identifier(number, one)), findings)
            if not is_closed
            else ""
            for one in chapters
        ]
        address = as_text(activity.get("url"))
        content = put_together(
            (
                Part(one.title, "\n".join(_once(one.title, text)), one.opened_at(address))
                for one, text in zip(chapters, texts, strict=True)
            ),
            whole=all(texts),
        )
        return Inner(
            content.text, content.passages, content.duration,
            tuple(zip(chapters, texts, strict=True)),
        )  # fmt: skip

    def _chapter(
        self, book: int, chapter: Chapter, held: Module | None, findings: Findings
    ) -> str:
        if self._reuse and held is not None and held.text and _is_of(held, chapter.changed):
            return held.text
        try:
            body = self._fetch(book, "book", chapter.address, 0, findings)
        except _NotRead:
            return ""
        return text_from_html(decode_html(body), 200_000)

    def _files(self, activity: Answer, findings: Findings) -> Inner:
        from catalogue_sync.contents.joining import join
        from catalogue_sync.contents.reading import read_content

        number, kind = as_number(activity.get("id")), as_text(activity.get("modname"))
        parts = []
        files = list(_readable(activity))
        # The file itself, past the page of Moodle around it: there `#page=4` means something.
        opened = f"{as_text(activity.get('url'))}&redirect=1" if kind == "resource" else None
        for file in files:
            name, size = as_text(file.get("filename")), as_number(file.get("filesize"))
            try:
                body = self._fetch(number, kind, as_text(file.get("fileurl")), size, findings)
                content = read_content(
                    body, name=name, media_type=as_text(file.get("mimetype")), url=opened,
                    limits=self._service.limits,
                )  # fmt: skip
            except _NotRead:
                continue
            except MissingLibrary:
                self._tell_missing(findings)
                continue
            except PackageError:
                findings.note(f"{{count}} files of {kind} activities whose words cannot be read")
                continue
            place = name_from_escaped(name) if len(files) > 1 else ""
            parts.append((place, content))
        joined = join(parts)
        return Inner(joined.text, joined.passages, joined.duration)

    def _package(
        self, activity: Answer, detail: Answer, held: Module | None, findings: Findings
    ) -> Inner:
        from catalogue_sync.contents.packages import read_package_contents

        number = as_number(activity.get("id"))
        address = as_text(detail.get("packageurl"))
        edition = f"{as_text(detail.get('sha1hash'))[:40]} {as_number(detail.get('revision'))}"
        if not address:
            return Inner()
        if held is not None and held.text and self.editions.get(str(number)) == edition:
            return _inner_of(held)
        size = as_number(detail.get("packagesize"))
        most = self._service.limits.answer_bytes
        try:
            body = self._fetch(number, "scorm", address, size, findings, most=most)
            with tempfile.TemporaryDirectory(prefix="needle-") as folder:
                path = Path(folder) / "package.zip"
                path.write_bytes(body)
                content = read_package_contents(path, limits=self._service.limits)
        except _NotRead:
            return Inner()
        except MissingLibrary:
            self._tell_missing(findings)
            return Inner()
        except PackageError:
            findings.note("{count} scorm packages whose words cannot be read")
            return Inner()
        self.editions[str(number)] = edition
        return Inner(content.text, content.passages, content.duration)

    def _tell_missing(self, findings: Findings) -> None:
        from catalogue_sync.contents.pdf import UNREAD

        findings.warn(UNREAD)

    def _fetch(
        self, number: int, what: str, address: str, size: int, findings: Findings,
        *, most: int | None = None,
    ) -> bytes:  # fmt: skip
        """The bytes of a file. Raises `_NotRead` after noting why not."""
        if not self._may_fetch:
            raise _NotRead
        most = most or self._service.limits.contents_bytes
        files = f"{{count}} files of {what} activities"
        if size > most:
            findings.note(f"{files} above {most // MIB:,} MiB were not read")
            raise _NotRead
        if self._bytes <= size or self._failures >= UNREACHABLE_IN_A_ROW:
            findings.note(f"{files} are left for the next sync")
            self.left.add(number)
            raise _NotRead
        try:
            fetched = self._service.file(address, most_bytes=min(most, self._bytes))
        except (RequestRefused, AddressRefused) as error:
            findings.note(f"{files} that Moodle does not give")
            raise _NotRead from error
        except InvalidAnswer as error:
            findings.note(f"{files} were not read: too large, or sent on elsewhere")
            raise _NotRead from error
        except SourceUnreachable as error:
            self._failures += 1
            self.left.add(number)
            findings.note(f"{files} did not arrive: the next sync asks again")
            raise _NotRead from error
        self._failures = 0
        self._bytes -= len(fetched.body)
        return fetched.body


def _readable(activity: Answer) -> Iterator[Answer]:
    """The files of an activity whose words can be read, in Moodle's order."""
    from catalogue_sync.contents.reading import is_readable

    files = [
        one
        for one in mappings(activity.get("contents"))
        if one.get("type") == "file"
        and is_readable(as_text(one.get("filename")), as_text(one.get("mimetype")))
    ]
    if activity.get("modname") == "imscp":  # its list of contents says which pages it has
        files = [one for one in files if as_text(one.get("mimetype")) == "text/html"]
    yield from files[:FILES_OF_ONE]


def _still_holds(held: Module, activity: Answer, changed: datetime | None) -> bool:
    """Whether the catalogue's text is that of the files as they are now.

    Moodle tells the time of the last change of the activity and of each file; saving an
    activity raises the first, so it also rises when an older file takes the place of a newer.
    """
    read = bool(held.text) and held.text != heading_titles(activity)
    return read and changed is not None and held.updated == changed


def _is_of(held: Module, changed: int) -> bool:
    return held.updated is not None and 0 < changed == int(held.updated.timestamp())


def _inner_of(held: Module) -> Inner:
    duration = held.duration
    if duration is not None and duration.basis is not Basis.ESTIMATED:
        duration = None
    return Inner(held.text, held.passages, duration)


def _once(title: str, text: str) -> tuple[str, ...]:
    """A chapter's title and text; Moodle puts the title above the text, unless told not to."""
    if not text:
        return (title,)
    return (text,) if text.startswith(title) else (title, text)
