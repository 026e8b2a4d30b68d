"""Statements of a need: it was asked, answered, and taken to a person."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import tincan

from xapi import vocabulary
from xapi.errors import InvalidStatement
from xapi.statements.given import checked
from xapi.statements.parts import (
    LONGEST_WORDS,
    ActivityRef,
    Actor,
    Setting,
    activity,
    build,
    language_tag,
    plain_line,
)

_PURPOSE = re.compile(r"[a-z][a-z_]{0,39}")


class Whom(StrEnum):
    """What kind of person was asked for help; never who."""

    COLLEAGUE = "colleague"
    EXPERT = "expert"
    MANAGER = "manager"
    MENTOR = "mentor"
    LEARNING_TEAM = "learning_team"


@checked
def need_asked(
    *,
    actor: Actor,
    need_id: uuid.UUID,
    at: datetime,
    language: str,
    minutes: int | None = None,
    purpose: str | None = None,
    words: str | None = None,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` asked the need `need_id`.

    `minutes`: whole minutes they have, 1 to 600. `purpose`: a word of the asking program's
    own short list (lower case letters and _). `words`: the need as it was typed, one line of
    at most 2,000 characters; they leave only under a policy that lets them out, and the
    default one does not. `language`: a tag of BCP 47 (language, script and region), such as
    `nl-BE`. `course`: the activity id (an IRI) of the course they were in. `platform`: the
    LMS's name. `statement_id`: a random one when left out. Raises `InvalidStatement` for a
    naive `at`, a wrong value or one of another type.
    """
    if minutes is not None and not 1 <= minutes <= 600:
        raise InvalidStatement("minutes must be between 1 and 600")
    if purpose is not None and not _PURPOSE.fullmatch(purpose):
        raise InvalidStatement("a purpose is one word of lower case letters and _")
    extensions: dict[str, object] = {}
    if minutes is not None:
        extensions[vocabulary.MINUTES_AVAILABLE] = minutes
    if purpose is not None:
        extensions[vocabulary.PURPOSE] = purpose
    typed = plain_line(words or "", LONGEST_WORDS)
    need = activity(
        ActivityRef(id=need_id.urn, type=vocabulary.NEED),
        description={language_tag(language): typed} if typed else None,
    )
    setting = Setting(registration=need_id, at=at, language=language, course=course,
                      platform=platform, statement_id=statement_id)
    return build(actor=actor, verb=vocabulary.ASKED_NEED, target=need, setting=setting,
                 extensions=extensions)


@checked
def recommended(
    *,
    tool: Actor,
    answer_id: uuid.UUID,
    modules: Sequence[ActivityRef],
    need_id: uuid.UUID,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that the tool recommended `modules` (best first) for a need.

    `answer_id` identifies this one answer: a need may get several. The learner is not
    named; the need's identifier, as registration, ties the answer to who asked. The other
    parameters, and what is raised, are those of `need_asked`.
    """
    setting = Setting(registration=need_id, at=at, language=language, course=course,
                      platform=platform, statement_id=statement_id)
    answer = ActivityRef(id=answer_id.urn, type=vocabulary.CONTENT_SET)
    return build(actor=tool, verb=vocabulary.RECOMMENDED, target=activity(answer),
                 setting=setting, other=[activity(module) for module in modules])


@checked
def person_asked(
    *,
    actor: Actor,
    request_id: uuid.UUID,
    whom: Whom | str,
    need_id: uuid.UUID,
    at: datetime,
    language: str,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` asked a person for help with a need: what kind, never who.

    `request_id` identifies this one request. The other parameters, and what is raised, are
    those of `need_asked`.
    """
    try:
        kind = Whom(whom).value
    except ValueError as error:
        raise InvalidStatement(f"who was asked is one of {', '.join(Whom)}") from error
    setting = Setting(registration=need_id, at=at, language=language, course=course,
                      platform=platform, statement_id=statement_id)
    request = ActivityRef(id=request_id.urn, type=vocabulary.HELP_REQUEST)
    return build(actor=actor, verb=vocabulary.REQUESTED, target=activity(request),
                 setting=setting, extensions={vocabulary.ASKED_WHOM: kind})
