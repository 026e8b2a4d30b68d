"""Modules as a table that a curator mends in a spreadsheet, and that table read back."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.corrections import CORRECTABLE, as_text
from catalogue_sync.errors import InvalidModule, InvalidTable, UnknownModule
from catalogue_sync.module import Module
from catalogue_sync.shelf import ShelfItem, lacks_of
from catalogue_sync.shelf_titles import FAULT_WORDS

LARGEST = 64 * 2**20
"""Bytes of a table that is read back."""

_KEY = ("source", "identifier")
_SHOWN = ("open_url", "course", "section", "lacks")
_MADE_FROM = "do_not_change"
COLUMNS = (*_KEY, *_SHOWN, *CORRECTABLE, _MADE_FROM)
"""The columns of the table. Those of `CORRECTABLE` can be changed; the last one tells, cell by
cell, what was written, so that only what a person changed counts."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Mended:
    """What one row of the table changed: values by field as they were written."""

    row: int
    source: str
    identifier: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row of the table that could not be taken over; rows count from 1, the header is row 1."""

    row: int
    reason: str


@dataclass(slots=True)
class Mending:
    """What reading a table back did: modules mended, rows that say nothing new, rows refused."""

    mended: list[Mended] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RowRefused] = field(default_factory=list)


def write_table(items: Iterable[ShelfItem], to: io.TextIOBase | io.StringIO) -> int:
    """Write modules as a table with a byte order mark; gives how many.

    A cell that a spreadsheet would run as a formula is written with an apostrophe before it.
    """
    to.write("\ufeff")
    writer = csv.writer(to)
    writer.writerow(COLUMNS)
    count = 0
    for item in items:
        module = item.module
        values = [as_text(module, name) for name in CORRECTABLE]
        shown = (module.open_url or "", module.course or "", module.section or "", _lacks(item))
        made_from = " ".join(_mark(value) for value in values)
        row = (module.source, module.identifier, *shown, *values, made_from)
        writer.writerow([_guarded(cell) for cell in row])
        count += 1
    return count


def lacking(modules: Iterable[Module], first: Iterable[ShelfItem] = ()) -> Iterator[ShelfItem]:
    """The modules that lack something: `first` those to mend first, then all others."""
    told: set[tuple[str, str]] = set()
    for item in first:
        told.add((item.module.source, item.module.identifier))
        yield item
    for module in modules:
        if (module.source, module.identifier) not in told and module.visible and module.open_url:
            item = lacks_of(module)
            if item.lacks:
                yield item


def mend(
    catalogue: Catalogue, data: bytes, *, now: datetime, dry_run: bool = False
) -> Mending:
    """Take over what a person changed in a table; good rows count beside bad ones.

    Understands what spreadsheets save: comma, semicolon or tab, UTF-8 (with or without a mark),
    UTF-16 or Windows-1252. A cell that was emptied takes the correction of that field back.
    Raises `InvalidTable` when it is no such table at all.
    """
    mending = Mending()
    for number, cells in _rows(data):
        try:
            _mend_row(catalogue, number, cells, mending, now=now, dry_run=dry_run)
        except (UnknownModule, InvalidModule) as error:
            mending.refused.append(RowRefused(number, str(error)))
    return mending


def _mend_row(
    catalogue: Catalogue, number: int, cells: dict[str, str], mending: Mending,
    *, now: datetime, dry_run: bool,
) -> None:  # fmt: skip
    source, identifier = cells["source"], cells["identifier"]
    if not source or not identifier:
        raise InvalidModule("source or identifier is empty; leave these two columns as they were")
    entry = catalogue.find(source, identifier)
    if entry is None:
        raise UnknownModule(f"there is no module {identifier[:80]!r} of source {source[:80]!r}")
    changed = _changed(entry.module, cells)
    if not changed:
        mending.unchanged += 1
        return
    catalogue.correct(source, identifier, changed, now=now, dry_run=dry_run)
    mending.mended.append(Mended(number, source, identifier, changed))


def _changed(module: Module, cells: dict[str, str]) -> dict[str, str]:
    """The cells that a person changed, by field."""
    marks = cells.get(_MADE_FROM, "").split()
    known = dict(zip(CORRECTABLE, marks, strict=True)) if len(marks) == len(CORRECTABLE) else {}
    changed = {}
    for name in CORRECTABLE:
        if name not in cells:
            continue
        cell = cells[name].strip()
        is_same = known[name] == _mark(cell) if known else cell == as_text(module, name).strip()
        if not is_same and cell != as_text(module, name).strip():
            changed[name] = cell
    return changed


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    if len(data) > LARGEST:
        raise InvalidTable(f"the table is larger than {LARGEST:,} bytes; send it in parts")
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in _KEY if name not in header]
        if missing:
            raise InvalidTable(
                f"the first row lacks the column {' and '.join(missing)}. Use the table that "
                "Needle wrote, and leave its first row as it is"
            )
        for number, row in enumerate(reader, start=2):
            if any(cell.strip() for cell in row):
                named = zip(header, row, strict=False)
                yield number, {name: _unguarded(cell) for name, cell in named}
    except csv.Error as error:
        raise InvalidTable(f"line {reader.line_num} is no row of a table: {error}") from error


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise InvalidTable("this is no table in text form: save it as CSV (UTF-8) and send that")
    return text


def _lacks(item: ShelfItem) -> str:
    words = [
        f"title: {FAULT_WORDS[item.fault]}" if lack.value == "title" and item.fault else lack.value
        for lack in item.lacks
    ]
    return "; ".join(words)


def _guarded(cell: str) -> str:
    # A cell that begins with an apostrophe of its own gets another one, so that one can go.
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


def _mark(value: str) -> str:
    """Four hex digits of a cell; how a spreadsheet ends its lines does not count."""
    lines = "\n".join(value.strip().splitlines())
    return f"{zlib.crc32(lines.encode()) & 0xFFFF:04x}"
