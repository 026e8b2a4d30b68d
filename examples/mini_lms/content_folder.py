"""Reading the courses: a folder each, with a course.toml and one HTML file a piece."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from examples.mini_lms.course import (
    Activity,
    Campus,
    Chapter,
    Course,
    Kind,
    Option,
    Question,
    Section,
)
from examples.mini_lms.errors import ContentError

_Value = TypeVar("_Value", str, int, bool)
_Table = Mapping[str, object]


def read_campus(folder: Path) -> Campus:
    """All courses under `folder`, by their number.

    Raises `ContentError` when there is none, when a file is missing or wrong, or when two
    courses, or two activities, have the same number.
    """
    courses = [read_course(path.parent) for path in sorted(folder.glob("*/course.toml"))]
    if not courses:
        raise ContentError(f"There is no course under {folder}: each is a folder with course.toml.")
    campus = Campus(tuple(sorted(courses, key=lambda course: course.id)))
    _require_unique("course", [course.id for course in courses])
    _require_unique("activity", [place.activity.cmid for place in campus.places()])
    return campus


def read_course(folder: Path) -> Course:
    """The course of one folder; raises `ContentError` as `read_campus` does."""
    table = _read_toml(folder / "course.toml")
    return Course(
        id=_take(table, "id", int),
        shortname=_take(table, "shortname", str),
        fullname=_take(table, "fullname", str),
        idnumber=_take(table, "idnumber", str),
        summary=_take(table, "summary", str),
        sections=tuple(_section(folder, number, section)
                       for number, section in enumerate(_tables(table, "sections"))),
    )


def _section(folder: Path, number: int, table: _Table) -> Section:
    return Section(
        id=_take(table, "id", int),
        number=number,
        name=_take(table, "name", str),
        summary=_take(table, "summary", str, ""),
        activities=tuple(_activity(folder, activity) for activity in _tables(table, "activities")),
    )


def _activity(folder: Path, table: _Table) -> Activity:
    kind = _kind(table)
    chapters = _tables(table, "chapters")
    file = folder / _take(table, "file", str, "course.toml")
    parts = [file, *(folder / _take(chapter, "file", str) for chapter in chapters)]
    return Activity(
        cmid=_take(table, "cmid", int),
        kind=kind,
        name=_take(table, "name", str),
        changed=max(_changed(part) for part in parts),
        intro=_take(table, "intro", str),
        show_intro=_take(table, "show_intro", bool, False),
        content=_read(file) if kind is Kind.PAGE else "",
        url=_take(table, "url", str, ""),
        chapters=tuple(
            Chapter(id=_take(chapter, "id", int), title=_take(chapter, "title", str),
                    content=_read(folder / _take(chapter, "file", str)))
            for chapter in chapters
        ),
        questions=_questions(_read_toml(file)) if kind is Kind.QUIZ else (),
    )


def _kind(table: _Table) -> Kind:
    name = _take(table, "kind", str)
    if name not in [str(kind) for kind in Kind]:
        kinds = ", ".join(Kind)
        raise ContentError(f"{_short(table)} is of kind {name!r}; it must be one of {kinds}.")
    return Kind(name)


def _questions(table: _Table) -> tuple[Question, ...]:
    return tuple(
        Question(
            text=_take(question, "text", str),
            options=tuple(
                Option(text=_take(option, "text", str), feedback=_take(option, "feedback", str),
                       right=_take(option, "right", bool, False))
                for option in _tables(question, "options")
            ),
        )
        for question in _tables(table, "questions")
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path} cannot be read as UTF-8 text: {error}") from error


def _read_toml(path: Path) -> _Table:
    try:
        return tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path} is not TOML: {error}") from error


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except OSError as error:
        raise ContentError(f"{path} is named by its course, and it is missing.") from error


def _take(table: _Table, name: str, kind: type[_Value], default: _Value | None = None) -> _Value:
    value = table.get(name, default)
    # Exactly this type: to isinstance, true is a number as well.
    if not isinstance(value, kind) or type(value) is not kind:
        raise ContentError(f"{name!r} must be of type {kind.__name__} in {_short(table)}")
    return value


def _tables(table: _Table, name: str) -> list[_Table]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ContentError(f"{name!r} must be a list of tables in {_short(table)}")
    return value


def _short(table: _Table) -> str:
    return repr(table.get("name") or table.get("title") or sorted(table))


def _require_unique(what: str, numbers: list[int]) -> None:
    twice = {number for number in numbers if numbers.count(number) > 1}
    if twice:
        raise ContentError(f"The {what} number {min(twice)} is used twice; each needs its own.")
