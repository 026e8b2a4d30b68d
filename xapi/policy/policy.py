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

MOST_TOLD = 5
"""Fields that one error tells of."""

_LANGUAGE_MAPS = ("display", "name", "description")
_MARKS = re.compile(r"[.\[<]")


@dataclass(frozen=True, slots=True)
class Field:
    """One field that may leave: its path, the verbs (IRIs) it may come with, its values.

    `hint` is added to the error when something else stands there: what may, never what does.
    One without verbs never leaves, and its hint says what to do instead. Raises `TypeError`
    for verbs that are no frozenset, or an `allows` that cannot be called.
    """

    path: str
    verbs: frozenset[str]
    allows: Allows
    hint: str = ""

    def __post_init__(self) -> None:
        # A program without type checks may well give the one verb itself, whose letters
        # would then be taken for verbs.
        verbs: object = self.verbs
        if not isinstance(verbs, frozenset):
            raise TypeError(f"the verbs of the field {self.path} must be a frozenset of IRIs: "
                            "write frozenset({VERB}) for one verb")
        if not callable(self.allows):
            raise TypeError(f"what the field {self.path} allows must be a function of a value: "
                            "write lambda value: True for every value")


@dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """An allow-list of fields. A program with statements of its own makes its own."""

    fields: tuple[Field, ...]
    _of_verb: Mapping[str, Mapping[str, Field]] = _field(init=False, compare=False)
    _instead: Mapping[str, str] = _field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Every statement is checked on its way into the outbox: looked up, not searched for.
        of_verb: dict[str, dict[str, Field]] = {}
        for one in self.fields:
            for verb in one.verbs:
                of_verb.setdefault(verb, {})[one.path] = one
        object.__setattr__(self, "_of_verb", of_verb)
        instead = {one.path: one.hint for one in self.fields if not one.verbs}
        object.__setattr__(self, "_instead", instead)

    def __repr__(self) -> str:
        return f"Policy({len(self.fields)} fields)"

    def lets_out(self, verb: str) -> bool:
        """Whether statements with this verb (an IRI) may leave at all."""
        return verb in self._of_verb

    def check(self, statement: Mapping[str, object]) -> None:
        """Raise `PolicyError`, naming the paths and not the values, unless all may leave.

        Its `path` is the first that may not; its message tells of the first five.
        """
        allowed = self._of_verb.get(_verb_of(statement))
        if allowed is None:
            hint = _in_brackets(self._instead.get("verb.id", ""))
            message = f"verb.id: statements with this verb may not leave{hint}"
            raise PolicyError("verb.id", message)
        wrong: dict[str, str] = {}
        for path, value in leaves(statement):
            field = allowed.get(path)
            if field is None:
                hint = _in_brackets(self._instead.get(path, ""))
                wrong[path] = f"this field may not leave in such a statement{hint}"
            elif not field.allows(value):
                hint = _in_brackets(field.hint)
                wrong[path] = f"this field may not leave with such a value{hint}"
        if wrong:
            raise _refused(wrong)


def _refused(wrong: dict[str, str]) -> PolicyError:
    # `leaves` begins at the statement's end.
    paths = list(reversed(wrong))
    told = [f"{path}: {wrong[path]}" for path in paths[:MOST_TOLD]]
    if len(paths) > MOST_TOLD:
        told.append(f"and {len(paths) - MOST_TOLD} more")
    return PolicyError(paths[0], "; ".join(told))


def _in_brackets(hint: str) -> str:
    return f" ({hint})" if hint else ""


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
