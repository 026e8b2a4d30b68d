"""One thing that was looked at, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """How it stands: `warn` works, but not for long or not for all."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at (`name`, and `about`: at which LMS), how it stands, and the mend.

    `name` is stable; `what` and `mend` are sentences in English for an administrator, and
    have nothing of a person or a secret.
    """

    name: str
    state: State
    what: str
    mend: str = ""
    about: str = ""


def has_failed(checks: Sequence[Check]) -> bool:
    """Whether anything of it fails."""
    return any(check.state is State.FAIL for check in checks)


def read_json(body: bytes) -> object:
    """The JSON value of a body, or None when it is none."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def tell_span(span: timedelta) -> str:
    """A span of time in its largest unit, such as `3 hours`."""
    seconds = abs(span.total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return tell_count(int(seconds // length), unit)
    return f"{seconds:.0f} s"


def tell_count(count: int, thing: str) -> str:
    """How many there are of a thing, such as `1 key` or `2 keys`."""
    return f"{count} {thing}{'' if count == 1 else 's'}"
