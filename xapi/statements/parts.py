"""The parts that statements are made of, and how one is put together from them."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import tincan

from xapi import vocabulary
from xapi.errors import InvalidStatement
from xapi.forms import is_aware, is_iri, is_language_tag

LONGEST_NAME = 500
"""Characters of an activity's or platform's name that are kept."""

LONGEST_WORDS = 2_000
"""Characters of a need's own words that are kept."""


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
    must not stop a record. `type` None leaves the kind to the statement: a module, or in
    `practised` a simulation. Raises `InvalidStatement` when `id` or `type` is no IRI.
    """

    id: str
    name: str = ""
    language: str | None = None
    type: str | None = None

    def __post_init__(self) -> None:
        for value, what in ((self.id, "identifier"), (self.type, "type")):
            if value is not None and not is_iri(value):
                raise InvalidStatement(f"an activity's {what} must be an IRI with a scheme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every statement that follows from one need, goal or placed module has in common.

    `registration` is the identifier of that one.
    """

    registration: uuid.UUID
    at: datetime
    language: str
    course: str | None
    platform: str | None
    statement_id: uuid.UUID | None


def one_of(**given: uuid.UUID | None) -> uuid.UUID:
    """The one identifier that was given; `InvalidStatement` when it is not exactly one."""
    named = [value for value in given.values() if value is not None]
    if len(named) != 1:
        raise InvalidStatement(f"give exactly one of {' and '.join(given)}")
    return named[0]


def activity(
    ref: ActivityRef, of_type: str = vocabulary.MODULE, *, description: dict[str, str] | None = None
) -> dict[str, object]:
    """The JSON of an activity; `of_type` where `ref` names no type itself."""
    definition: dict[str, object] = {"type": ref.type or of_type}
    if name := plain_line(ref.name):
        definition["name"] = {language_tag(ref.language): name}
    if description:
        definition["description"] = description
    return {"id": ref.id, "definition": definition}


def build(
    *,
    actor: Actor,
    verb: str,
    target: Mapping[str, object],
    setting: Setting,
    extensions: Mapping[str, object] | None = None,
    result: Mapping[str, object] | None = None,
    parent: Sequence[Mapping[str, object]] = (),
    other: Sequence[Mapping[str, object]] = (),
) -> tincan.Statement:
    """A statement with an id, the time in UTC, its registration and the profile's version.

    Raises `InvalidStatement` for a naive time, and where tincan refuses a value.
    """
    statement = _bare(actor, verb, setting.at, setting.statement_id)
    statement.object = tincan.Activity(dict(target))
    context = {"contextActivities": _context_activities(setting.course, parent, other)}
    if extensions:
        context["extensions"] = dict(extensions)
    statement.context = tincan.Context(context)
    statement.context.registration = setting.registration
    statement.context.language = language_tag(setting.language)
    if platform := plain_line(setting.platform or ""):
        statement.context.platform = platform
    if result:
        statement.result = tincan.Result(dict(result))
    return statement


def build_voiding(
    *, actor: Actor, target: uuid.UUID, at: datetime, statement_id: uuid.UUID | None
) -> tincan.Statement:
    """A statement whose object is another statement; its context is the profile's version only."""
    statement = _bare(actor, vocabulary.VOIDED, at, statement_id)
    statement.object = tincan.StatementRef(id=target)
    statement.context = tincan.Context(contextActivities=_context_activities(None, (), ()))
    return statement


def plain_line(text: str, longest: int = LONGEST_NAME) -> str:
    """One line without control characters or half surrogates, which some LRSs cannot store."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return " ".join(kept.split())[:longest].rstrip()


def language_tag(raw: str | None) -> str:
    """A language as a BCP 47 tag, or `und` where it is none."""
    return as_tag(raw or "") or "und"


def as_tag(raw: str) -> str | None:
    """A language as a BCP 47 tag (`en_US` becomes `en-US`), or None where it is none."""
    tag = raw.strip().replace("_", "-")
    return tag if is_language_tag(tag) else None


def _bare(
    actor: Actor, verb: str, at: datetime, statement_id: uuid.UUID | None
) -> tincan.Statement:
    if not is_aware(at):
        raise InvalidStatement("the time of a statement must have a time zone")
    moment = at.astimezone(UTC)
    # LRSs need not keep more than milliseconds; what is sent should be what they give back.
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    statement = tincan.Statement(
        id=statement_id or uuid.uuid4(),
        actor=tincan.Agent(account={"name": actor.name, "homePage": actor.home_page}),
        verb=tincan.Verb(id=verb, display={"en": vocabulary.DISPLAYS[verb]}),
        timestamp=moment,
    )
    statement.version = None  # the library's default is 1.0.3, which a statement may not say
    return statement


def _context_activities(
    course: str | None,
    parent: Sequence[Mapping[str, object]],
    other: Sequence[Mapping[str, object]],
) -> dict[str, object]:
    profile = ActivityRef(id=vocabulary.PROFILE_VERSION, type=vocabulary.PROFILE_TYPE)
    activities: dict[str, object] = {"category": [activity(profile)]}
    if course is not None:
        whole = ActivityRef(id=course, type=vocabulary.COURSE)
        activities["grouping"] = [activity(whole)]
    if parent:
        activities["parent"] = list(parent)
    if other:
        activities["other"] = list(other)
    return activities
