"""Ralph's own application for benchmarks, served on the port given: `python … PORT`.

Ralph as it comes (but for APPEND, without which it takes one POST only) reads every statement
it holds at each POST, and rewrites a history of every write there ever was. So it is begun
anew, in memory, whenever its file of statements was removed: each contender meets it young.

With a file `indexed` in its folder it keeps the ids in memory instead, and no history, which
leaves about what an LRS with a database does for a request, and is the stricter limit.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import uvicorn
from ralph.api import app
from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
from ralph.backends.lrs.fs import FSLRSBackend

INDEXED = (Path(os.environ["RALPH_APP_DIR"]) / "indexed").exists()

_ids: set[str] = set()
_find_in_file = FSLRSBackend.query_statements_by_ids
_write = FSLRSBackend.write


def _find(self: FSLRSBackend, ids: list[str], target: str | None = None) -> Any:
    if not (self.default_directory / self.settings.DEFAULT_LRS_FILE).exists():
        _ids.clear()
        self._history = []
    if INDEXED and not _ids.intersection(ids):
        return []
    return _find_in_file(self, ids, target)


def _keep(
    self: FSLRSBackend, data: Iterable[dict[str, Any]], *place: Any, **other: Any
) -> int:
    statements = list(data)
    written = _write(self, statements, *place, **other)
    _ids.update(str(one["id"]) for one in statements)
    return int(written)


def _forget(*_event: object) -> None:
    """Keep no history."""


if __name__ == "__main__":
    FSLRSBackend.default_operation_type = BaseOperationType.APPEND
    FSLRSBackend.query_statements_by_ids = _find
    if INDEXED:
        FSLRSBackend.write = _keep
        FSDataBackend.append_to_history = _forget
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
