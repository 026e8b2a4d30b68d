"""What may leave: the one place that decides what a statement may carry, field by field.

A policy is a list of allowed fields. `check` refuses a statement that carries any other
field, or an allowed field with a value it does not allow. docs/privacy.md is the same list
in words; a test holds the two together.

A field's path is written with dots; `[]` stands for every member of a list and
`<language>` for every language of a text in languages.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from xapi import vocabulary
from xapi.errors import PolicyError
from xapi.statements import LONGEST_NAME, SCORES, is_iri, is_language_tag

_NEED, _RECOMMENDED = vocabulary.ASKED_NEED, vocabulary.RECOMMENDED
_OPENED, _RATED = vocabulary.OPENED, vocabulary.RATED
_EVERY = frozenset({_NEED, _RECOMMENDED, _OPENED, _RATED})

TOOL_NAME = "needle"
"""The account name of the tool itself, the actor that recommends."""

_LANGUAGE_MAPS = ("display", "name", "description")
_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One field that may leave: its path, the verbs (IRIs) it may come with, its values."""

    path: str
    verbs: frozenset[str]
    allows: Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Policy:
    """An allow-list of fields. A program with statements of its own makes its own."""

    fields: tuple[Field, ...]

    def check(self, statement: Mapping[str, object]) -> None:
        """Raise `PolicyError`, naming the path and not the value, unless all may leave."""
        verb = _verb_of(statement)
        allowed = {field.path: field for field in self.fields if verb in field.verbs}
        if not allowed:
            raise PolicyError("verb.id", "verb.id: statements with this verb may not leave")
        for path, value in leaves(statement):
            if path not in allowed:
                raise PolicyError(path, f"{path}: this field may not leave in such a statement")
            if not allowed[path].allows(value):
                raise PolicyError(path, f"{path}: this field may not leave with such a value")


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a statement that holds no other, with its path."""
    if isinstance(value, Mapping) and value:
        last = path.rpartition(".")[2]
        for key, inner in value.items():
            in_language = last in _LANGUAGE_MAPS and is_language_tag(str(key))
            step = "<language>" if in_language else str(key)
            yield from leaves(inner, f"{path}.{step}" if path else step)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from leaves(inner, f"{path}[]")
    else:
        yield path, value


def looks_like_email(text: str) -> bool:
    """Whether `text` reads as an e-mail address; such a name is never an actor's account."""
    return text.lower().startswith("mailto:") or _E_MAIL.fullmatch(text.strip()) is not None


def _verb_of(statement: Mapping[str, object]) -> str:
    verb = statement.get("verb")
    return str(verb.get("id")) if isinstance(verb, Mapping) else ""


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _one_of(*allowed: object) -> Callable[[object], bool]:
    return lambda value: any(type(value) is type(one) and value == one for one in allowed)


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_iri(value: object) -> bool:
    return isinstance(value, str) and is_iri(value) and not value.lower().startswith("mailto:")


def _is_urn(value: object) -> bool:
    return isinstance(value, str) and value.startswith("urn:uuid:") and _is_uuid(value[9:])


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


def _is_tag(value: object) -> bool:
    return isinstance(value, str) and is_language_tag(value)


def _is_minutes(value: object) -> bool:
    return type(value) is int and 1 <= value <= 600


def _is_account_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and not looks_like_email(value)


def _activity(path: str, verbs: frozenset[str], of_type: Callable[[object], bool]) -> list[Field]:
    return [
        Field(f"{path}.id", verbs, _is_iri),
        Field(f"{path}.objectType", verbs, _one_of("Activity")),
        Field(f"{path}.definition.type", verbs, of_type),
    ]


def _fields(learner_name: Callable[[object], bool]) -> tuple[Field, ...]:
    by_learner, on_module = frozenset({_NEED, _OPENED, _RATED}), frozenset({_OPENED, _RATED})
    context = "context.contextActivities"
    on_answer = frozenset({_RECOMMENDED})
    return (
        Field("id", _EVERY, _is_uuid),
        Field("timestamp", _EVERY, _is_time),
        Field("actor.objectType", _EVERY, _one_of("Agent")),
        Field("actor.account.homePage", _EVERY, _matches(r"https?://[^\s@?#]+")),
        Field("actor.account.name", by_learner, learner_name),
        Field("actor.account.name", on_answer, _one_of(TOOL_NAME)),
        Field("verb.id", _EVERY, _one_of(*_EVERY)),
        Field("verb.display.<language>", _EVERY, _one_of(*vocabulary.DISPLAYS.values())),
        Field("object.id", frozenset({_NEED, _RECOMMENDED}), _is_urn),
        Field("object.id", on_module, _is_iri),
        Field("object.objectType", _EVERY, _one_of("Activity")),
        Field("object.definition.type", _EVERY, _is_iri),
        Field("object.definition.name.<language>", on_module, _is_name),
        Field("result.score.scaled", frozenset({_RATED}), _one_of(*SCORES.values())),
        Field("context.registration", _EVERY, _is_uuid),
        Field("context.language", _EVERY, _is_tag),
        Field("context.platform", _EVERY, _is_name),
        Field(f"context.extensions.{vocabulary.MINUTES_AVAILABLE}", frozenset({_NEED}),
              _is_minutes),
        Field(f"context.extensions.{vocabulary.PURPOSE}", frozenset({_NEED}),
              _matches(r"[a-z][a-z_]{0,39}")),
        *_activity(f"{context}.category[]", _EVERY, _one_of(vocabulary.PROFILE_TYPE)),
        *_activity(f"{context}.grouping[]", _EVERY, _one_of(vocabulary.COURSE)),
        *_activity(f"{context}.other[]", on_answer, _is_iri),
        Field(f"{context}.other[].definition.name.<language>", on_answer, _is_name),
    )


PSEUDONYM = Policy(_fields(_matches(r"[0-9a-f]{32}")))
"""The default: a learner is 32 hexadecimal digits, and nothing else may stand there."""

ACCOUNT = Policy(_fields(_is_account_name))
"""An organisation's explicit choice: a learner is the account name its platform gives."""

POLICIES = {"pseudonym": PSEUDONYM, "account": ACCOUNT}
"""The policies by the word that settings use for them."""
