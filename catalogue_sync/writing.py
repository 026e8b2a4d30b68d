"""The records of one batch, compared with the catalogue and written to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from catalogue_sync import schema
from catalogue_sync.blocks import Blocks, chunks
from catalogue_sync.corrections import corrected, original_values
from catalogue_sync.errors import InvalidModule
from catalogue_sync.module import Module
from catalogue_sync.records import Built, Refused, Removed, Skill
from catalogue_sync.rows import row_from_module

REFUSALS_STORED = 10_000
"""Refused records of one scan that the catalogue keeps."""

_SKILL_COLUMNS = ("code", "name", "description", "framework", "level", "parent")


@dataclass(slots=True)
class Sorted:
    """The records of a batch by what they ask for; of two with one identifier the first counts."""

    modules: dict[str, Module] = field(default_factory=dict)
    removals: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)
    skills: dict[str, Skill] = field(default_factory=dict)
    repeated: int = 0


@dataclass(slots=True)
class Written:
    """What a batch did: titles of the modules, and the ids of those that stand in it.

    `left` are the blocks that they stood in before. `repeats` says that the batch holds modules
    that this scan has found in another block: those stay there as they are.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    present: list[int] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    repeats: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it changed a module at all."""
        return bool(self.added or self.changed or self.removed)


def sort_records(built: Built, source: str) -> Sorted:
    """The records of a batch, those of another source among the refused."""
    found = Sorted()
    for record in built.records:
        match record:
            case Refused():
                found.refused.append(record)
            case Removed():
                found.removals.add(record.identifier)
            case Skill():
                found.skills[record.identifier] = record
            case Module() if record.source != source:
                reason = f"belongs to source {record.source!r}"
                found.refused.append(Refused(record.identifier, reason))
            case Module():
                if found.modules.setdefault(record.identifier, record) is not record:
                    found.repeated += 1
    found.removals -= found.modules.keys()
    named = {r.identifier for r in found.refused if r.identifier is not None}
    found.kept = named - found.modules.keys()
    return found


class Writer:
    """Writes batches of one source, each in the caller's transaction under the catalogue's lock."""

    def __init__(self, organisation: str, source: str, blocks: Blocks, now: datetime) -> None:
        self._organisation = organisation
        self._source = source
        self._blocks = blocks
        self._now = now

    def modules(self, connection: sa.Connection, found: Sorted, version: int) -> Written:
        """Write what is new, changed or gone."""
        known = self._known(connection, [*found.modules, *found.removals, *found.kept])
        written = Written()
        self._leave_out_repeated(connection, found, known, written)
        insert, update = self._compare(found, known, written)
        self._correct(connection, [*insert, *update], found.modules)
        stamp = {"organisation": self._organisation, "version": version, "removed_at": None}
        table = schema.module
        if insert:
            new = list(_new_ids(connection, len(insert)))
            numbered = zip(new, insert, strict=True)
            connection.execute(sa.insert(table), [r | stamp | {"id": n} for n, r in numbered])
            written.present.extend(new)
        if update:
            changing = sa.update(table).where(table.c.id == sa.bindparam("key"))
            connection.execute(changing, [row | stamp for row in update])
        self._remove(connection, found, known, written, version)
        return written

    def _leave_out_repeated(
        self, connection: sa.Connection, found: Sorted, known: Mapping[str, sa.Row[Any]],
        written: Written,
    ) -> None:  # fmt: skip
        """What this scan has found in another block counts there: the first of two does.

        Were it the last, both would be written at every sync.
        """
        rows = [known[i] for i in (*found.modules, *found.kept) if i in known]
        standing = self._blocks.standing(connection, [row.id for row in rows])
        for row in rows:
            held = standing.get(row.id)
            if held is None:
                continue
            if held.is_found:
                written.repeats = True
                found.repeated += found.modules.pop(row.identifier, None) is not None
                found.kept.discard(row.identifier)
            else:
                written.left.add(held.block)

    def _compare(
        self, found: Sorted, known: Mapping[str, sa.Row[Any]], written: Written
    ) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """The rows to insert and to update."""
        insert: list[dict[str, object]] = []
        update: list[dict[str, object]] = []
        for identifier, module in found.modules.items():
            row = known.get(identifier)
            content_hash = module.content_hash()
            if row is None:
                insert.append(row_from_module(module, content_hash))
                written.added.append(listed(module))
                continue
            written.present.append(row.id)
            if row.content_hash == content_hash and row.removed_at is None:
                written.unchanged += 1
                continue
            update.append(row_from_module(module, content_hash) | {"key": row.id})
            (written.changed if row.removed_at is None else written.added).append(listed(module))
        written.present.extend(
            known[i].id for i in sorted(found.kept) if i in known and known[i].removed_at is None
        )
        return insert, update

    def _remove(
        self, connection: sa.Connection, found: Sorted, known: Mapping[str, sa.Row[Any]],
        written: Written, version: int,
    ) -> None:  # fmt: skip
        gone = [known[i] for i in sorted(found.removals) if i in known]
        rows = [row for row in gone if row.removed_at is None]
        if not rows:
            return
        table, ids = schema.module, [row.id for row in rows]
        for chunk in chunks(ids):
            connection.execute(
                sa.update(table)
                .where(table.c.id.in_(chunk))
                .values(removed_at=self._now, version=version)
            )
        # A block that is found unchanged later must not leave out what came back in it.
        self._blocks.forget_digests(connection, self._blocks.blocks_of(connection, ids))
        self._blocks.leave(connection, ids)
        written.removed.extend(row.title for row in rows)

    def _correct(
        self, connection: sa.Connection, rows: Sequence[dict[str, object]],
        modules: Mapping[str, Module],
    ) -> None:  # fmt: skip
        """Put what curators say on top of what is about to be written, and keep what it covers."""
        by_identifier = {str(row["identifier"]): row for row in rows}
        table = schema.correction
        for chunk in chunks(sorted(by_identifier)):
            query = sa.select(table.c.identifier, table.c.corrected).where(
                *self._key(table), table.c.identifier.in_(chunk)
            )
            for identifier, values in connection.execute(query).all():
                row = by_identifier[identifier]
                try:
                    better = corrected(modules[identifier], values)
                except InvalidModule:
                    continue  # it was checked when it was made; the source's word is kept then
                covered = original_values(row, values)
                connection.execute(
                    sa.update(table)
                    .where(*self._key(table), table.c.identifier == identifier)
                    .values(original=covered)
                )
                row |= row_from_module(better, str(row["content_hash"]))

    def _known(
        self, connection: sa.Connection, identifiers: Sequence[str]
    ) -> dict[str, sa.Row[Any]]:
        table = schema.module
        found: dict[str, sa.Row[Any]] = {}
        for chunk in chunks(identifiers):
            query = sa.select(
                table.c.identifier, table.c.id, table.c.content_hash, table.c.removed_at,
                table.c.title,
            ).where(*self._key(table), table.c.identifier.in_(chunk))  # fmt: skip
            found |= {row.identifier: row for row in connection.execute(query)}
        return found

    def skills(
        self, connection: sa.Connection, skills: Mapping[str, Skill], block: int
    ) -> bool:
        """Write skills; gives whether anything of them is new."""
        if not skills:
            return False
        table = schema.skill
        before: dict[str, tuple[object, ...]] = {}
        for chunk in chunks(sorted(skills)):
            query = sa.select(table).where(*self._key(table), table.c.identifier.in_(chunk))
            for row in connection.execute(query).mappings():
                before[row["identifier"]] = tuple(row[name] for name in _SKILL_COLUMNS)
        after = {
            one.identifier: {name: getattr(one, name) for name in _SKILL_COLUMNS}
            for one in skills.values()
        }
        shared = {"organisation": self._organisation, "source": self._source, "block": block}
        is_postgres = connection.dialect.name == "postgresql"
        insert = (postgresql.insert if is_postgres else sqlite.insert)(table)
        putting = insert.on_conflict_do_update(
            index_elements=["organisation", "source", "identifier"],
            set_={name: insert.excluded[name] for name in (*_SKILL_COLUMNS, "block")},
        )
        rows = [shared | {"identifier": name} | values for name, values in after.items()]
        connection.execute(putting, rows)
        return any(before.get(name) != tuple(values.values()) for name, values in after.items())

    def refusals(
        self, connection: sa.Connection, refused: Sequence[Refused], block: int, first: int
    ) -> None:
        """Keep refused records, as many as there is room for in the scan that began at `first`."""
        if not refused:
            return
        table, blocks = schema.refusal, schema.block
        counting = (
            sa.select(sa.func.count())
            .select_from(table.join(blocks, blocks.c.id == table.c.block))
            .where(*self._key(table), blocks.c.scan >= first)
        )
        held = connection.scalar(counting) or 0
        shared = {"organisation": self._organisation, "source": self._source,
                  "refused_at": self._now, "block": block}  # fmt: skip
        rows = [
            shared | {"place": r.place, "reason": r.reason, "identifier": r.identifier}
            for r in islice(refused, max(0, REFUSALS_STORED - held))
        ]
        if rows:
            connection.execute(sa.insert(table), rows)

    def _key(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.organisation == self._organisation, table.c.source == self._source)


def _new_ids(connection: sa.Connection, count: int) -> Sequence[int]:
    """Ids for new modules, so that one short statement writes any number of them.

    A statement that gives the ids back has another text for each number of rows, and drivers
    keep those. The lock of the catalogue is held.
    """
    if connection.dialect.name == "postgresql":
        taking = "SELECT nextval(pg_get_serial_sequence('catalogue_module', 'id')) "
        rows = connection.execute(
            sa.text(taking + "FROM generate_series(1, :count)"), {"count": count}
        )
        return [int(number) for number in rows.scalars()]
    last = connection.scalar(sa.select(sa.func.max(schema.module.c.id))) or 0
    return range(last + 1, last + count + 1)


def listed(module: Module) -> str:
    """A title as a report lists it, with a word where no learner will be shown the module."""
    if module.withheld is not None:
        why = module.withheld.value.replace("_", " ")
        return f"{module.title} (kept, but not shown: learners cannot open it, {why})"
    if module.open_url is None:
        return f"{module.title} (kept, but not shown: it has no address to open)"
    return module.title
