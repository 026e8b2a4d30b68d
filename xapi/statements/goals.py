"""Statements of a goal, and of time planned for learning."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import tincan

from xapi import vocabulary
from xapi.errors import InvalidStatement
from xapi.forms import is_aware, iso_duration
from xapi.statements.given import checked
from xapi.statements.parts import ActivityRef, Actor, Setting, activity, build, one_of


@checked
def goal_set(
    *,
    actor: Actor,
    goal_id: uuid.UUID,
    need_id: uuid.UUID | None = None,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` set a goal, without its words.

    The registration is the need that the goal comes from, or else the goal itself; name the
    same one in what follows from it. The other parameters, and what is raised, are those of
    `need_asked`.
    """
    setting = Setting(registration=need_id or goal_id, at=at, language=language, course=course,
                      platform=platform, statement_id=statement_id)
    goal = ActivityRef(id=goal_id.urn, type=vocabulary.GOAL)
    return build(actor=actor, verb=vocabulary.DEFINED, target=activity(goal), setting=setting)


@checked
def time_planned(
    *,
    actor: Actor,
    module: ActivityRef,
    start: datetime,
    minutes: int,
    need_id: uuid.UUID | None = None,
    goal_id: uuid.UUID | None = None,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` planned time for a module: from `start` (aware), `minutes` long.

    `minutes` is 1 to 600. Exactly one of `need_id` and `goal_id` is given, the registration.
    The other parameters, and what is raised, are those of `need_asked`.
    """
    if not is_aware(start):
        raise InvalidStatement("the start of planned time must have a time zone")
    if not 1 <= minutes <= 600:
        raise InvalidStatement("minutes must be between 1 and 600")
    setting = Setting(registration=one_of(need_id=need_id, goal_id=goal_id), at=at,
                      language=language, course=course, platform=platform,
                      statement_id=statement_id)
    planned = {
        vocabulary.PLANNED_START: start.astimezone(UTC).isoformat(timespec="seconds"),
        vocabulary.PLANNED_DURATION: iso_duration(timedelta(minutes=minutes)),
    }
    return build(actor=actor, verb=vocabulary.SCHEDULED, target=activity(module),
                 setting=setting, extensions=planned)
