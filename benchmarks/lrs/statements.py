"""The statements that every contender sends: what the tool records of one need after another."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import tincan

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
COURSE = "https://lms.example.org/course/2"
AT = datetime(2026, 3, 1, 9, 30, 15, 123000, tzinfo=UTC)
MODULES = [
    ActivityRef(id=f"https://lms.example.org/mod/{number}", language="en",
                name=f"Say first what you saw, {number}")
    for number in range(3)
]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A statement as an outbox keeps it."""

    id: uuid.UUID
    verb: str
    registration: uuid.UUID
    body: bytes


def build(number: int) -> tincan.Statement:
    """One statement: asked, recommended, opened and helped in turn."""
    learner = Actor(TOOL, f"{number // 4:032x}")
    need = uuid.UUID(int=number // 4, version=4)
    match number % 4:
        case 0:
            return need_asked(actor=learner, need_id=need, at=AT, language="en", course=COURSE,
                              platform="Moodle", minutes=10, purpose="about_to")
        case 1:
            return recommended(tool=Actor(TOOL, "needle"), answer_id=uuid.uuid4(), need_id=need,
                               modules=MODULES, at=AT, language="en", course=COURSE,
                               platform="Moodle")
        case 2:
            return opened(actor=learner, module=MODULES[0], need_id=need, at=AT, language="en",
                          course=COURSE, platform="Moodle")
        case _:
            return helped(actor=learner, module=MODULES[0], answer=Help.PARTLY, need_id=need,
                          at=AT, language="en", course=COURSE, platform="Moodle")


def freeze_many(count: int) -> list[Frozen]:
    """So many statements, all different, frozen."""
    made = []
    for number in range(count):
        statement = build(number)
        made.append(Frozen(statement.id, str(statement.verb.display["en"]),
                           statement.context.registration, freeze(statement)))
    return made
