"""A folder of packages as a source: each file below it that is one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from catalogue_sync.errors import PackageError, UnsupportedPackage
from catalogue_sync.module import Module
from catalogue_sync.packages.inside import without_unread
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Batch, Built, Counted, Reading, Refused, Remark
from catalogue_sync.remarks import Remarks
from catalogue_sync.sources.kinds import (
    CONTENTS,
    LANGUAGE,
    LICENCE,
    PROVENANCE,
    Setting,
    SourceKind,
)
from catalogue_sync.sources.packages.folder_files import DEEPEST, MOST_PACKAGES, Found, Search
from catalogue_sync.sources.packages.folder_names import named_within
from catalogue_sync.sources.packages.package import Manner, digest_of, manner_of
from catalogue_sync.surroundings import Surroundings

_PACKAGE = "{package}"


@dataclass(slots=True)
class _Course:
    """How a reading goes: digests of the files as they are now, and whether all could be read.

    `broken` are those that turned out to be unreadable when they were built, `kept` those whose
    modules, as far as there are any, stay in the catalogue.
    """

    before: Mapping[str, str]
    everything: bool
    now: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    broken: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    others: int = 0


class FolderSource:
    """Every package below a folder. A file is read when its bytes are others than last time.

    Modules are named by the path of their file and their identifier in it, so that two
    packages cannot collide. A file that cannot be read now keeps its modules; the rest goes on.
    """

    hint_when_missing = "Check that all packages are in the folder, and the whole of each."

    def __init__(
        self, name: str, folder: Path, manner: Manner, *, open_with: str | None = None
    ) -> None:
        self.name = name
        self._folder = folder
        self._manner = manner
        self._open_with = open_with

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads every package once."""
        search = self._search()
        remarks = Remarks()
        problems: list[str] = []
        for file in search.files:
            try:
                built = self._build(file, digest_of(file.path))
            except PackageError as error:
                if not _is_of_no_concern(file, error):
                    problems.append(str(error))
                continue
            remarks.add([one for one in built.warnings if isinstance(one, Counted)])
        return (*_about(search), *problems, *remarks.said())

    def read(self, reading: Reading) -> Iterator[Batch]:
        """One batch for each package; there is no cursor, since a second look costs little."""
        search = self._search()
        before = _digests(reading.mark)
        course = _Course(before, everything=reading.mark is None)
        for number, file in enumerate(search.files, start=1):
            for batch in self._batches(file, course):
                yield replace(batch, share=number / len(search.files))
        whole = not search.unread and not search.too_many and bool(search.files)
        warnings = [*_about(search), *_about_kept(course)]
        notes = (Counted("{count} XML files that are no packages were left out", course.others),)
        yield Batch(
            share=1.0,
            complete=course.complete and whole,
            mark=json.dumps(course.now),
            warnings=tuple(warnings),
            notes=notes if course.others else (),
        )

    def _batches(self, file: Found, course: _Course) -> Iterator[Batch]:
        held = course.before.get(file.relative)
        try:
            digest = digest_of(file.path)
            if file.is_archive or digest == held:
                build = partial(self._tried, file, digest, course)
            else:
                # Whether it is a package at all must be known before it is remembered as one.
                build = partial(_as_built, self._build(file, digest))
        except PackageError as error:
            if held is None and _is_of_no_concern(file, error):
                course.others += 1
                return
            yield Batch((Refused(file.relative, str(error)),))
            yield from self._kept(file, course)
            return
        yield Batch(digest=_key(file, digest), build=build)
        if file.relative in course.broken:
            yield from self._kept(file, course)
        else:
            course.now[file.relative] = digest

    def _kept(self, file: Found, course: _Course) -> Iterator[Batch]:
        """What the catalogue holds of a file that cannot be read now, as far as that is known."""
        held = course.before.get(file.relative)
        if held is not None:
            course.kept.append(file.relative)
            course.now[file.relative] = held
            yield Batch(digest=_key(file, held), build=partial(_lost, course))
        elif course.everything:
            course.complete = False
            course.kept.append(file.relative)

    def _tried(self, file: Found, digest: str, course: _Course) -> Built:
        """What is in a file, or that it cannot be read: the others are read all the same."""
        try:
            return self._build(file, digest)
        except PackageError as error:
            course.broken.add(file.relative)
            return Built((Refused(file.relative, str(error)),), again=True)

    def _build(self, file: Found, digest: str) -> Built:
        manner = replace(self._manner, open_with=self._pattern(file))
        records, unread = without_unread(
            named_within(record, file.relative) for record in manner.read(file.path, self.name)
        )
        modules = [record for record in records if isinstance(record, Module)]
        without = sum(module.open_url is None for module in modules)
        warnings: list[Remark] = []
        if not modules:
            warnings.append(f"{file.relative} holds no module that a learner could open")
        if without:
            warnings.append(Counted(_ADDRESSLESS, without))
        replaced = digest_of(file.path) != digest  # while it was read
        return Built(records, warnings=(*warnings, *unread), again=replaced)

    def _pattern(self, file: Found) -> OpenWith | None:
        if self._open_with is None:
            return None
        package = str(PurePosixPath(file.relative).with_suffix(""))
        return OpenWith(self._open_with.replace(_PACKAGE, quote(package)))

    def _search(self) -> Search:
        search = Search(self._folder)
        search.run()
        return search


