"""A source whose records are rows of a file or of an answer: tables and JSON Lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Protocol

from catalogue_sync.errors import InvalidAnswer, InvalidModule
from catalogue_sync.module import Module
from catalogue_sync.records import Batch, Built, Counted, Reading, Record, Refused, Remark
from catalogue_sync.sources.document import Location
from catalogue_sync.sources.kinds import LANGUAGE, LICENCE, PROVENANCE, Setting
from catalogue_sync.sources.rows.columns import Defaults, Value, identifier_in, module_from_values
from catalogue_sync.sources.rows.lines import (
    Block,
    Line,
    Opened,
    Place,
    blocks,
    cursor_after,
    open_path,
    open_url,
    place_of,
    skipped,
    split_lines,
)
from catalogue_sync.surroundings import Surroundings

MOST_REMEMBERED = 50_000
"""Identifiers of one run that are remembered, to tell the rows that have the same one."""

MOST_TOLD = 5
"""Rows with the identifier of an earlier one that are named; the others are counted."""

_MORE_REPEATED = Counted(
    "{count} more have the identifier of an earlier one: the earlier one counts"
)

SETTINGS = (
    Setting("path", "path of the file; or give url", is_path=True),
    Setting("url", "address of the file; or give path"),
    Setting("kind", "kind of modules whose row does not say it (default: article)"),
    LANGUAGE,
    PROVENANCE,
    LICENCE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one record says: its values by column, or why it cannot be read."""

    values: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""
    warnings: tuple[Counted, ...] = ()
    is_blank: bool = False


class RowReader(Protocol):
    """How one file's records are read, once its beginning is known."""

    @property
    def header(self) -> bytes:
        """The bytes before the first record."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an administrator has to mend in the header."""

    def records(self, lines: Iterable[Line]) -> Iterator[tuple[Line, int]]:
        """Lines as records, each with its number of lines."""

    def row(self, record: bytes) -> Row:
        """What a record says."""

    def named(self, head: bytes) -> Mapping[str, Value]:
        """What tells which module a record is that is too long, by its first bytes."""

    def place(self, row: int, line: int) -> str:
        """Where a record stands, for a person."""


class RowFormat(Protocol):
    """A format of rows."""

    def begin(self, head: bytes, name: str, most: int) -> RowReader:
        """Its reader, by the first bytes of a file. Raises `InvalidAnswer`."""


class RowSource:
    """A file or an address that holds rows, read whole; rows as before are recognised by block.

    Raises `SourceUnreachable` for a file that cannot be opened, and what `Fetcher` does.
    """

    hint_when_missing = "Check that the file is whole, and that its identifiers did not change."

    def __init__(
        self, name: str, form: RowFormat, surroundings: Surroundings, *,
        location: Location, defaults: Defaults,
    ) -> None:  # fmt: skip
        self.name = name
        self._form = form
        self._surroundings = surroundings
        self._location = location
        self._defaults = defaults

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads the beginning of the source."""
        with self._open(None) as opened:
            reader, pieces = self._begin(opened)
            first = next(self._blocks(reader, pieces, _start(reader)), None)
            found = list(reader.warnings)
            if first is None:
                return (*found, f"{opened.name} has no row")
            built = self._build(reader, first, _Run())
        refused = [record for record in built.records if isinstance(record, Refused)]
        if refused:
            found.append(
                f"{len(refused)} of the first {len(first.records)} rows cannot be read; the first: "
                f"{refused[0].place}: {refused[0].reason}"
            )
        found.extend(_worded(built.warnings))
        return tuple(found)

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The rows block by block; a block of the rows of the last scan is not parsed."""
        with self._open(None if reading.cursor else reading.mark) as opened:
            if opened.is_unchanged:
                yield Batch(share=1.0, complete=True, only_changes=True, mark=reading.mark)
                return
            reader, pieces = self._begin(opened)
            state = _state(opened, reader)
            place = place_of(reading, state)
            from_start = place.offset <= len(reader.header)
            if from_start:
                place = _start(reader)
            else:
                pieces = opened.seek(place.offset) or skipped(
                    pieces, place.offset - len(reader.header)
                )
            batches = self._batches(opened, reader, self._blocks(reader, pieces, place), state)
            begun_anew = from_start and reading.cursor is not None
            yield replace(next(batches), from_start=begun_anew)
            yield from batches

    def _batches(
        self, opened: Opened, reader: RowReader, found: Iterator[Block], state: str
    ) -> Iterator[Batch]:
        run = _Run()
        header = hashlib.blake2b(reader.header, digest_size=8).hexdigest()
        # Said with the first rows too, so that it comes before what they give to say.
        first = reader.warnings
        before: Block | None = None
        for block in found:
            # A run that goes on reads this block again: only then is known what it lacks.
            is_resumable = before is not None and not run.nameless
            yield Batch(
                warnings=first,
                cursor=cursor_after(before, state) if before and is_resumable else None,
                share=min(1.0, block.end / opened.size) if opened.size else None,
                digest=f"{header} {block.digest()}",
                build=partial(self._build, reader, block, run),
            )
            first, before = (), block
        warnings = list(reader.warnings)
        has_changed = opened.has_changed()
        if has_changed:
            warnings.append(
                f"{opened.name} was written while it was read, so nothing was removed; sync again"
            )
        if run.nameless:
            warnings.append(
                f"nothing was removed, since {run.nameless:,} records could not be read and do not "
                "say which modules they are; mend them"
            )
        is_complete = not has_changed and not run.nameless
        yield Batch(share=1.0, complete=is_complete, mark=opened.mark, warnings=tuple(warnings))

    def _open(self, mark: str | None) -> AbstractContextManager[Opened]:
        if self._location.path is not None:
            return open_path(self._location.path)
        return open_url(self._location, self._surroundings, mark)

    def _begin(self, opened: Opened) -> tuple[RowReader, Iterator[bytes]]:
        """The reader for a source, and its bytes after the header."""
        most = self._surroundings.limits.record_bytes
        held, lines = bytearray(), 0
        for piece in opened.pieces:
            held += piece
            lines += piece.count(b"\n")
            if len(held) > most or lines > 1:
                break
        head = bytes(held)
        _refuse_other_formats(head, opened.name)
        reader = self._form.begin(head, opened.name, most)
        return reader, chain((head[len(reader.header) :],), opened.pieces)

    def _blocks(
        self, reader: RowReader, pieces: Iterable[bytes], place: Place
    ) -> Iterator[Block]:
        lines = split_lines(pieces, self._surroundings.limits.record_bytes)
        return blocks(reader.records(lines), place)

    def _build(self, reader: RowReader, block: Block, run: _Run) -> Built:
        records: list[Record] = []
        remarks: list[Remark] = []
        nameless = run.nameless
        line = block.line
        for number, record in enumerate(block.records, start=block.row):
            numbers = (number, line)
            line += record.count(b"\n") if isinstance(record, bytes) else 1
            row = self._row(reader, record)
            remarks.extend(row.warnings)
            if not row.is_blank:
                found = self._record(row, reader.place(*numbers))
                records.append(found)
                remarks.extend(run.met(found, numbers, reader))
        # Such rows are read at the next sync too, so that nothing is removed then either.
        again = run.nameless > nameless
        return Built(tuple(records), warnings=tuple(_added_up(remarks)), again=again)

    def _row(self, reader: RowReader, record: Line) -> Row:
        if isinstance(record, bytes):
            return reader.row(record)
        most = self._surroundings.limits.record_bytes
        problem = f"it has {record.length:,} bytes; {most:,} is the most"
        return Row(values=reader.named(record.head), problem=problem)

    def _record(self, row: Row, place: str) -> Module | Refused:
        if row.problem:
            return Refused(place, row.problem, identifier_in(row.values))
        try:
            return module_from_values(row.values, self.name, self._defaults)
        except InvalidModule as error:
            return Refused(place, str(error), identifier_in(row.values))


