"""What a sync would change, without changing it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.blocks import Block, Blocks, chunks
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.corrections import corrected
from catalogue_sync.errors import InvalidModule, UnknownSource
from catalogue_sync.leaving import GUARD_SHARE, is_held_back
from catalogue_sync.module import Duration, Module
from catalogue_sync.records import Batch, Built, Reading, Record, Refused, Removed, Skill
from catalogue_sync.remarks import Remarks, remarks_on_vanished
from catalogue_sync.rows import module_from_row
from catalogue_sync.scan import digest_of, signature_of
from catalogue_sync.sources.source import Source

LONGEST_SHOWN = 120
"""Characters of a value that a difference shows; of text, how long it is."""

_COMPARED = tuple(f.name for f in fields(Module) if f.name not in ("source", "identifier"))
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a module that would change, and what it is before and after, for reading."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ModuleChange:
    """What a sync would do with one module: `action` is added, changed, removed or refused.

    `fields` are those that would change; `reason` is why a record was refused.
    """

    action: str
    identifier: str
    title: str
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Difference:
    """The counts of a comparison, complete once every change was read, as in a `Report`.

    `warnings` and `notes` are those that the sync would give.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    refused: int = 0
    unchanged: int = 0
    held_back: int = 0
    complete: bool = False
    only_changes: bool = False
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def compare(
    source: Source, catalogue: Catalogue, difference: Difference, *, now: datetime,
    full: bool = False, signature: str = "", allow_removals: bool = False,
    guard_share: float = GUARD_SHARE,
) -> Iterator[ModuleChange]:  # fmt: skip
    """What `sync` with these arguments would change, module by module; nothing is written.

    `difference` is filled on the way. What the source says is unchanged is believed as the sync
    would believe it, and what vanished is held back as it would be. Memory stays flat: a bit a
    module, and a file that is deleted at the end. Raises what `Source.read` does, and
    `UnknownSource`.
    """
    with closing(_Comparing(source.name, catalogue, difference, signature, full)) as comparing:
        reading = Reading(now=now, mark=comparing.mark, known=comparing.known)
        for batch in source.read(reading):
            yield from comparing.batch(batch)
        if difference.complete and not difference.only_changes:
            yield from comparing.vanished(
                source.hint_when_missing, allow_removals=allow_removals, guard_share=guard_share
            )
        comparing.tell()