_ADDRESSLESS = (
    "{count} modules have no address to open, so they are never recommended. Give open_with, a "
    "URL pattern of the LMS that holds them"
)


def _about(search: Search) -> Iterator[str]:
    if not search.files:
        yield f"{search.folder} holds no package, so nothing was removed"
    if search.too_many:
        yield (
            f"{search.folder} holds more than {MOST_PACKAGES:,} packages; those after "
            f"{search.files[-1].relative!r} were not read, and nothing was removed"
        )
    if search.too_deep:
        yield (
            f"{search.too_deep} folders are more than {DEEPEST} deep; what is below them was not "
            "read"
        )
    for place in search.unread[:20]:
        yield f"a folder cannot be listed, so nothing was removed: {place}"


def _about_kept(course: _Course) -> Iterator[str]:
    if course.kept:
        names = ", ".join(course.kept[:5]) + (" and others" if len(course.kept) > 5 else "")
        removed = "" if course.complete else ", and nothing was removed"
        yield (
            f"{len(course.kept)} packages could not be read; their modules are kept as they "
            f"were{removed}. Mend them or take them away: {names}"
        )


def _key(file: Found, digest: str) -> str:
    return f"{digest} {file.relative}"


def _as_built(built: Built) -> Built:
    return built


def _lost(course: _Course) -> Built:
    """What was read of a file before is not known any more, so nothing counts as vanished."""
    course.complete = False
    return Built((), again=True)


def _is_of_no_concern(file: Found, error: PackageError) -> bool:
    """Whether it is an XML file of something else."""
    return isinstance(error, UnsupportedPackage) and not file.is_archive


def _digests(mark: str | None) -> dict[str, str]:
    """The digests of files that the last complete reading left; none where they make no sense."""
    try:
        values = json.loads(mark or "{}")
    except ValueError:
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: digest for name, digest in values.items() if isinstance(digest, str)}


def _open(
    name: str, settings: Mapping[str, str], _secret: str | None, surroundings: Surroundings
) -> FolderSource:
    pattern = settings.get("open_with", "").strip() or None
    if pattern:
        OpenWith(pattern.replace(_PACKAGE, "x"))
    manner = manner_of(settings, surroundings)
    return FolderSource(name, Path(settings["path"]), manner, open_with=pattern)


KIND = SourceKind(
    "folder",
    "All cartridges, SCORM, cmi5, Tin Can, .mbz in a folder.",
    (
        Setting("path", "path of the folder", required=True, is_path=True),
        Setting(
            "open_with",
            "URL that opens a module, with {package} (path of its file, without ending), "
            "{identifier}, {title}, {href} or {kind} in it",
        ),
        LANGUAGE,
        PROVENANCE,
        LICENCE,
        CONTENTS,
    ),
    _open,
)
