"""A Flask program: a form is posted, a statement is added, a thread delivers it.

    LRS_URL=http://127.0.0.1:8402/xapi LRS_USER=needle LRS_PASSWORD=… \\
        python -m flask --app examples.library.flask_program run
    curl -d course=https://school.example.org/course/7 http://127.0.0.1:5000/finished

`SEAL_KEY` (`cryptography.fernet.Fernet.generate_key()`) seals the password in the database.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask, request

from xapi import (
    ActivityRef,
    Actor,
    Deliverer,
    FernetCipher,
    PlainCipher,
    completed,
    migrate,
    outbox,
    put_lrs,
)

LEARNER = Actor("https://school.example.org", "3f0c9a51d2e84b7796a1c5e0d4b8f213")
COURSES = sa.Table("finished", sa.MetaData(), sa.Column("course", sa.Text))


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The program over its database, with a thread that delivers."""
    app = Flask(__name__)
    engine = sa.create_engine(environ.get("DATABASE", "sqlite:///school.sqlite3"))
    COURSES.create(engine, checkfirst=True)
    key = environ.get("SEAL_KEY")
    cipher = FernetCipher(key) if key else PlainCipher()
    migrate(engine)
    with engine.begin() as connection:
        put_lrs(connection, cipher, organisation="school", name="main", url=environ["LRS_URL"],
                username=environ["LRS_USER"], password=environ["LRS_PASSWORD"])
    deliverer = Deliverer(engine, cipher)
    threading.Thread(target=deliverer.run, args=(threading.Event(),), daemon=True).start()

    @app.post("/finished")
    def finish() -> tuple[str, int]:
        course = request.form["course"]
        with engine.begin() as connection:
            connection.execute(sa.insert(COURSES).values(course=course))
            statement = completed(actor=LEARNER, module=ActivityRef(id=course), language="en",
                                  placed_id=uuid.uuid4(), at=datetime.now(UTC))
            outbox.add(connection, statement, organisation="school")
        deliverer.wake()
        return "noted\n", 201

    return app
