"""The modules of a catalogue file: what an evaluation ranks."""

from __future__ import annotations

import math
from pathlib import Path

from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance, is_web_address
from lti_tool.recommender.evaluation.records import (
    BadRecord,
    Records,
    Values,
    identifier,
    read_records,
    words,
)

SOURCE = "catalogue"
"""The source that all modules of a file count as."""

_KINDS = {kind.value: kind for kind in Kind} | {
    "page": Kind.ARTICLE, "unit": Kind.COURSE_PART, "module": Kind.COURSE_PART,
}  # fmt: skip
_NOWHERE = "https://catalogue.invalid/"
"""Stands for the address of a module that has none: it is ranked, and never opened."""


def read_modules(path: Path) -> Records[Module]:
    """The modules of a file of JSON Lines, in order.

    A line has `id` and `title`, and what is known of `description`, `text`, `minutes`, `kind`,
    `course`, `section`, `position`, `skills`, `level`, `language`, `provenance` and
    `open_url`. Raises `InputError` (`evaluation-file`) when there is none.
    """
    return read_records(path, _module, lambda module: module.identifier, what="module")


def _module(values: Values) -> Module:
    url = words(values, "open_url")
    provenance = words(values, "provenance")
    return Module(
        source=SOURCE,
        identifier=identifier(values),
        title=words(values, "title"),
        kind=_KINDS.get(words(values, "kind"), Kind.COURSE_PART),
        open_url=url if is_web_address(url) else _NOWHERE,
        description=words(values, "description"),
        text=words(values, "text"),
        duration=_duration(values),
        language=words(values, "language") or None,
        level=words(values, "level") or None,
        skills=_skills(values),
        course=words(values, "course") or None,
        section=words(values, "section") or None,
        position=_position(values),
        provenance=Provenance(provenance)
        if provenance in set(Provenance)
        else Provenance.UNKNOWN,
    )


def _duration(values: Values) -> Duration | None:
    minutes = values.get("minutes")
    if minutes is None:
        return None
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise BadRecord("minutes is no number")
    known = math.isfinite(minutes) and minutes > 0
    return Duration(float(minutes), Basis.DECLARED) if known else None


def _skills(values: Values) -> tuple[str, ...]:
    skills = values.get("skills")
    if skills is None:
        return ()
    if not isinstance(skills, list) or not all(isinstance(one, str) for one in skills):
        raise BadRecord("skills is no list of texts")
    return tuple(one.strip() for one in skills if one.strip())


def _position(values: Values) -> int | None:
    position = values.get("position")
    is_one = isinstance(position, int) and not isinstance(position, bool) and position > 0
    return position if is_one and isinstance(position, int) else None
