"""A node's files of one organisation: each index that is built has a folder of its own.

    cache/northwind/node-0.lock              held by the process that writes in node-0
    cache/northwind/node-0/000003-9f2c…/     one build: words/, vectors/ and catalogue.json

A number of a module means something within one build only, so its vectors lie beside it, and
both are thrown away together. A second process on the same machine takes `node-1`, and so on.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FACTS = "catalogue.json"
_MOST_NODES = 64


@dataclass(frozen=True, slots=True)
class Build:
    """One build's folder; its name marks the vectors that belong to its numbers."""

    path: Path

    @property
    def mark(self) -> str:
        """What tells this build from every other."""
        return self.path.name

    @property
    def words(self) -> Path:
        """Where the index of words lies."""
        return self.path / "words"

    @property
    def vectors(self) -> Path:
        """Where the vectors lie."""
        return self.path / "vectors"

    def facts(self) -> dict[str, str]:
        """What was noted when it was made; nothing when that cannot be read."""
        try:
            found = json.loads((self.path / _FACTS).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in dict(found).items()}


class NodeFolder:
    """The builds of one organisation on one node; this process alone writes there."""

    def __init__(self, path: Path, lock: int) -> None:
        """Use `open_node`."""
        self.path = path
        self._lock = lock

    def builds(self) -> Iterator[Build]:
        """What was built here, the newest first."""
        return builds_in(self.path)

    def new_build(self, facts: dict[str, str]) -> Build:
        """An empty folder for the next build. Raises `OSError`."""
        newest = next(self.builds(), None)
        number = int(newest.path.name.partition("-")[0]) + 1 if newest else 1
        path = self.path / f"{number:06}-{os.urandom(6).hex()}"
        path.mkdir(parents=True)
        (path / _FACTS).write_text(json.dumps(facts), "utf-8")
        return Build(path)

    def keep_only(self, build: Build | None) -> None:
        """Throw away every other build; what is mapped of them can still be read."""
        for other in self.builds():
            if build is None or other.path != build.path:
                shutil.rmtree(other.path, ignore_errors=True)

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)


def open_node(folder: Path) -> NodeFolder:
    """The first node of an organisation's folder that no process holds. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(_MOST_NODES):
        lock = os.open(folder / f"node-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        except OSError:
            os.close(lock)
            raise
        return NodeFolder(folder / f"node-{number}", lock)
    raise OSError(f"{_MOST_NODES} processes use {folder}")


def builds_in(path: Path) -> Iterator[Build]:
    """The builds of a node, the newest first, also of a node that another process holds."""
    with contextlib.suppress(OSError):
        found = [one for one in path.iterdir() if one.name[:6].isdigit() and one.is_dir()]
        yield from (Build(one) for one in sorted(found, key=lambda one: one.name, reverse=True))


def folder_size(folder: Path) -> int:
    """Bytes of the files in a folder; a file with two names counts once."""
    sizes: dict[tuple[int, int], int] = {}
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            stat = file.stat()
            if file.is_file():
                sizes[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(sizes.values())
