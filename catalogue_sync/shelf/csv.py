"""Modules as a table that a curator mends in a spreadsheet, and that table read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.corrections import CORRECTABLE, as_text
from catalogue_sync.errors import InvalidModule, InvalidTable, UnknownModule
from catalogue_sync.module import Module
from catalogue_sync.plain_text import clean_line, shortened
from catalogue_sync.shelf.cells import (
    guarded,
    is_spoilt,
    mark_of,
    plain_value,
    read_stamp,
    stamp_of,
    unguarded,
)
from catalogue_sync.shelf.lacks import ShelfItem, lacks_of
from catalogue_sync.shelf.reading import is_shown
from catalogue_sync.shelf.titles import FAULT_WORDS

LARGEST = 64 * 2**20
"""Bytes of a table that is read back."""

MOST_TOLD = 80
"""Characters of a value that are told of a change."""

_AROUND = 20

_KEY = ("source", "identifier")
_SHOWN = ("open_url", "course", "section", "lacks")
_MADE_FROM = "do_not_change"
COLUMNS = (*_KEY, *_SHOWN, *CORRECTABLE, _MADE_FROM)
"""The columns of the table. Those of `CORRECTABLE` can be changed; the last one tells which
module it was and, cell by cell, what was written, so that only what a person changed counts."""


class Writable(Protocol):
    """Where a table is written to, in text."""

    def write(self, text: str, /) -> object:
        """Take some of it."""


class Change(NamedTuple):
    """One field before and after, each shortened to the part that differs."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mended:
    """What one row of the table changed: values by field as they were written.

    `title` is the module's and `before` what stood in those fields, both as the catalogue had
    them. An empty value takes a correction back.
    """

    row: int
    source: str
    identifier: str
    title: str
    before: Mapping[str, str]
    values: Mapping[str, str]

    def changes(self) -> Iterator[Change]:
        """What changed, field by field, short enough to be read."""
        for name, after in self.values.items():
            yield Change(name, *_brief(self.before[name], after))


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row of the table that could not be taken over; rows count from 1, the header is row 1.

    `title` is the module's as the catalogue has it, empty where the row names none.
    """

    row: int
    reason: str
    title: str = ""


@dataclass(slots=True)
class Mending:
    """What reading a table back did: modules mended, rows that say nothing new, rows refused."""

    mended: list[Mended] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RowRefused] = field(default_factory=list)

    @property
    def taken_back(self) -> int:
        """Corrections that were taken back: the next sync brings what the source says."""
        return sum(not text for one in self.mended for text in one.values.values())


def write_table(items: Iterable[ShelfItem], to: Writable) -> int:
    """Write modules as a table with a byte order mark; gives how many.

    A cell that a spreadsheet would run as a formula is written with an apostrophe before it.
    """
    to.write("\ufeff")
    writer = csv.writer(to)
    writer.writerow(COLUMNS)
    count = 0
    for item in items:
        writer.writerow([guarded(cell) for cell in _cells(item)])
        count += 1
    return count


def lacking(
    modules: Iterable[Module], first: Iterable[ShelfItem] = (), *, now: datetime
) -> Iterator[ShelfItem]:
    """The modules that lack something: `first` those to mend first, then all others."""
    told: set[tuple[str, str]] = set()
    for item in first:
        told.add((item.module.source, item.module.identifier))
        yield item
    for module in modules:
        if (module.source, module.identifier) not in told and is_shown(module, now):
            item = lacks_of(module)
            if item.lacks:
                yield item


def mend(
    catalogue: Catalogue, data: bytes, *, now: datetime, dry_run: bool = False
) -> Mending:
    """Take over what a person changed in a table; good rows count beside bad ones.

    Understands what spreadsheets save: comma, semicolon or tab, UTF-8 (with or without a mark),
    UTF-16 or Windows-1252, numbers with a decimal comma. A cell that was emptied takes the
    correction of that field back, if there is one. Raises `InvalidTable` when it is no such
    table at all.
    """
    mending = Mending()
    corrected: Mapping[tuple[str, str], Mapping[str, str]] | None = None
    for number, cells in _rows(data):
        title = ""
        try:
            if isinstance(cells, str):
                raise InvalidModule(cells)
            entry = catalogue.find(*_key_of(cells))
            if entry is None or entry.removed_at is not None:
                raise _unknown(cells)
            title = entry.module.title
            changed = _changed(entry.module, cells)
            if not all(changed.values()):
                corrected = _corrections(catalogue) if corrected is None else corrected
                there = corrected.get((entry.module.source, entry.module.identifier), {})
                changed = {name: text for name, text in changed.items() if text or name in there}
            if not changed:
                mending.unchanged += 1
                continue
            key = entry.module.source, entry.module.identifier
            catalogue.correct(*key, changed, now=now, dry_run=dry_run)
            before = {name: as_text(entry.module, name) for name in changed}
            mending.mended.append(Mended(number, *key, title, before, changed))
        except (UnknownModule, InvalidModule) as error:
            mending.refused.append(RowRefused(number, str(error), title))
    return mending


def _cells(item: ShelfItem) -> Iterator[str]:
    module = item.module
    values = {name: as_text(module, name) for name in CORRECTABLE}
    yield from (module.source, module.identifier)
    yield from (module.open_url or "", module.course or "", module.section or "", _lacks(item))
    yield from values.values()
    yield stamp_of(module.source, module.identifier, values)


def _lacks(item: ShelfItem) -> str:
    words = [
        f"title: {FAULT_WORDS[item.fault]}" if lack.value == "title" and item.fault else lack.value
        for lack in item.lacks
    ]
    return "; ".join(words)


def _key_of(cells: Mapping[str, str]) -> tuple[str, str]:
    """Source and identifier of a row.

    Those of the last column count, since a spreadsheet makes numbers and dates of identifiers;
    but a row whose columns are of different modules was sorted in part, and is refused.
    """
    written = cells.get("source", "").strip(), cells.get("identifier", "").strip()
    stamp = read_stamp(cells.get(_MADE_FROM, ""))
    if stamp is None:
        if not all(written):
            raise InvalidModule(
                "source or identifier is empty; leave these two columns as they were"
            )
        return written
    for known, found in zip((stamp.source, stamp.identifier), written, strict=True):
        if found and found != known.strip() and not is_spoilt(known, found):
            raise InvalidModule(
                f"its columns are of two modules: {found[:80]!r} stands where {known[:80]!r} was "
                "written. Was only a part of the table sorted, or pasted? Sort whole rows"
            )
    return stamp.source, stamp.identifier


def _unknown(cells: Mapping[str, str]) -> UnknownModule:
    source, identifier = _key_of(cells)
    return UnknownModule(
        f"there is no module {identifier[:80]!r} of source {source[:80]!r} in the catalogue (any "
        "more)"
    )


def _changed(module: Module, cells: Mapping[str, str]) -> dict[str, str]:
    """The cells that a person changed, by field."""
    stamp = read_stamp(cells.get(_MADE_FROM, ""))
    changed = {}
    for name in CORRECTABLE:
        if name not in cells:
            continue
        cell = cells[name].strip()
        now = as_text(module, name)
        value = plain_value(name, cell)
        if value == plain_value(name, now) or is_spoilt(now, cell):
            continue
        if stamp is None or stamp.marks[name] != mark_of(name, cell):
            changed[name] = cell
    return changed


def _brief(before: str, after: str) -> tuple[str, str]:
    """Two texts on one line each, without most of what both begin with where they are long."""
    old, new = clean_line(before), clean_line(after)
    pairs = enumerate(zip(old, new, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))
    start = 0
    if max(len(old), len(new)) > MOST_TOLD and same > _AROUND:
        start = same - _AROUND
    told = (shortened(text[start:].lstrip(), MOST_TOLD) for text in (old, new))
    before, after = (f"…{text}" if start else text for text in told)
    return before, after


def _corrections(catalogue: Catalogue) -> Mapping[tuple[str, str], Mapping[str, str]]:
    return {(one.source, one.identifier): one.values for one in catalogue.corrections()}


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str] | str]]:
    """The rows with their numbers; text instead of cells says why one cannot be read."""
    if len(data) > LARGEST:
        raise InvalidTable(f"the table is larger than {LARGEST:,} bytes; send it in parts")
    text = _decoded(data)
    if not text.strip():
        raise InvalidTable("the table is empty; save the spreadsheet as CSV and send that")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 1
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise InvalidTable(f"the first row is none of a table: {error}") from error
    _check_header(header)
    try:
        for number, row in enumerate(reader, start=2):
            cells = row
            if len(row) == 1 and delimiter in row[0]:
                # A spreadsheet that took each row for one cell has put quotes around it.
                cells = next(csv.reader(row, delimiter=delimiter))
            if any(cell.strip() for cell in cells):
                named = zip(header, cells, strict=False)
                yield number, {name: unguarded(cell) for name, cell in named}
    except csv.Error as error:
        yield number + 1, f"this row and those below it cannot be read: {error}"


def _check_header(header: list[str]) -> None:
    missing = [name for name in _KEY if name not in header]
    if missing:
        raise InvalidTable(
            f"the first row lacks the column {' and '.join(missing)}. Use the table that "
            "Needle wrote, and leave its first row as it is"
        )
    twice = [name for name in header if name and header.count(name) > 1]
    if twice:
        raise InvalidTable(f"the first row has the column {twice[0][:40]!r} twice; take one out")
    if not any(name in header for name in CORRECTABLE):
        raise InvalidTable(
            f"the table has no column that can be changed; those are {', '.join(CORRECTABLE)}"
        )


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    if "\0" in text or data.startswith(b"PK\x03\x04"):
        raise InvalidTable("this is no table in text form: save it as CSV (UTF-8) and send that")
    return text
