"""An index's folder: whole generations, each checked when it is opened.

    folder/generation-000007/manifest.json   what it is, and size and checksum of every file
                             base.facts  tail.facts  dead  tantivy/…
    folder/building-…/                       one in the making; a process that is killed leaves it

A generation is made aside and renamed into place when it is complete, so there is always the
old one or the new one. What did not change is the same file in both (a hard link). One process
at a time may write into a folder, any number may read it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from lti_tool.recommender.index.errors import UnusableIndex

EDITION = f"1, tantivy {metadata.version('tantivy')}"
"""What wrote a folder; one of another edition is not read."""

MANIFEST, ENGINE, BASE, TAIL, DEAD = "manifest.json", "tantivy", "base.facts", "tail.facts", "dead"
_GENERATION, _BUILDING = "generation-", "building-"
_CHUNK = 1 << 20

# The engine's own list of its files is replaced by it, and its locks are nobody else's.
_COPIED = (".managed.json", "meta.json")
_LOCKS = (".tantivy-meta.lock", ".tantivy-writer.lock")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in a generation's manifest: facts on the index, and its files' checksums."""

    values: dict[str, Any]
    files: dict[str, tuple[int, int]]


@contextmanager
def new_generation(folder: Path) -> Iterator[Path]:
    """A folder to write the next generation into; taken away when that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_BUILDING}*"):
        shutil.rmtree(left, ignore_errors=True)
    building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder))
    try:
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)


def finish_generation(
    building: Path, values: dict[str, Any], known: dict[str, tuple[int, int]] | None = None
) -> tuple[Path, Manifest]:
    """Write the manifest, put the generation into place and remove those before it.

    `known` are the checksums of files that are linked from the generation before.
    """
    known = known or {}
    files = {
        name: known[name] if name in known and is_linked(name) else _measured(building / name)
        for name in _names(building)
    }
    body = json.dumps({"edition": EDITION, "values": values, "files": files})
    (building / MANIFEST).write_text(f"{zlib.crc32(body.encode()):08x}\n{body}", "utf-8")
    older = _generations(building.parent)
    number = int(older[-1].name.removeprefix(_GENERATION)) + 1 if older else 1
    place = building.rename(building.parent / f"{_GENERATION}{number:06}")
    for generation in older:
        shutil.rmtree(generation, ignore_errors=True)
    return place, Manifest(values, files)


def find_generation(folder: Path) -> tuple[Path, Manifest]:
    """The newest generation of a folder, every file of it checked; `UnusableIndex` if not."""
    generations = _generations(folder)
    if not generations:
        raise UnusableIndex(f"{folder} holds no index", mend="Build it.")
    generation = generations[-1]
    try:
        manifest = _read_manifest(generation)
        for name, expected in manifest.files.items():
            if _measured(generation / name) != expected:
                raise _damaged(generation / name, "is not what was written")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(generation, f"cannot be read ({error})") from error
    return generation, manifest


def link_files(source: Path, target: Path) -> None:
    """Give `target` the engine's files in `source`: the same ones, but what it will replace."""
    target.mkdir()
    for file in source.iterdir():
        if file.name in _COPIED:
            shutil.copyfile(file, target / file.name)
        elif file.name not in _LOCKS:
            link_file(file, target / file.name)


def link_file(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system knows no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def is_linked(name: str) -> bool:
    """Whether a file of this name never changes, so that generations may share it."""
    path = Path(name)
    return name == BASE or (path.parent.name == ENGINE and path.name not in _COPIED)


def _read_manifest(generation: Path) -> Manifest:
    checksum, _, body = (generation / MANIFEST).read_text("utf-8").partition("\n")
    if int(checksum, 16) != zlib.crc32(body.encode()):
        raise _damaged(generation / MANIFEST, "is not what was written")
    found = json.loads(body)
    if found["edition"] != EDITION:
        raise _damaged(generation, f"is of another edition ({found['edition']})")
    files = {name: (size, checksum) for name, (size, checksum) in found["files"].items()}
    return Manifest(found["values"], files)


def _damaged(path: Path, what: str) -> UnusableIndex:
    return UnusableIndex(f"{path} {what}", mend="Build the index anew from the catalogue.")


def _generations(folder: Path) -> list[Path]:
    """Whole generations, the oldest first."""
    return sorted(folder.glob(f"{_GENERATION}*"), key=lambda path: (len(path.name), path.name))


def _names(building: Path) -> list[str]:
    files = (path for path in building.rglob("*") if path.is_file() and path.name not in _LOCKS)
    return sorted(path.relative_to(building).as_posix() for path in files)


def _measured(path: Path) -> tuple[int, int]:
    """Size and checksum of a file."""
    size = checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            checksum = zlib.crc32(chunk, checksum)
    return size, checksum
