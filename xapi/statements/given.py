"""What a builder is given: checked by the names that all builders share, before anything is built.

A program without type checks gives a text where an identifier belongs; it should hear which
parameter that was, not which attribute something within lacks.
"""

from __future__ import annotations

import functools
import inspect
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ParamSpec

import tincan

from xapi.errors import InvalidStatement
from xapi.statements.parts import ActivityRef, Actor, as_tag

_P = ParamSpec("_P")

_IDENTIFIERS = ("answer_id", "goal_id", "need_id", "performance_id", "placed_id", "request_id",
                "statement_id", "target")
_TYPES: dict[str, tuple[type, str]] = {
    "actor": (Actor, "an Actor"),
    "tool": (Actor, "an Actor"),
    "module": (ActivityRef, "an ActivityRef"),
    "at": (datetime, "a datetime"),
    "start": (datetime, "a datetime"),
    **dict.fromkeys(_IDENTIFIERS, (uuid.UUID, "a uuid.UUID")),
}


def checked(builder: Callable[_P, tincan.Statement]) -> Callable[_P, tincan.Statement]:
    """The builder, which raises `InvalidStatement` for a parameter of the wrong type.

    None is right only where it is the default.
    """
    parameters = inspect.signature(builder).parameters.values()
    optional = frozenset(one.name for one in parameters if one.default is None)

    @functools.wraps(builder)
    def check_and_build(*args: _P.args, **given: _P.kwargs) -> tincan.Statement:
        for name, value in given.items():
            if value is not None or name not in optional:
                _check(name, value)
        return builder(*args, **given)

    return check_and_build


def _check(name: str, value: object) -> None:
    if name in _TYPES:
        kind, words = _TYPES[name]
        if not isinstance(value, kind):
            raise InvalidStatement(f"{name} must be {words}")
    elif name == "modules":
        if not isinstance(value, Sequence) or any(
            not isinstance(one, ActivityRef) for one in value
        ):
            raise InvalidStatement("modules must be a sequence of ActivityRef")
    elif name == "language" and (not isinstance(value, str) or as_tag(value) is None):
        raise InvalidStatement(
            "language must be a language tag: a language, and script and region where they "
            "matter, such as en, nl-BE or zh-Hant-TW"
        )
