"""Builders: plain values in, a `tincan.Statement` out, its id and UTC time fixed at once.

A need's own words, and what a learner says they did differently, are not parameters of any
builder: they cannot get into a statement by mistake.
"""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import tincan

from xapi import vocabulary
from xapi.errors import InvalidStatement

LONGEST_NAME = 500
"""Characters of an activity's or platform's name that are kept."""

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")


class Help(StrEnum):
    """A learner's word on whether a module helped."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


SCORES = {Help.YES: 1.0, Help.PARTLY: 0.5, Help.NO: 0.0}
"""The scaled score (0 to 1) that each word becomes."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: an account, `name`, on the system at `home_page` (http or https).

    Raises `InvalidStatement` for an address of another kind or an empty name.
    """

    home_page: str
    name: str

    def __post_init__(self) -> None:
        if not self.home_page.startswith(("http://", "https://")) or not is_iri(self.home_page):
            raise InvalidStatement("an actor's home page must be an http or https address")
        if not self.name.strip():
            raise InvalidStatement("an actor needs an account name")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRef:
    """An activity: its identifier (an IRI), and its name in `language` (a BCP 47 tag).

    A tag that is none, or None, becomes `und` (undetermined): a catalogue's odd language
    must not stop a record. Raises `InvalidStatement` when `id` or `type` is no IRI.
    """

    id: str
    name: str = ""
    language: str | None = None
    type: str = vocabulary.MODULE

    def __post_init__(self) -> None:
        for value, what in ((self.id, "identifier"), (self.type, "type")):
            if not is_iri(value):
                raise InvalidStatement(f"an activity's {what} must be an IRI with a scheme")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What every statement of one need, or of one placed module, has in common.

    `registration` is the identifier of either.
    """

    registration: uuid.UUID
    at: datetime
    language: str
    course: str | None
    platform: str | None
    statement_id: uuid.UUID | None


def need_asked(
    *,
    actor: Actor,
    need_id: uuid.UUID,
    at: datetime,
    language: str,
    minutes: int | None = None,
    purpose: str | None = None,
    course: str | None = None,
    platform: str | None = None,
    statement_id: uuid.UUID | None = None,
) -> tincan.Statement:
    """The statement that `actor` asked the need `need_id`; its words stay at home.

    `minutes`: whole minutes they have, 1 to 600. `purpose`: a word of the asking program's
    own short list (lower case letters and _). `language`: BCP 47. `course`: the activity
    id (an IRI) of the course they were in. `platform`: the LMS's name. `statement_id`: a
    random one when left out. Raises `InvalidStatement` for a naive `at` or a wrong value.
    """
    setting = _Setting(registration=need_id, at=at, language=language, course=course,
                       platform=platform, statement_id=statement_id)
    if minutes is not None and not 1 <= minutes <= 600:
        raise InvalidStatement("minutes must be between 1 and 600")
    if purpose is not None and not re.fullmatch(r"[a-z][a-z_]{0,39}", purpose):
        raise InvalidStatement("a purpose is one word of lower case letters and _")
    extensions: dict[str, object] = {}
    if minutes is not None:
        extensions[vocabulary.MINUTES_AVAILABLE] = minutes
    if purpose is not None:
        extensions[vocabulary.PURPOSE] = purpose
    need = ActivityRef(id=need_id.urn, type=vocabulary.NEED)
    return _build(actor, vocabulary.ASKED_NEED, need, _context(setting, extensions), setting)


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
    setting = _Setting(registration=need_id, at=at, language=language, course=course,
                       platform=platform, statement_id=statement_id)
    context = _context(setting, {})
    if modules:
        context["contextActivities"]["other"] = [_activity(module) for module in modules]
    answer = ActivityRef(id=answer_id.urn, type=vocabulary.CONTENT_SET)
    return _build(tool, vocabulary.RECOMMENDED, answer, context, setting)


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
    registration = placed_id if need_id is None else need_id
    if registration is None or None not in (need_id, placed_id):
        raise InvalidStatement("a module is opened for a need or from a placement: name one")
    setting = _Setting(registration=registration, at=at, language=language, course=course,
                       platform=platform, statement_id=statement_id)
    return _build(actor, vocabulary.OPENED, module, _context(setting, {}), setting)


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
    setting = _Setting(registration=need_id, at=at, language=language, course=course,
                       platform=platform, statement_id=statement_id)
    try:
        score = SCORES[Help(answer)]
    except ValueError as error:
        raise InvalidStatement("whether it helped is one of yes, partly, no") from error
    statement = _build(actor, vocabulary.RATED, module, _context(setting, {}), setting)
    statement.result = tincan.Result(score=tincan.Score(scaled=score))
    return statement