class _Run:
    """What one run has met: where identifiers stood first, a bounded number of them.

    `nameless` counts the records that were set aside without anybody knowing which they are.
    """

    def __init__(self) -> None:
        self.nameless = 0
        self._places: dict[int, int] = {}
        self._told = 0

    def met(
        self, record: Module | Refused, numbers: tuple[int, int], reader: RowReader
    ) -> Iterator[Remark]:
        """Take note of a record; gives what there is to say where it was met before."""
        if isinstance(record, Refused):
            self.nameless += record.identifier is None
            return
        earlier = self._first(record.identifier, *numbers)
        if earlier == numbers:
            return
        self._told += 1
        if self._told > MOST_TOLD:
            yield _MORE_REPEATED
        else:
            place, there = reader.place(*numbers), reader.place(*earlier)
            yield f"{place} has the identifier of {there} too: the earlier one counts"

    def _first(self, identifier: str, row: int, line: int) -> tuple[int, int]:
        """The row and line of the first record with that identifier, which may be this one."""
        key = hash(identifier)
        packed = self._places.get(key)
        if packed is not None:
            return packed >> 40, packed & 0xFFFFFFFFFF
        if len(self._places) < MOST_REMEMBERED:
            self._places[key] = row << 40 | line
        return row, line


def _added_up(remarks: Iterable[Remark]) -> Iterator[Remark]:
    counts: dict[str, int] = {}
    for remark in remarks:
        if isinstance(remark, Counted):
            counts[remark.words] = counts.get(remark.words, 0) + remark.count
        else:
            yield remark
    for words, count in counts.items():
        yield Counted(words, count)


def _start(reader: RowReader) -> Place:
    """The first record's place: rows are counted as a spreadsheet does, the header's is 1."""
    lines = reader.header.count(b"\n")
    return Place(offset=len(reader.header), row=1 + lines, line=1 + lines)


def _state(opened: Opened, reader: RowReader) -> str:
    if not opened.state:
        return ""
    values = f"{opened.state}\n".encode() + reader.header
    return hashlib.blake2b(values, digest_size=16).hexdigest()


def _worded(remarks: Iterable[Remark]) -> Iterator[str]:
    for remark in remarks:
        if isinstance(remark, Counted):
            yield remark.words.replace("{count}", f"{remark.count:,}")
        else:
            yield remark


def _refuse_other_formats(head: bytes, name: str) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidAnswer(f"{name} is written in UTF-16; save it as UTF-8")
    if head.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise InvalidAnswer(f"{name} is a packed file or a workbook, not text; save it as text")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise InvalidAnswer(f"{name} is a web page or XML, not a file of rows; check the address")