class _Comparing:
    """One comparison: what it has seen of the catalogue, and what the batches so far would do."""

    def __init__(
        self, source: str, catalogue: Catalogue, difference: Difference, signature: str,
        full: bool,
    ) -> None:  # fmt: skip
        self._source = source
        self._catalogue = catalogue
        self._difference = difference
        self._warnings, self._notes = Remarks(), Remarks()
        self._seen = _Bits()
        self._found_blocks: set[int] = set()
        self._taken_over: set[int] = set()
        # What an earlier batch would have written, for a record that comes again: on disk.
        self._written = sqlite3.connect("")
        self._written.execute("CREATE TABLE w (identifier TEXT PRIMARY KEY, hash TEXT)")
        table = schema.source
        query = sa.select(table).where(
            table.c.organisation == catalogue.organisation, table.c.name == source
        )
        with catalogue.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise UnknownSource(f"there is no source {source!r}; add it first")
        is_same = row["signature"] == signature_of(row, signature) and not full
        self.mark = row["mark"] if is_same else None
        self._source_id: int = row["id"]
        self._blocks = Blocks(row["id"], first=0, number=0) if is_same else None

    def close(self) -> None:
        """Delete what was kept on disk."""
        self._written.close()

    def known(self, identifiers: Sequence[str]) -> dict[str, Module]:
        """What the source may ask of the catalogue (see `Reading.known`)."""
        return {name: module_from_row(row) for name, row in self._held(identifiers).items()}

    def batch(self, batch: Batch) -> Iterator[ModuleChange]:
        """What one batch would change."""
        self._difference.complete = batch.complete
        self._difference.only_changes = batch.only_changes
        block = self._known_block(batch.digest)
        if block is not None:
            self._pass_over(block)
            return
        built = Built(batch.records, batch.warnings, batch.notes)
        self._say(built.warnings, built.notes)
        more = batch.build() if batch.build is not None else Built(())
        self._say(more.warnings, more.notes)
        yield from self._changes((*built.records, *more.records))

    def tell(self) -> None:
        """Put the remarks into the difference."""
        self._difference.warnings = self._warnings.said()
        self._difference.notes = self._notes.said()

    def vanished(
        self, hint: str, *, allow_removals: bool, guard_share: float
    ) -> Iterator[ModuleChange]:
        """What the sync would remove because the source does not hold it any more."""
        live: Counter[str] = Counter()
        gone: Counter[str] = Counter()
        for row in self._live_rows():
            live[row.kind] += 1
            gone[row.kind] += row.id not in self._seen
        count = sum(gone.values())
        before = sum(live.values()) - self._difference.removed
        held_back = not allow_removals and is_held_back(count, before, guard_share)
        whole = sorted((kind, n) for kind, n in gone.items() if n and live[kind] == n)
        self._warnings.add(remarks_on_vanished(count, whole, held_back=held_back, hint=hint))
        if held_back:
            self._difference.held_back = count
            return
        for row in self._live_rows():
            if row.id not in self._seen:
                self._difference.removed += 1
                yield ModuleChange("removed", row.identifier, row.title)

    def _known_block(self, digest: str | None) -> Block | None:
        if digest is None or self._blocks is None:
            return None
        with self._catalogue.reading() as connection:
            block = self._blocks.find(connection, digest_of(digest))
        return None if block is not None and block.id in self._taken_over else block

    def _pass_over(self, block: Block) -> None:
        """All of an unchanged block stays as it is."""
        if block.id in self._found_blocks:
            return
        self._found_blocks.add(block.id)
        self._difference.unchanged += block.modules
        self._difference.refused += block.refused
        self._say(block.warnings, block.notes)
        member = schema.member
        query = sa.select(member.c.module_id).where(
            member.c.source_id == self._source_id, member.c.block == block.id
        )
        with self._catalogue.reading() as connection:
            for number in connection.scalars(query):
                self._seen.add(number)

    def _say(self, warnings: Sequence[Any], notes: Sequence[Any]) -> None:
        self._warnings.add(warnings)
        self._notes.add(notes)

    def _changes(self, records: Sequence[Record]) -> Iterator[ModuleChange]:
        modules: dict[str, Module] = {}
        for record in records:
            if isinstance(record, Module):
                modules.setdefault(record.identifier, record)
        others = [r for r in records if not isinstance(r, (Module, Skill))]
        named = [r.identifier for r in others if r.identifier is not None]
        held = self._held([*modules, *named])
        if self._blocks is not None:
            with self._catalogue.reading() as connection:
                ids = [row["id"] for row in held.values()]
                self._taken_over |= self._blocks.blocks_of(connection, ids)
        corrections = self._corrections(list(modules))
        for module in modules.values():
            yield from self._module(module, held.get(module.identifier), corrections)
        for record in others:
            row = None if record.identifier in modules else held.get(record.identifier or "")
            yield from self._other(record, row)

    def _module(
        self, module: Module, row: sa.RowMapping | None,
        corrections: Mapping[str, dict[str, str]],
    ) -> Iterator[ModuleChange]:  # fmt: skip
        if self._is_repeated(module.identifier, row):
            return
        before = self._hash_before(module.identifier, row)
        content_hash = module.content_hash()
        if row is not None:
            self._seen.add(row["id"])
        if before == content_hash:
            self._difference.unchanged += 1
            return
        self._written.execute(
            "INSERT OR REPLACE INTO w VALUES (?, ?)", (module.identifier, content_hash)
        )
        if before is None:
            self._difference.added += 1
            yield ModuleChange("added", module.identifier, module.title)
            return
        self._difference.changed += 1
        better = _with(module, corrections.get(module.identifier, {}))
        changed = () if row is None else tuple(_field_changes(module_from_row(row), better))
        yield ModuleChange("changed", module.identifier, better.title, changed)

    def _is_repeated(self, identifier: str, row: sa.RowMapping | None) -> bool:
        """Whether an earlier batch holds the module: the first of two counts."""
        if row is not None:
            return row["id"] in self._seen and self._hash_before(identifier, row) is not None
        return self._hash_before(identifier, None) is not None

    def _hash_before(self, identifier: str, row: sa.RowMapping | None) -> str | None:
        """The content hash under which the module would stand by now; None for none."""
        written = self._written.execute(
            "SELECT hash FROM w WHERE identifier = ?", (identifier,)
        ).fetchone()
        if written is not None:
            return written[0] or None
        return None if row is None else str(row["content_hash"])

    def _other(self, record: Record, row: sa.RowMapping | None) -> Iterator[ModuleChange]:
        if row is not None:
            self._seen.add(row["id"])
        if isinstance(record, Refused):
            self._difference.refused += 1
            named = record.identifier or ""
            yield ModuleChange("refused", named, record.place, reason=record.reason)
        elif isinstance(record, Removed) and row is not None:
            self._difference.removed += 1
            self._written.execute("INSERT OR REPLACE INTO w VALUES (?, '')", (record.identifier,))
            yield ModuleChange("removed", record.identifier, row["title"])

    def _live_rows(self) -> Iterator[Any]:
        table = schema.module
        last = 0
        columns = sa.select(table.c.id, table.c.identifier, table.c.title, table.c.kind)
        while True:
            query = columns.where(*self._live(), table.c.id > last).order_by(table.c.id)
            with self._catalogue.reading() as connection:
                rows = connection.execute(query.limit(_PAGE)).all()
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1].id

    def _held(self, identifiers: Sequence[str]) -> dict[str, sa.RowMapping]:
        table = schema.module
        found: dict[str, sa.RowMapping] = {}
        with self._catalogue.reading() as connection:
            for chunk in chunks(identifiers):
                query = sa.select(table).where(*self._live(), table.c.identifier.in_(chunk))
                for row in connection.execute(query).mappings():
                    found[row["identifier"]] = row
        return found

    def _corrections(self, identifiers: Sequence[str]) -> dict[str, dict[str, str]]:
        table = schema.correction
        found: dict[str, dict[str, str]] = {}
        with self._catalogue.reading() as connection:
            for chunk in chunks(identifiers):
                query = sa.select(table.c.identifier, table.c.corrected).where(
                    table.c.organisation == self._catalogue.organisation,
                    table.c.source == self._source,
                    table.c.identifier.in_(chunk),
                )
                found |= {row[0]: row[1] for row in connection.execute(query)}
        return found

    def _live(self) -> tuple[sa.ColumnElement[bool], ...]:
        table = schema.module
        return (
            table.c.organisation == self._catalogue.organisation,
            table.c.source == self._source,
            table.c.removed_at.is_(None),
        )


