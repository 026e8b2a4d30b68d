"""A Django program: a row of a model and a statement, in Django's own transaction.

    python -m examples.library.django_program http://127.0.0.1:8402/xapi needle PASSWORD

`DATABASE` names another SQLite file, or a PostgreSQL database (`postgresql://user@host/name`).
"""

from __future__ import annotations

import os
import sys
import uuid
from datetime import UTC, datetime

import django
import sqlalchemy as sa
from django.conf import settings

from xapi import (
    ActivityRef,
    Actor,
    PlainCipher,
    completed,
    deliver_once,
    engine_over,
    migrate,
    outbox,
    put_lrs,
)

LEARNER = Actor("https://school.example.org", "3f0c9a51d2e84b7796a1c5e0d4b8f213")
URL = sa.make_url(os.environ.get("DATABASE", "sqlite:///school.sqlite3"))
KIND = "sqlite" if URL.get_backend_name() == "sqlite" else "postgresql+psycopg"
OPTIONS = {} if KIND == "sqlite" else {"OPTIONS": dict(URL.query)}

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": f"django.db.backends.{'sqlite3' if KIND == 'sqlite' else 'postgresql'}",
            "NAME": URL.database, "USER": URL.username, "HOST": URL.host, "PORT": URL.port,
        } | OPTIONS
    },
    USE_TZ=True,
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402 - Django wants settings first


class Finished(models.Model):  # type: ignore[misc]
    """A course that was finished."""

    course = models.URLField()

    class Meta:
        """Where Django puts it."""

        app_label = "school"


joined = engine_over(KIND, lambda: connection.connection)


def finish(course: str) -> None:
    """Note that the learner finished the course, in one transaction with the statement."""
    with transaction.atomic():
        Finished.objects.create(course=course)
        statement = completed(actor=LEARNER, module=ActivityRef(id=course), language="en",
                              placed_id=uuid.uuid4(), at=datetime.now(UTC))
        with joined.connect() as statements:
            outbox.add(statements, statement, organisation="school")


def prepare(url: str, user: str, password: str) -> sa.Engine:
    """Make the tables and the LRS's row; what delivers has an engine of its own."""
    with connection.schema_editor() as editor:
        editor.create_model(Finished)
    engine = sa.create_engine(URL.set(drivername=KIND))
    migrate(engine)
    with engine.begin() as own:
        put_lrs(own, PlainCipher(), organisation="school", name="main",
                url=url, username=user, password=password)
    return engine


if __name__ == "__main__":
    delivering = prepare(*sys.argv[1:])
    finish("https://school.example.org/course/7")
    print(deliver_once(delivering, PlainCipher()))
