"""Statements of one module: chosen, opened, completed, and whether it helped."""

from __future__ import annotations

import math
import uuid
from datetime import datetime, timedelta
from enum import StrEnum

import tincan

from xapi import vocabulary
from xapi.errors import InvalidStatement
from xapi.statements.given import checked
from xapi.statements.parts import ActivityRef, Actor, Setting, activity, build, one_of
from xapi.statements.spans import duration_result


class Help(StrEnum):
    """A learner's word on whether a module helped."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


SCORES = {Help.YES: 1.0, Help.PARTLY: 0.5, Help.NO: 0.0}
"""The scaled score (0 to 1) that each word becomes."""


@checked
def chosen(
    *,
    actor: Actor,
    module: ActivityRef,
    answer_id: uuid.UUID,
    need_id: uuid.UUID,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` chose a module out of the answer that recommended it.

    `answer_id` is that of `recommended`. The other parameters, and what is raised, are those
    of `need_asked`.
    """
    setting = Setting(registration=need_id, at=at, language=language, course=course,
                      platform=platform, statement_id=statement_id)
    answer = ActivityRef(id=answer_id.urn, type=vocabulary.CONTENT_SET)
    return build(actor=actor, verb=vocabulary.SELECTED, target=activity(module),
                 setting=setting, parent=[activity(answer)])


@checked
def opened(
    *,
    actor: Actor,
    module: ActivityRef,
    need_id: uuid.UUID | None = None,
    placed_id: uuid.UUID | None = None,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` opened a module: recommended for a need, or placed by a teacher.

    Exactly one of `need_id` and `placed_id` is given, which is the identifier of what this
    learner was shown of a teacher's placement: then nothing in the statement tells of a need.
    The other parameters, and what is raised, are those of `need_asked`.
    """
    setting = Setting(registration=one_of(need_id=need_id, placed_id=placed_id), at=at,
                      language=language, course=course, platform=platform,
                      statement_id=statement_id)
    return build(actor=actor, verb=vocabulary.OPENED, target=activity(module), setting=setting)


@checked
def completed(
    *,
    actor: Actor,
    module: ActivityRef,
    need_id: uuid.UUID | None = None,
    placed_id: uuid.UUID | None = None,
    success: bool | None = None,
    score: float | None = None,
    duration: timedelta | None = None,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` completed a module, and how it went where that is known.

    `score` is scaled, from -1 to 1. Exactly one of `need_id` and `placed_id` is given, as
    in `opened`. The other parameters, and what is raised, are those of `need_asked`.
    """
    setting = Setting(registration=one_of(need_id=need_id, placed_id=placed_id), at=at,
                      language=language, course=course, platform=platform,
                      statement_id=statement_id)
    result: dict[str, object] = {"completion": True, **duration_result(duration)}
    if success is not None:
        result["success"] = success
    if score is not None:
        if not (math.isfinite(score) and -1 <= score <= 1):
            raise InvalidStatement("a scaled score must be between -1 and 1")
        result["score"] = {"scaled": score}
    return build(actor=actor, verb=vocabulary.COMPLETED, target=activity(module),
                 setting=setting, result=result)


@checked
def helped(
    *,
    actor: Actor,
    module: ActivityRef,
    answer: Help | str,
    need_id: uuid.UUID,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` rated how a module helped: yes 1.0, partly 0.5, no 0.0.

    The other parameters, and what is raised, are those of `need_asked`.
    """
    try:
        score = SCORES[Help(answer)]
    except ValueError as error:
        raise InvalidStatement("whether it helped is one of yes, partly, no") from error
    setting = Setting(registration=need_id, at=at, language=language, course=course,
                      platform=platform, statement_id=statement_id)
    return build(actor=actor, verb=vocabulary.RATED, target=activity(module), setting=setting,
                 result={"score": {"scaled": score}})
