"""A table of modules that somebody wrote by hand or exported: CSV (RFC 4180)."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.records import Counted
from catalogue_sync.sources.document import Location
from catalogue_sync.sources.kinds import SourceKind
from catalogue_sync.sources.rows.columns import (
    COLUMNS,
    Value,
    asked_of_unknown,
    column_of,
    defaults_from,
    meant_by,
    said_of_unknown,
)
from catalogue_sync.sources.rows.lines import HEAD_BYTES, Line
from catalogue_sync.sources.rows.source import SETTINGS, Row, RowSource
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.secret_end import SECRET_END

MOST_LINES_OF_A_ROW = 10_000
"""Lines that one row may have, between its quotes."""

MOST_UNKNOWN = 20
"""Unknown columns that are named."""

_BOM = b"\xef\xbb\xbf"
_DELIMITERS = (",", ";", "\t")
_OLD = Counted(
    "{count} rows are not UTF-8 and were read as Windows-1252; save the file as UTF-8 if letters "
    "are wrong"
)


class TableReader:
    """The rows of one table, whose header is known.

    `columns` are the names of its columns in order, empty for those that are not read.
    """

    def __init__(
        self, header: bytes, columns: tuple[str, ...], delimiter: str, warnings: tuple[str, ...],
        most: int,
    ) -> None:  # fmt: skip
        self.header = header
        self.warnings = warnings
        self._columns = columns
        self._delimiter = delimiter
        self._byte = delimiter.encode()
        self._most = most

    def records(self, lines: Iterable[Line]) -> Iterator[tuple[Line, int]]:
        """Rows: a line, or several where line ends stand between quotes."""
        source = iter(lines)
        again: deque[Line] = deque()
        while True:
            is_known = bool(again)
            line = again.popleft() if again else next(source, None)
            if line is None:
                return
            if not isinstance(line, bytes) or b'"' not in line or not self._is_open(line, False):
                yield line, 1
                continue
            # What is read again closes no quote: it was looked through for one before this.
            held = None if is_known else self._until_closed(line, again, source)
            if held is None:
                yield line, 1  # the quote is never closed; the row says so when it is read
            else:
                yield held

    def row(self, record: bytes) -> Row:
        """The values of a row by column; those of columns that are not read are left out."""
        text, is_old = _decoded(record)
        warnings = (_OLD,) if is_old else ()
        if text is None:
            problem = "it has bytes that are neither UTF-8 nor Windows-1252"
            return Row(values=self._named(record), problem=problem)
        if "\0" in text:
            return Row(values=self._named(record), problem="it has a NUL character")
        try:
            cells = next(csv.reader((text,), delimiter=self._delimiter), [])
        except csv.Error as error:
            problem = f"it is no row of a table: {error}"
            return Row(values=self._named(record), problem=problem)
        if not any(cell.strip() for cell in cells):
            return Row(is_blank=True)
        values = dict(zip(self._columns, cells, strict=False))
        values.pop("", None)
        if b'"' in record and self._is_open(record, False):
            problem = "a quote is opened in it and never closed"
            return Row(values=self._named(record), problem=problem)
        if any(cell.strip() for cell in cells[len(self._columns) :]):
            return Row(
                values=self._named(record),
                problem=f"it has {len(cells)} values for {len(self._columns)} columns; put quotes "
                f"around a value that has a {_named(self._delimiter)} in it",
            )
        return Row(values=values, warnings=warnings)

    def named(self, head: bytes) -> Mapping[str, Value]:
        """The identifier, or the address, in the first bytes of a row that is too long."""
        return self._named(head, is_cut=True)

    def place(self, row: int, line: int) -> str:
        """The number of a row, as a spreadsheet counts, and of its line where that differs."""
        return f"row {row}" if row == line else f"row {row} (line {line})"

    def _named(self, record: bytes, *, is_cut: bool = False) -> Mapping[str, Value]:
        """The identifier, or the address, in the cells of a broken row that are beyond doubt."""
        head = record[:HEAD_BYTES]
        is_whole = not is_cut and len(head) == len(record) and not self._is_open(head, False)
        text = head.decode("utf-8", "surrogateescape")
        try:
            cells = next(csv.reader((re.sub(r"[\r\n]", " ", text),), delimiter=self._delimiter), [])
        except csv.Error:
            return {}
        cells = cells if is_whole else cells[:-1]
        if any(cell.strip() for cell in cells[len(self._columns) :]):
            cells = cells[:1]  # from where on the values are in other columns, nobody knows
            is_whole = False
        for name in ("identifier", "open_url"):
            at = self._columns.index(name) if name in self._columns else len(cells)
            if at < len(cells) and cells[at].strip():
                return {name: cells[at]} if _is_sound(cells[at]) else {}
            if at >= len(cells) and name in self._columns and not is_whole:
                return {}
        return {}

    def _until_closed(
        self, first: bytes, again: deque[Line], source: Iterator[Line]
    ) -> tuple[bytes, int] | None:
        """The whole row; where its quote is not closed in time, the lines are put back."""
        held: list[bytes] = [first]
        size = len(first)
        while size <= self._most and len(held) < MOST_LINES_OF_A_ROW:
            line = next(source, None)
            if line is None:
                break
            again.append(line)
            if not isinstance(line, bytes):
                break
            held.append(line)
            size += len(line)
            if size <= self._most and not self._is_open(line, True):
                again.clear()
                return b"".join(held), len(held)
        return None

    def _is_open(self, line: bytes, inside: bool) -> bool:
        """Whether a line ends between quotes; `inside` is whether it began there.

        A quote opens only at the beginning of a value; elsewhere it is a sign of inches.
        """
        at = 0
        while True:
            if not inside and line.startswith(b'"', at):
                inside = True
                at += 1
            if inside:
                at = line.find(b'"', at)
                if at < 0:
                    return True
                if line.startswith(b'"', at + 1):
                    at += 2
                    continue
                inside = False
            at = line.find(self._byte, at)
            if at < 0:
                return False
            at += 1


class TableFormat:
    """Tables with `,`, `;` or tab between the values; the first row names the columns."""

    def begin(self, head: bytes, name: str, most: int) -> TableReader:
        """The reader for a table that begins with these bytes.

        Raises `InvalidAnswer` when no column is known, one is missing, or one is there twice.
        """
        header, delimiter = _header_of(head, name, most)
        line = header.removeprefix(_BOM).splitlines()[-1]
        text, _ = _decoded(line)
        candidates = (delimiter,) if delimiter else _DELIMITERS
        found = [(_headings(text or "", one), one) for one in candidates]
        headings, delimiter = max(found, key=lambda one: _likelihood(one[0]))
        columns = tuple(column_of(heading) or "" for heading in headings)
        unknown = [one for one in headings if one.strip() and not _is_known(one)]
        _check_columns(columns, unknown, name)
        return TableReader(header, columns, delimiter, _said_of(unknown), most)


def _header_of(head: bytes, name: str, most: int) -> tuple[bytes, str]:
    """The bytes up to the end of the row that names the columns; and what `sep=` says."""
    at, delimiter = 0, ""
    for line in head.splitlines(keepends=True):
        at += len(line)
        words = line.removeprefix(_BOM).strip()
        if words[:4].lower() == b"sep=" and len(words) == 5:
            delimiter = words[4:].decode("latin-1")
        elif words:
            break
    else:
        raise InvalidAnswer(
            f"{name} is empty: its first row must name the columns, such as identifier, title, "
            "kind, open_url"
        )
    if at > most:
        raise InvalidAnswer(f"{name}: the first row has over {most:,} bytes; it names no columns")
    return head[:at], delimiter


def _headings(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader((text,), delimiter=delimiter), [])
    except (csv.Error, TypeError, ValueError):
        return []


def _is_known(heading: str) -> bool:
    return column_of(heading) is not None


def _likelihood(headings: list[str]) -> tuple[int, int]:
    """How much speaks for a delimiter: known columns, then names that may be meant as some."""
    return sum(map(_is_known, headings)), sum(bool(meant_by(one)) for one in headings[:200])


def _check_columns(columns: tuple[str, ...], unknown: list[str], name: str) -> None:
    twice = [one for one in COLUMNS if columns.count(one) > 1]
    if twice:
        raise InvalidAnswer(f"{name} has the column {twice[0]} twice; keep one of them")
    missing = [] if "title" in columns else ["title"]
    wanted = list(missing)
    if "identifier" not in columns and "open_url" not in columns:
        missing.append("identifier (or open_url)")
        wanted += ["identifier", "open_url"]
    if missing:
        asked = " ".join(asked_of_unknown(unknown[:MOST_UNKNOWN], wanted))
        raise InvalidAnswer(
            f"{name}: the first row must name the columns; add {' and '.join(missing)}"
            f"{f' ({asked})' if asked else ''}. There are {', '.join(COLUMNS)}"
        )


def _said_of(unknown: list[str]) -> tuple[str, ...]:
    return tuple(said_of_unknown(heading) for heading in unknown[:MOST_UNKNOWN])


def _decoded(raw: bytes) -> tuple[str | None, bool]:
    """The characters of a row, and whether they were Windows-1252; None for neither."""
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), True
    except UnicodeDecodeError:
        return None, False


def _is_sound(cell: str) -> bool:
    """Whether every byte of a cell was a letter."""
    return "\0" not in cell and not any("\udc80" <= letter <= "\udcff" for letter in cell)


def _named(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> RowSource:
    defaults = defaults_from(settings)
    location = Location.from_settings(settings, secret)
    return RowSource(name, TableFormat(), surroundings, location=location, defaults=defaults)


KIND = SourceKind(
    "csv",
    "A table of modules (CSV) that somebody wrote or exported.",
    SETTINGS,
    _open,
    secret=SECRET_END,
    secret_is_optional=True,
)
