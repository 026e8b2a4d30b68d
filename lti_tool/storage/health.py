"""Whether the database can be used, and what waits in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lti_tool.storage.tables import grade, organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeCounts:
    """Grades on their way to their LMS: those that wait (since when the oldest does), those
    among them that were tried in vain, and those that were given up."""

    waiting: int
    oldest_waiting: datetime | None
    tried: int
    given_up: int


def try_to_write(connection: sa.Connection) -> None:
    """Do what a database that only reads refuses, and change nothing."""
    nothing = sa.update(organisation).where(sa.false())
    connection.execute(nothing.values(name=organisation.c.name))


def count_grades(connection: sa.Connection, slug: str | None) -> GradeCounts:
    """How many grades wait or were given up, of one organisation or (None) of all."""
    query = sa.select(
        sa.func.count(grade.c.due_at),
        sa.func.min(sa.case((grade.c.due_at.is_not(None), grade.c.scored_at))),
        sa.func.count(sa.case((sa.and_(grade.c.due_at.is_not(None), grade.c.tries > 0), 1))),
        sa.func.count(sa.case((grade.c.due_at.is_(None), 1))),
    ).where(grade.c.sent_at.is_(None))
    if slug is not None:
        query = query.where(grade.c.organisation == slug)
    waiting, oldest, tried, given_up = connection.execute(query).one()
    return GradeCounts(waiting=waiting, oldest_waiting=oldest, tried=tried, given_up=given_up)
