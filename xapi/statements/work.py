"""Statements of work: practised safely, applied for real, and shared with others."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import tincan

from xapi import vocabulary
from xapi.errors import InvalidStatement
from xapi.forms import is_iri
from xapi.statements.given import checked
from xapi.statements.parts import ActivityRef, Actor, Setting, activity, build, one_of
from xapi.statements.spans import duration_result


class Audience(StrEnum):
    """Whom something is shared with; never who they are."""

    MANAGER = "manager"
    TEAM = "team"
    ORGANISATION = "organisation"


@checked
def practised(
    *,
    actor: Actor,
    module: ActivityRef,
    duration: timedelta | None = None,
    need_id: uuid.UUID | None = None,
    goal_id: uuid.UUID | None = None,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` practised where nothing could go wrong.

    The module is a simulation unless it says a type of its own. Exactly one of `need_id` and
    `goal_id` is given, the registration. The other parameters, and what is raised, are those
    of `need_asked`.
    """
    setting = Setting(registration=one_of(need_id=need_id, goal_id=goal_id), at=at,
                      language=language, course=course, platform=platform,
                      statement_id=statement_id)
    return build(actor=actor, verb=vocabulary.PRACTISED,
                 target=activity(module, vocabulary.SIMULATION), setting=setting,
                 result=duration_result(duration))


@checked
def applied(
    *,
    actor: Actor,
    performance_id: uuid.UUID,
    module: ActivityRef | None = None,
    evidence: Sequence[str] = (),
    need_id: uuid.UUID | None = None,
    goal_id: uuid.UUID | None = None,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` applied at work what they learned, without their account of it.

    `performance_id` identifies this one time. `module` is what it was learned from.
    `evidence` holds http or https addresses of what shows it. Exactly one of `need_id` and
    `goal_id` is given, the registration. The other parameters, and what is raised, are those
    of `need_asked`.
    """
    for address in evidence:
        if not address.startswith(("http://", "https://")) or not is_iri(address):
            raise InvalidStatement("evidence must be named by http or https addresses")
    setting = Setting(registration=one_of(need_id=need_id, goal_id=goal_id), at=at,
                      language=language, course=course, platform=platform,
                      statement_id=statement_id)
    done = ActivityRef(id=performance_id.urn, type=vocabulary.PERFORMANCE)
    return build(actor=actor, verb=vocabulary.APPLIED, target=activity(done), setting=setting,
                 extensions={vocabulary.EVIDENCE: list(evidence)} if evidence else None,
                 other=[activity(module)] if module else [])


@checked
def shared(
    *,
    actor: Actor,
    performance_id: uuid.UUID,
    audience: Audience | str,
    need_id: uuid.UUID | None = None,
    goal_id: uuid.UUID | None = None,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` shared what they applied at work, and with what kind of people.

    `performance_id` is that of `applied`. Exactly one of `need_id` and `goal_id` is given, the
    registration. The other parameters, and what is raised, are those of `need_asked`.
    """
    try:
        people = Audience(audience).value
    except ValueError as error:
        raise InvalidStatement(f"an audience is one of {', '.join(Audience)}") from error
    setting = Setting(registration=one_of(need_id=need_id, goal_id=goal_id), at=at,
                      language=language, course=course, platform=platform,
                      statement_id=statement_id)
    done = ActivityRef(id=performance_id.urn, type=vocabulary.PERFORMANCE)
    return build(actor=actor, verb=vocabulary.SHARED, target=activity(done), setting=setting,
                 extensions={vocabulary.SHARED_WITH: people})
