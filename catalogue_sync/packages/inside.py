"""The words inside the modules of a package: of the pages that they launch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from catalogue_sync.errors import MissingLibrary, PackageError, UnreadableContent
from catalogue_sync.limits import Limits
from catalogue_sync.minutes import FEWEST_WORDS
from catalogue_sync.module import LONGEST, Duration, Kind, Module
from catalogue_sync.packages.archive import Archive
from catalogue_sync.plain_text import decode_html
from catalogue_sync.records import Counted, Refused, Remark

if TYPE_CHECKING:
    from catalogue_sync.contents.content import Content

_HTML = (".html", ".htm", ".xhtml")
_PAGES = (*_HTML, ".pdf")
_MOST_CANDIDATES = 20
_SUBTITLES = (".vtt", ".srt")
# "intro.vtt" and "intro.nl.vtt" are the same film.
_LANGUAGE_ENDING = re.compile(r"[._-][A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?$")

_NOT_READ = frozenset({Kind.QUIZ, Kind.PRACTICE, Kind.EVENT, Kind.ASSIGNMENT, Kind.COMMUNITY})

MOST_FILES = 500
"""Files of one module that are looked into."""

MOST_PROBLEMS = 100
"""Files of a package that could not be read, as far as each is told of."""


@dataclass(frozen=True, slots=True)
class Unread(Refused):
    """Files inside modules for which no reader is installed; the modules are there without them.

    `remark` is for an administrator, who can mend it at once for all packages.
    """

    remark: Counted = field(kw_only=True)

    @classmethod
    def of(cls, package: str, files: int) -> Unread:
        """That so many files of a package were not read."""
        from catalogue_sync.contents.pdf import UNREAD

        return cls(package, UNREAD.replace("{count}", str(files)), remark=Counted(UNREAD, files))


def without_unread(
    records: Iterable[Module | Refused],
) -> tuple[tuple[Module | Refused, ...], tuple[Remark, ...]]:
    """The records of a package, and what is no record but to be mended once for all packages."""
    found = tuple(records)
    kept = tuple(one for one in found if not isinstance(one, Unread))
    return kept, tuple(one.remark for one in found if isinstance(one, Unread))


class Inside:
    """What stands in the files of a package, as far as limits and settings allow.

    Without an archive (a bare manifest), or with `wanted` off, nothing is read. All files
    together are read for at most ten times the seconds of one (`Limits.contents_seconds`).
    What could not be read is told by `problems` as file and reason, once for each file, and by
    `refused` as records.
    """

    def __init__(
        self, archive: Archive | None, limits: Limits, *, wanted: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.names = frozenset(archive.names()) if archive else None
        self._archive = archive if wanted else None
        self._limits = limits
        self._monotonic = monotonic
        self._ends = monotonic() + 10 * limits.contents_seconds
        self._problems: dict[str, str] = {}
        self._unread: set[str] = set()

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """Files that could not be read and why, at most a hundred."""
        return tuple(islice(self._problems.items(), MOST_PROBLEMS))

    def refused(self, package: str) -> Iterator[Refused]:
        """What could not be read, of the package of that name."""
        for name, reason in self.problems:
            yield Refused(f"{package}: {name[:200]}", reason)
        if self._unread:
            yield Unread.of(package, len(self._unread))

    def read(self, launched: str, more: Iterable[str] = ()) -> Content | None:
        """The words of the file that a module launches, then of others that belong to it.

        A page of fewer than 20 words among the others is left out: the frame of a program.
        None where there is nothing to read.
        """
        # Imported here: most uses of the readers' values need no reader of contents.
        from catalogue_sync.contents.joining import join

        parts: list[tuple[str, Content]] = []
        frame: Content | None = None
        characters = 0
        whole = True
        for count, name in enumerate(_in_order(launched, more)):
            if count >= MOST_FILES or characters > LONGEST["text"] or self._is_late():
                whole = False
                break
            content = self._file(name)
            frame = content if name == launched else frame
            whole = whole and name not in self._unread
            if content is None or not _has_something(content, is_launched=name == launched):
                continue
            parts.append((content.title or PurePosixPath(name).stem, content))
            characters += len(content.text)
        if not parts:
            return frame
        found = join(parts) if len(parts) > 1 else parts[0][1]
        # Minutes of a text are only estimated where all of it is known.
        return found if whole else replace(found, duration=None, words=None)

    def read_all(self, launched: str, listed: Sequence[str] = ()) -> Content | None:
        """The words of a package that is one module: of what is listed, else of every file."""
        more = listed if len(listed) > 1 else self.other_files()
        return self._rise() or self.read(launched, more)

    def other_files(self) -> tuple[str, ...]:
        """Every file of the package that has words to read, by name."""
        return tuple(sorted(name for name in self.names or () if _has_words(name)))

    def _rise(self) -> Content | None:
        """The course of an Articulate Rise export, whose words are data of a script."""
        from catalogue_sync.contents.rise import may_be_rise, read_rise

        if self._archive is None:
            return None
        for name in islice(filter(may_be_rise, self._archive.names()), _MOST_CANDIDATES):
            with suppress(PackageError):
                if found := read_rise(self._archive.read(name)):
                    return found
        return None

    def _file(self, name: str) -> Content | None:
        from catalogue_sync.contents.page import read_page
        from catalogue_sync.contents.reading import read_content

        if self._archive is None or name not in self._archive or not _has_words(name):
            return None
        data = b""
        try:
            data = self._archive.read(name)
            return read_content(data, name=name, limits=self._limits)
        except MissingLibrary:
            self._unread.add(name)
            return None
        except PackageError as error:
            is_page = name.lower().endswith(_HTML) and len(data) <= self._limits.contents_bytes
            page = read_page(decode_html(data)) if is_page and not _was_refused(error) else None
            if page is None or page.text:
                self._problems[name] = str(error).removeprefix(f"{name}: ")
                return None
            return page  # without words: the frame of a program, which is nothing to tell of

    def _is_late(self) -> bool:
        late = self._monotonic() > self._ends
        if late:
            self._problems["other files"] = "reading all of them would take too long"
        return late


def estimate_of(content: Content | None, kind: Kind) -> Duration | None:
    """How long a module takes by what is inside it; None where that says nothing.

    Reading time says nothing of how long a test, a task or an event takes, nor a film; the
    length of a film's subtitles does.
    """
    if content is None or kind in _NOT_READ:
        return None
    return None if kind is Kind.VIDEO and content.words is not None else content.duration


def _has_something(content: Content, *, is_launched: bool) -> bool:
    """Whether a page is more than a frame; the one that is launched counts with any words."""
    if not content.text:
        return False
    return is_launched or content.words is None or content.words >= FEWEST_WORDS


def _was_refused(error: PackageError) -> bool:
    """Whether the file was not even unpacked."""
    return not isinstance(error, UnreadableContent)


def _has_words(name: str) -> bool:
    return name.lower().endswith((*_PAGES, *_SUBTITLES))


def _in_order(launched: str, more: Iterable[str]) -> Iterator[str]:
    """Each file once, the launched one first, and one file of subtitles for each film."""
    films: set[str] = set()
    for name in dict.fromkeys([launched, *more]):
        path = PurePosixPath(name)
        if path.suffix.lower() in _SUBTITLES:
            film = _LANGUAGE_ENDING.sub("", str(path.with_suffix("")))
            if film in films:
                continue
            films.add(film)
        yield name
