"""The columns of a table of modules, or the fields of a line: which there are, what they hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from catalogue_sync.errors import InvalidModule, InvalidSettings
from catalogue_sync.minutes import minutes_declared, minutes_estimated
from catalogue_sync.module import (
    LONGEST,
    Access,
    Basis,
    Duration,
    Kind,
    Module,
    Provenance,
    Withheld,
)
from catalogue_sync.plain_text import clean_line, text_from_html, text_from_plain
from catalogue_sync.sources.oai.language_codes import language_tag

Value = str | int | float | bool | list[object] | None
"""What a cell or a field of JSON holds."""

COLUMNS = (
    "identifier", "title", "kind", "open_url", "description", "text", "minutes",
    "minutes_basis", "language", "level", "skills", "course_id", "course", "section", "position",
    "siblings", "part_of", "access", "visible", "withheld", "starts", "ends", "provenance",
    "licence", "updated",
)  # fmt: skip
"""Every column there is; `title` is needed, and `identifier` or `open_url`."""

_ALSO = {"duration_minutes": "minutes", "license": "licence"}
_MEANT = {
    "id": "identifier", "uid": "identifier", "key": "identifier", "name": "title",
    "url": "open_url", "link": "open_url", "launch_url": "open_url", "address": "open_url",
    "type": "kind", "summary": "description", "content": "text", "body": "text",
    "duration": "minutes", "time": "minutes", "length": "minutes",
    "lang": "language", "tags": "skills", "keywords": "skills", "skill": "skills",
    "tag": "skills", "keyword": "skills", "competencies": "skills",
    "hidden": "withheld", "start": "starts", "end": "ends", "modified": "updated",
    "author": "provenance",
}  # fmt: skip
_HTML = re.compile(
    r"</?(?:p|br|div|span|ul|ol|li|a|b|i|u|em|strong|h[1-6]|table|t[rdh]|img|script|style|"
    r"iframe|pre|code|svg|html|body|font)\b[^<>]*>",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?")

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for rows that do not say it themselves."""

    kind: Kind = Kind.ARTICLE
    language: str | None = None
    provenance: Provenance = Provenance.UNKNOWN
    licence: str | None = None


def defaults_from(settings: Mapping[str, str]) -> Defaults:
    """The defaults that the settings of a source give. Raises `InvalidSettings`."""
    try:
        return Defaults(
            kind=_word(settings.get("kind"), "kind", Kind) or Kind.ARTICLE,
            language=_language(settings.get("language")),
            provenance=_word(settings.get("provenance"), "provenance", Provenance)
            or Provenance.UNKNOWN,
            licence=settings.get("licence", "").strip() or None,
        )
    except InvalidModule as error:
        raise InvalidSettings(str(error)) from error


def column_of(name: str) -> str | None:
    """The column that a heading names, whatever its capitals, blanks and hyphens."""
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    plain = _ALSO.get(plain, plain)
    return plain if plain in COLUMNS else None


def said_of_unknown(name: str) -> str:
    """That a heading is not known, and which may be meant; without `{` and `}`."""
    shown, meant = _shown(name), meant_by(name)
    if meant:
        return f"the column {shown!r} is not read; is {' or '.join(meant)} meant?"
    return f"the column {shown!r} is not read: there is none of that name"


def asked_of_unknown(names: Iterable[str], wanted: Collection[str]) -> Iterator[str]:
    """For each heading that may be meant as a column that is wanted: whether it is."""
    for name in names:
        meant = [one for one in meant_by(name) if one in wanted]
        if meant:
            yield f"is {_shown(name)!r} meant as {' or '.join(meant)}?"


def meant_by(name: str) -> list[str]:
    """The columns that a heading may be meant as that is none of them."""
    plain = re.sub(r"[\s-]+", "_", _shown(name).lower())
    if plain in _MEANT:
        return [_MEANT[plain]]
    return difflib.get_close_matches(plain, COLUMNS, n=2, cutoff=0.7)


def _shown(name: str) -> str:
    return re.sub(r"[{}]", "", clean_line(name))[:60]


def identifier_in(values: Mapping[str, Value]) -> str | None:
    """The identifier of a row, by which a module is kept whose row is broken.

    None where it has none, and where it is of a kind that names nothing.
    """
    for name in ("identifier", "open_url"):
        value = values.get(name)
        if isinstance(value, bool | float | list):
            return None
        found = clean_line(str(value)) if value is not None else ""
        if found:
            return found
    return None


