"""Vectors kept by the text they were made of, so that no text is embedded twice."""

from __future__ import annotations

import logging
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np

from lti_tool.recommender.vectors.codes import Floats, from_codes, to_codes
from lti_tool.recommender.vectors.errors import VectorsRefused
from lti_tool.recommender.vectors.memory import MemoryCache
from lti_tool.recommender.vectors.texts import text_key

_EDITION = 1
_AT_ONCE = 500
_CHECK = 4
_PATIENCE_SECONDS = 30.0
_logger = logging.getLogger(__name__)

_TABLE = """CREATE TABLE IF NOT EXISTS vectors
(key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"""


class VectorCache(Protocol):
    """Keeps vectors of unit length by model and `text_key`. Threads may share one."""

    def get(self, model_name: str, keys: Sequence[str]) -> dict[str, Floats]:
        """The vectors of those keys that it has."""
        ...

    def put(self, model_name: str, vectors: Mapping[str, Floats]) -> None:
        """Keep these, each one row of unit length."""
        ...


class FolderCache:
    """A folder with one SQLite file a model; a byte a dimension, each vector with a checksum.

    A file that is damaged is set aside (`.damaged`) and a new one begun: it is a cache. A
    vector that fails its checksum counts as not there. Several processes may share a folder.

    What cannot be kept there (a full disk, a file that another process holds for long) is kept
    in memory, with one line in the log.
    """

    def __init__(self, path: Path) -> None:
        """Use that folder, made when it is missing. Raises `VectorsRefused` (`vectors-folder`)."""
        self._path = path
        self._lock = threading.Lock()
        self._open: dict[str, sqlite3.Connection] = {}
        self._spare = MemoryCache()
        self._told = False
        try:
            path.mkdir(parents=True, exist_ok=True)
        # ValueError: a path with a null byte.
        except (OSError, ValueError) as error:
            raise VectorsRefused(
                f"Vectors cannot be kept in {str(path)!r}: {error}.",
                mend="Name a folder that can be made or written.",
                code="vectors-folder",
            ) from error

    def get(self, model_name: str, keys: Sequence[str]) -> dict[str, Floats]:
        """The vectors of those keys that it has, at a cosine of .9999 to how they came."""
        found: dict[str, Floats] = {}
        with self._lock:
            for start in range(0, len(keys), _AT_ONCE):
                wanted = [bytes.fromhex(key) for key in keys[start : start + _AT_ONCE]]
                with self._going_on():
                    found |= self._read(model_name, wanted)
        return found | self._spare.get(model_name, keys)

    def put(self, model_name: str, vectors: Mapping[str, Floats]) -> None:
        """Keep these, all or none in the file."""
        if not vectors:
            return
        codes = to_codes(np.stack(list(vectors.values())))
        rows = [
            (bytes.fromhex(key), _with_check(code.tobytes()))
            for key, code in zip(vectors, codes, strict=True)
        ]
        with self._lock, self._going_on(lambda: self._spare.put(model_name, vectors)):
            try:
                self._write(model_name, rows)
            except sqlite3.DatabaseError as error:
                self._set_aside_if_damaged(model_name, error)
                self._write(model_name, rows)

    def close(self) -> None:
        """Close every file; it may be used again afterwards."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def file(self, model_name: str) -> Path:
        """The file of a model's vectors."""
        return self._path / f"{text_key(model_name)}.sqlite3"

    @contextmanager
    def _going_on(self, instead: Callable[[], None] = lambda: None) -> Iterator[None]:
        """What the disk refuses is done `instead`, and said once."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            instead()
            if not self._told:
                self._told = True
                _logger.warning(
                    "The vectors in %s cannot be read or kept now (%s): they are kept in memory "
                    "alone, and made again at the next start.",
                    self._path,
                    error,
                )

    def _read(self, model_name: str, wanted: list[bytes]) -> dict[str, Floats]:
        marks = ",".join("?" * len(wanted))
        query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 - marks only
        try:
            rows = self._connection(model_name).execute(query, wanted).fetchall()
        except sqlite3.DatabaseError as error:
            self._set_aside_if_damaged(model_name, error)
            return {}
        whole = [(key, blob[:-_CHECK]) for key, blob in rows if _is_whole(blob)]
        # Vectors of one model have one length; any other was not written by this.
        length = max((len(code) for _, code in whole), default=0)
        whole = [(key, code) for key, code in whole if len(code) == length]
        codes = np.frombuffer(b"".join(code for _, code in whole), np.int8)
        vectors = from_codes(codes.reshape(len(whole), length))
        return {key.hex(): vector for (key, _), vector in zip(whole, vectors, strict=True)}

    def _write(self, model_name: str, rows: list[tuple[bytes, bytes]]) -> None:
        with self._connection(model_name) as connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _connection(self, model_name: str) -> sqlite3.Connection:
        connection = self._open.get(model_name)
        if connection is None:
            connection = sqlite3.connect(
                self.file(model_name), timeout=_PATIENCE_SECONDS, check_same_thread=False
            )
            self._open[model_name] = connection
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            if connection.execute("PRAGMA user_version").fetchone()[0] not in (0, _EDITION):
                raise sqlite3.DatabaseError("of another edition")
            connection.execute(_TABLE)
            connection.execute(f"PRAGMA user_version={_EDITION}")
        return connection

    def _set_aside_if_damaged(self, model_name: str, error: sqlite3.DatabaseError) -> None:
        # Locked, full or unreadable is not damaged: those are of the class below.
        if isinstance(error, sqlite3.OperationalError):
            raise error
        connection = self._open.pop(model_name, None)
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
        file = self.file(model_name)
        for beside in ("-wal", "-shm"):
            file.with_name(file.name + beside).unlink(missing_ok=True)
        if file.exists():
            file.replace(file.with_suffix(".damaged"))


def _with_check(code: bytes) -> bytes:
    return code + zlib.crc32(code).to_bytes(_CHECK, "little")


def _is_whole(blob: bytes) -> bool:
    return len(blob) > _CHECK and _with_check(blob[:-_CHECK]) == blob
