"""What a sync would change, without changing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.blocks import chunks
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.corrections import corrected
from catalogue_sync.errors import InvalidModule
from catalogue_sync.module import Duration, Module
from catalogue_sync.records import Reading, Record, Refused, Removed
from catalogue_sync.rows import module_from_row
from catalogue_sync.sources.source import Source

LONGEST_SHOWN = 120
"""Characters of a value that a difference shows; of text, how long it is."""

_COMPARED = tuple(f.name for f in fields(Module) if f.name not in ("source", "identifier"))


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
    """The counts of a comparison, complete once every change was read."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    refused: int = 0
    unchanged: int = 0
    complete: bool = False
    _seen: bytearray = field(default_factory=bytearray, repr=False)


def compare(
    source: Source, catalogue: Catalogue, difference: Difference, *, now: datetime
) -> Iterator[ModuleChange]:
    """What a sync of `source` would change, module by module; nothing is written.

    The source is read whole, whatever it says of changes. `difference` is filled on the way.
    Memory stays flat: of what was seen, a bit a module is kept. Raises what `Source.read` does.
    """
    comparing = _Comparing(source.name, catalogue, difference)
    for batch in source.read(Reading(now=now, known=comparing.known)):
        records = batch.records if batch.build is None else batch.build().records
        yield from comparing.changes(records)
        difference.complete = batch.complete
        whole = batch.complete and not batch.only_changes
    if difference.complete and whole:
        yield from comparing.vanished()


class _Comparing:
    def __init__(self, source: str, catalogue: Catalogue, difference: Difference) -> None:
        self._source = source
        self._catalogue = catalogue
        self._difference = difference

    def known(self, identifiers: Sequence[str]) -> dict[str, Module]:
        return {name: module for name, (_, module) in self._held(identifiers).items()}

    def changes(self, records: Sequence[Record]) -> Iterator[ModuleChange]:
        modules = {r.identifier: r for r in records if isinstance(r, Module)}
        others = [r.identifier for r in records if isinstance(r, (Refused, Removed))]
        held = self._held([*modules, *(one for one in others if one is not None)])
        corrections = self._corrections(list(modules))
        for record in records:
            match record:
                case Refused():
                    self._difference.refused += 1
                    if record.identifier in held:
                        self._see(held[record.identifier][0])
                    yield ModuleChange("refused", record.identifier or "", record.place,
                                       reason=record.reason)  # fmt: skip
                case Removed() if record.identifier in held:
                    row_id, before = held[record.identifier]
                    self._see(row_id)
                    self._difference.removed += 1
                    yield ModuleChange("removed", record.identifier, before.title)
        for identifier, module in modules.items():
            better = _with(module, corrections.get(identifier, {}))
            if identifier not in held:
                self._difference.added += 1
                yield ModuleChange("added", identifier, module.title)
                continue
            row_id, before = held[identifier]
            self._see(row_id)
            changed = tuple(_field_changes(before, better))
            if changed:
                self._difference.changed += 1
                yield ModuleChange("changed", identifier, better.title, changed)
            else:
                self._difference.unchanged += 1

    def vanished(self) -> Iterator[ModuleChange]:
        table = schema.module
        last = 0
        while True:
            query = (
                sa.select(table.c.id, table.c.identifier, table.c.title)
                .where(*self._live(), table.c.id > last)
                .order_by(table.c.id)
                .limit(1_000)
            )
            with self._catalogue.reading() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                if not self._was_seen(row.id):
                    self._difference.removed += 1
                    yield ModuleChange("removed", row.identifier, row.title)
            if len(rows) < 1_000:
                return
            last = rows[-1].id

    def _held(self, identifiers: Sequence[str]) -> dict[str, tuple[int, Module]]:
        table = schema.module
        found: dict[str, tuple[int, Module]] = {}
        with self._catalogue.reading() as connection:
            for chunk in chunks(identifiers):
                query = sa.select(table).where(*self._live(), table.c.identifier.in_(chunk))
                for row in connection.execute(query).mappings():
                    found[row["identifier"]] = (row["id"], module_from_row(row))
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

    def _see(self, number: int) -> None:
        seen = self._difference._seen
        if len(seen) <= number >> 3:
            seen.extend(bytes((number >> 3) + 4_096 - len(seen)))
        seen[number >> 3] |= 1 << (number & 7)

    def _was_seen(self, number: int) -> bool:
        seen = self._difference._seen
        return len(seen) > number >> 3 and bool(seen[number >> 3] & (1 << (number & 7)))


def _with(module: Module, values: dict[str, str]) -> Module:
    try:
        return corrected(module, values) if values else module
    except InvalidModule:
        return module


def _field_changes(before: Module, after: Module) -> Iterator[FieldChange]:
    after = replace(after, source=before.source)
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
