"""Sample values: statements with every option on and with none, a cipher, a clock."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import tincan

from xapi import outbox
from xapi.lrs_rows import Lrs, put_lrs
from xapi.statements import (
    ActivityRef,
    Actor,
    Help,
    freeze,
    helped,
    need_asked,
    opened,
    recommended,
)

TOOL = "https://needle.example.org"
LEARNER = Actor(TOOL, "0123456789abcdef0123456789abcdef")
NEEDLE = Actor(TOOL, "needle")
MODULE = ActivityRef(id="https://lms.example.org/mod/5", name="The wording", language="en")
AT = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)


class Cipher:
    """Seals by turning into base64; opens only what it sealed."""

    def seal(self, plain: str) -> str:
        return "sealed:" + base64.b64encode(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        if not sealed.startswith("sealed:"):
            raise ValueError("sealed with another key")
        return base64.b64decode(sealed[7:]).decode()


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def every_statement(*, full: bool, learner: Actor = LEARNER) -> dict[str, tincan.Statement]:
    """One statement of each kind, with every option or with none."""
    need = uuid.uuid4()
    setting: dict[str, Any] = {"need_id": need, "at": AT, "language": "nl"}
    if full:
        setting |= {"course": "https://lms.example.org/course/2", "platform": "Moodle"}
    asked = {"minutes": 10, "purpose": "about_to"} if full else {}
    modules = [MODULE, ActivityRef(id="https://lms.example.org/mod/6")] if full else []
    return {
        "need asked": need_asked(actor=learner, **asked, **setting),
        "recommended": recommended(tool=NEEDLE, answer_id=uuid.uuid4(), modules=modules, **setting),
        "opened": opened(actor=learner, module=MODULE, **setting),
        "helped": helped(actor=learner, module=MODULE, answer=Help.PARTLY, **setting),
    }


def as_json(statement: tincan.Statement) -> dict[str, Any]:
    """The statement as an LRS gets it."""
    values: dict[str, Any] = json.loads(freeze(statement))
    return values


def ask(minutes: int = 10) -> tincan.Statement:
    """A statement, each with an id of its own."""
    return need_asked(actor=LEARNER, need_id=uuid.uuid4(), at=AT, language="en", minutes=minutes)


def add(engine: sa.Engine, number: int, organisation: str = "northwind") -> list[str]:
    """Put so many statements into the outbox; their ids in order."""
    with engine.begin() as connection:
        return [
            str(outbox.add(connection, ask(), organisation=organisation)) for _ in range(number)
        ]


def set_lrs(engine: sa.Engine, lrs: Any, organisation: str = "northwind", **other: Any) -> Lrs:
    """Make a scriptable LRS one of the organisation's."""
    values = {"name": "main", "url": lrs.url, "username": lrs.user, "password": lrs.password}
    with engine.begin() as connection:
        return put_lrs(connection, Cipher(), organisation=organisation, **(values | other))
