"""What was ever delivered to an LRS, and how long its answers took: counters that only grow."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from xapi import schema

SLOTS = 16
"""Rows of each LRS that workers spread their additions over."""

_COUNTERS = ("delivered", "refused", "exchanges", "seconds")


@dataclass(frozen=True, slots=True)
class Figures:
    """What settling a batch adds: statements, requests to the LRS, and their seconds."""

    delivered: int = 0
    refused: int = 0
    exchanges: int = 0
    seconds: float = 0.0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.delivered + other.delivered,
            self.refused + other.refused,
            self.exchanges + other.exchanges,
            self.seconds + other.seconds,
        )


def add_figures(connection: sa.Connection, lrs: int, slot: int, figures: Figures) -> None:
    """Add to the row of an LRS and a slot, in the caller's transaction."""
    add = _ADD_POSTGRESQL if connection.dialect.name == "postgresql" else _ADD_SQLITE
    values = {name: getattr(figures, name) for name in _COUNTERS}
    connection.execute(add, {"lrs": lrs, "slot": slot} | values)


def _adding(insert: sqlite.Insert | postgresql.Insert) -> sa.Insert:
    return insert.on_conflict_do_update(
        index_elements=["lrs", "slot"],
        set_={name: schema.tally.c[name] + insert.excluded[name] for name in _COUNTERS},
    )


_ADD_SQLITE = _adding(sqlite.insert(schema.tally))
_ADD_POSTGRESQL = _adding(postgresql.insert(schema.tally))
