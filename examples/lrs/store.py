"""Where the example LRS keeps statements: one SQLite database, a file or in memory."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from examples.lrs.checks import Statement, essence

_TABLE = """
CREATE TABLE IF NOT EXISTS statement (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    stored TEXT NOT NULL,
    verb TEXT NOT NULL,
    registration TEXT,
    body TEXT NOT NULL,
    voids TEXT
)
"""
_VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_IS_VOIDED = """voids IS NULL AND EXISTS (
    SELECT 1 FROM statement AS other WHERE other.voids = statement.id)"""
"""A statement that another voids; one that voids is never voided itself (part 2, 2.3.2)."""


class ConflictError(Exception):
    """Another statement has this id already; the message names it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement as it is kept: its place in the order of arrival, and itself."""

    seq: int
    statement: Statement


class Store:
    """Statements in the order of arrival. Safe to use from several threads."""

    def __init__(self, path: Path | None, now: Callable[[], datetime]) -> None:
        """`path` None keeps them in memory, for as long as the program runs."""
        self._now = now
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._connection.execute(_TABLE)
        # A file of an earlier time knows of no voiding.
        if "voids" not in {row[1] for row in self._connection.execute(
                "PRAGMA table_info(statement)")}:
            self._connection.execute("ALTER TABLE statement ADD COLUMN voids TEXT")
        self._connection.execute("CREATE INDEX IF NOT EXISTS voided ON statement (voids)")

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._connection.close()

    def add(self, statements: Sequence[Statement]) -> None:
        """Keep all of them or none; the same one again changes nothing.

        Raises `ConflictError` when a different one has such an id.
        """
        stored = self._now().astimezone(UTC).isoformat()
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for statement in statements:
                    self._add_one(statement, stored)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def find(self, identifier: str, *, voided: bool = False) -> Statement | None:
        """The statement of that id, if it is here and not voided (or, if asked so, is)."""
        query = (f"SELECT seq, body FROM statement WHERE id = ? "  # noqa: S608 - written here
                 f"AND {'' if voided else 'NOT'} ({_IS_VOIDED})")
        rows = self._rows(query, (identifier.lower(),))
        return rows[0].statement if rows else None

    def read(
        self,
        *,
        after: int = 0,
        before: int | None = None,
        verb: str | None = None,
        registration: str | None = None,
        oldest_first: bool = False,
        limit: int = 100,
    ) -> list[Kept]:
        """Statements between two places that are not voided, newest first unless said otherwise."""
        where, values = ["seq > ?", f"NOT ({_IS_VOIDED})"], [str(after)]
        for clause, value in (("seq < ?", before), ("verb = ?", verb),
                              ("registration = ?", registration)):
            if value is not None:
                where.append(clause)
                values.append(str(value))
        order = "ASC" if oldest_first else "DESC"
        # Only the clauses above, written here, are put together; values are parameters.
        query = (f"SELECT seq, body FROM statement WHERE {' AND '.join(where)} "  # noqa: S608
                 f"ORDER BY seq {order} LIMIT {int(limit)}")
        return self._rows(query, values)

    def count(self) -> int:
        """How many there are."""
        with self._lock:
            (number,) = self._connection.execute("SELECT count(*) FROM statement").fetchone()
        return int(number)

    def _add_one(self, statement: Statement, stored: str) -> None:
        identifier = str(statement["id"]).lower()
        row = self._connection.execute(
            "SELECT body FROM statement WHERE id = ?", (identifier,)
        ).fetchone()
        if row is not None:
            if essence(json.loads(row[0])) != essence(statement):
                raise ConflictError(f"another statement has the id {identifier}")
            return
        kept = {"timestamp": stored, "version": "1.0.0"} | statement | {"stored": stored}
        context, verb = statement.get("context"), statement["verb"]
        registration = context.get("registration") if isinstance(context, dict) else None
        self._connection.execute(
            "INSERT INTO statement (id, stored, verb, registration, body, voids) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (identifier, stored, verb.get("id") if isinstance(verb, dict) else "",
             str(registration).lower() if registration else None,
             json.dumps(kept, ensure_ascii=True), _target(statement)),
        )

    def _rows(self, query: str, values: Sequence[str]) -> list[Kept]:
        with self._lock:
            rows = self._connection.execute(query, values).fetchall()
        return [Kept(seq, json.loads(body)) for seq, body in rows]


def _target(statement: Statement) -> str | None:
    """The id of the statement that this one voids."""
    verb, voided = statement["verb"], statement["object"]
    if not isinstance(verb, dict) or verb.get("id") != _VOIDED or not isinstance(voided, dict):
        return None
    return str(voided.get("id", "")).lower()
