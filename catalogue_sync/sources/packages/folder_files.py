"""Which files below a folder are packages, without leaving it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalogue_sync.errors import PackageError

MOST_PACKAGES = 10_000
DEEPEST = 20
"""The most packages that one folder may hold, and how many folders deep they are looked for."""

_ARCHIVES = (".zip", ".imscc", ".mbz", ".pif")
_DESCRIPTIONS = ("imsmanifest.xml", "cmi5.xml", "tincan.xml")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be a package: its path, and that path from the folder on, with slashes."""

    path: Path
    relative: str

    @property
    def is_archive(self) -> bool:
        """Whether its name says that it is a package; an XML file can be anything."""
        return self.relative.lower().endswith(_ARCHIVES)


@dataclass(slots=True)
class Search:
    """The packages below a folder, by name, and what was not looked into.

    Links are followed to files within the folder alone, and to no folder at all. Where a
    folder holds the description of a package (`imsmanifest.xml`), it is one that was unpacked,
    and nothing else in it or below it is looked at.
    """

    folder: Path
    files: list[Found] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    too_deep: int = 0
    too_many: bool = False

    def run(self) -> None:
        """Look through the folder. Raises `PackageError` when it cannot be listed at all."""
        if not self.folder.is_dir():
            raise PackageError(
                f"{self.folder} is no folder that can be read. Check the path, and that the disk "
                "or share that it is on is there"
            )
        root = self.folder.resolve()
        for path in self._paths(root):
            if len(self.files) >= MOST_PACKAGES:
                self.too_many = True
                return
            self.files.append(Found(path, self._relative(path, root)))

    def _paths(self, root: Path) -> Iterator[Path]:
        for place, folders, names in os.walk(root, onerror=self._note):
            here = Path(place)
            unpacked = [name for name in _DESCRIPTIONS if name in names]
            if unpacked or self._is_too_deep(here, root, folders):
                folders.clear()
            folders[:] = sorted(name for name in folders if not _is_left_out(name))
            for name in unpacked[:1] or sorted(names):
                path = here / name
                if not _is_left_out(name) and _may_be_package(name) and _is_inside(path, root):
                    yield path

    def _is_too_deep(self, here: Path, root: Path, folders: list[str]) -> bool:
        deep = len(here.relative_to(root).parts) >= DEEPEST and bool(folders)
        self.too_deep += deep
        return deep

    def _relative(self, path: Path, root: Path) -> str:
        # A name in bytes that are no text is still a name; it only has to be told.
        return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "replace")

    def _note(self, error: OSError) -> None:
        self.unread.append(f"{error.filename}: {error.strerror}")


def _may_be_package(name: str) -> bool:
    return name.lower().endswith((*_ARCHIVES, ".xml"))


def _is_left_out(name: str) -> bool:
    """Files and folders that systems and programs keep for themselves."""
    return name.startswith((".", "~$")) or name == "__MACOSX"


def _is_inside(path: Path, root: Path) -> bool:
    """Whether it is a file of this folder, and not a link to somewhere else."""
    try:
        return path.is_file() and path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False