class _Bits:
    """A set of numbers, a bit each."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, number: int) -> None:
        """Put a number in."""
        if len(self._bytes) <= number >> 3:
            self._bytes.extend(bytes((number >> 3) + 4_096 - len(self._bytes)))
        self._bytes[number >> 3] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        return len(self._bytes) > place and bool(self._bytes[place] & (1 << (number & 7)))


def _with(module: Module, values: dict[str, str]) -> Module:
    try:
        return corrected(module, values) if values else module
    except InvalidModule:
        return module


def _field_changes(before: Module, after: Module) -> Iterator[FieldChange]:
    for name in _COMPARED:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield FieldChange(name, shown(old), shown(new))


def shown(value: object) -> str:
    """A value of a module for reading, on one line."""
    match value:
        case None | "" | ():
            return "nothing"
        case str() if len(value) > LONGEST_SHOWN:
            return f"{value[:LONGEST_SHOWN].splitlines()[0]}… ({len(value):,} characters)"
        case str():
            return " / ".join(value.splitlines())
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case tuple() if isinstance(value[0], str):
            return ", ".join(str(one) for one in value)
        case tuple():
            return f"{len(value)} passages"
        case Duration():
            return f"{value.minutes:g} minutes ({value.basis})"
        case _:
            return str(value)
