"""Statements of a launch, made ready once and handed to the driver as they are.

SQLAlchemy takes several times longer over a small statement than the database does, and a
learner waits for each of a launch. Everything else goes through SQLAlchemy itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from lti_tool.storage.database import send

Convert = Callable[[Any], Any]


class Prepared:
    """A statement whose every value is named, and comes in and goes out by its own type.

    `given` are the columns that an INSERT is given, if they are not all of the table's. Types
    are those of a SELECT's columns: what another statement returns comes as the driver has it.
    """

    def __init__(self, statement: sa.sql.ClauseElement, given: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._given = None if given is None else list(given)
        self._ready: dict[str, _Ready] = {}

    def rows(self, connection: sa.Connection, values: Mapping[str, object]) -> list[list[Any]]:
        """What the statement finds."""
        ready = self._make_ready(connection.dialect)
        return [ready.read(row) for row in ready.send(connection, values).fetchall()]

    def change(self, connection: sa.Connection, values: Mapping[str, object]) -> int:
        """How many rows the statement changed."""
        count: int = self._make_ready(connection.dialect).send(connection, values).rowcount
        return count

    def _make_ready(self, dialect: sa.Dialect) -> _Ready:
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _Ready(self._statement, self._given, dialect)
        return ready


class _Ready:
    """A statement in the words of one dialect."""

    def __init__(
        self, statement: sa.sql.ClauseElement, given: list[str] | None, dialect: sa.Dialect
    ) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=given)
        self._text = str(compiled)
        # SQLite's values go by their place, PostgreSQL's by their name.
        self._places: list[str] | None = compiled.positiontup
        self._fixed = {name: bind.value for name, bind in compiled.binds.items()}
        self._inward = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in compiled.binds.items()
        }
        columns = list(getattr(statement, "exported_columns", ()))
        outward = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self._outward = [(place, each) for place, each in enumerate(outward) if each]

    def send(self, connection: sa.Connection, values: Mapping[str, object]) -> Any:
        """The driver's cursor, once it has run the statement with these values."""
        given = {
            name: value if convert is None else convert(value)
            for name, convert in self._inward.items()
            for value in (values[name] if name in values else self._fixed[name],)
        }
        sent = given if self._places is None else tuple(given[name] for name in self._places)
        if not connection.in_transaction():
            connection.begin()  # As SQLAlchemy does at a connection's first statement.
        return send(connection, self._text, sent)

    def read(self, row: Sequence[Any]) -> list[Any]:
        """A row of the driver's, each value of its column's type."""
        found = list(row)
        for place, convert in self._outward:
            found[place] = convert(found[place])
        return found
