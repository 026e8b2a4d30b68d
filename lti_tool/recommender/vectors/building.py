"""A room for a file that is being built, which nobody else touches and nothing is left of."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "building-"


@contextmanager
def building_in(folder: Path) -> Iterator[Path]:
    """A new folder inside `folder`, which is removed afterwards with what is still in it.

    Who builds there waits for who builds there already, in any process. What a process that
    was killed left behind is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left in folder.glob(f"{_PREFIX}*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder) as room:
            yield Path(room)
        os.fsync(handle)
    finally:
        os.close(handle)