def freeze(statement: tincan.Statement) -> bytes:
    """The statement as the UTF-8 JSON that is kept and sent, the same at every call.

    Raises `InvalidStatement` when it lacks what only the sender can know: an id, an aware
    timestamp, an actor, a verb, an object; or cannot be written as JSON.
    """
    for part in ("id", "timestamp", "actor", "verb", "object"):
        if getattr(statement, part) is None:
            raise InvalidStatement(f"a statement needs its {part} before it can be kept")
    if statement.timestamp.tzinfo is None:
        raise InvalidStatement("a statement's timestamp must have a time zone")
    if statement.version is not None and not str(statement.version).startswith("1.0."):
        raise InvalidStatement("a statement's version must be left out, or 1.0.x")
    try:
        text = json.dumps(statement.as_version(), ensure_ascii=False, allow_nan=False,
                          separators=(",", ":"))
        return text.encode("utf-8")
    except ValueError as error:  # not a number, or half a surrogate pair
        raise InvalidStatement("a statement holds a value that JSON cannot carry") from error


def is_iri(text: str) -> bool:
    """Whether `text` is an absolute IRI: a scheme, a colon, no blanks or delimiters."""
    return len(text) <= 2_000 and _IRI.fullmatch(text) is not None


def is_language_tag(text: str) -> bool:
    """Whether `text` is a language tag: language, script and region of BCP 47 (or `und`)."""
    return _TAG.fullmatch(text) is not None


def _language_tag(raw: str | None) -> str:
    tag = (raw or "").strip().replace("_", "-")
    return tag if is_language_tag(tag) else "und"


def _plain(text: str) -> str:
    """One line without control characters or half surrogates, which some LRSs cannot store."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return " ".join(kept.split())[:LONGEST_NAME]


def _activity(ref: ActivityRef) -> dict[str, object]:
    definition: dict[str, object] = {"type": ref.type}
    if name := _plain(ref.name):
        definition["name"] = {_language_tag(ref.language): name}
    return {"id": ref.id, "definition": definition}


def _context(setting: _Setting, extensions: dict[str, object]) -> dict[str, dict[str, object]]:
    category = ActivityRef(id=vocabulary.PROFILE_VERSION, type=vocabulary.PROFILE_TYPE)
    activities: dict[str, object] = {"category": [_activity(category)]}
    if setting.course is not None:
        course = ActivityRef(id=setting.course, type=vocabulary.COURSE)
        activities["grouping"] = [_activity(course)]
    context: dict[str, dict[str, object]] = {"contextActivities": activities}
    if extensions:
        context["extensions"] = extensions
    return context


def _build(
    actor: Actor,
    verb: str,
    activity: ActivityRef,
    context: dict[str, dict[str, object]],
    setting: _Setting,
) -> tincan.Statement:
    if setting.at.tzinfo is None:
        raise InvalidStatement("the time of a statement must have a time zone")
    at = setting.at.astimezone(UTC)
    # LRSs need not keep more than milliseconds; what is sent should be what they give back.
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    statement = tincan.Statement(
        id=setting.statement_id or uuid.uuid4(),
        actor=tincan.Agent(account={"name": actor.name, "homePage": actor.home_page}),
        verb=tincan.Verb(id=verb, display={"en": vocabulary.DISPLAYS[verb]}),
        object=tincan.Activity(_activity(activity)),
        timestamp=at,
        context=tincan.Context(context),
    )
    statement.version = None  # the library's default is 1.0.3, which a statement may not say
    statement.context.registration = setting.registration
    statement.context.language = _language_tag(setting.language)
    if platform := _plain(setting.platform or ""):
        statement.context.platform = platform
    return statement
