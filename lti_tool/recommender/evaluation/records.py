"""Files with one JSON object a line, plain or compressed; what cannot be read is set aside."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from catalogue_sync.errors import InvalidModule
from lti_tool.errors import InputError

LONGEST_LINE = 4 * 2**20
"""Bytes of a line that are read; a longer one is set aside."""

_TOO_LONG = b"\0"

Values = dict[str, object]
T = TypeVar("T")


class BadRecord(ValueError):
    """A line that holds no module or need; the words say why, for the person who made it."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that was left out, by its number from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Records(Generic[T]):
    """What a file holds, in order, and what of it was set aside."""

    kept: tuple[T, ...]
    set_aside: tuple[SetAside, ...]


def read_records(
    path: Path, parse: Callable[[Values], T], identify: Callable[[T], str], *, what: str
) -> Records[T]:
    """The records of a file of JSON Lines (`.gz`: compressed); blank lines count for nothing.

    `parse` raises `BadRecord` or `InvalidModule` for what it cannot use; of two records with
    one identifier the first counts. `what` names the records in words. Raises `InputError`
    (`evaluation-file`) when the file cannot be read, or holds nothing that can be used.
    """
    kept: dict[str, T] = {}
    aside: list[SetAside] = []
    for number, line in _lines(path):
        try:
            record = parse(_object(line))
            name = identify(record)
            if name in kept:
                raise BadRecord(f"a line before has the same id, {name[:80]!r}")
            kept[name] = record
        except (BadRecord, InvalidModule) as error:
            aside.append(SetAside(number, str(error)))
    if not kept:
        first = f" Line {aside[0].line}: {aside[0].reason}." if aside else " It is empty."
        raise InputError(
            f"{path} holds no {what}.{first}",
            mend="It must have one JSON object a line; see needle evaluate --help.",
            code="evaluation-file",
        )
    return Records(tuple(kept.values()), tuple(aside))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                is_long = len(line) > LONGEST_LINE
                while is_long and line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                whole = _TOO_LONG if is_long else line
                if whole.strip():
                    yield number, whole
    except (OSError, EOFError, zlib.error) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path} cannot be read beyond line {number}: {told}.",
            mend="Name a file of JSON Lines; one that is compressed with gzip must end in .gz, "
            "and be whole.",
            code="evaluation-file",
        ) from error


def _object(line: bytes) -> Values:
    if line == _TOO_LONG:
        raise BadRecord(f"the line is longer than {LONGEST_LINE:,} bytes")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadRecord(f"it is not UTF-8 (byte {error.start + 1})") from error
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"it is no JSON ({error})") from error
    if not isinstance(value, dict):
        raise BadRecord("it is no JSON object")
    return value


def words(values: Values, name: str) -> str:
    """A text of a record without blanks around it; empty when it has none."""
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecord(f"{name} is no text")
    return value.strip()


def identifier(values: Values) -> str:
    """The id of a record: a text, or a whole number."""
    value = values.get("id")
    told = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(told, str) or not told.strip():
        raise BadRecord("it has no id")
    return told.strip()
