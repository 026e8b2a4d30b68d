"""The files that a Moodle backup holds: which one an activity shows, and the words in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from catalogue_sync.errors import MissingLibrary, PackageError
from catalogue_sync.packages.moodle_outline import BackupFiles, value
from catalogue_sync.packages.xml import children
from catalogue_sync.plain_text import clean_line

if TYPE_CHECKING:
    from catalogue_sync.contents.content import Content

_LIST = "files.xml"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that an activity shows: its name, its media type, and its name in the backup."""

    name: str
    type: str
    path: str


class MoodleFiles:
    """The files of the activities that show one. With `wanted` off, their words are not read.

    `problems` are files that could not be read, and why; `unread` is how many more there are
    for which no reader is installed.
    """

    def __init__(self, files: BackupFiles, *, wanted: bool = True) -> None:
        self._files = files
        self._wanted = wanted
        self.problems: list[tuple[str, str]] = []
        self.unread = 0

    def first(self, context: str) -> Stored | None:
        """The main file of the activity with that context id, None where there is none."""
        return self._by_context.get(context)

    def read(self, file: Stored) -> Content | None:
        """The words of a file, None where it has none that can be read."""
        # Imported here: most uses of these values need no reader of contents.
        from catalogue_sync.contents.reading import is_readable, read_content

        limits = self._files.limits
        readable = is_readable(file.name, file.type) and file.path in self._files.names
        if not self._wanted or not readable:
            return None
        try:
            data = self._files.archive.read(file.path)
            return read_content(data, name=file.name, media_type=file.type, limits=limits)
        except MissingLibrary:
            self.unread += 1
            return None
        except PackageError as error:
            self.problems.append((file.name, str(error).removeprefix(f"{file.name}: ")))
            return None

    @cached_property
    def _by_context(self) -> dict[str, Stored]:
        """The list is only read for files of activities; who put them there is passed over."""
        if _LIST not in self._files.names:
            return {}
        try:
            _, root = self._files.root(_LIST)
        except PackageError as error:
            self.problems.append((_LIST, str(error)))
            return {}
        found: dict[str, Stored] = {}
        main: dict[str, int] = {}
        for one in children(root, "file"):
            place = value(one, "component"), value(one, "filearea")
            name, digest = clean_line(value(one, "filename")), value(one, "contenthash")
            if place != ("mod_resource", "content") or name in ("", ".") or not digest.isalnum():
                continue
            order = int(value(one, "sortorder") == "1")
            context = value(one, "contextid")
            if context not in found or order > main[context]:
                path = f"files/{digest[:2]}/{digest}"
                found[context] = Stored(name[:500], value(one, "mimetype").lower(), path)
                main[context] = order
        return found
