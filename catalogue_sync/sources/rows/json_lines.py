"""Modules as JSON Lines: one object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.records import Counted
from catalogue_sync.sources.document import Location
from catalogue_sync.sources.kinds import SourceKind
from catalogue_sync.sources.rows.columns import Value, column_of, defaults_from, said_of_unknown
from catalogue_sync.sources.rows.lines import HEAD_BYTES, Line
from catalogue_sync.sources.rows.source import SETTINGS, Row, RowSource
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.secret_end import SECRET_END

MOST_UNKNOWN = 20
"""Unknown fields of one line that are named."""

_BOM = b"\xef\xbb\xbf"


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+|"')


def _name_in(raw: bytes, *, is_cut: bool = False) -> Mapping[str, Value]:
    """The identifier in a line that is broken elsewhere, so that its module is kept.

    Empty where it stands too far on. An address is one only where no identifier can follow.
    """
    found = _names_in(raw[:HEAD_BYTES].decode("utf-8", "replace"))
    is_cut = is_cut or not raw.endswith(b"}")
    if found.get("identifier") is None and (is_cut or b"identifier" in raw.lower()):
        return {}
    return found


def _names_in(text: str) -> dict[str, Value]:
    """The texts and whole numbers by which the object that begins with `text` may be known."""
    found: dict[str, Value] = {}
    depth = 0
    before: tuple[str, ...] = ()
    for match in _SIGN.finditer(text):
        sign = match[0]
        is_value = depth == 1 and before[:1] in (("{",), (",",)) and before[2:] == (":",)
        is_whole = sign[0] == '"' or match.end() < len(text)
        if is_value and is_whole and sign[0] not in "{[":
            name, value = _decoded(before[1]), _decoded(sign)
            column = column_of(name) if isinstance(name, str) else None
            if column in ("identifier", "open_url"):
                found[column] = value
        depth += (sign in "{[") - (sign in "}]")
        if sign == '"' or not depth:
            break
        before = (*before, sign)[-3:] if depth == 1 else ()
        if sign == "{" and depth == 1:
            before = ("{",)
    return found


def _decoded(sign: str) -> str | int | None:
    try:
        value = _DECODER.decode(sign)
    except ValueError:
        return None
    is_name = isinstance(value, str | int) and not isinstance(value, bool)
    return value if is_name and "\ufffd" not in str(value)[:HEAD_BYTES] else None


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
            return Row(values=_name_in(raw), problem="it is nested too deep")
        except json.JSONDecodeError as error:
            problem = f"it is no JSON: {error.msg}, at character {error.colno}"
            return Row(values=_name_in(raw), problem=problem)
        except ValueError as error:
            return Row(values=_name_in(raw), problem=f"it is no JSON: {str(error)[:200]}")
        if not isinstance(found, dict):
            return Row(problem="it is no object; write one such as {\"title\": \"…\"} on each line")
        return self._row(found)

    def named(self, head: bytes) -> Mapping[str, Value]:
        """The identifier in the first bytes of a line that is too long."""
        return _name_in(head, is_cut=True)

    def place(self, row: int, line: int) -> str:
        """The number of a line."""
        return f"line {line}"

    def _row(self, found: dict[str, object]) -> Row:
        values: dict[str, Value] = {}
        unknown: list[Counted] = []
        problem = ""
        for name, value in found.items():
            column = self._column(name)
            if column is None:
                words = f"{said_of_unknown(name)} ({{count}} lines)"
                unknown.append(Counted(words.replace("the column", "the field", 1)))
            elif isinstance(value, dict):
                problem = problem or f"{column} is an object"
                values[column] = []  # it names nothing
            elif column in values:
                problem = problem or f"{column} is given twice, under two names"
                values[column] = []
            else:
                values[column] = cast("Value", value)
        return Row(values=values, problem=problem, warnings=tuple(unknown[:MOST_UNKNOWN]))

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
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> RowSource:
    defaults = defaults_from(settings)
    location = Location.from_settings(settings, secret)
    return RowSource(name, JsonLinesFormat(), surroundings, location=location, defaults=defaults)


KIND = SourceKind(
    "jsonl",
    "Modules as JSON Lines: one object a line.",
    SETTINGS,
    _open,
    secret=SECRET_END,
    secret_is_optional=True,
)
