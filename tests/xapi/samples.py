"""Sample values: statements with every option on and with none, a cipher, a clock."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import tincan

from xapi import outbox
from xapi.lrs_rows import Lrs, put_lrs
from xapi.statements import (
    ActivityRef,
    Actor,
    Audience,
    Help,
    Whom,
    applied,
    chosen,
    completed,
    freeze,
    goal_set,
    helped,
    need_asked,
    opened,
    person_asked,
    practised,
    recommended,
    shared,
    time_planned,
    voided,
)

TOOL = "https://needle.example.org"
LEARNER = Actor(TOOL, "0123456789abcdef0123456789abcdef")
NEEDLE = Actor(TOOL, "needle")
MODULE = ActivityRef(id="https://lms.example.org/mod/5", name="The wording", language="en")
AT = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
WORDS = "Say no to a client, kindly"
ASKED: dict[str, Any] = {"minutes": 10, "purpose": "about_to", "words": WORDS}
COMPLETED: dict[str, Any] = {"success": True, "score": 0.8, "duration": timedelta(minutes=9)}
PRACTISED: dict[str, Any] = {"duration": timedelta(minutes=4, seconds=30.5)}
APPLIED: dict[str, Any] = {"module": MODULE, "evidence": ["https://files.example.org/plan"]}


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
    """One statement of each kind, with every option or with none; all follow from one need.

    The last one voids the statement that the need was asked.
    """
    need, answer, work = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    setting: dict[str, Any] = {"need_id": need, "at": AT, "language": "nl"}
    if full:
        setting |= {"course": "https://lms.example.org/course/2", "platform": "Moodle"}
    mine = {"actor": learner, **setting}
    modules = [MODULE, ActivityRef(id="https://lms.example.org/mod/6")] if full else []
    asked = need_asked(**mine, **(ASKED if full else {}))
    return {
        "need asked": asked,
        "recommended": recommended(tool=NEEDLE, answer_id=answer, modules=modules, **setting),
        "chosen": chosen(module=MODULE, answer_id=answer, **mine),
        "opened": opened(module=MODULE, **mine),
        "completed": completed(module=MODULE, **mine, **(COMPLETED if full else {})),
        "helped": helped(module=MODULE, answer=Help.PARTLY, **mine),
        "goal set": goal_set(goal_id=uuid.uuid4(), **mine),
        "time planned": time_planned(module=MODULE, start=AT, minutes=25, **mine),
        "practised": practised(module=MODULE, **mine, **(PRACTISED if full else {})),
        "applied": applied(performance_id=work, **mine, **(APPLIED if full else {})),
        "shared": shared(performance_id=work, audience=Audience.TEAM, **mine),
        "person asked": person_asked(request_id=uuid.uuid4(), whom=Whom.MENTOR, **mine),
        "voided": voided(tool=NEEDLE, target=asked.id, at=AT),
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


ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For what SQLite cannot show, since it has one writer at a time."""
