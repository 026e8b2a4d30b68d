"""A policy: the fields that may leave, by the verb that they may come with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as _field

from xapi.errors import PolicyError
from xapi.statements import is_language_tag

Allows = Callable[[object], bool]
"""Whether a value may stand in a field."""

_LANGUAGE_MAPS = ("display", "name", "description")
_MARKS = re.compile(r"[.\[<]")


@dataclass(frozen=True, slots=True)
class Field:
    """One field that may leave: its path, the verbs (IRIs) it may come with, its values."""

    path: str
    verbs: frozenset[str]
    allows: Allows


@dataclass(frozen=True, slots=True)
class Policy:
    """An allow-list of fields. A program with statements of its own makes its own."""

    fields: tuple[Field, ...]
    _of_verb: Mapping[str, Mapping[str, Allows]] = _field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every statement is checked on its way into the outbox: looked up, not searched for.
        of_verb: dict[str, dict[str, Allows]] = {}
        for one in self.fields:
            for verb in one.verbs:
                of_verb.setdefault(verb, {})[one.path] = one.allows
        object.__setattr__(self, "_of_verb", of_verb)

    def lets_out(self, verb: str) -> bool:
        """Whether statements with this verb (an IRI) may leave at all."""
        return verb in self._of_verb

    def check(self, statement: Mapping[str, object]) -> None:
        """Raise `PolicyError`, naming the path and not the value, unless all may leave."""
        allowed = self._of_verb.get(_verb_of(statement))
        if allowed is None:
            raise PolicyError("verb.id", "verb.id: statements with this verb may not leave")
        for path, value in leaves(statement):
            allows = allowed.get(path)
            if allows is None:
                raise PolicyError(path, f"{path}: this field may not leave in such a statement")
            if not allows(value):
                raise PolicyError(path, f"{path}: this field may not leave with such a value")


def leaves(statement: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Every value of a statement that holds no other, with its path."""
    # A list of what is left to look at, since generators within generators take longer.
    left = list(_steps("", statement))
    while left:
        path, value = left.pop()
        if isinstance(value, dict) and value:
            left += _steps(path, value)
        elif isinstance(value, list) and value:
            left += [(f"{path}[]", inner) for inner in value]
        else:
            yield path, value


def _steps(path: str, value: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What an object holds, each with its path; a key that could pass for a path is quoted."""
    last = path[path.rfind(".") + 1 :]
    # Nothing within an extension is listed; its IRI has dots of its own.
    within = ".extensions." in path
    in_languages, in_extensions = last in _LANGUAGE_MAPS, last == "extensions"
    before = f"{path}." if path else ""
    for key, inner in value.items():
        if in_languages and not within and is_language_tag(key):
            step = "<language>"
        elif not within and (in_extensions or not _MARKS.search(key)):
            step = key
        else:
            step = json.dumps(key)
        yield before + step, inner


def _verb_of(statement: Mapping[str, object]) -> str:
    verb = statement.get("verb")
    return str(verb.get("id")) if isinstance(verb, Mapping) else ""
