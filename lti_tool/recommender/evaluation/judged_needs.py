"""Needs with judgments: what people ask, and how well each module that was judged fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lti_tool.domain.need import LONGEST_NEED, clean_text
from lti_tool.recommender.evaluation.records import (
    BadRecord,
    Records,
    Values,
    identifier,
    read_records,
    words,
)
from lti_tool.recommender.languages import primary_language

HIGHEST = 3
"""The grade of a module that is just right; 0 is one that does not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedNeed:
    """A need, and the grades (0 to `HIGHEST`) of the modules that were judged for it, by id.

    `language` is the primary subtag of the language it is written in; `group` is any name by
    which needs are told apart, empty for none; `origin` says where they come from.
    """

    id: str
    text: str
    grades: Mapping[str, int]
    minutes: int | None = None
    language: str = "en"
    group: str = ""
    origin: str = ""


def read_needs(path: Path) -> Records[JudgedNeed]:
    """The needs of a file of JSON Lines, in order.

    A line has `id`, `text` and `qrels` (module id to grade), and may have `minutes` (1 to
    600), `lang`, `group` and `origin`. A need for which no module is any good is set
    aside: no ranking can be better than another for it. Raises `InputError` (`evaluation-file`).
    """
    return read_records(path, _need, lambda need: need.id, what="need")


def _need(values: Values) -> JudgedNeed:
    text = clean_text(words(values, "text"))[:LONGEST_NEED]
    if not text:
        raise BadRecord("it has no text")
    return JudgedNeed(
        id=identifier(values),
        text=text,
        grades=_grades(values.get("qrels")),
        minutes=_minutes(values.get("minutes")),
        language=primary_language(words(values, "lang") or words(values, "language")) or "en",
        group=words(values, "group"),
        origin=words(values, "origin"),
    )


def _grades(value: object) -> Mapping[str, int]:
    if not isinstance(value, dict) or not value:
        raise BadRecord("it has no qrels, an object of module ids and grades")
    for module, grade in value.items():
        if isinstance(grade, bool) or not isinstance(grade, int) or not 0 <= grade <= HIGHEST:
            raise BadRecord(f"the grade of {module[:80]!r} is not 0, 1, 2 or 3")
    if not any(value.values()):
        raise BadRecord("no module has a grade above 0, so nothing can be measured by it")
    return value


def _minutes(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 600:
        raise BadRecord("minutes is no whole number from 1 to 600")
    return value