def module_from_values(values: Mapping[str, Value], source: str, defaults: Defaults) -> Module:
    """The module of one row, by the names in `COLUMNS`. Raises `InvalidModule`."""
    identifier = identifier_in(values)
    if identifier is None:
        if isinstance(values.get("identifier"), bool | float | list):
            raise InvalidModule("identifier is no text and no whole number")
        raise InvalidModule("it has no identifier and no open_url")
    title = _line(values, "title")
    if title is None:
        raise InvalidModule("it has no title")
    kind = _word(_line(values, "kind"), "kind", Kind) or defaults.kind
    description = _prose(values, "description")
    content = _prose(values, "text")
    is_read = kind in (Kind.ARTICLE, Kind.LESSON)
    return Module(
        source=source,
        identifier=identifier,
        title=title,
        kind=kind,
        open_url=_line(values, "open_url"),
        description=description,
        text=content,
        duration=_duration(values)
        or minutes_declared(title, description, content)
        or minutes_estimated(content if is_read else ""),
        language=_language(_line(values, "language")) or defaults.language,
        level=_line(values, "level"),
        skills=_skills(values.get("skills")),
        course_id=_line(values, "course_id"),
        course=_line(values, "course"),
        section=_line(values, "section"),
        position=_count(values, "position"),
        siblings=_count(values, "siblings"),
        part_of=_line(values, "part_of"),
        access=_word(_line(values, "access"), "access", Access),
        withheld=_withheld(values),
        starts=_moment(values, "starts"),
        ends=_moment(values, "ends", day_is_over=True),
        provenance=_word(_line(values, "provenance"), "provenance", Provenance)
        or defaults.provenance,
        licence=_line(values, "licence") or defaults.licence,
        updated=_moment(values, "updated"),
    )


def _line(values: Mapping[str, Value], name: str) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        if isinstance(value, list | bool):
            raise InvalidModule(f"{name} is no text")
        value = str(value)
    if "\0" in value:
        raise InvalidModule(f"{name} has a NUL character")
    return clean_line(value) or None


def _prose(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidModule(f"{name} is no text")
    if "\0" in value:
        raise InvalidModule(f"{name} has a NUL character")
    make: Callable[[str, int], str] = text_from_html if _HTML.search(value) else text_from_plain
    return make(value, LONGEST[name])


def _word(value: str | None, name: str, words: type[_Word]) -> _Word | None:
    """One of a column's own words, whatever its capitals, blanks and hyphens."""
    if not value or value.isspace():
        return None
    plain = re.sub(r"[\s-]+", "_", value.strip().lower())
    try:
        return words(plain)
    except ValueError as error:
        listed = ", ".join(word.value for word in words)
        raise InvalidModule(f"{name} is {plain[:40]!r}; write one of {listed}") from error


def _language(value: str | None) -> str | None:
    tag = language_tag(value or "")
    if tag is None and (value or "").strip():
        raise InvalidModule(f"language is {(value or '')[:40]!r}; write a tag such as en or nl-NL")
    return tag


def _number(values: Mapping[str, Value], name: str) -> float | None:
    value = values.get(name)
    if isinstance(value, bool | list):
        raise InvalidModule(f"{name} is no number")
    if isinstance(value, int | float):
        return float(value) if abs(value) < 10**6 else _no_number(name, str(value)[:20])
    raw = (value or "").strip()
    if not raw:
        return None
    if not _NUMBER.fullmatch(raw):
        return _no_number(name, raw)
    return float(raw.replace(",", "."))


def _no_number(name: str, raw: str) -> float:
    raise InvalidModule(f"{name} is {clean_line(raw[:40])!r}; write a number such as 7 or 2.5")


def _duration(values: Mapping[str, Value]) -> Duration | None:
    basis = _word(_line(values, "minutes_basis"), "minutes_basis", Basis)
    minutes = _number(values, "minutes")
    return None if minutes is None else Duration(minutes, basis or Basis.DECLARED)


def _count(values: Mapping[str, Value], name: str) -> int | None:
    number = _number(values, name)
    if number is None:
        return None
    if number < 1 or number != int(number):
        raise InvalidModule(f"{name} is {number:g}; write a whole number from 1")
    return int(number)


def _skills(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        if not all(isinstance(one, str) for one in value):
            raise InvalidModule("skills has something in it that is no text")
        found = [str(one) for one in value]
    elif isinstance(value, str):
        found = value.split(";")
    else:
        raise InvalidModule("skills is no list; write texts, with ; between them")
    cleaned = (clean_line(one) for one in found)
    return tuple(dict.fromkeys(one for one in cleaned if one))


def _withheld(values: Mapping[str, Value]) -> Withheld | None:
    reason = _word(_line(values, "withheld"), "withheld", Withheld)
    value = values.get("visible")
    shown = value if isinstance(value, bool) else (_line(values, "visible") or "yes").lower()
    if shown in (True, "yes", "true", "1"):
        return reason
    if shown in (False, "no", "false", "0"):
        return reason or Withheld.HIDDEN
    raise InvalidModule(f"visible is {str(shown)[:40]!r}; write yes or no")


def _moment(
    values: Mapping[str, Value], name: str, *, day_is_over: bool = False
) -> datetime | None:
    """A time with its zone, or a day, which is one of UTC; `ends` counts the whole day."""
    raw = _line(values, name)
    if raw is None:
        return None
    try:
        when = datetime.fromisoformat(raw)
        if when.tzinfo is None and _DAY.fullmatch(raw):
            when = when.replace(tzinfo=UTC) + timedelta(days=1 if day_is_over else 0)
        if when.tzinfo is not None:
            return when.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidModule(
        f"{name} is {raw[:40]!r}; write a day such as 2026-11-21, or a time with its zone such as "
        "2026-11-21T09:00+01:00"
    )
