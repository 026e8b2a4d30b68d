"""A plain program: somebody finishes a course, and a statement tells it. Both, or neither.

    python -m examples.library.plain_program http://127.0.0.1:8402/xapi needle PASSWORD

A fourth argument is the database, such as sqlite:///school.sqlite3 (which is used without it).
"""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime

import sqlalchemy as sa

from xapi import ActivityRef, Actor, PlainCipher, completed, deliver_once, migrate, outbox, put_lrs

LEARNER = Actor("https://school.example.org", "3f0c9a51d2e84b7796a1c5e0d4b8f213")
COURSES = sa.Table("finished", sa.MetaData(), sa.Column("course", sa.Text))


def finish(engine: sa.Engine, course: str) -> None:
    """Note that the learner finished the course, in one transaction with the statement."""
    with engine.begin() as connection:
        connection.execute(sa.insert(COURSES).values(course=course))
        statement = completed(actor=LEARNER, module=ActivityRef(id=course), language="en",
                              placed_id=uuid.uuid4(), at=datetime.now(UTC))
        outbox.add(connection, statement, organisation="school")


def main(url: str, user: str, password: str, database: str = "sqlite:///school.sqlite3") -> None:
    """Set up, finish a course, deliver what waits."""
    engine = sa.create_engine(database)
    COURSES.create(engine, checkfirst=True)
    migrate(engine)  # the outbox's tables
    with engine.begin() as connection:
        put_lrs(connection, PlainCipher(), organisation="school", name="main",
                url=url, username=user, password=password)
    finish(engine, "https://school.example.org/course/7")
    print(deliver_once(engine, PlainCipher()))


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
