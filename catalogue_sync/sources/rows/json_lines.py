"""Modules as JSON Lines: one object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.records import Counted
from catalogue_sync.sources.kinds import SourceKind
from catalogue_sync.sources.rows.columns import Value, column_of, defaults_from, said_of_unknown
from catalogue_sync.sources.rows.lines import Line
from catalogue_sync.sources.rows.source import SETTINGS, Row, RowSource, where_from
from catalogue_sync.surroundings import Surroundings

MOST_UNKNOWN = 20
"""Unknown fields of one line that are named."""

_BOM = b"\xef\xbb\xbf"


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


_NAME = re.compile(r'"(identifier|open_url)"\s*:\s*("(?:[^"\\]|\\.){1,500}"|\d{1,20})')
_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _name_in(raw: bytes) -> Mapping[str, Value]:
    """The identifier in a line that is broken elsewhere, so that its module is kept."""
    found = _NAME.search(raw.decode("utf-8", "replace"))
    if found is None:
        return {}
    try:
        return {found[1]: _DECODER.decode(found[2])}
    except ValueError:
        return {}


class JsonLinesReader:
    """The lines of one file."""

    def __init__(self, header: bytes) -> None:
        self.header = header
        self.warnings: tuple[str, ...] = ()
        self._columns: dict[str, str | None] = {}

    def records(self, lines: Iterable[Line]) -> Iterator[tuple[Line, int]]:
        """Each line is a record."""
        return ((line, 1) for line in lines)

    def row(self, record: bytes) -> Row:
        """The fields of an object by column, and those that are not known."""
        raw = record.strip(b" \t\r\n\0")
        if not raw:
            return Row(is_blank=True)
        try:
            found = _DECODER.decode(raw.decode("utf-8"))
        except UnicodeDecodeError:
            return Row(values=_name_in(raw), problem="it is not written in UTF-8")
        except RecursionError:
            return Row(problem="it is nested too deep")
        except ValueError as error:
            return Row(values=_name_in(raw), problem=f"it is no JSON: {str(error)[:200]}")
        if not isinstance(found, dict):
            return Row(problem="it is no object; write one such as {\"title\": \"…\"} on each line")
        return self._row(found)

    def place(self, row: int, line: int) -> str:
        """The number of a line."""
        return f"line {line}"

    def _row(self, found: dict[str, object]) -> Row:
        values: dict[str, Value] = {}
        unknown: list[Counted] = []
        for name, value in found.items():
            column = self._column(name)
            if column is None:
                words = f"{said_of_unknown(name)} ({{count}} lines)"
                unknown.append(Counted(words.replace("the column", "the field", 1)))
            elif isinstance(value, dict):
                return Row(values=values, problem=f"{column} is an object")
            elif column in values:
                return Row(values=values, problem=f"{column} is given twice, under two names")
            else:
                values[column] = cast("Value", value)
        return Row(values=values, warnings=tuple(unknown[:MOST_UNKNOWN]))

    def _column(self, name: str) -> str | None:
        if name not in self._columns:
            if len(self._columns) >= 1_000:
                return column_of(name)
            self._columns[name] = column_of(name)
        return self._columns[name]


class JsonLinesFormat:
    """JSON Lines in UTF-8."""

    def begin(self, head: bytes, name: str, most: int) -> JsonLinesReader:
        """The reader for a file that begins with these bytes; there is no header but a BOM.

        Raises `InvalidAnswer` for a file that is one JSON array.
        """
        if head.removeprefix(_BOM).lstrip()[:1] == b"[":
            raise InvalidAnswer(f"{name} is one JSON array; write one object on each line instead")
        return JsonLinesReader(_BOM if head.startswith(_BOM) else b"")


def _open(
    name: str, settings: Mapping[str, str], _secret: str | None, surroundings: Surroundings
) -> RowSource:
    path, url = where_from(settings)
    defaults = defaults_from(settings)
    return RowSource(name, JsonLinesFormat(), surroundings, path=path, url=url, defaults=defaults)


KIND = SourceKind(
    "jsonl",
    "Modules as JSON Lines: one object a line.",
    SETTINGS,
    _open,
)
